//! What authenticators are asked for a change of the ways to sign in: one that is there signs, a new one is made.

use std::rc::Rc;

use shared_types::account::{MethodStartRequest, MethodStartResponse, Registration};
use shared_types::error::ErrorCode;

use super::{Goal, New, NewMethod, Proof, Step, WayChange};
use crate::client::again::method_keys;
use crate::client::happening::Happening;
use crate::client::making::{Making, Next};
use crate::client::opened::Opened;
use crate::client::sign_up::problem_of_gesture;
use crate::client::signing::ByPasskey;
use crate::client::tabs::TabId;
use crate::client::{Client, Stage, problem_of_relay};
use crate::intention::{GestureAnswer, GestureFailure, GestureRequest};
use crate::keys::{LocalUnlockSecret, MethodKeys, prf_account_input};
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::view::{Delta, Problem};

impl WayChange {
    /// What a failed addition leaves with its authenticator, to be forgotten.
    pub(super) fn orphan(&self) -> Option<(TabId, GestureRequest)> {
        let Goal::Add { new, .. } = &self.goal else { return None };
        let request = match new {
            New::Making(making, _) => making.forget(),
            New::Made(made) if self.n_tries <= 1 => made.forget(),
            // Whoever sent it more than once does not know whether the account has it.
            New::Wanted(_)
            | New::WantedWords(_)
            | New::WantedPassword(_)
            | New::Password(_)
            | New::Kit(_)
            | New::Made(_) => None,
        };
        Some((self.tab, request?))
    }
}

impl NewMethod {
    fn forget(&self) -> Option<GestureRequest> {
        let credential_id = self.part.credential_id.clone();
        Some(GestureRequest::Forget { rp_id: self.rp_id.clone()?, credential_id })
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Asks a passkey that is there already to sign.
    pub(super) fn ask_old_way(&mut self) {
        let challenge = self.random_bytes();
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(change) = &opened.way_change else { return };
        let going = if let Goal::Remove { method, .. } = change.goal { Some(method) } else { None };
        let (tab, allow) = (change.tab, opened.passkeys(going));
        let has_passkey = !allow.is_empty();
        let request = GestureRequest::Get {
            challenge,
            rp_id: opened.enrolment.rp_id.clone(),
            allow,
            prf_first: prf_account_input().0.to_vec(),
            prf_second: None,
        };
        // Without one that is known, any passkey would be offered, and none of them is of this account.
        if self.ask_to_sign(tab, going, has_passkey.then_some(ByPasskey::Gesture(request))) {
            self.show_way_change();
        } else {
            self.sign_way_change(Err(Problem::WrongSigner));
        }
    }

    /// A new passkey or security key is to be made: the relay is asked for a challenge.
    pub(super) fn start_way(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let session = opened.session();
        let Some(change) = &mut opened.way_change else { return };
        let Some(session) = session else {
            change.end(Err(Problem::Relay { code: ErrorCode::UnknownSession, retry_after_s: None }));
            return self.show_way_change();
        };
        change.step = Step::AsksRelay;
        let relay = self.relay.clone();
        self.begin(async move {
            Happening::MethodStarted(relay.start_method(&session, MethodStartRequest::Authenticator).await)
        });
        self.show_way_change();
    }

    pub(in crate::client) fn handle_method_started(&mut self, result: Result<MethodStartResponse, RelayError>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let rp_id = opened.enrolment.rp_id.clone();
        let (device, account) = (opened.vault.device().id(), opened.vault.account_id());
        let exclude = opened.passkeys(None);
        let Some(change) = opened.way_change.as_mut().filter(|change| change.step == Step::AsksRelay) else { return };
        match (result, &mut change.goal) {
            (Ok(start), Goal::Add { name, new: new @ New::Wanted(_), .. }) => {
                let New::Wanted(kind) = *new else { return };
                let making = Making::new(kind, rp_id, device);
                let request = making.create(account, start.challenge.0, name.clone(), exclude);
                *new = New::Making(Box::new(making), start.nonce);
                change.step = Step::AsksNew;
                let tab = change.tab;
                self.tabs.send(tab, Delta::Gesture(request));
            }
            (Ok(_), _) => {}
            (Err(error), _) => change.end(Err(problem_of_relay(error))),
        }
        self.show_way_change();
    }

    /// A way that is there has given its word, or not.
    pub(in crate::client) fn sign_way_change(&mut self, keys: Result<MethodKeys, Problem>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(change) = &mut opened.way_change else { return };
        match keys {
            Ok(keys) => {
                change.signer = Some(Rc::new(keys));
                self.go_on_with_way();
            }
            Err(problem) => {
                change.end(Err(problem));
                self.show_way_change();
            }
        }
    }

    pub(in crate::client) fn handle_way_gesture(&mut self, tab: TabId, result: Result<GestureAnswer, GestureFailure>) {
        let challenge = self.random_bytes();
        let Stage::Open(opened) = &mut self.stage else { return };
        let is_old = opened.way_change.as_ref().is_some_and(|change| change.step == Step::AsksOld);
        let answer = result.map_err(problem_of_gesture);
        if is_old {
            let keys = answer.and_then(|answer| method_keys(opened, &opened.enrolment.rp_id, &answer));
            return self.sign_way_change(keys);
        }
        let made = answer.and_then(|answer| match take_new(opened, &answer, challenge)? {
            Next::Ask(request) => Ok(Some(request)),
            Next::Whole => finish_new(opened).map(|()| None),
        });
        let Some(change) = &mut opened.way_change else { return };
        match made {
            Ok(Some(request)) => self.tabs.send(tab, Delta::Gesture(request)),
            Ok(None) => change.step = Step::Ready,
            Err(problem) => {
                change.end(Err(problem));
                if let Some((tab, request)) = change.orphan() {
                    self.tabs.send(tab, Delta::Gesture(request));
                }
            }
        }
        self.show_way_change();
    }
}

fn take_new(opened: &mut Opened, answer: &GestureAnswer, challenge: Vec<u8>) -> Result<Next, Problem> {
    match opened.way_change.as_mut().map(|change| &mut change.goal) {
        Some(Goal::Add { new: New::Making(making, _), .. }) => making.handle(answer, challenge),
        Some(_) | None => Err(Problem::PasskeyFailed),
    }
}

/// The new method, once its authenticator has given all of it.
fn finish_new(opened: &mut Opened) -> Result<(), Problem> {
    let (account, device) = (opened.vault.account_id(), opened.vault.device().id());
    let rp_id = opened.enrolment.rp_id.clone();
    let Some(Goal::Add { new, .. }) = opened.way_change.as_mut().map(|change| &mut change.goal) else {
        return Err(Problem::PasskeyFailed);
    };
    let New::Making(making, nonce) = new else { return Err(Problem::PasskeyFailed) };
    let keys = making.derive_keys(account).ok_or(Problem::PasskeyFailed)?;
    let (made, _, local) = making.made().ok_or(Problem::PasskeyFailed)?;
    let credential = serde_json::from_str(&made.registration).map_err(|_| Problem::PasskeyFailed)?;
    let whole = NewMethod {
        part: keys.part(making.kind.into(), &made.credential_id),
        proof: Proof::Registration(Registration { nonce: *nonce, credential }),
        unlock: Some(LocalUnlockSecret::from_prf(local, device, keys.id())),
        is_unlisted: made.is_unlisted,
        rp_id: Some(rp_id),
        kept: None,
        keys,
    };
    *new = New::Made(Box::new(whole));
    Ok(())
}
