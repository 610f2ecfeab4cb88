//! Who is in: a new device is confirmed, or a device is taken off with the word of a passkey.
//!
//! ```text
//! wanted ─► (get, account PRF) ─► log read to its end ─► append (compare-and-swap) ─► the log says it is so
//!                                        ▲─────────── somebody was faster ◄──┘
//! ```

use shared_types::account::LogAppendRequest;
use shared_types::error::ErrorCode;
use shared_types::ids::{DeviceId, WireBytes};
use shared_types::log::{DeviceState, RevokeReason};

use super::again::method_keys;
use super::happening::Happening;
use super::opened::Opened;
use super::sign_up::problem_of_gesture;
use super::signing::ByPasskey;
use super::tabs::{SettingsPlace, TabId};
use super::{Client, Stage, problem_of_relay};
use crate::account::confirm_device;
use crate::intention::{GestureAnswer, GestureFailure, GestureRequest};
use crate::keys::{MethodKeys, prf_account_input, prf_local_input};
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::sync::engine::Effect;
use crate::view::security::{ChangeState, MemberAction, MemberChangeView, RemovalReason};
use crate::view::{Delta, NoticeView, Problem};

/// Tries when other devices change the log in between.
const MAX_TRIES: u32 = 5;

/// A change of who is in.
pub(super) struct MemberChange {
    tab: TabId,
    device: DeviceId,
    action: MemberAction,
    step: Step,
    /// The method that signs, until it has.
    keys: Option<MethodKeys>,
    n_tries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    AsksPasskey,
    /// It is appended as soon as the log has been read to its end.
    Ready,
    Sent,
    Over(Result<(), Problem>),
}

impl MemberChange {
    pub(super) fn view(&self) -> MemberChangeView {
        let state = match self.step {
            Step::AsksPasskey => ChangeState::WaitingForPasskey,
            Step::Ready | Step::Sent => ChangeState::UnderWay,
            Step::Over(Ok(())) => ChangeState::Done,
            Step::Over(Err(problem)) => ChangeState::Failed(problem),
        };
        MemberChangeView { device: self.device, action: self.action, state }
    }

    pub(super) fn asks(&self, tab: TabId) -> bool {
        self.tab == tab && self.step == Step::AsksPasskey
    }

    fn end(&mut self, result: Result<(), Problem>) {
        (self.step, self.keys) = (Step::Over(result), None);
    }
}

impl Opened {
    /// A call failed for good; whatever waits for its turn would wait too long.
    pub(super) fn give_up_member_change(&mut self, problem: Problem) {
        if let Some(change) = self.member_change.as_mut().filter(|change| change.step == Step::Ready) {
            change.end(Err(problem));
        }
    }

    /// The log was read: whether it says what was sent.
    pub(super) fn settle_member_change(&mut self) {
        let Some(change) = self.member_change.as_mut().filter(|change| change.step == Step::Sent) else { return };
        let log = self.vault.log();
        let is_so = match change.action {
            MemberAction::Confirm => log.device(&change.device).is_some_and(|device| device.confirmed.is_some()),
            MemberAction::Remove(_) => log.device(&change.device).is_some_and(|device| device.revoked.is_some()),
            MemberAction::RemoveOthers => log.active_devices().all(|device| device.part.id == change.device),
            // The relay has answered, or will.
            MemberAction::Lock => return,
        };
        if is_so {
            change.end(Ok(()));
        } else if change.n_tries < MAX_TRIES {
            change.step = Step::Ready;
        } else {
            change.end(Err(Problem::RelayConfused));
        }
    }

    /// Why this device cannot do it, if it cannot.
    fn refusal(&self, device: DeviceId, action: MemberAction) -> Option<Problem> {
        let log = self.vault.log();
        let is_confirmed = |id: &DeviceId| log.device(id).is_some_and(|device| device.confirmed.is_some());
        let is_there = log.device(&device).is_some_and(DeviceState::is_active);
        let own = self.vault.device().id();
        let is_to_do = match action {
            MemberAction::Confirm => device != own && !is_confirmed(&device),
            MemberAction::Remove(_) | MemberAction::Lock => device != own,
            MemberAction::RemoveOthers => device == own && log.active_devices().count() > 1,
        };
        if !self.vault.can_write() || !is_confirmed(&own) || !is_there || !is_to_do {
            return Some(Problem::NotAdmitted);
        }
        (!self.engine.is_online()).then_some(Problem::Offline)
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// A device of the account is confirmed, or taken off.
    pub(super) fn change_member(&mut self, tab: TabId, device: DeviceId, action: MemberAction) {
        let challenge = self.random_bytes();
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.member_change.as_ref().is_some_and(|change| matches!(change.step, Step::Ready | Step::Sent)) {
            return;
        }
        let refusal = opened.refusal(device, action);
        let step = match (refusal, action) {
            (Some(problem), _) => Step::Over(Err(problem)),
            (None, MemberAction::Confirm | MemberAction::Lock) => Step::Ready,
            (None, MemberAction::Remove(_) | MemberAction::RemoveOthers) => Step::AsksPasskey,
        };
        opened.member_change = Some(MemberChange { tab, device, action, step, keys: None, n_tries: 0 });
        if step == Step::AsksPasskey {
            let own = opened.vault.device().id();
            let request = GestureRequest::Get {
                challenge,
                rp_id: opened.enrolment.rp_id.clone(),
                allow: opened.passkeys(None),
                prf_first: prf_account_input().0.to_vec(),
                prf_second: Some(prf_local_input(&own).0.to_vec()),
            };
            let has_passkey = !opened.passkeys(None).is_empty();
            if !self.ask_to_sign(tab, None, has_passkey.then_some(ByPasskey::Gesture(request))) {
                return self.sign_member_change(tab, Err(Problem::NoPasskeyYet));
            }
        }
        self.show_member_change();
    }

    pub(super) fn handle_member_gesture(&mut self, tab: TabId, result: Result<GestureAnswer, GestureFailure>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let keys =
            result.map_err(problem_of_gesture).and_then(|answer| method_keys(opened, &opened.enrolment.rp_id, &answer));
        self.sign_member_change(tab, keys);
    }

    /// A way to sign in has given its word, or not.
    pub(super) fn sign_member_change(&mut self, tab: TabId, keys: Result<MethodKeys, Problem>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(change) = opened.member_change.as_mut().filter(|change| change.asks(tab)) else { return };
        match keys {
            Ok(keys) => (change.step, change.keys) = (Step::Ready, Some(keys)),
            Err(problem) => change.end(Err(problem)),
        }
        self.show_member_change();
    }

    /// Appends what waits, if the log has been read to its end.
    pub(super) async fn poll_member_change(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let session = opened.session();
        let Some(change) = opened.member_change.as_mut().filter(|change| change.step == Step::Ready) else { return };
        if !opened.engine.may_append() {
            return;
        }
        change.n_tries += 1;
        let (device, vault) = (change.device, &mut opened.vault);
        let request = match (change.action, &change.keys) {
            (MemberAction::Remove(reason), Some(keys)) => {
                vault.make_revocation((&[device], reason_of(reason)), keys, now, &mut *self.platform.rng)
            }
            (MemberAction::RemoveOthers, Some(keys)) => {
                let others = vault.log().active_devices().map(|other| other.part.id).filter(|other| *other != device);
                let others: Vec<DeviceId> = others.collect();
                vault.make_revocation((&others, RevokeReason::Lost), keys, now, &mut *self.platform.rng)
            }
            (MemberAction::Lock, _) => return self.lock_elsewhere(device),
            (MemberAction::Remove(_) | MemberAction::RemoveOthers, None) => None,
            (MemberAction::Confirm, _) => {
                let entry = confirm_device(vault.log(), device, vault.device(), now.seconds());
                Some(LogAppendRequest { entries: vec![WireBytes(entry)], ..LogAppendRequest::default() })
            }
        };
        let (Some(request), Some(session)) = (request, session) else {
            change.end(Err(Problem::NotAdmitted));
            return self.show_member_change();
        };
        change.step = Step::Sent;
        opened.engine.handle_appending();
        if let Err(problem) = self.commit().await {
            return self.handle_member_change_failed(&RelayError::Unreachable, problem);
        }
        let relay = self.relay.clone();
        self.begin(async move { Happening::MemberChanged(relay.append_log(&session, request).await) });
    }

    fn lock_elsewhere(&mut self, device: DeviceId) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let session = opened.session();
        let Some(change) = &mut opened.member_change else { return };
        let Some(session) = session else {
            change.end(Err(Problem::NotAdmitted));
            return self.show_member_change();
        };
        change.step = Step::Sent;
        let relay = self.relay.clone();
        self.begin(async move { Happening::LockedElsewhere(relay.sign_out(&session, device).await) });
    }

    pub(super) fn handle_locked_elsewhere(&mut self, result: Result<(), RelayError>) {
        if let Stage::Open(opened) = &mut self.stage
            && let Some(change) = opened.member_change.as_mut().filter(|change| change.action == MemberAction::Lock)
        {
            change.end(result.map_err(problem_of_relay));
        }
        self.show_member_change();
    }

    pub(super) fn handle_member_changed(&mut self, result: Result<(), RelayError>) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        match result {
            Ok(()) | Err(RelayError::Refused { code: ErrorCode::LogConflict, .. }) => {
                opened.engine.handle_appended(now);
            }
            Err(error) => self.handle_member_change_failed(&error, problem_of_relay(error)),
        }
    }

    fn handle_member_change_failed(&mut self, error: &RelayError, problem: Problem) {
        if let Stage::Open(opened) = &mut self.stage
            && let Some(change) = &mut opened.member_change
        {
            change.end(Err(problem));
        }
        self.handle_failed(Effect::Rotate, error);
        self.show_member_change();
    }

    /// Shows where it is; whoever does not look at the page about it is told what went wrong.
    fn show_member_change(&mut self) {
        self.show_security_again();
        let Stage::Open(opened) = &self.stage else { return };
        if let Some(MemberChange { tab, step: Step::Over(Err(problem)), .. }) = opened.member_change
            && !self.tabs.has_settings(SettingsPlace::Security)
        {
            self.tabs.send(tab, Delta::Notice(NoticeView::Trouble(problem)));
        }
    }
}

fn reason_of(reason: RemovalReason) -> RevokeReason {
    match reason {
        RemovalReason::Lost => RevokeReason::Lost,
        RemovalReason::Compromised => RevokeReason::Compromised,
    }
}
