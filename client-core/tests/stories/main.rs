//! Stories: whole clients on several devices, one relay, no I/O. They run natively in milliseconds, seeded.
#![cfg(not(target_arch = "wasm32"))]

mod asking;
mod attacks;
mod code;
mod edits;
mod faults;
mod healing;
mod joining;
mod key_ring;
mod leaving;
mod mending;
mod model;
mod refusals;
mod syncing;
mod versions;
mod words;
mod world;
