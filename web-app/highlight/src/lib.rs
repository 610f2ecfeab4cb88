//! The highlighter: tells the words of code apart. Native for its tests and for the bundle, WASM beside the core.

mod classes;
pub mod grammars;
pub mod highlighter;
