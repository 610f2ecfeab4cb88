//! What each screen lets a person do, and how it says that something is loading, empty, offline or wrong.

mod chat;
mod kit;
mod lock;
mod names;
mod phone;
mod states;
mod versions;
