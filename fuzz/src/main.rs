//! The parser that `SOTTO_FUZZ_TARGET` names, under libFuzzer: `./check full` runs it for every target.
#![no_main]

use std::sync::LazyLock;

use fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("SOTTO_FUZZ_TARGET").expect("SOTTO_FUZZ_TARGET names a parser");
    *TARGETS.iter().find(|target| target.name == name).expect("it is one of fuzz::TARGETS")
});

fuzz_target!(|bytes: &[u8]| (TARGET.run)(bytes));
