//! The page's entry, started by boot.js in every tab.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// Overwrites all memory that is freed: PRF output passes through it on its way to the core.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() {
    console_error_panic_hook::set_once();
    web_app::shell::start();
}
