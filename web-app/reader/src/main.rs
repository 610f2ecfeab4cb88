//! The reader's entry in the core's worker: core.js loads it when a camera first looks.

use std::alloc::System;

use wasm_bindgen::prelude::*;
use zeroizing_alloc::ZeroAlloc;

/// Overwrites all memory that is freed: what a code says is a secret while it is good.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() {}

/// The text of the code in a grey picture, if one can be read.
#[wasm_bindgen]
pub fn read(width: usize, height: usize, luma: &[u8]) -> Option<String> {
    web_reader::read(width, height, luma)
}
