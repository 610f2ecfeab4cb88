//! Syncing: what to send, what to fetch, what to believe. The engine decides, `verify` judges, `client` does.

pub mod counts;
pub mod engine;
pub mod reading;
pub mod verify;
