//! Whether the browser keeps what it was given.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "storage"], js_name = persist)]
    fn persist() -> Result<Promise, JsValue>;
}

/// Asks the browser to keep it also when the disk is full; whether it agreed. Some ask the person first.
pub async fn ask_to_keep() -> bool {
    let Ok(asked) = persist() else { return false };
    JsFuture::from(asked).await.is_ok_and(|agreed| agreed.is_truthy())
}
