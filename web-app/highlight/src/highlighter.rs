//! Reads code by the grammar of its language into pieces, each with a class. No byte is lost: the pieces of a code
//! are the code.

use std::fmt;

use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};
use syntect::util::LinesWithEndings;

use crate::classes::{Class, Classes};

/// Grammars, ready to read code.
pub struct Highlighter {
    grammars: SyntaxSet,
    classes: Classes,
}

/// The file of grammars is not one of this build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoGrammars;

impl fmt::Display for NoGrammars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the file of grammars cannot be read")
    }
}

impl std::error::Error for NoGrammars {}

impl fmt::Debug for Highlighter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Highlighter").field("n_grammars", &self.grammars.syntaxes().len()).finish_non_exhaustive()
    }
}

impl Highlighter {
    /// Reads the file that [`pack`](crate::grammars::pack) made.
    pub fn new(grammars: &[u8]) -> Result<Self, NoGrammars> {
        let grammars = syntect::dumps::from_reader(grammars).map_err(|_| NoGrammars)?;
        Ok(Self { grammars, classes: Classes::new() })
    }

    /// The pieces of a code, each a class by its number and a length in bytes, one after the other; `None` if there
    /// is no such grammar, or it gets stuck.
    pub fn read(&self, grammar: &str, code: &str) -> Option<Vec<u32>> {
        let grammar = self.grammars.find_syntax_by_name(grammar)?;
        let mut numbers = Vec::new();
        for (class, n_bytes) in self.pieces(grammar, code)? {
            numbers.extend([u32::from(class as u8), u32::try_from(n_bytes).ok()?]);
        }
        Some(numbers)
    }

    fn pieces(&self, grammar: &SyntaxReference, code: &str) -> Option<Vec<(Class, usize)>> {
        let mut pieces = Vec::new();
        let mut state = ParseState::new(grammar);
        let mut scopes = ScopeStack::new();
        for line in LinesWithEndings::from(code) {
            let mut start = 0;
            for (end, change) in state.parse_line(line, &self.grammars).ok()? {
                self.add(&mut pieces, &scopes, end.saturating_sub(start));
                start = end.max(start);
                scopes.apply(&change).ok()?;
            }
            self.add(&mut pieces, &scopes, line.len().saturating_sub(start));
        }
        Some(pieces)
    }

    fn add(&self, pieces: &mut Vec<(Class, usize)>, scopes: &ScopeStack, n_bytes: usize) {
        if n_bytes == 0 {
            return;
        }
        let class = self.classes.class_of(scopes.as_slice());
        match pieces.last_mut() {
            Some((last, n_last)) if *last == class => *n_last += n_bytes,
            Some(_) | None => pieces.push((class, n_bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use client_core::view::blocks::{CodeClass, CodeSpan};
    use client_core::view::highlight::{grammars_named, spans_of};
    use proptest::prelude::*;

    use super::*;
    use crate::grammars::{GRAMMARS, pack};

    static HIGHLIGHTER: LazyLock<Highlighter> = LazyLock::new(|| Highlighter::new(&pack()).unwrap());

    fn read(grammar: &str, code: &str) -> Vec<CodeSpan> {
        let pieces = HIGHLIGHTER.read(grammar, code).expect("a grammar of ours");
        spans_of(code, &pieces).expect("the pieces are the code")
    }

    /// The words of a class, in order.
    fn words(spans: &[CodeSpan], class: CodeClass) -> Vec<&str> {
        spans.iter().filter(|span| span.class == class).map(|span| span.text.trim()).collect()
    }

    #[test]
    fn a_rust_snippet_has_the_classes_that_a_reader_expects() {
        let code =
            "// adds one\nstruct Pair;\npub fn add_one(n: u32) -> u32 {\n    let name = \"one\\n\";\n    n.pow(1)\n}\n";
        let spans = read("Rust", code);
        assert_eq!(words(&spans, CodeClass::Comment), ["// adds one"]);
        assert_eq!(words(&spans, CodeClass::Text), ["\"one\\n\""]);
        assert_eq!(words(&spans, CodeClass::Number), ["1"]);
        assert_eq!(words(&spans, CodeClass::Name), ["n"]);
        assert_eq!(words(&spans, CodeClass::Type), ["Pair"]);
        assert_eq!(words(&spans, CodeClass::Function), ["add_one", "pow"]);
        let keywords = words(&spans, CodeClass::Keyword);
        assert!(["pub", "fn", "u32", "let"].iter().all(|word| keywords.contains(word)), "{keywords:?}");
    }

    #[test]
    fn every_grammar_reads_a_line_of_its_language() {
        for (grammar, code, class, word) in SAMPLES {
            let spans = read(grammar, code);
            let found = words(&spans, class);
            assert!(found.contains(&word), "{grammar}: {class:?} {found:?} of {spans:?}");
        }
        let tried: Vec<&str> = SAMPLES.iter().map(|(grammar, ..)| *grammar).collect();
        assert_eq!(tried, GRAMMARS);
    }

    const SAMPLES: [(&str, &str, CodeClass, &str); 22] = [
        ("Bourne Again Shell (bash)", "for f in *; do echo \"$f\"; done\n", CodeClass::Keyword, "for"),
        ("C", "int main(void) { return 0; }\n", CodeClass::Keyword, "return"),
        ("C#", "class A { string s = \"x\"; }\n", CodeClass::Text, "\"x\""),
        ("C++", "auto n = std::make_unique<int>(7);\n", CodeClass::Number, "7"),
        ("CSS", "a { color: #fff; }\n", CodeClass::Name, "color"),
        ("Diff", "--- a\n+++ b\n-old\n+new\n", CodeClass::Text, "+new"),
        ("Go", "func main() { fmt.Println(1) }\n", CodeClass::Function, "main"),
        ("HTML", "<a href=\"/x\">y</a>\n", CodeClass::Text, "\"/x\""),
        ("Haskell", "main = putStrLn \"hi\"\n", CodeClass::Text, "\"hi\""),
        ("JSON", "{ \"a\": true }\n", CodeClass::Number, "true"),
        ("Java", "class A { int n = 1; }\n", CodeClass::Type, "A"),
        ("JavaScript", "const f = () => `a${1}`;\n", CodeClass::Keyword, "const"),
        ("Lua", "local x = 1 -- one\n", CodeClass::Comment, "-- one"),
        ("Makefile", "all: one # both\n", CodeClass::Comment, "# both"),
        ("PHP", "<?php echo 'x';\n", CodeClass::Text, "'x'"),
        ("Python", "def f(x):\n    return x + 1\n", CodeClass::Function, "f"),
        ("R", "f <- function(x) x + 1\n", CodeClass::Keyword, "function"),
        ("Ruby", "def f; 'x' end\n", CodeClass::Text, "'x'"),
        ("Rust", "fn main() {}\n", CodeClass::Keyword, "fn"),
        ("SQL", "SELECT a FROM b;\n", CodeClass::Keyword, "SELECT"),
        ("XML", "<a b=\"c\"/>\n", CodeClass::Text, "\"c\""),
        ("YAML", "a: 'b' # c\n", CodeClass::Comment, "# c"),
    ];

    #[test]
    fn a_class_has_the_same_number_here_and_in_the_core() {
        let here = [
            Class::Plain,
            Class::Keyword,
            Class::Text,
            Class::Number,
            Class::Comment,
            Class::Function,
            Class::Type,
            Class::Name,
            Class::Mark,
        ];
        assert_eq!(here.map(|class| format!("{class:?}")), CodeClass::NUMBERED.map(|class| format!("{class:?}")));
        assert_eq!(here.map(|class| class as u8), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn every_grammar_that_the_core_may_ask_for_is_in_the_file() {
        for grammar in grammars_named() {
            assert!(HIGHLIGHTER.read(grammar, "x").is_some(), "{grammar}");
        }
        assert_eq!(HIGHLIGHTER.read("Klingon", "x"), None);
    }

    #[test]
    fn a_file_that_is_no_grammars_is_refused() {
        assert_eq!(Highlighter::new(b"<!doctype html>").err(), Some(NoGrammars));
        let cut = pack();
        let (half, _) = cut.split_at(cut.len() / 2);
        assert_eq!(Highlighter::new(half).err(), Some(NoGrammars));
    }

    proptest! {
        #[test]
        fn no_byte_of_a_code_is_lost(
            grammar in proptest::sample::select(&GRAMMARS[..]),
            code in "([a-z{}()\\[\\]<>\"'`/*#$%=;:,. \\\\\n-]|fn |<\\?php |é|🌍){0,80}",
        ) {
            if let Some(pieces) = HIGHLIGHTER.read(grammar, &code) {
                let spans = spans_of(&code, &pieces);
                let joined: Option<String> = spans.map(|spans| spans.into_iter().map(|span| span.text).collect());
                prop_assert_eq!(joined, Some(code));
            }
        }
    }
}
