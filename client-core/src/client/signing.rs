//! The word of a way to sign in that is there: a change of who may enter wants one, another session, and the account's end.
//!
//! ```text
//! wanted ─┬─► the account has no password ─► get (account PRF)        ◄── or a passkey after all
//!         └─► it has one ─► asked for password and code ─► OPAQUE at the relay ─► the method's keys sign
//! ```
//! What was typed wrong is said where it was typed, and can be typed again. The relay counts as at any sign-in.

use shared_types::ids::MethodId;
use shared_types::log::MethodState;

use super::happening::Happening;
use super::opened::Opened;
use super::password::{PasswordProof, Typed, prove};
use super::tabs::TabId;
use super::{Client, Stage};
use crate::intention::{GestureRequest, PasswordForm};
use crate::relay::Relay;
use crate::store::Store;
use crate::view::{Busy, Delta, Problem, SignView};

/// A tab that is asked for a password.
pub(super) struct Asked {
    tab: TabId,
    nth: u32,
    by_passkey: Option<ByPasskey>,
    busy: Option<Busy>,
    problem: Option<Problem>,
}

/// How a passkey is asked.
pub(super) enum ByPasskey {
    /// With this.
    Gesture(GestureRequest),
    /// The relay is asked for a challenge first.
    Start,
}

impl Opened {
    fn sign_view(&self) -> Option<SignView> {
        self.asked.as_ref().map(|asked| SignView {
            is_known: self.vault.knows_password(),
            by_passkey: asked.by_passkey.is_some(),
            busy: asked.busy,
            problem: asked.problem,
        })
    }

    /// A tab signs nothing: what waits for its word is given up.
    pub(super) fn give_up_unsigned(&mut self, tab: TabId) {
        drop(self.asked.take_if(|asked| asked.tab == tab));
        if let Some(again) = self.again.take_if(|again| again.ends_with(tab)) {
            self.deletion.take_if(|_| again.is_for_deletion());
        }
        drop(self.member_change.take_if(|change| change.asks(tab)));
        drop(self.way_change.take_if(|change| change.asks_old(tab)));
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Asks a tab for the word of a way that is there, but for one that goes; whether there is any.
    pub(super) fn ask_to_sign(&mut self, tab: TabId, going: Option<MethodId>, by_passkey: Option<ByPasskey>) -> bool {
        let Stage::Open(opened) = &mut self.stage else { return false };
        if opened.vault.has_password_beside(going) {
            opened.n_asked += 1;
            opened.asked = Some(Asked { tab, nth: opened.n_asked, by_passkey, busy: None, problem: None });
            self.show_asked(tab);
            return true;
        }
        let Some(by_passkey) = by_passkey else { return false };
        self.ask_passkey(tab, by_passkey);
        true
    }

    fn ask_passkey(&mut self, tab: TabId, by_passkey: ByPasskey) {
        match by_passkey {
            ByPasskey::Gesture(request) => self.tabs.send(tab, Delta::Gesture(request)),
            ByPasskey::Start => self.start_again(),
        }
    }

    fn show_asked(&self, tab: TabId) {
        let Stage::Open(opened) = &self.stage else { return };
        self.tabs.send(tab, Delta::Sign(opened.sign_view()));
    }

    /// A passkey signs after all.
    pub(super) fn sign_with_passkey(&mut self, tab: TabId) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let is_here = |asked: &mut Asked| asked.tab == tab && asked.busy.is_none() && asked.by_passkey.is_some();
        let Some(by_passkey) = opened.asked.take_if(is_here).and_then(|asked| asked.by_passkey) else { return };
        self.show_asked(tab);
        self.ask_passkey(tab, by_passkey);
    }

    /// Nothing signs: what wanted it is given up.
    pub(super) fn do_not_sign(&mut self, tab: TabId) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.asked.as_ref().is_none_or(|asked| asked.tab != tab) {
            return;
        }
        opened.give_up_unsigned(tab);
        self.show_asked(tab);
        self.show_security_again();
        self.show_screen();
    }

    /// The password signs, once the relay has found it right.
    pub(super) fn sign_with_password(&mut self, tab: TabId, form: &PasswordForm) {
        let means = self.password_means();
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(asked) = opened.asked.as_mut().filter(|asked| asked.tab == tab && asked.busy.is_none()) else {
            return;
        };
        match Typed::read_here(form, &opened.vault) {
            Ok(typed) => {
                (asked.busy, asked.problem) = (Some(Busy::Stretching), None);
                let nth = asked.nth;
                self.begin(async move { Happening::PasswordSigned(nth, prove(means, &typed).await.map(Box::new)) });
            }
            Err(problem) => asked.problem = Some(problem),
        }
        self.show_asked(tab);
    }

    pub(super) async fn handle_password_signed(&mut self, nth: u32, result: Result<Box<PasswordProof>, Problem>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        // What was asked may have been given up meanwhile, and something else asked.
        let Some(asked) = opened.asked.as_mut().filter(|asked| asked.nth == nth) else { return };
        let tab = asked.tab;
        let is_for_change = opened.member_change.as_ref().is_some_and(|change| change.asks(tab))
            || opened.way_change.as_ref().is_some_and(|change| change.asks_old(tab));
        let is_for_session = opened.again.as_ref().is_some_and(|again| !again.is_for_deletion()) && !is_for_change;
        let log = opened.vault.log();
        let is_here = |proof: &PasswordProof| {
            let method = log.method(&proof.keys.id()).filter(|method| method.is_active());
            let stands = method.is_some_and(|method| proof.keys.stand_in(&method.part));
            let is_ours = proof.account_id == opened.vault.account_id() && proof.rp_id == opened.enrolment.rp_id;
            // What this device knows may be old: the relay, which has the whole log, gets a signature for a session.
            is_ours && (stands || is_for_session && log.method(&proof.keys.id()).is_none())
        };
        match result.and_then(|proof| if is_here(&proof) { Ok(proof) } else { Err(Problem::NotThisAccount) }) {
            Ok(proof) => {
                opened.asked = None;
                let kept = &proof.kept;
                if opened.access == crate::store::Access::Full && log_has(opened, &proof) {
                    opened.vault.keep_password(kept.row.clone(), kept.secret.clone());
                }
                self.show_asked(tab);
                self.commit_or_tell().await;
                self.go_on_signed(tab, *proof);
            }
            Err(problem) => {
                (asked.busy, asked.problem) = (None, Some(problem));
                self.show_asked(tab);
            }
        }
    }

    fn go_on_signed(&mut self, tab: TabId, proof: PasswordProof) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.member_change.as_ref().is_some_and(|change| change.asks(tab)) {
            self.sign_member_change(tab, Ok(proof.keys));
        } else if opened.way_change.as_ref().is_some_and(|change| change.asks_old(tab)) {
            self.sign_way_change(Ok(proof.keys));
        } else {
            let request = proof.finish(opened.vault.device());
            self.go_on_again(Ok((request, proof.keys)));
        }
    }
}

fn log_has(opened: &Opened, proof: &PasswordProof) -> bool {
    opened.vault.log().method(&proof.keys.id()).is_some_and(MethodState::is_active)
}
