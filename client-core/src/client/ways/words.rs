//! Recovery words among the ways to sign in: they sign, and new ones take their place.

use shared_types::log::{MethodKind, RemoveReason};

use super::{Goal, New, NewMethod, Proof, Step};
use crate::client::kit::N_ASKED;
use crate::client::tabs::TabId;
use crate::client::{Client, Stage};
use crate::intention::TypedPhrase;
use crate::keys::{LocalUnlockSecret, MethodKeys, MethodSecret, RecoveryWords};
use crate::relay::Relay;
use crate::store::Store;
use crate::view::Problem;

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// New recovery words; the old ones go if they are there to sign it.
    pub(in crate::client) fn make_words(&mut self, tab: TabId, are_known: bool, old: Option<&TypedPhrase>) {
        let reason = if are_known { RemoveReason::Compromised } else { RemoveReason::Unused };
        let goal = Goal::Add { name: String::new(), new: New::WantedWords(reason), replaces: None };
        self.change_ways(tab, goal, old);
    }

    /// The keys of words that stand in this account's log.
    pub(in crate::client) fn words_keys(&self, words: &RecoveryWords) -> Result<MethodKeys, Problem> {
        let Stage::Open(opened) = &self.stage else { return Err(Problem::WordsUnknown) };
        let account = opened.vault.account_id();
        let keys = MethodKeys::derive(&MethodSecret::from_words(words, account), account);
        let own = opened.vault.log().method(&keys.id()).filter(|own| own.is_active() && keys.stand_in(&own.part));
        own.map(|_| keys).ok_or(Problem::WordsUnknown)
    }

    /// The three words that were asked of new words.
    pub(in crate::client) fn confirm_new_words(&mut self, typed: &[String; N_ASKED]) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let (account, device) = (opened.vault.account_id(), opened.vault.device().id());
        let Some(change) = opened.way_change.as_mut().filter(|change| change.step == Step::Kit) else { return };
        if let Goal::Add { new: new @ New::Kit(_), .. } = &mut change.goal
            && let New::Kit(kit) = new
            && kit.check(typed)
        {
            let keys = MethodKeys::derive(&MethodSecret::from_words(&kit.words, account), account);
            let whole = NewMethod {
                part: keys.part(MethodKind::Words, &kit.words.lookup_id().0),
                proof: Proof::Words,
                unlock: Some(LocalUnlockSecret::from_words(&kit.words, device, keys.id())),
                is_unlisted: false,
                rp_id: None,
                kept: None,
                keys,
            };
            *new = New::Made(Box::new(whole));
            change.step = Step::Ready;
        }
        self.show_screen();
        self.show_way_change();
    }

    /// New words are given up: the old ones stay.
    pub(in crate::client) fn abandon_new_words(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        drop(opened.way_change.take_if(|change| change.step == Step::Kit));
        self.show_screen();
        self.show_security_again();
    }
}
