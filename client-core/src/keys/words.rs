//! Recovery words: 24 words of the BIP39 English list; their 32 bytes of entropy are the secret, not BIP39's seed.

use bip39::{Language, Mnemonic};
use rand_core::CryptoRng;
use shared_types::ids::LookupId;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use super::secret::{Secret, derive_into};

/// Number of recovery words.
pub const N_WORDS: usize = 24;

/// Why a text is no recovery phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WordsError {
    /// A word is not in the list.
    #[error("word {index} is not in the list")]
    NotInList {
        /// Place of the word, from 0.
        index: usize,
    },
    /// There are not 24 words.
    #[error("{found} words where 24 belong")]
    WrongCount {
        /// Number of words.
        found: usize,
    },
    /// All words are in the list, but at least one is not the right one.
    #[error("the words do not belong together")]
    Checksum,
}

/// The recovery words of an account.
#[derive(Debug)]
pub struct RecoveryWords {
    entropy: Secret<32>,
}

impl RecoveryWords {
    /// Draws new words.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self { entropy: Secret::generate(rng) }
    }

    /// Reads 24 words in any case, with any white space, numbers and marks between and around.
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        let text = Zeroizing::new(text.to_lowercase());
        let mut phrase = Zeroizing::new(String::with_capacity(text.len()));
        let mut n_words = 0;
        for word in typed_words(&text) {
            if n_words < N_WORDS && Language::English.find_word(word).is_none() {
                return Err(WordsError::NotInList { index: n_words });
            }
            if n_words > 0 {
                phrase.push(' ');
            }
            phrase.push_str(word);
            n_words += 1;
        }
        if n_words != N_WORDS {
            return Err(WordsError::WrongCount { found: n_words });
        }
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &phrase).map_err(|_| WordsError::Checksum)?;
        let (mut entropy, _) = mnemonic.to_entropy_array();
        let secret =
            Secret::filled(|own| own.copy_from_slice(entropy.first_chunk::<32>().expect("33 are more than 32")));
        entropy.zeroize();
        Ok(Self { entropy: secret })
    }

    /// The word at a place, counted from 0, as it was typed; to be said when it is not in the list.
    pub fn typed_word(text: &str, index: usize) -> &str {
        typed_words(text).nth(index).unwrap_or_default()
    }

    /// The words in order, for the recovery kit.
    pub fn words(&self) -> [&'static str; N_WORDS] {
        let mut words = [""; N_WORDS];
        for (place, word) in words.iter_mut().zip(self.mnemonic().words()) {
            *place = word;
        }
        words
    }

    /// The words with one space between.
    pub fn phrase(&self) -> Zeroizing<String> {
        Zeroizing::new(self.words().join(" "))
    }

    /// By which the relay finds the account of these words.
    pub fn lookup_id(&self) -> LookupId {
        let mut id = [0; LookupId::LEN];
        derive_into(self.entropy.bytes(), &[], &[b"sotto/method/words-lookup/v1"], &mut id);
        LookupId(id)
    }

    pub(super) fn entropy(&self) -> &Secret<32> {
        &self.entropy
    }

    fn mnemonic(&self) -> Mnemonic {
        Mnemonic::from_entropy_in(Language::English, self.entropy.bytes()).expect("32 bytes make 24 words")
    }
}

/// Places in the list of exactly so many words, typed in any case and with any marks around them.
pub(super) fn indexes<const N: usize>(text: &str) -> Result<[u16; N], WordsError> {
    let text = Zeroizing::new(text.to_lowercase());
    let mut indexes = [0; N];
    let mut found = 0;
    for word in typed_words(&text) {
        if let Some(place) = indexes.get_mut(found) {
            *place = Language::English.find_word(word).ok_or(WordsError::NotInList { index: found })?;
        }
        found += 1;
    }
    if found == N { Ok(indexes) } else { Err(WordsError::WrongCount { found }) }
}

/// The words of a typed text, without the numbers and marks that stand around them on a list.
fn typed_words(text: &str) -> impl Iterator<Item = &str> {
    let is_mark = |letter: char| !letter.is_alphabetic();
    text.split(move |letter: char| letter.is_whitespace() || letter == '.' || letter == ',' || letter == ')')
        .map(move |word| word.trim_matches(is_mark))
        .filter(|word| !word.is_empty())
}

/// The word at an index of 11 bits.
pub(crate) fn word_at(index: u16) -> &'static str {
    Language::English.word_list().get(usize::from(index)).expect("11 bits name one of 2,048 words")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::seeded::SeededRng;

    #[test]
    fn words_read_back_whatever_the_white_space_and_case() {
        let words = RecoveryWords::generate(&mut SeededRng::new(1));
        let typed = format!("  {}\n", words.phrase().to_uppercase().replace(' ', " \t\n"));
        let read = RecoveryWords::parse(&typed).unwrap();
        assert_eq!(read.entropy.bytes(), words.entropy.bytes());
        assert_eq!(read.words(), words.words());
        assert_eq!(read.lookup_id(), words.lookup_id());
    }

    #[test]
    fn words_read_back_from_a_numbered_list() {
        let words = RecoveryWords::generate(&mut SeededRng::new(4));
        let numbered = |between: &str, after: &str| {
            let lines: Vec<String> =
                (1..).zip(words.words()).map(|(nth, word)| format!("{nth}{between}{word}{after}")).collect();
            lines.concat()
        };
        for typed in [
            numbered(". ", "\r\n"),
            numbered(".", " "),
            numbered(") ", ", "),
            numbered("\u{a0}", "\u{2003}"),
            numbered(": ", ";\n"),
            numbered("", "\n"),
            words.words().join(","),
            format!("\u{feff}“{}”.", *words.phrase()),
        ] {
            assert_eq!(RecoveryWords::parse(&typed).map(|read| read.lookup_id()), Ok(words.lookup_id()), "{typed}");
        }
        assert_eq!(RecoveryWords::typed_word("1. Zoo\n2. Sotto!", 1), "Sotto");
    }

    #[test]
    fn a_wrong_phrase_says_what_is_wrong() {
        let words = RecoveryWords::generate(&mut SeededRng::new(2));
        let phrase = words.phrase();
        let with = |index: usize, word: &'static str| {
            let mut changed = words.words();
            changed[index] = word;
            changed.join(" ")
        };
        assert_eq!(RecoveryWords::parse(&with(5, "sotto")).unwrap_err(), WordsError::NotInList { index: 5 });
        assert_eq!(RecoveryWords::parse("").unwrap_err(), WordsError::WrongCount { found: 0 });
        assert_eq!(
            RecoveryWords::parse(&format!("{} abandon", *phrase)).unwrap_err(),
            WordsError::WrongCount { found: 25 }
        );
        let other = if words.words()[0] == "zoo" { "abandon" } else { "zoo" };
        let swapped = RecoveryWords::parse(&with(0, other)).map(|_| ());
        assert_eq!(swapped, Err(WordsError::Checksum));
    }

    #[test]
    fn words_show_nothing_in_debug() {
        assert_eq!(format!("{:?}", RecoveryWords::generate(&mut SeededRng::new(3))), "RecoveryWords { entropy: … }");
    }
}
