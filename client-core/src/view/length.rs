//! How long a text is, and what follows from that for whoever draws or sends it.

use shared_types::limits::MAX_QUESTION_BYTES;

/// Above so many bytes a text is long.
const LONG_BYTES: usize = 24 * 1024;
/// Above so many lines a text is long.
const LONG_LINES: usize = 400;

/// Whether a text is too long to be laid out line by line: it is shown folded.
pub fn is_long(text: &str) -> bool {
    text.len() > LONG_BYTES || count_lines(text) > LONG_LINES
}

/// How many lines a text has.
pub fn count_lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count() + 1
}

/// Whether a text is longer than a question may be.
pub fn is_too_long(question: &str) -> bool {
    question.trim().len() > MAX_QUESTION_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_long_by_its_lines_or_by_its_bytes() {
        assert!(!is_long(&"a line\n".repeat(LONG_LINES - 1)));
        assert!(is_long(&"a line\n".repeat(LONG_LINES)));
        assert!(is_long(&"x".repeat(LONG_BYTES + 1)));
        assert_eq!((count_lines(""), count_lines("one\ntwo")), (1, 2));
        assert!(!is_too_long(&format!("  {}\n", "x".repeat(MAX_QUESTION_BYTES))));
        assert!(is_too_long(&"x".repeat(MAX_QUESTION_BYTES + 1)));
    }
}
