//! Stories: whole clients on several devices, one relay, no I/O. They run natively in milliseconds, seeded.
#![cfg(not(target_arch = "wasm32"))]

mod asking;
mod attacks;
mod code;
mod copied;
mod deleting;
mod edits;
mod faults;
mod hand_over;
mod healing;
mod joining;
mod key_ring;
mod killed;
mod leaving;
mod members;
mod mending;
mod model;
mod newer;
mod receipts;
mod recovering;
mod refusals;
mod revoked;
mod rotation;
mod seen;
mod storage;
mod syncing;
mod tabs;
mod versions;
mod ways;
mod words;
mod world;
