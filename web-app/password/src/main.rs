//! The entry of signing in with a password, in the core's worker: core.js loads it when somebody chooses that way.

use std::alloc::System;

use wasm_bindgen::prelude::*;
use zeroizing_alloc::ZeroAlloc;

/// Overwrites all memory that is freed: passwords and what is made of them pass through it.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() {}

/// Runs a task of the core and writes the answer into the core's own memory; how many bytes it has.
///
/// Both are seen where they lie: a copy in an object of JavaScript could not be overwritten.
#[wasm_bindgen]
pub fn run(task: &[u8], answer: &mut [u8]) -> usize {
    let answered = password_client::run(task);
    let Some(place) = answer.get_mut(..answered.len()) else { return 0 };
    place.copy_from_slice(&answered);
    answered.len()
}
