//! A newer shell: whether one waits, and letting it take over. boot.js watches the service worker.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = sotto, js_name = onUpdate)]
    fn on_update_in_boot(tell: &JsValue);

    /// Looks whether there is a newer shell.
    #[wasm_bindgen(js_namespace = sotto, js_name = askForUpdate)]
    pub fn ask_for_update();

    /// Lets the newer shell take over, and loads the page again.
    #[wasm_bindgen(js_namespace = sotto, js_name = takeUpdate)]
    pub fn take_update();
}

/// Calls `tell` once a newer shell waits.
pub fn on_update(tell: impl Fn() + 'static) {
    on_update_in_boot(&Closure::<dyn Fn()>::new(tell).into_js_value());
}
