//! Signing out: first everything that the relay does not have is sent; if that fails, the user chooses.

use shared_types::account::LogAppendRequest;
use shared_types::error::ErrorCode;
use shared_types::ids::WireBytes;

use super::again::Purpose;
use super::ways::GivenUp;
use super::{Client, Stage, problem_of_relay, problem_of_store};
use crate::account;
use crate::relay::{Relay, RelayError};
use crate::store::{Access, Store};
use crate::sync::engine::Effect;
use crate::view::{Delta, LossView, NoticeView, Problem};

/// Whether this device is about to sign out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Leaving {
    /// It is not.
    #[default]
    No,
    /// It signs out once everything is sent.
    OnceSent,
}

/// What becomes of changes that the relay does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsent {
    /// There are none.
    None,
    /// Their owner gives them up.
    GivenUp,
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Signs out at once, or sends what is unsent first.
    pub(super) async fn begin_sign_out(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.vault.n_unsent() == 0 || opened.access == Access::ReadOnly {
            return self.sign_out(Unsent::None).await;
        }
        opened.leaving = Leaving::OnceSent;
        opened.engine.handle_try_now();
    }

    /// A push was accepted: whoever waits to sign out may go when it was the last.
    pub(super) async fn leave_if_sent(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.leaving == Leaving::OnceSent && opened.vault.n_unsent() == 0 {
            self.sign_out(Unsent::None).await;
        }
    }

    /// A call of the engine failed. Whoever waits to sign out is told what would be lost.
    pub(super) fn handle_failed(&mut self, effect: Effect, error: &RelayError) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.engine.handle_failed(effect, error, now);
        opened.give_up_member_change(problem_of_relay(*error));
        let given_up = opened.give_up_way_change(error);
        if std::mem::take(&mut opened.leaving) == Leaving::OnceSent {
            let n_unsent = u32::try_from(opened.vault.n_unsent()).unwrap_or(u32::MAX);
            let loss = LossView { n_unsent, problem: problem_of_relay(*error) };
            self.tabs.send_all(&Delta::SignOutLoses(loss));
        }
        match given_up {
            Some(GivenUp::Gesture(tab, request)) => self.tabs.send(tab, Delta::Gesture(request)),
            Some(GivenUp::Session(tab)) => self.begin_sign_in_again(tab, Purpose::Session),
            None => {}
        }
    }

    /// Signs this device out of the account and forgets its rows. Whoever gave up what is unsent leaves in any case;
    /// without the relay the account then still lists the device.
    pub(super) async fn sign_out(&mut self, unsent: Unsent) {
        if matches!(&self.stage, Stage::Open(opened) if opened.access == Access::ReadOnly) {
            // The account would be without the device, and the device not without the account.
            return self.tabs.send_all(&Delta::Notice(NoticeView::Trouble(Problem::NewerRelease)));
        }
        let said = self.say_sign_out().await;
        let erased = match (said, unsent) {
            (Ok(()), _) | (Err(_), Unsent::GivenUp) => self.store.erase().await.map_err(problem_of_store),
            (Err(problem), Unsent::None) => Err(problem),
        };
        match (erased, &mut self.stage) {
            (Ok(()), _) => self.stage = Stage::Ended,
            (Err(problem), Stage::Open(opened)) => {
                opened.leaving = Leaving::No;
                self.tabs.send_all(&Delta::Notice(NoticeView::Trouble(problem)));
            }
            (Err(_), _) => {}
        }
    }

    async fn say_sign_out(&mut self) -> Result<(), Problem> {
        let now_s = self.now().seconds();
        let Stage::Open(opened) = &self.stage else { return Ok(()) };
        let unknown = Problem::Relay { code: ErrorCode::UnknownSession, retry_after_s: None };
        let session = opened.session().ok_or(unknown)?;
        let vault = &opened.vault;
        let device = vault.device().clone();
        let entry = account::sign_out(vault.log(), &device, vault.newest_sent(), now_s);
        let request = LogAppendRequest { entries: vec![WireBytes(entry)], ..LogAppendRequest::default() };
        match self.relay.append_log(&session, request).await {
            Ok(()) => {
                // The entry has ended the session already, or its end is of no more use to anyone.
                self.relay.sign_out(&session, device.id()).await.ok();
                Ok(())
            }
            // An earlier try was carried out and its answer was lost.
            Err(RelayError::Refused { code: ErrorCode::UnknownSession, .. }) => Ok(()),
            Err(error) => Err(problem_of_relay(error)),
        }
    }
}
