//! Puts bytes of tokens together to whole characters.

/// Collects bytes and gives them back as text, never a part of a character.
#[derive(Default)]
pub(crate) struct TextAssembler {
    pending: Vec<u8>,
}

impl TextAssembler {
    /// Takes bytes and gives the text that is complete with them; what no text starts with becomes U+FFFD.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut text = String::new();
        let mut n_used = 0;
        for chunk in self.pending.utf8_chunks() {
            text.push_str(chunk.valid());
            n_used += chunk.valid().len();
            let broken = chunk.invalid();
            let may_become_whole = n_used + broken.len() == self.pending.len() && is_start_of_character(broken);
            if broken.is_empty() || may_become_whole {
                break;
            }
            text.push(char::REPLACEMENT_CHARACTER);
            n_used += broken.len();
        }
        self.pending.drain(..n_used);
        text
    }

    /// Ends the text; a character that never became whole becomes U+FFFD.
    pub(crate) fn finish(self) -> String {
        String::from_utf8_lossy(&self.pending).into_owned()
    }
}

/// Tells whether more bytes could make these a character.
fn is_start_of_character(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_byte_at_a_time(bytes: &[u8]) -> (Vec<String>, String) {
        let mut assembler = TextAssembler::default();
        let pieces = bytes.iter().map(|byte| assembler.push(&[*byte])).collect();
        (pieces, assembler.finish())
    }

    #[test]
    fn a_character_appears_with_its_last_byte() {
        let (pieces, rest) = one_byte_at_a_time("aé🦀".as_bytes());
        assert_eq!(pieces, ["a", "", "é", "", "", "", "🦀"]);
        assert_eq!(rest, "");
    }

    #[test]
    fn whole_text_passes_at_once() {
        let mut assembler = TextAssembler::default();
        assert_eq!(assembler.push("日本語".as_bytes()), "日本語");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_do_not_stop_what_follows() {
        let (pieces, rest) = one_byte_at_a_time(b"a\xffb\xe6\x97c");
        assert_eq!(pieces.concat(), "a\u{fffd}b\u{fffd}c");
        assert_eq!(rest, "");
    }

    #[test]
    fn a_character_cut_off_by_the_end_is_replaced() {
        let (pieces, rest) = one_byte_at_a_time(&"🦀".as_bytes()[..3]);
        assert_eq!(pieces.concat(), "");
        assert_eq!(rest, "\u{fffd}");
    }
}
