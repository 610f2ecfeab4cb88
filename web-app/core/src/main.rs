//! The core's entry in its shared worker. core.js starts it once and hands it every tab's port.

mod highlighter;
mod machine;
mod password;
mod ports;
mod reader;
mod start;

use std::alloc::System;
use std::cell::OnceCell;

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{MessagePort, SharedWorkerGlobalScope};
use zeroizing_alloc::ZeroAlloc;

use ports::Ports;

/// Overwrites all memory that is freed: keys, words and PRF output pass through it.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

thread_local! {
    static PORTS: OnceCell<Ports> = const { OnceCell::new() };
}

fn main() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        give_up();
    }));
}

/// Tells every tab that this core is over, and ends the worker: its lock is free for the next one.
fn give_up() {
    PORTS.with(|ports| ports.get().into_iter().for_each(Ports::fail));
    js_sys::global().unchecked_into::<SharedWorkerGlobalScope>().close();
}

/// Tells every tab to go on to another core: this one may not go on.
fn say_restart() {
    PORTS.with(|ports| ports.get().into_iter().for_each(Ports::restart));
}

/// Takes the port of a tab that has just opened; `build` is the one core.js was stamped with.
#[wasm_bindgen]
pub fn connect(port: MessagePort, build: &str) {
    PORTS.with(|ports| ports.get_or_init(start::start).add(port, build));
}

/// Tells whether this browser keeps what it is given: `{ starts }`.
#[wasm_bindgen]
pub async fn check_storage() -> Result<JsValue, JsValue> {
    let check = client_core::storage_check::check_storage().await;
    let check = check.map_err(|error| JsValue::from_str(&error.to_string()))?;
    let answer = Object::new();
    Reflect::set(&answer, &"starts".into(), &check.n_starts.into())?;
    Ok(answer.into())
}
