//! What recovery words lead to: whoever came in with them adds another way, and new words if the old may be known; and
//! now and then they are checked, so that they can be read when they are needed.

use std::rc::Rc;

use super::tabs::TabId;
use super::{Client, Stage};
use crate::intention::TypedPhrase;
use crate::keys::MethodKeys;
use crate::records::PreferencesRow;
use crate::relay::Relay;
use crate::store::Store;
use crate::view::{Delta, NoticeView, Problem};

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Somebody has just come in with these words: they sign what comes next, and are not asked for again.
    pub(super) fn remember_words(&mut self, keys: MethodKeys) {
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.came_in_with = Some(Rc::new(keys));
        self.show_status();
    }

    /// Later, or now after all.
    pub(super) fn recover_later(&mut self, later: bool) {
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.recovers_later = later;
        self.show_status();
    }

    /// Nobody else knows the words: they stay.
    pub(super) async fn keep_words(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let before = opened.vault.preferences();
        opened.vault.set_preferences(PreferencesRow { keeps_words: true, ..before });
        self.commit_or_tell().await;
        self.show_status();
    }

    pub(super) async fn check_words(&mut self, tab: TabId, typed: &TypedPhrase) {
        let Some(words) = self.read_words(tab, typed) else { return };
        let keys = self.words_keys(&words);
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let written = match keys {
            Ok(keys) => {
                let record = opened.vault.edit_words_checked(keys.id(), now);
                self.write(vec![record]).await.map(|()| NoticeView::WordsRight)
            }
            Err(_) => Err(Problem::WordsOfAnother),
        };
        self.tabs.send(tab, Delta::Notice(written.unwrap_or_else(NoticeView::Trouble)));
        self.show_security_again();
    }

    pub(super) async fn check_words_later(&mut self, tab: TabId) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(record) = opened.vault.edit_words_check_later(now) else { return };
        if let Err(problem) = self.write(vec![record]).await {
            self.tabs.send(tab, Delta::Notice(NoticeView::Trouble(problem)));
        }
    }
}
