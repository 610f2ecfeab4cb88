//! What a person types, in one form: the same keys on another keyboard make the same bytes.

use thiserror::Error;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The longest text that is read, bytes.
pub const MAX_TYPED_BYTES: usize = 1024;
/// The longest name, bytes.
const MAX_HANDLE_BYTES: usize = 128;

/// Why a text cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Nothing is in it.
    #[error("the text is empty")]
    Empty,
    /// It is too long.
    #[error("the text is too long")]
    TooLong,
    /// It has a character that Unicode 16 does not assign, or a control character: another device might read it
    /// differently.
    #[error("the text has a character that not every device knows")]
    UnknownCharacter,
}

/// A password in NFKC.
pub fn read_password(typed: &str) -> Result<Zeroizing<String>, Unreadable> {
    check(typed, MAX_TYPED_BYTES)?;
    Ok(Zeroizing::new(typed.nfkc().collect()))
}

/// A name in NFKC, trimmed, its case folded: «Noor», « noor» and «ＮＯＯＲ» are one.
pub fn read_handle(typed: &str) -> Result<String, Unreadable> {
    let typed = typed.trim();
    check(typed, MAX_TYPED_BYTES)?;
    let normal: String = typed.nfkc().collect();
    let folded: String = unicase::UniCase::unicode(normal.trim()).to_folded_case().nfkc().collect();
    check(&folded, MAX_HANDLE_BYTES)?;
    Ok(folded)
}

fn check(text: &str, max_bytes: usize) -> Result<(), Unreadable> {
    if text.is_empty() {
        return Err(Unreadable::Empty);
    }
    if text.len() > max_bytes {
        return Err(Unreadable::TooLong);
    }
    let is_unknown =
        |letter: char| matches!(get_general_category(letter), GeneralCategory::Unassigned | GeneralCategory::Control);
    if text.chars().any(is_unknown) { Err(Unreadable::UnknownCharacter) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same_password_and_case_counts() {
        assert_eq!(*read_password("Cafe\u{301}").unwrap(), *read_password("Caf\u{e9}").unwrap());
        assert_eq!(read_password("ﬁne ½").unwrap().as_str(), "fine 1\u{2044}2");
        assert_ne!(*read_password("Noor").unwrap(), *read_password("noor").unwrap());
        assert_eq!(read_password(" a ").unwrap().as_str(), " a ", "spaces are part of a password");
    }

    #[test]
    fn a_name_is_one_in_any_case_width_and_between_spaces() {
        for typed in ["noor", " Noor\t", "ＮＯＯＲ", "nOOr"] {
            assert_eq!(read_handle(typed).as_deref(), Ok("noor"));
        }
        assert_eq!(read_handle("STRASSE"), read_handle("straße"));
        assert_ne!(read_handle("noor"), read_handle("nor"));
    }

    #[test]
    fn characters_that_not_every_device_knows_are_refused() {
        // Unassigned in Unicode 16: U+0378, and U+1FAEA, which came with Unicode 17.
        for letter in ["\u{378}", "\u{1FAEA}", "\u{7}", "\u{10FFFF}"] {
            assert_eq!(read_password(&format!("good {letter}")), Err(Unreadable::UnknownCharacter), "{letter:?}");
            assert_eq!(read_handle(&format!("good {letter}")), Err(Unreadable::UnknownCharacter), "{letter:?}");
        }
        // The newest of Unicode 16.
        assert!(read_password("\u{1FAE9}").is_ok());
        assert_eq!(unicode_general_category::UNICODE_VERSION, (16, 0, 0));
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert_eq!(read_password(""), Err(Unreadable::Empty));
        assert_eq!(read_handle("  "), Err(Unreadable::Empty));
        assert_eq!(read_password(&"a".repeat(MAX_TYPED_BYTES + 1)), Err(Unreadable::TooLong));
        assert!(read_password(&"a".repeat(MAX_TYPED_BYTES)).is_ok());
        assert_eq!(read_handle(&"a".repeat(MAX_HANDLE_BYTES + 1)), Err(Unreadable::TooLong));
    }
}
