//! Stories: whole clients on several devices, one relay, no I/O. They run natively in milliseconds, seeded.
#![cfg(not(target_arch = "wasm32"))]

mod asking;
mod attacks;
mod edits;
mod faults;
mod joining;
mod syncing;
mod world;
