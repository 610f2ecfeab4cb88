//! Placeholder until its slice.
fn main() {}
