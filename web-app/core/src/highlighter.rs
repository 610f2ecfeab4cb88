//! The way to the highlighter, which core.js loads when it is first called for.

use client_core::view::highlight::{Code, Pieces};
use wasm_bindgen::prelude::*;

use crate::machine;

#[wasm_bindgen]
extern "C" {
    type Highlighter;

    #[wasm_bindgen(catch, js_name = openHighlighter)]
    async fn open_highlighter() -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, method)]
    fn read(this: &Highlighter, grammar: &str, code: &str) -> Result<Option<Vec<u32>>, JsValue>;
}

/// Reads a code; `None` if the highlighter did not load or cannot.
pub(crate) async fn read(code: Code) -> Option<Pieces> {
    // What tabs want comes first: reading keeps the worker busy for some milliseconds.
    machine::wait_ms(0).await;
    let highlighter: Highlighter = open_highlighter().await.ok()?.unchecked_into();
    highlighter.read(code.grammar, &code.text).ok()?
}
