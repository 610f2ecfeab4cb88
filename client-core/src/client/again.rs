//! Signing in again: the relay ended this device's session, and everything else of it is still here.
//!
//! ```text
//! asking the relay ─► get (account PRF) ─► the method's keys and this device's own sign ─► session, anchor
//!                                                                                  └─► the account is deleted
//! ```

use shared_types::account::{AnchorPut, SessionGrant, SignInFinishRequest, SignInStartRequest, SignInStartResponse};
use shared_types::error::ErrorCode;
use shared_types::log::DeviceHead;

use super::ceremony::{self, Begun};
use super::ended::Ending;
use super::happening::Happening;
use super::opened::Opened;
use super::sign_up::{parse_prf, problem_of_gesture};
use super::signing::ByPasskey;
use super::tabs::TabId;
use super::ways::WayChange;
use super::{Client, Stage, problem_of_relay};
use crate::account::{Anchor, PrfKind, PrfMethod};
use crate::intention::{GestureAnswer, GestureFailure, GestureRequest};
use crate::keys::{LocalPrfOutput, MethodKeys, PrfOutput, prf_account_input, prf_local_input};
use crate::records::SessionRow;
use crate::relay::{Relay, RelayError, Session};
use crate::store::Store;
use crate::vault::Vault;
use crate::view::security::ChangeState;
use crate::view::{Delta, NoticeView, Problem};

/// A sign-in of a device that holds the account.
pub(super) struct Again {
    tab: TabId,
    purpose: Purpose,
    begun: Option<Begun<SignInStartResponse>>,
}

/// What a sign-in of a device that holds the account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Another session.
    Session,
    /// The owner deletes the account with it.
    Deletion,
}

impl Again {
    pub(super) fn ends_with(&self, tab: TabId) -> bool {
        self.tab == tab
    }

    pub(super) fn purpose(&self) -> Purpose {
        self.purpose
    }

    pub(super) fn is_for_deletion(&self) -> bool {
        self.purpose == Purpose::Deletion
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) fn begin_sign_in_again(&mut self, tab: TabId, purpose: Purpose) {
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.again = Some(Again { tab, purpose, begun: None });
        let going = opened.way_change.as_ref().and_then(WayChange::going);
        let has_passkey = !opened.passkeys(going).is_empty();
        if !self.ask_to_sign(tab, going, has_passkey.then_some(ByPasskey::Start)) {
            self.give_up_again(Problem::NoPasskeyYet);
        }
    }

    /// A passkey is to sign in: the relay is asked for a challenge.
    pub(super) fn start_again(&mut self) {
        let (relay, host) = (self.relay.clone(), self.platform.host.clone());
        self.begin(async move {
            let start = async |relay: &R| relay.sign_in_start(SignInStartRequest::Passkey).await;
            Happening::SignInAgainStarted(ceremony::begin(relay, host, start).await)
        });
    }

    pub(super) fn handle_sign_in_again_started(&mut self, result: Result<Begun<SignInStartResponse>, Problem>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.again.is_none() {
            return;
        }
        let begun = match result {
            Ok(begun) if begun.rp_id == opened.enrolment.rp_id => begun,
            Ok(_) => return self.give_up_again(Problem::RelayConfused),
            Err(problem) => return self.give_up_again(problem),
        };
        let known = || opened.passkeys(opened.way_change.as_ref().and_then(WayChange::going));
        // Those that this device knows may all be gone meanwhile.
        let allow = if opened.takes_any_passkey { Vec::new() } else { known() };
        let request = GestureRequest::Get {
            challenge: begun.start.challenge.0.clone(),
            rp_id: begun.rp_id.clone(),
            allow,
            prf_first: prf_account_input().0.to_vec(),
            prf_second: Some(prf_local_input(&opened.vault.device().id()).0.to_vec()),
        };
        let Some(again) = &mut opened.again else { return };
        again.begun = Some(begun);
        let tab = again.tab;
        self.tabs.send(tab, Delta::Gesture(request));
    }

    pub(super) fn handle_again_gesture(&mut self, tab: TabId, result: Result<GestureAnswer, GestureFailure>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let is_asked = opened.again.as_ref().is_some_and(|again| again.tab == tab && again.begun.is_some());
        if !is_asked {
            return;
        }
        let Some(Again { begun, purpose, .. }) = opened.again.take() else { return };
        let request = result.map_err(problem_of_gesture).and_then(|answer| {
            let begun = begun.ok_or(Problem::PasskeyFailed)?;
            let keys = keys_for_again(opened, &begun.rp_id, &answer)?;
            let request = ceremony::finish_sign_in(&keys, opened.vault.device(), &begun, Some(&answer));
            let [_, local] = &answer.prf;
            let local = parse_prf(local.as_ref(), LocalPrfOutput::parse)?;
            opened.admit_passkey(keys.id(), &answer.credential_id, local.as_ref());
            opened.admit_awaited(&mut *self.platform.rng);
            Ok((request, keys))
        });
        opened.again = Some(Again { tab, purpose, begun: None });
        self.go_on_again(request);
    }

    /// What signs in again has given its word, or not.
    pub(super) fn go_on_again(&mut self, request: Result<(SignInFinishRequest, MethodKeys), Problem>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(purpose) = opened.again.as_ref().map(Again::purpose) else { return };
        let device = opened.vault.device().clone();
        if request.is_ok() {
            opened.again = None;
        }
        match request {
            Ok((request, _)) if purpose == Purpose::Deletion => self.send_deletion(request),
            Ok((request, keys)) => {
                let relay = self.relay.clone();
                self.begin(async move {
                    let sign_in = async {
                        let grant = relay.sign_in_finish(request).await?;
                        let session = Session { token: grant.token.0.clone(), device };
                        let kept = relay.load_anchor(&session, keys.id()).await.ok().and_then(|kept| kept.anchor);
                        Ok((grant, kept))
                    };
                    let result = sign_in.await;
                    Happening::SignedInAgain(result, keys)
                });
            }
            Err(problem) => self.give_up_again(problem),
        }
    }

    pub(super) async fn handle_signed_in_again(
        &mut self,
        result: Result<(SessionGrant, Option<AnchorPut>), RelayError>,
        keys: &MethodKeys,
    ) {
        let time_s = self.now().seconds();
        let Stage::Open(opened) = &mut self.stage else { return };
        match result {
            Ok((grant, kept)) => {
                let next = kept.and_then(|kept| next_anchor(&opened.vault, keys, &kept, time_s));
                opened.vault.set_session(Some(SessionRow { token: grant.token.0, expires_at: grant.expires_at }));
                (opened.ending, opened.takes_any_passkey) = (Ending::default(), false);
                opened.engine.handle_signed_in();
                self.commit_or_tell().await;
                if let Some(next) = next {
                    let sealed = next.seal(keys, &mut *self.platform.rng);
                    self.put_anchor(sealed);
                }
            }
            Err(error) => {
                let is_refused = matches!(error, RelayError::Refused { code: ErrorCode::SignInRefused, .. });
                opened.takes_any_passkey |= is_refused;
                self.give_up_again(problem_of_relay(error));
            }
        }
    }

    fn give_up_again(&mut self, problem: Problem) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.again.take().is_some_and(|again| again.purpose == Purpose::Deletion) {
            return self.show_deletion(ChangeState::Failed(problem));
        }
        self.tabs.send_all(&Delta::Notice(NoticeView::Trouble(problem)));
    }
}

/// What the method remembers from now on; nothing less than what it remembers already.
fn next_anchor(vault: &Vault, keys: &MethodKeys, kept: &AnchorPut, time_s: u64) -> Option<Anchor> {
    let kept = Anchor::open(kept, keys).ok()?;
    let own = vault.device().id();
    let heads = vault.tips().iter().filter_map(|(device, tip)| {
        let pin = if *device == own { vault.newest_sent() } else { tip.pin };
        pin.map(|pin| DeviceHead { device: *device, seq: pin.seq, hash: pin.hash })
    });
    let log = vault.log();
    kept.is_within(log).then(|| Anchor {
        counter: kept.counter + 1,
        log: log.head(),
        heads: heads.collect(),
        epoch: log.epoch().part.number,
        time_s,
        device_id: vault.device().id(),
    })
}

/// The keys of the passkey that answered, if they stand in this device's own copy of the account log.
pub(super) fn method_keys(opened: &Opened, rp_id: &str, answer: &GestureAnswer) -> Result<MethodKeys, Problem> {
    let keys = derive_keys(opened, rp_id, answer)?;
    let own = opened.vault.log().method(&keys.id()).filter(|own| own.is_active() && keys.stand_in(&own.part));
    own.map(|_| keys).ok_or(Problem::NotThisAccount)
}

/// The same for a sign-in. What this device knows may be old: then the relay, which has the whole log, is asked about a
/// passkey that names this account, and gets nothing from it but a signature for a session.
fn keys_for_again(opened: &Opened, rp_id: &str, answer: &GestureAnswer) -> Result<MethodKeys, Problem> {
    let names_account = answer.user_handle.as_deref() == Some(&opened.vault.account_id().0[..]);
    if opened.takes_any_passkey && names_account {
        return derive_keys(opened, rp_id, answer);
    }
    method_keys(opened, rp_id, answer)
}

fn derive_keys(opened: &Opened, rp_id: &str, answer: &GestureAnswer) -> Result<MethodKeys, Problem> {
    let [first, _] = &answer.prf;
    let output = parse_prf(first.as_ref(), PrfOutput::parse)?.ok_or(Problem::PasskeyWithoutPrf)?;
    let credential_id = &answer.credential_id;
    let method = PrfMethod { kind: PrfKind::Passkey, output: &output, rp_id, credential_id };
    method.derive_keys(opened.vault.account_id()).map_err(|_| Problem::PasskeyFailed)
}
