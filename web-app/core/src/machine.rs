//! What the core takes from its worker: clock, timer, randomness, address, the lock of the profile.

use client_core::client::Platform;
use client_core::randomness::MachineRandomness;
use client_core::time::Timestamp;
use js_sys::{Date, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::SharedWorkerGlobalScope;

use crate::highlighter;

/// The one core of a profile holds this lock from before its first read to its end.
const PROFILE_LOCK: &str = "sotto-core";

#[wasm_bindgen]
extern "C" {
    /// The Web Locks of this origin; `web-sys` keeps them behind a flag for unstable interfaces.
    type LockManager;

    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = locks)]
    static LOCKS: LockManager;

    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, hold: &Function) -> Promise;
}

pub(crate) fn scope() -> SharedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

pub(crate) fn now() -> Timestamp {
    // Milliseconds since 1970 are whole and positive in any browser that is not set to a time before.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "Date.now() is a whole number of ms")]
    Timestamp(Date::now() as u64)
}

pub(crate) fn platform() -> Platform {
    Platform {
        now: Box::new(now),
        wait_ms: Box::new(|ms| Box::pin(wait_ms(ms))),
        rng: Box::new(MachineRandomness::new()),
        highlight: std::rc::Rc::new(|code| Box::pin(highlighter::read(code))),
        host: scope().location().hostname(),
    }
}

pub(crate) async fn wait_ms(ms: u64) {
    let ms = i32::try_from(ms).unwrap_or(i32::MAX);
    let promise = Promise::new(&mut |done: Function, _| {
        scope().set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms).expect("a worker has timers");
    });
    JsFuture::from(promise).await.expect("a timer does not fail");
}

/// Waits until no other core of this profile runs, and keeps others waiting until this one ends.
pub(crate) async fn hold_profile() {
    let promise = Promise::new(&mut |granted: Function, _| {
        let hold = Closure::once_into_js(move |_lock: JsValue| {
            granted.call0(&JsValue::NULL).expect("a promise can be kept");
            Promise::new(&mut |_, _| {})
        });
        // The request ends with the worker: nobody waits for it.
        LOCKS.with(|locks| drop(locks.request(PROFILE_LOCK, hold.unchecked_ref())));
    });
    JsFuture::from(promise).await.expect("a lock is granted in the end");
}
