//! The core: owns every key, seals everything, keeps it in a store, syncs it through a relay, asks.
//!
//! Pure state machines decide; only drivers and the back ends of `store` and `relay` do I/O.

pub mod account;
pub mod ask;
pub mod client;
pub mod envelope;
pub mod intention;
pub mod keys;
pub mod password;
pub mod randomness;
pub mod records;
pub mod relay;
#[cfg(target_arch = "wasm32")]
pub mod storage_check;
pub mod store;
pub mod sync;
pub mod time;
pub mod vault;
pub mod view;
