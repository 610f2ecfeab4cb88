//! The core is sans-IO: its pure modules name no clock, no global, no I/O and no randomness.

use crate::source::words;
use crate::tree::{Breach, Tree};

/// The modules that only decide. Drivers, stores and relays beside them do the rest.
const PURE_MODULES: [&str; 8] = [
    "client-core/src/keys",
    "client-core/src/envelope",
    "client-core/src/account",
    "client-core/src/records",
    "client-core/src/vault",
    "client-core/src/sync/engine",
    "client-core/src/ask/machine",
    "client-core/src/search",
];

const CLOCKS: &[&str] = &["Instant", "SystemTime", "Utc", "Local", "Date", "now_ms"];
const GLOBALS: &[&str] = &["static", "thread_local", "OnceLock", "OnceCell", "LazyLock", "LazyCell", "lazy_static"];
const DRIVERS: &[&str] = &[
    "async",
    "await",
    "spawn",
    "tokio",
    "reqwest",
    "rexie",
    "sqlx",
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "fs",
    "net",
    "env",
    "process",
    "println",
    "eprintln",
];
const RANDOMNESS: &[&str] = &["getrandom", "OsRng", "SysRng", "ThreadRng", "thread_rng", "random"];

fn pure_modules(tree: &Tree) -> Vec<Breach> {
    let kinds = [("a clock", CLOCKS), ("a global", GLOBALS), ("I/O", DRIVERS), ("a source of randomness", RANDOMNESS)];
    let mut breaches = Vec::new();
    for (file, source) in tree.rust_sources() {
        if !PURE_MODULES.iter().any(|module| file.belongs_to(module)) {
            continue;
        }
        for (line, code) in source.product_lines() {
            for (start, word) in words(code) {
                let (before, _) = code.split_at(start);
                let is_lifetime = before.ends_with('\'');
                let is_path_of_std =
                    !["fs", "net", "env", "process"].contains(&word) || before.trim_end().ends_with("std::");
                let Some((kind, _)) = kinds.iter().find(|(_, names)| names.contains(&word)) else {
                    continue;
                };
                if !is_lifetime && is_path_of_std {
                    let sentence =
                        format!("`{word}` is {kind}: pure modules take it as an argument or leave it to a driver");
                    breaches.push(Breach::at(&file.path, line, sentence));
                }
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    #[test]
    fn pure_modules_are_pure() {
        assert_tidy(pure_modules);
    }

    #[test]
    fn tidy_refuses_a_clock_a_global_io_and_randomness_in_a_pure_module() {
        for line in [
            "use std::time::Instant;",
            "static COUNT: u8 = 0;",
            "async fn a() {}",
            "use std::fs;",
            "getrandom::fill(&mut b);",
        ] {
            let text = format!("//! A.\n{line}\n");
            for path in [
                "client-core/src/keys.rs",
                "client-core/src/keys/epoch.rs",
                "client-core/src/sync/engine.rs",
                "client-core/src/ask/machine.rs",
            ] {
                assert_refused(pure_modules, &[(path, &text)], &format!("{path}:2"));
            }
            assert_accepted(pure_modules, &[("client-core/src/sync/driver.rs", &text)]);
        }
        let text = "//! A static thing.\nfn a(env: &'static str) {}\n";
        assert_accepted(pure_modules, &[("client-core/src/keys.rs", text)]);
    }
}
