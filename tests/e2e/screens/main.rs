//! What each screen lets a person do, and how it says that something is loading, empty, offline or wrong.

mod chat;
mod keys;
mod kit;
mod lock;
mod long;
mod names;
mod phone;
mod receipt;
mod states;
mod storage;
mod theme;
mod versions;
