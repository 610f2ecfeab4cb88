//! What each screen lets a person do, and how it says that something is loading, empty, offline or wrong.

mod chat;
mod first_minute;
mod kit;
mod phone;
mod states;
