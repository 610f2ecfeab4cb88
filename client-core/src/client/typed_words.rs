//! Recovery words as somebody typed or pasted them: taken, or what is wrong with them.

use super::Client;
use super::tabs::TabId;
use crate::intention::TypedPhrase;
use crate::keys::{HandOverSecret, RecoveryWords, WordsError};
use crate::relay::Relay;
use crate::store::Store;
use crate::view::{Delta, WordsAnswer};

/// Letters of a word that is shown again: no word of the list has more than eight.
const MAX_SHOWN_CHARS: usize = 24;

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Reads the words, and tells the tab where they were typed, and no other, whether they are words.
    pub(super) fn read_words(&self, tab: TabId, typed: &TypedPhrase) -> Option<RecoveryWords> {
        self.tell_words(tab, typed, RecoveryWords::parse(typed.as_str()))
    }

    /// The same of the six words that a new device shows.
    pub(super) fn read_hand_over_words(&self, tab: TabId, typed: &TypedPhrase) -> Option<HandOverSecret> {
        self.tell_words(tab, typed, HandOverSecret::read_words(typed.as_str()))
    }

    fn tell_words<T>(&self, tab: TabId, typed: &TypedPhrase, read: Result<T, WordsError>) -> Option<T> {
        let answer = match &read {
            Ok(_) => WordsAnswer::Taken,
            Err(WordsError::NotInList { index }) => WordsAnswer::NotInList {
                nth: u8::try_from(index + 1).unwrap_or(u8::MAX),
                word: RecoveryWords::typed_word(typed.as_str(), *index).chars().take(MAX_SHOWN_CHARS).collect(),
            },
            Err(WordsError::WrongCount { found }) => {
                WordsAnswer::WrongCount { found: u32::try_from(*found).unwrap_or(u32::MAX) }
            }
            Err(WordsError::Checksum) => WordsAnswer::DoNotBelongTogether,
        };
        self.tabs.send(tab, Delta::Words(answer));
        read.ok()
    }
}
