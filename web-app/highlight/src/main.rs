//! The highlighter's entry in the core's worker: core.js loads it, with its grammars, when code is first shown.

use wasm_bindgen::prelude::*;
use web_highlight::highlighter;

fn main() {}

/// Grammars, ready to read code.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Highlighter(highlighter::Highlighter);

#[wasm_bindgen]
impl Highlighter {
    /// Reads the file of grammars.
    #[wasm_bindgen(constructor)]
    pub fn new(grammars: &[u8]) -> Result<Self, JsValue> {
        highlighter::Highlighter::new(grammars).map(Self).map_err(|error| JsValue::from_str(&error.to_string()))
    }

    /// The pieces of a code, each a class by its number and a length in bytes, one after the other.
    pub fn read(&self, grammar: &str, code: &str) -> Option<Vec<u32>> {
        self.0.read(grammar, code)
    }
}
