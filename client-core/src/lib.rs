//! The core: owns every key, seals everything, keeps it in a store, syncs it through a relay, asks.
//!
//! Pure state machines decide; only drivers and the back ends of `store` and `relay` do I/O.

pub mod account;
pub mod envelope;
pub mod intention;
pub mod keys;
#[cfg(target_arch = "wasm32")]
pub mod storage_check;
pub mod store;
pub mod view;
