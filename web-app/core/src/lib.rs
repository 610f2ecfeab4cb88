//! What the core's worker and the page share: the language that they speak over a port.

#[path = "../../src/bridge.rs"]
pub mod bridge;
