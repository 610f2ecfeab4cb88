//! The whole relay over true sockets, with a software authenticator and every key that a client would have.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

mod attacks;
mod bad_input;
mod commands;
mod connections;
mod counters;
mod deletion;
mod every_route;
mod evil;
mod harness;
mod hostile;
mod jobs;
mod journeys;
mod killed;
mod operation;
mod pages;
mod passwords;
mod providers;
mod reading;
mod secrets;
