//! The way to what reads codes in pictures, which core.js loads when it is first called for.

use client_core::view::hand_over::{CameraFrame, FrameText};
use wasm_bindgen::prelude::*;

use crate::machine;

#[wasm_bindgen]
extern "C" {
    type Reader;

    #[wasm_bindgen(catch, js_name = openReader)]
    async fn open_reader() -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, method)]
    fn read(this: &Reader, width: u32, height: u32, luma: &[u8]) -> Result<Option<String>, JsValue>;
}

/// Reads a picture.
pub(crate) async fn read(frame: CameraFrame) -> FrameText {
    // What tabs want comes first: reading keeps the worker busy for some milliseconds.
    machine::wait_ms(0).await;
    let Ok(reader) = open_reader().await else { return FrameText::NoReader };
    match reader.unchecked_into::<Reader>().read(frame.width, frame.height, &frame.luma) {
        Ok(Some(text)) => FrameText::Text(text),
        Ok(None) => FrameText::Nothing,
        Err(_) => FrameText::NoReader,
    }
}
