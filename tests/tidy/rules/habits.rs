//! Habits of the code: what is never switched off, never waited for and never unwrapped.

use crate::source::words;
use crate::tree::{Breach, Tree};

/// Lints are expected with a reason, tests run and say what they expect.
fn switched_off(tree: &Tree) -> Vec<Breach> {
    const REFUSED: [(&str, &str); 3] = [
        ("allow(", "`#[expect(.., reason = \"..\")]`, never `#[allow]`"),
        ("ignore", "a test runs or does not exist: no `#[ignore]`"),
        ("should_panic", "a test compares values: no `#[should_panic]`"),
    ];
    let mut breaches = Vec::new();
    for (file, source) in tree.rust_sources() {
        for (line, code) in source.code_lines() {
            let attribute = ["#[", "#!["].iter().find_map(|open| code.split_once(open));
            let Some((_, attribute)) = attribute else {
                continue;
            };
            for (refused, sentence) in REFUSED {
                let is_first = attribute.trim_start().starts_with(refused);
                let is_conditional = attribute.starts_with("cfg_attr") && attribute.contains(refused);
                if is_first || is_conditional {
                    breaches.push(Breach::at(&file.path, line, sentence));
                }
            }
        }
    }
    breaches
}

/// Tests wait for what happens, never for time to pass.
fn sleeping_tests(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.rust_sources() {
        for (line, code) in source.test_lines() {
            let sleeps =
                words(code).any(|(start, word)| word == "sleep" && code.split_at(start).1.starts_with("sleep("));
            if sleeps {
                breaches.push(Breach::at(&file.path, line, "a test waits for an event, it never sleeps"));
            }
        }
    }
    breaches
}

/// Product code says which invariant it relies on.
fn unwraps(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.rust_sources() {
        for (line, code) in source.product_lines() {
            if code.contains(".unwrap()") {
                breaches.push(Breach::at(
                    &file.path,
                    line,
                    "`expect(\"states the invariant\")` instead of `unwrap()` outside tests",
                ));
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
    fn nothing_is_switched_off() {
        assert_tidy(switched_off);
    }

    #[test]
    fn tidy_refuses_allow_ignore_and_should_panic() {
        for attribute in [
            "#[allow(dead_code)]",
            "#![allow(dead_code)]",
            "#[cfg_attr(test, allow(dead_code))]",
            "#[ignore]",
            "#[ignore = \"slow\"]",
            "#[should_panic(expected = \"x\")]",
        ] {
            let text = format!("//! A.\n{attribute}\nfn a() {{}}\n");
            assert_refused(switched_off, &[("a/src/lib.rs", &text)], "a/src/lib.rs:2");
        }
        let spoken = "//! Never #[allow(x)].\nconst A: &str = \"#[ignore]\";\n";
        assert_accepted(switched_off, &[("a/src/lib.rs", spoken)]);
    }

    #[test]
    fn no_test_sleeps() {
        assert_tidy(sleeping_tests);
    }

    #[test]
    fn tidy_refuses_a_test_that_sleeps() {
        let text = "//! A.\nfn a() {\n    tokio::time::sleep(b).await;\n}\n";
        assert_refused(sleeping_tests, &[("a/tests/b.rs", text)], "a/tests/b.rs:3");
        assert_accepted(sleeping_tests, &[("a/src/driver.rs", text)]);
    }

    #[test]
    fn nothing_is_unwrapped_outside_tests() {
        assert_tidy(unwraps);
    }

    #[test]
    fn tidy_refuses_an_unwrap_outside_tests() {
        let text = "//! A.\nfn a() {\n    b().unwrap();\n}\n";
        assert_refused(unwraps, &[("a/src/lib.rs", text)], "a/src/lib.rs:3");
        assert_accepted(unwraps, &[("a/tests/b.rs", text)]);
    }
}
