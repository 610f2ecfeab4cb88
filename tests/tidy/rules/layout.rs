//! Shapes of files: headers, names, lengths, run bits, and the three files of JavaScript.

use crate::tree::{Breach, Tree};

const MAX_FILE_LINES: usize = 500;
const MAX_FUNCTION_LINES: usize = 80;
const MAX_SCRIPT_LINES: usize = 150;
const SCRIPTS: [&str; 3] = ["web-app/boot.js", "web-app/core.js", "web-app/sw.js"];

/// Every Rust file begins by saying what it is for.
fn headers(tree: &Tree) -> Vec<Breach> {
    let lacks = |text: &str| !text.starts_with("//!");
    tree.files
        .iter()
        .filter(|file| file.has_extension(".rs") && lacks(&file.text))
        .map(|file| Breach::of(&file.path, "a file begins with a `//!` header"))
        .collect()
}

/// Modules are named for what they hold.
fn module_names(tree: &Tree) -> Vec<Breach> {
    const NAMELESS: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "misc", "data", "info"];
    let mut breaches = Vec::new();
    for file in &tree.files {
        let Some(stem) = file.path.strip_suffix(".rs") else {
            continue;
        };
        let name = stem.rsplit('/').next().unwrap_or(stem);
        if name == "mod" {
            breaches.push(Breach::of(&file.path, "a module is `foo.rs` beside `foo/`, never `mod.rs`"));
        }
        if NAMELESS.contains(&name) {
            breaches.push(Breach::of(&file.path, "a module is named for what it holds, not for having no name"));
        }
    }
    breaches
}

/// A file stops at 500 lines before its tests.
fn file_lengths(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.rust_sources() {
        let is_only_tests = source.first_test_line == 1 && !file.path.starts_with("tests/");
        let n_lines = if file.path.starts_with("tests/") {
            let parts = file.text.split("\n#[cfg(test)]\nmod ");
            parts.take(1).map(|part| part.lines().count()).sum()
        } else {
            file.text.lines().count().min(source.first_test_line - 1)
        };
        if n_lines > MAX_FILE_LINES && !is_only_tests {
            let sentence =
                format!("{n_lines} lines before the tests; a file stops at {MAX_FILE_LINES}: split its impl by verb");
            breaches.push(Breach::of(&file.path, sentence));
        }
    }
    breaches
}

/// A function stops at 80 lines.
fn function_lengths(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.rust_sources() {
        for function in source.functions() {
            if function.n_lines > MAX_FUNCTION_LINES {
                let sentence = format!(
                    "`{}` has {} lines; a function stops at {MAX_FUNCTION_LINES}",
                    function.name, function.n_lines
                );
                breaches.push(Breach::at(&file.path, function.line, sentence));
            }
        }
    }
    breaches
}

/// What begins with `#!` can be run, and nothing else can.
fn run_bits(tree: &Tree) -> Vec<Breach> {
    tree.files
        .iter()
        .filter(|file| !file.has_extension(".rs"))
        .filter(|file| file.is_executable != file.text.starts_with("#!"))
        .map(|file| Breach::of(&file.path, "a file has the run bit exactly when it begins with `#!`"))
        .collect()
}

/// The page and the core are Rust: JavaScript is three short files. (Benches start peers with
/// theirs; that is no part of the product.)
fn scripts(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let is_script = |path: &str| [".js", ".mjs", ".cjs", ".ts"].iter().any(|extension| path.ends_with(extension));
    for file in tree.files.iter().filter(|file| is_script(&file.path)) {
        if file.path.starts_with("benches/") {
            continue;
        }
        if !SCRIPTS.contains(&file.path.as_str()) {
            breaches.push(Breach::of(&file.path, "hand-written JavaScript is boot.js, core.js and sw.js of web-app"));
        }
        let n_lines = file.text.lines().count();
        if n_lines > MAX_SCRIPT_LINES {
            let sentence = format!("{n_lines} lines; a script stops at {MAX_SCRIPT_LINES}");
            breaches.push(Breach::of(&file.path, sentence));
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    #[test]
    fn every_file_has_a_header() {
        assert_tidy(headers);
    }

    #[test]
    fn tidy_refuses_a_file_without_a_header() {
        assert_refused(headers, &[("a/src/lib.rs", "fn a() {}\n")], "a/src/lib.rs:1");
    }

    #[test]
    fn modules_have_names() {
        assert_tidy(module_names);
    }

    #[test]
    fn tidy_refuses_mod_rs_and_nameless_modules() {
        assert_refused(module_names, &[("a/src/b/mod.rs", "//! B.\n")], "a/src/b/mod.rs:1");
        assert_refused(module_names, &[("a/src/utils.rs", "//! B.\n")], "a/src/utils.rs:1");
    }

    #[test]
    fn files_are_short() {
        assert_tidy(file_lengths);
    }

    #[test]
    fn tidy_refuses_a_long_file_but_not_long_tests() {
        let long = format!("//! A.\n{}", "const _: u8 = 0;\n".repeat(500));
        assert_refused(file_lengths, &[("a/src/lib.rs", &long)], "a/src/lib.rs:1");
        assert_refused(file_lengths, &[("tests/src/lib.rs", &long)], "tests/src/lib.rs:1");
        let tested = format!("//! A.\n\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert_accepted(file_lengths, &[("a/src/lib.rs", &tested)]);
        assert_accepted(file_lengths, &[("a/tests/b.rs", &long)]);
    }

    #[test]
    fn functions_are_short() {
        assert_tidy(function_lengths);
    }

    #[test]
    fn tidy_refuses_a_long_function() {
        let long = format!("//! A.\nfn a() {{\n{}}}\n", "    b();\n".repeat(79));
        assert_refused(function_lengths, &[("a/src/lib.rs", &long)], "a/src/lib.rs:2");
        let short = format!("//! A.\nfn a() {{\n{}}}\n", "    b();\n".repeat(78));
        assert_accepted(function_lengths, &[("a/src/lib.rs", &short)]);
    }

    #[test]
    fn executables_have_their_run_bit() {
        assert_tidy(run_bits);
    }

    #[test]
    fn tidy_refuses_a_script_without_its_run_bit() {
        assert_refused(run_bits, &[("check", "#!/usr/bin/env bash\n")], "check:1");
    }

    #[test]
    fn scripts_are_three_and_short() {
        assert_tidy(scripts);
    }

    #[test]
    fn tidy_refuses_a_fourth_script_and_a_long_one() {
        assert_refused(scripts, &[("web-app/extra.js", "1;\n")], "web-app/extra.js:1");
        let long = "1;\n".repeat(151);
        assert_refused(scripts, &[("web-app/sw.js", &long)], "web-app/sw.js:1");
        assert_accepted(scripts, &[("benches/peers/webcrypto.mjs", "1;\n")]);
    }
}
