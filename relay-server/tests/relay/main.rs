//! The whole relay over true sockets, with a software authenticator and every key that a client would have.

mod attacks;
mod bad_input;
mod harness;
mod journeys;
mod killed;
mod pages;
