//! A Rust file taken apart just far enough for rules about text: code without comments and string
//! contents, the strings themselves, and where the tests begin.
//!
//! It is a scanner, not a parser: every byte of a comment or of a string's inside becomes a space
//! in [`Source::code`], so line numbers and columns stay as they are.

/// One string literal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// Line of its opening quote, from 1.
    pub(crate) line: usize,
    /// Offset of its first byte in [`Source::code`].
    pub(crate) start: usize,
    /// What stands between the quotes, escapes as written.
    pub(crate) text: String,
}

/// One function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Line of the word `fn`, from 1.
    pub(crate) line: usize,
    pub(crate) n_lines: usize,
    /// The comments right above it, first one first, as written.
    pub(crate) comments_above: Vec<String>,
    /// Lines of the body as written, comments included.
    pub(crate) body: Vec<String>,
}

/// A Rust file, taken apart.
pub(crate) struct Source {
    /// The text with comments and the insides of strings blanked.
    pub(crate) code: String,
    pub(crate) literals: Vec<Literal>,
    /// The first line that belongs to tests, from 1; past the end when there is none.
    pub(crate) first_test_line: usize,
    text: String,
}

impl Source {
    /// Takes a file apart.
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let mut scanner = Scanner::new(text);
        scanner.run();
        let code = String::from_utf8_lossy(&scanner.code).into_owned();
        let first_test_line = if is_test_path(path) { 1 } else { first_test_line(&code) };
        Self { code, literals: scanner.literals, first_test_line, text: text.to_owned() }
    }

    /// Lists the code lines before the tests, numbered from 1, without modules that only tests are built with.
    pub(crate) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = self.first_test_line;
        let mut was_for_tests = false;
        let mut is_inside = false;
        self.code_lines().take_while(move |(line, _)| *line < end).filter(move |(_, code)| {
            is_inside = is_inside || (was_for_tests && code.starts_with("mod ") && code.ends_with('{'));
            was_for_tests = code.starts_with("#[cfg(any(test, feature = ");
            let is_product = !is_inside;
            is_inside = is_inside && !code.starts_with('}');
            is_product
        })
    }

    /// Lists the code lines of the tests, numbered from 1.
    pub(crate) fn test_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let start = self.first_test_line;
        self.code_lines().skip_while(move |(line, _)| *line < start)
    }

    /// Lists all code lines, numbered from 1.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Lists every function that has a body, in order of their beginnings.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let bytes = self.code.as_bytes();
        let mut functions = Vec::new();
        for (start, word) in words(&self.code) {
            if word != "fn" {
                continue;
            }
            let Some((_, name)) = words(self.code.split_at(start + 2).1).next() else {
                continue;
            };
            let Some((open, close)) = body_after(bytes, start) else {
                continue;
            };
            let line = line_of(bytes, start);
            let first = line_of(bytes, open);
            let last = line_of(bytes, close);
            functions.push(Function {
                name: name.to_owned(),
                line,
                n_lines: last + 1 - line,
                comments_above: self.comments_above(line),
                body: self.text.lines().skip(first).take(last.saturating_sub(first + 1)).map(str::to_owned).collect(),
            });
        }
        functions
    }
}

impl Source {
    /// Lists the comment lines above a line, over its attributes.
    fn comments_above(&self, line: usize) -> Vec<String> {
        let lines: Vec<&str> = self.text.lines().take(line - 1).map(str::trim).collect();
        let mut comments: Vec<String> = lines
            .iter()
            .rev()
            .take_while(|line| line.starts_with("//") || line.starts_with("#["))
            .filter(|line| line.starts_with("//"))
            .map(|line| (*line).to_owned())
            .collect();
        comments.reverse();
        comments
    }
}

/// Whether a whole file is tests: a `tests` folder of a crate, this package, or a `tests.rs`.
pub(crate) fn is_test_path(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// Lists the identifiers and keywords of some code with their offsets.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let mut rest_start = 0;
    std::iter::from_fn(move || {
        let rest = code.get(rest_start..)?;
        let start = rest_start + rest.find(is_part)?;
        let tail = code.get(start..)?;
        let length = tail.find(|character| !is_part(character)).unwrap_or(tail.len());
        rest_start = start + length;
        Some((start, code.get(start..rest_start)?))
    })
}

/// Returns the line of an offset, from 1.
pub(crate) fn line_of(bytes: &[u8], offset: usize) -> usize {
    1 + bytes.iter().take(offset).filter(|byte| **byte == b'\n').count()
}

fn first_test_line(code: &str) -> usize {
    let lines: Vec<&str> = code.lines().collect();
    let begins_tests = |pair: &[&str]| {
        pair.iter().any(|line| line.starts_with("#[cfg(test)]"))
            && pair.last().is_some_and(|line| line.contains("mod ") && line.trim_end().ends_with('{'))
    };
    lines.windows(2).position(begins_tests).map_or(usize::MAX, |index| index + 1)
}

/// Finds the braces of the body that follows the `fn` at `start`; `None` for a declaration.
fn body_after(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
    let mut n_open = 0_usize;
    let mut open = None;
    for (offset, byte) in bytes.iter().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => n_open += 1,
            b')' | b']' => n_open = n_open.checked_sub(1)?,
            b';' if n_open == 0 => return None,
            b'{' if n_open == 0 => {
                open = Some(offset);
                break;
            }
            _ => {}
        }
    }
    let open = open?;
    let mut depth = 0_usize;
    for (offset, byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((open, offset));
        }
    }
    None
}

/// Walks over the text once, blanking what is no code.
struct Scanner<'text> {
    text: &'text [u8],
    code: Vec<u8>,
    literals: Vec<Literal>,
    position: usize,
}

impl<'text> Scanner<'text> {
    fn new(text: &'text str) -> Self {
        Self { text: text.as_bytes(), code: text.as_bytes().to_vec(), literals: Vec::new(), position: 0 }
    }

    fn run(&mut self) {
        while let Some(byte) = self.byte(0) {
            match byte {
                b'/' if self.byte(1) == Some(b'/') => self.line_comment(),
                b'/' if self.byte(1) == Some(b'*') => self.block_comment(),
                b'"' => self.string(),
                b'r' if !self.is_after_word() && self.raw_hashes().is_some() => self.raw_string(),
                b'\'' => self.quote(),
                _ => self.position += 1,
            }
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.position + ahead).copied()
    }

    /// Whether the byte before belongs to a word (a leading `b` or `c` of a literal does not).
    fn is_after_word(&self) -> bool {
        let before = |back: usize| self.position.checked_sub(back).and_then(|index| self.text.get(index)).copied();
        let is_word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match before(1) {
            Some(b'b' | b'c') => is_word(before(2)),
            byte => is_word(byte),
        }
    }

    /// Blanks one byte, keeping line ends.
    fn blank(&mut self) {
        if let Some(byte) = self.code.get_mut(self.position)
            && *byte != b'\n'
        {
            *byte = b' ';
        }
        self.position += 1;
    }

    fn line_comment(&mut self) {
        while self.byte(0).is_some_and(|byte| byte != b'\n') {
            self.blank();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.byte(0).is_some() {
            let pair = (self.byte(0), self.byte(1));
            if pair == (Some(b'/'), Some(b'*')) {
                depth += 1;
                self.blank();
            } else if pair == (Some(b'*'), Some(b'/')) {
                depth -= 1;
                self.blank();
            }
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        let start = self.position;
        self.position += 1;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'"' => break,
                b'\\' => {
                    self.blank();
                    self.blank();
                }
                _ => self.blank(),
            }
        }
        self.note_literal(start, start + 1, self.position);
        self.position += 1;
    }

    /// Counts the hashes of a raw string that begins here; `None` when none does.
    fn raw_hashes(&self) -> Option<usize> {
        let n_hashes = self.text.iter().skip(self.position + 1).take_while(|byte| **byte == b'#').count();
        (self.byte(1 + n_hashes) == Some(b'"')).then_some(n_hashes)
    }

    fn raw_string(&mut self) {
        let n_hashes = self.raw_hashes().unwrap_or_default();
        let start = self.position + 1 + n_hashes;
        self.position = start + 1;
        let is_end = |scanner: &Self| {
            scanner.byte(0) == Some(b'"') && (1..=n_hashes).all(|ahead| scanner.byte(ahead) == Some(b'#'))
        };
        while self.byte(0).is_some() && !is_end(self) {
            self.blank();
        }
        self.note_literal(start, start + 1, self.position);
        self.position += 1 + n_hashes;
    }

    /// Steps over a character literal or a lifetime.
    fn quote(&mut self) {
        if self.byte(1) == Some(b'\\') {
            self.position += 1;
            self.blank();
            self.blank();
            while self.byte(0).is_some_and(|byte| byte != b'\'') {
                self.blank();
            }
            self.position += 1;
            return;
        }
        let closes = (2..=5).find(|ahead| self.byte(*ahead) == Some(b'\''));
        let first_is_ascii = self.byte(1).is_some_and(|byte| byte.is_ascii());
        match closes {
            Some(ahead) if ahead == 2 || !first_is_ascii => {
                self.position += 1;
                for _ in 1..ahead {
                    self.blank();
                }
                self.position += 1;
            }
            _ => self.position += 1,
        }
    }

    fn note_literal(&mut self, start: usize, from: usize, to: usize) {
        let inside = self.text.get(from..to).unwrap_or_default();
        self.literals.push(Literal {
            line: line_of(self.text, start),
            start,
            text: String::from_utf8_lossy(inside).into_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_the_insides_of_strings_are_no_code() {
        let text = "let a = \"x // y\"; // b\n/* c /* d */ e */ let r = r#\"f\"g\"#; let q = '\"';";
        let source = Source::parse("a/src/lib.rs", text);
        assert_eq!(source.code, "let a = \"      \";     \n                  let r = r#\"   \"#; let q = ' ';");
        let strings: Vec<&str> = source.literals.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(strings, ["x // y", "f\"g"]);
    }

    #[test]
    fn a_lifetime_opens_no_character() {
        let source = Source::parse("a/src/lib.rs", "fn f<'a>(x: &'a str) -> &'a str { x } // c");
        assert_eq!(source.code.trim_end(), "fn f<'a>(x: &'a str) -> &'a str { x }");
    }

    #[test]
    fn functions_are_measured_from_their_first_word_to_their_last_brace() {
        let text =
            "trait T { fn none(&self) -> [u8; 4]; }\n// zero\npub fn some(\n  a: u8,\n) {\n  // one\n  two();\n}\n";
        let functions = Source::parse("a/src/lib.rs", text).functions();
        let expected = Function {
            name: "some".to_owned(),
            line: 3,
            n_lines: 6,
            comments_above: vec!["// zero".to_owned()],
            body: vec!["  // one".to_owned(), "  two();".to_owned()],
        };
        assert_eq!(functions, [expected]);
    }

    #[test]
    fn modules_for_tests_only_are_no_product() {
        let text = "fn a() {}\n#[cfg(any(test, feature = \"test-support\"))]\nmod b {\n    fn c() {}\n}\nfn d() {}\n";
        let source = Source::parse("a/src/lib.rs", text);
        let lines: Vec<usize> = source.product_lines().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 2, 6]);
    }

    #[test]
    fn tests_begin_at_the_test_module() {
        let text = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(Source::parse("a/src/lib.rs", text).first_test_line, 3);
        assert_eq!(Source::parse("a/tests/b.rs", text).first_test_line, 1);
        let out_of_line = "#[cfg(test)]\nmod fakes;\nfn a() {}\n";
        let source = Source::parse("a/src/lib.rs", out_of_line);
        assert_eq!(source.first_test_line, usize::MAX);
    }
}
