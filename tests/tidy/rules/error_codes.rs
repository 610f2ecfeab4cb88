//! Every error code has one sentence in the app, one entry in `docs/api.md`, and one test that
//! provokes it.

use crate::source::{Source, words};
use crate::tree::{Breach, Tree};

const CODES: &str = "shared-types/src/error.rs";
const ENTRIES: &str = "docs/api.md";

/// One code: its variant of `ErrorCode` and its word on the wire.
struct Code {
    variant: String,
    word: String,
    line: usize,
}

fn entries(tree: &Tree) -> Vec<Breach> {
    if !tree.has_part("relay-server/src/routes") {
        return Vec::new();
    }
    let text = tree.find(ENTRIES).map_or("", |file| file.text.as_str());
    missing(tree, "has no entry in docs/api.md", |code| text.contains(&format!("`{}`", code.word)))
}

fn sentences(tree: &Tree) -> Vec<Breach> {
    if !tree.has_part("web-app/src/pages") {
        return Vec::new();
    }
    let files: Vec<&Source> = sources_in(tree, |path| path.starts_with("web-app/src/words"));
    missing(tree, "has no sentence in web-app/src/words", |code| {
        files.iter().any(|source| names(source, 1, &code.variant))
    })
}

fn provocations(tree: &Tree) -> Vec<Breach> {
    if !tree.has_part("relay-server/src/routes") {
        return Vec::new();
    }
    let files: Vec<&Source> = sources_in(tree, |path| path != CODES);
    missing(tree, "has no test that provokes it", |code| {
        files.iter().any(|source| {
            let is_test = |line: usize| line >= source.first_test_line;
            names(source, source.first_test_line, &code.variant)
                || source.literals.iter().any(|literal| is_test(literal.line) && literal.text == code.word)
        })
    })
}

fn sources_in(tree: &Tree, is_wanted: impl Fn(&str) -> bool) -> Vec<&Source> {
    tree.rust_sources().filter(|(file, _)| is_wanted(&file.path)).map(|(_, source)| source).collect()
}

/// Whether `ErrorCode::Variant` (or `Code::Variant`, however it is imported) stands in the code.
fn names(source: &Source, from_line: usize, variant: &str) -> bool {
    source.code_lines().filter(|(line, _)| *line >= from_line).any(|(_, code)| {
        words(code)
            .any(|(start, word)| word == variant && code.get(..start).is_some_and(|before| before.ends_with("::")))
    })
}

fn missing(tree: &Tree, sentence: &str, is_there: impl Fn(&Code) -> bool) -> Vec<Breach> {
    codes(tree)
        .iter()
        .filter(|code| !is_there(code))
        .map(|code| Breach::at(CODES, code.line, format!("`{}` {sentence}", code.word)))
        .collect()
}

/// Reads the list of codes: one line each, `Variant = status "word",`.
fn codes(tree: &Tree) -> Vec<Code> {
    let Some(file) = tree.find(CODES) else {
        return Vec::new();
    };
    let code_of = |(index, line): (usize, &str)| {
        let (variant, rest) = line.trim().split_once(" = ")?;
        let (status, word) = rest.strip_suffix("\",")?.split_once(" \"")?;
        status.parse::<u16>().ok()?;
        Some(Code { variant: variant.to_owned(), word: word.to_owned(), line: index + 1 })
    };
    let codes: Vec<Code> = file.text.lines().enumerate().filter_map(code_of).collect();
    assert!(!codes.is_empty(), "{CODES} lists no code that this rule can read");
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    const LIST: &str =
        "//! A.\nerror_codes! {\n    TooLarge = 413 \"too_large\",\n    Internal = 500 \"internal\",\n}\n";
    const ROUTES: (&str, &str) = ("relay-server/src/routes.rs", "//! A.\n");
    const PAGES: (&str, &str) = ("web-app/src/pages/chat.rs", "//! A.\n");
    const PLACE: &str = "shared-types/src/error.rs:4: `internal`";

    #[test]
    fn every_code_has_an_entry() {
        assert_tidy(entries);
    }

    #[test]
    fn every_code_has_a_sentence() {
        assert_tidy(sentences);
    }

    #[test]
    fn every_code_has_a_test() {
        assert_tidy(provocations);
    }

    #[test]
    fn tidy_refuses_a_code_without_an_entry() {
        let api = ("docs/api.md", "| `too_large` | 413 |\n");
        assert_refused(entries, &[(CODES, LIST), ROUTES, api], PLACE);
        let api = ("docs/api.md", "| `too_large` | 413 |\n| `internal` | 500 |\n");
        assert_accepted(entries, &[(CODES, LIST), ROUTES, api]);
    }

    #[test]
    fn tidy_refuses_a_code_without_a_sentence() {
        let words = "//! A.\nmatch code { ErrorCode::TooLarge => TOO_LARGE }\n// ErrorCode::Internal\n";
        let words = ("web-app/src/words/errors.rs", words);
        assert_refused(sentences, &[(CODES, LIST), PAGES, words], PLACE);
    }

    #[test]
    fn tidy_refuses_a_code_without_a_test() {
        let product = ("relay-server/src/error.rs", "//! A.\nfn a() { ErrorCode::Internal; }\n");
        let test = "//! A.\nassert_eq!(refused.code, ErrorCode::TooLarge);\n";
        let test = ("relay-server/tests/routes.rs", test);
        let planted = [(CODES, LIST), ROUTES, product, test];
        assert_refused(provocations, &planted, PLACE);
    }
}
