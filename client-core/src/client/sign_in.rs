//! Signing in on a fresh device with a passkey or the recovery words: prove, fetch, verify, ask the user, and only then write.
//!
//! ```text
//! asking the relay ─► get (account and local PRF) ─► sign in, fetch ─► verify ─► agree? ─► device_add ─► open
//! ```
//! Words need no gesture, and the device that they let in is confirmed.
//! Nothing is written, at the relay or here, before the user has agreed to the account that is shown.

use std::rc::Rc;

use shared_types::account::{LogAppendRequest, SignInFinishRequest, SignInStartRequest, SignInStartResponse};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, MethodId, Nonce, WireBytes};
use shared_types::log::LogState;

use super::ceremony::{self, Begun};
use super::happening::{FetchedAccount, Happening};
use super::opened::UnlockParts;
use super::password::{KeptPassword, ProvenPassword};
use super::sign_up::{parse_prf, problem_of_gesture};
use super::tabs::TabId;
use super::{Client, Stage, problem_of_relay};
use crate::account::{Abort, Anchor, EpochKeys, LetIn, PrfKind, PrfMethod, Recipient, add_device, open_account};
use crate::intention::{GestureAnswer, GestureFailure, GestureRequest, TypedPhrase};
use crate::keys::{
    DeviceKeys, LocalPrfOutput, LocalUnlockSecret, MethodKeys, MethodSecret, PrfOutput, RecoveryWords,
    prf_account_input, prf_local_input,
};
use crate::records::{EnrolmentRow, SessionRow};
use crate::relay::{Relay, RelayError, Session};
use crate::store::Store;
use crate::vault::Enrolment;
use crate::view::{AgreeView, Busy, Delta, DeviceView, Problem, ScreenView, WelcomeView};

/// A sign-in under way.
pub(super) struct SigningIn {
    tab: TabId,
    device: Option<DeviceKeys>,
    begun: Option<Begun<SignInStartResponse>>,
    /// Words that wait for the relay to name their account.
    words: Option<RecoveryWords>,
    proof: Option<Proof>,
    account: Option<Box<VerifiedAccount>>,
    busy: Option<Busy>,
    problem: Option<Problem>,
}

/// The method that signs in.
struct Proof {
    account_id: AccountId,
    keys: MethodKeys,
    opens: Opens,
}

/// What unlocks this device later.
enum Opens {
    Passkey { credential_id: Vec<u8>, local_prf: Option<LocalPrfOutput> },
    Words(RecoveryWords),
    Password(LocalUnlockSecret, KeptPassword),
}

impl Proof {
    fn lets_in(&self) -> LetIn<'_> {
        match self.opens {
            Opens::Passkey { .. } | Opens::Password(..) => LetIn::Method(&self.keys),
            Opens::Words(_) => LetIn::Words(&self.keys),
        }
    }

    /// Said if the account at the relay is not that of this method.
    fn not_here(&self) -> Problem {
        match self.opens {
            Opens::Passkey { .. } | Opens::Password(..) => Problem::NotThisAccount,
            Opens::Words(_) => Problem::WordsUnknown,
        }
    }
}

struct VerifiedAccount {
    session: SessionRow,
    log: LogState,
    entries: Vec<Vec<u8>>,
    epochs: EpochKeys,
    /// What the method remembers.
    kept: Anchor,
    addition: Option<Vec<u8>>,
}

impl SigningIn {
    /// Waits for the ceremony of a password.
    fn for_password(tab: TabId) -> Self {
        let busy = Some(Busy::Stretching);
        Self { tab, device: None, begun: None, words: None, proof: None, account: None, busy, problem: None }
    }

    /// What is still to come before the user can agree: the local PRF output, which unlocks this device later, and
    /// the account.
    fn busy_now(&self) -> Option<Busy> {
        let is_waiting = |proof: &Proof| matches!(proof.opens, Opens::Passkey { local_prf: None, .. });
        if self.proof.as_ref().is_none_or(is_waiting) {
            return Some(Busy::WaitingForPasskey);
        }
        self.account.is_none().then_some(Busy::AskingRelay)
    }

    /// Whether nobody can go on with it once this tab is gone: the account, once fetched, is shown in all.
    pub(super) fn ends_with(&self, tab: TabId) -> bool {
        self.tab == tab && self.busy_now().is_some()
    }

    pub(super) fn screen(&self) -> ScreenView {
        let (busy, problem) = (self.busy, self.problem);
        let Some(account) = &self.account else {
            return ScreenView::Welcome(WelcomeView { online: true, can_sign_up: true, busy, problem });
        };
        let log = &account.log;
        let devices = log.active_devices().map(|device| DeviceView {
            id: device.part.id,
            name: None,
            added_s: log.entry_at(device.added_seq).map_or(0, |entry| entry.time_s),
            confirmed: device.confirmed.is_some(),
            is_this: false,
        });
        let last = log.entry_at(log.head().seq);
        let signer = last.and_then(|last| {
            let signers = &last.entry.signers;
            log.devices().map(|device| device.part.id).find(|id| signers.contains(&(*id).into()))
        });
        ScreenView::Agree(AgreeView {
            devices: devices.collect(),
            last_change_s: log.time_s(),
            last_change_by: signer,
            busy,
            problem,
        })
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) fn begin_sign_in(&mut self, tab: TabId) {
        if matches!(self.stage, Stage::Welcome(_)) {
            self.start_sign_in(tab, None);
        }
    }

    pub(super) fn sign_in_with_words(&mut self, tab: TabId, typed: &TypedPhrase) {
        if matches!(self.stage, Stage::Welcome(_))
            && let Some(words) = self.read_words(tab, typed)
        {
            self.start_sign_in(tab, Some(words));
        }
    }

    fn start_sign_in(&mut self, tab: TabId, words: Option<RecoveryWords>) {
        let request = match &words {
            Some(words) => SignInStartRequest::Words { lookup_id: words.lookup_id() },
            None => SignInStartRequest::Passkey,
        };
        self.stage = Stage::SigningIn(Box::new(SigningIn {
            tab,
            device: Some(DeviceKeys::generate(&mut *self.platform.rng)),
            begun: None,
            words,
            proof: None,
            account: None,
            busy: Some(Busy::AskingRelay),
            problem: None,
        }));
        self.show_screen();
        let (relay, host) = (self.relay.clone(), self.platform.host.clone());
        self.begin(async move {
            let begun = ceremony::begin(relay, host, async |relay| relay.sign_in_start(request).await);
            Happening::SignInStarted(begun.await)
        });
    }

    pub(super) fn handle_sign_in_started(&mut self, result: Result<Begun<SignInStartResponse>, Problem>) {
        let Stage::SigningIn(signing_in) = &mut self.stage else { return };
        let words = signing_in.words.take();
        let begun = match result {
            Ok(begun) => begun,
            Err(Problem::Relay { code: ErrorCode::SignInRefused, .. }) if words.is_some() => {
                return self.return_to_welcome(Some(Problem::WordsUnknown));
            }
            Err(problem) => return self.return_to_welcome(Some(problem)),
        };
        let Some(device) = &signing_in.device else { return };
        if let Some(words) = words {
            // Believed only if the words' own keys stand in the log that certifies it.
            let Some(account_id) = begun.start.account_id else {
                return self.return_to_welcome(Some(Problem::RelayConfused));
            };
            let keys = MethodKeys::derive(&MethodSecret::from_words(&words, account_id), account_id);
            let request = ceremony::finish_sign_in(&keys, device, &begun, None);
            signing_in.proof = Some(Proof { account_id, keys, opens: Opens::Words(words) });
            signing_in.begun = Some(begun);
            return self.send_sign_in(Some(request));
        }
        let request = GestureRequest::Get {
            challenge: begun.start.challenge.0.clone(),
            rp_id: begun.rp_id.clone(),
            allow: Vec::new(),
            prf_first: prf_account_input().0.to_vec(),
            prf_second: Some(prf_local_input(&device.id()).0.to_vec()),
        };
        let tab = signing_in.tab;
        signing_in.begun = Some(begun);
        signing_in.busy = Some(Busy::WaitingForPasskey);
        self.show_screen();
        self.tabs.send(tab, Delta::Gesture(request));
    }

    pub(super) fn handle_sign_in_gesture(&mut self, tab: TabId, result: Result<GestureAnswer, GestureFailure>) {
        let challenge = self.random_bytes();
        let Stage::SigningIn(signing_in) = &mut self.stage else { return };
        if signing_in.tab != tab || signing_in.busy != Some(Busy::WaitingForPasskey) {
            return;
        }
        let answer = match result {
            Ok(answer) => answer,
            Err(failure) => return self.return_to_welcome(Some(problem_of_gesture(failure))),
        };
        let [first, second] = &answer.prf;
        if let Some(Proof { opens: Opens::Passkey { credential_id, local_prf }, .. }) = &mut signing_in.proof {
            let local = parse_prf(first.as_ref(), LocalPrfOutput::parse).ok().flatten();
            let is_same = *credential_id == answer.credential_id;
            *local_prf = local.filter(|_| is_same);
            if local_prf.is_none() {
                return self.return_to_welcome(Some(Problem::PasskeyWithoutPrf));
            }
            return self.send_sign_in(None);
        }
        let (Ok(Some(account)), Ok(local)) =
            (parse_prf(first.as_ref(), PrfOutput::parse), parse_prf(second.as_ref(), LocalPrfOutput::parse))
        else {
            return self.return_to_welcome(Some(Problem::PasskeyWithoutPrf));
        };
        let user_handle = answer.user_handle.as_deref().and_then(|handle| handle.try_into().ok());
        let (Some(account_id), Some(begun)) = (user_handle.map(AccountId), &signing_in.begun) else {
            return self.return_to_welcome(Some(Problem::NotThisAccount));
        };
        let rp_id = &begun.rp_id;
        let method =
            PrfMethod { kind: PrfKind::Passkey, output: &account, rp_id, credential_id: &answer.credential_id };
        let (Ok(keys), Some(device)) = (method.derive_keys(account_id), &signing_in.device) else {
            return self.return_to_welcome(Some(Problem::PasskeyFailed));
        };
        let request = ceremony::finish_sign_in(&keys, device, begun, Some(&answer));
        let needs_local = local.is_none();
        let local_input = prf_local_input(&device.id()).0.to_vec();
        let (rp_id, credential_id) = (rp_id.clone(), answer.credential_id.clone());
        let opens = Opens::Passkey { credential_id, local_prf: local };
        signing_in.proof = Some(Proof { account_id, keys, opens });
        self.send_sign_in(Some(request));
        if needs_local {
            let allow = vec![answer.credential_id.clone()];
            let request = GestureRequest::Get { challenge, rp_id, allow, prf_first: local_input, prf_second: None };
            self.tabs.send(tab, Delta::Gesture(request));
        }
    }

    /// Sends the sign-in; without a request it was sent already and the wait goes on.
    fn send_sign_in(&mut self, request: Option<SignInFinishRequest>) {
        let Stage::SigningIn(signing_in) = &mut self.stage else { return };
        signing_in.busy = signing_in.busy_now();
        let Some(request) = request else { return self.show_screen() };
        let Some(device) = signing_in.device.take() else { return };
        let device = Rc::new(device);
        let Some(method) = signing_in.proof.as_ref().map(|proof| proof.keys.id()) else { return };
        let relay = self.relay.clone();
        self.begin(async move {
            let result = fetch_account(&relay, request, &device, method).await.map(Box::new);
            Happening::SignInFinished(result, Rc::into_inner(device))
        });
        self.show_screen();
    }

    pub(super) fn handle_account_fetched(
        &mut self,
        result: Result<Box<FetchedAccount>, RelayError>,
        device: Option<DeviceKeys>,
    ) {
        let now_s = self.now().seconds();
        let Stage::SigningIn(signing_in) = &mut self.stage else { return };
        signing_in.device = device;
        let verified = match result {
            Ok(fetched) => verify(signing_in, *fetched, now_s),
            Err(error) => Err(problem_of_relay(error)),
        };
        match verified {
            Ok(account) => {
                signing_in.account = Some(Box::new(account));
                signing_in.busy = signing_in.busy_now();
                self.show_screen();
            }
            Err(problem) => self.return_to_welcome(Some(problem)),
        }
    }

    pub(super) fn wait_for_password(&mut self, tab: TabId) {
        self.stage = Stage::SigningIn(Box::new(SigningIn::for_password(tab)));
        self.show_screen();
    }

    pub(super) fn handle_password_proven(
        &mut self,
        result: Result<Box<ProvenPassword>, Problem>,
        device: Option<DeviceKeys>,
    ) {
        let Stage::SigningIn(signing_in) = &mut self.stage else { return };
        // Another sign-in that was begun since does not wait for this one.
        if signing_in.busy != Some(Busy::Stretching) {
            return;
        }
        match result {
            Ok(proven) => {
                let ProvenPassword { account_id, keys, local, kept, rp_id, fetched } = *proven;
                signing_in.proof = Some(Proof { account_id, keys, opens: Opens::Password(local, kept) });
                let start = SignInStartResponse {
                    challenge: WireBytes(Vec::new()),
                    nonce: Nonce([0; Nonce::LEN]),
                    account_id: None,
                    ke2: None,
                };
                signing_in.begun = Some(Begun { rp_id, start });
                self.handle_account_fetched(Ok(Box::new(fetched)), device);
            }
            Err(problem) => self.return_to_welcome(Some(problem)),
        }
    }

    pub(super) fn agree(&mut self) {
        let Stage::SigningIn(signing_in) = &mut self.stage else { return };
        let SigningIn { account: Some(account), device, busy: busy @ None, problem, .. } = &mut **signing_in else {
            return;
        };
        let (Some(addition), Some(keys)) = (&account.addition, device.take()) else { return };
        (*busy, *problem) = (Some(Busy::AskingRelay), None);
        let request = LogAppendRequest { entries: vec![WireBytes(addition.clone())], ..LogAppendRequest::default() };
        let token = account.session.token.clone();
        let relay = self.relay.clone();
        self.begin(async move {
            let session = Session { token, device: Rc::new(keys) };
            let result = relay.append_log(&session, request).await;
            Happening::Admitted(result, Rc::into_inner(session.device))
        });
        self.show_screen();
    }

    pub(super) async fn handle_admitted(&mut self, result: Result<(), RelayError>, device: Option<DeviceKeys>) {
        let time_s = self.now().seconds();
        let Stage::SigningIn(signing_in) = &mut self.stage else { return };
        signing_in.device = device;
        signing_in.busy = None;
        if let Err(error) = result {
            signing_in.problem = Some(problem_of_relay(error));
            return self.show_screen();
        }
        let Stage::SigningIn(signing_in) = std::mem::replace(&mut self.stage, Stage::Starting) else { return };
        let SigningIn { tab, device, begun, proof, account, .. } = *signing_in;
        let (Some(device), Some(begun), Some(proof), Some(account)) = (device, begun, proof, account) else {
            return self.return_to_welcome(Some(Problem::PasskeyFailed));
        };
        let VerifiedAccount { session, log, mut entries, epochs, kept, addition } = *account;
        let Some(addition) = addition else {
            return self.return_to_welcome(Some(Problem::PasskeyFailed));
        };
        let Ok(log) = log.append(&addition) else {
            return self.return_to_welcome(Some(Problem::AccountRefused));
        };
        entries.push(addition);
        let (method, device_id) = (proof.keys.id(), device.id());
        let anchor = Anchor {
            counter: kept.counter + 1,
            log: log.head(),
            // Nothing is pulled yet; what was remembered is not forgotten.
            heads: kept.heads,
            epoch: log.epoch().part.number,
            time_s,
            device_id,
        };
        let anchor = anchor.seal(&proof.keys, &mut *self.platform.rng);
        let Proof { account_id, keys, opens } = proof;
        let is_by_words = matches!(opens, Opens::Words(_));
        let mut password = None;
        let (passkeys, secret) = match opens {
            Opens::Passkey { local_prf: None, .. } => {
                return self.return_to_welcome(Some(Problem::PasskeyWithoutPrf));
            }
            Opens::Passkey { credential_id, local_prf: Some(local_prf) } => {
                (vec![(method, credential_id)], LocalUnlockSecret::from_prf(&local_prf, device_id, method))
            }
            Opens::Password(secret, kept) => {
                password = Some(kept);
                (Vec::new(), secret)
            }
            Opens::Words(words) => (Vec::new(), LocalUnlockSecret::from_words(&words, device_id, method)),
        };
        let unlock = UnlockParts {
            row: EnrolmentRow { account_id, device_id, rp_id: begun.rp_id, passkeys },
            secrets: vec![secret],
        };
        let session = Some(session);
        let enrolment = Enrolment { account_id, device, log, entries, epochs, session };
        self.enrol(tab, enrolment, unlock, None).await;
        if is_by_words {
            self.remember_words(keys);
        }
        self.keep_password(password).await;
        self.put_anchor(anchor);
    }
}

/// Finishes a sign-in and fetches what is then verified.
pub(super) async fn fetch_account<R: Relay>(
    relay: &Rc<R>,
    request: SignInFinishRequest,
    device: &Rc<DeviceKeys>,
    method: MethodId,
) -> Result<FetchedAccount, RelayError> {
    let grant = relay.sign_in_finish(request).await?;
    let session = Session { token: grant.token.0.clone(), device: device.clone() };
    let log = relay.load_log(&session).await?;
    let epochs = relay.load_epochs(&session, method.into()).await?;
    let anchor = relay.load_anchor(&session, method).await?;
    Ok(FetchedAccount { grant, log, epochs, anchor })
}

/// Believes nothing that does not follow from the method's own keys.
fn verify(signing_in: &SigningIn, fetched: FetchedAccount, now_s: u64) -> Result<VerifiedAccount, Problem> {
    let FetchedAccount { grant, log, epochs, anchor } = fetched;
    let (Some(proof), Some(device)) = (&signing_in.proof, &signing_in.device) else {
        return Err(Problem::PasskeyFailed);
    };
    let entries: Vec<Vec<u8>> = log.entries.into_iter().map(|entry| entry.0).collect();
    let log = open_account(proof.account_id, entries.iter().map(Vec::as_slice), &proof.keys);
    let log = log.map_err(|abort| match abort {
        Abort::Log(_) => Problem::AccountRefused,
        Abort::MethodMissing => proof.not_here(),
    })?;
    let kept = anchor.anchor.ok_or(Problem::AccountRefused)?;
    let kept = Anchor::open(&kept, &proof.keys).map_err(|_| Problem::AccountRefused)?;
    if !kept.is_within(&log) {
        return Err(Problem::AccountRolledBack);
    }
    let mut keys = EpochKeys::new();
    keys.open(&log, &Recipient::Method(&proof.keys), &epochs.copies, &epochs.back_links);
    if keys.key(1).is_none() || keys.key(log.epoch().part.number).is_none() {
        return Err(Problem::AccountRefused);
    }
    let addition = add_device(&log, device, &proof.lets_in(), now_s);
    Ok(VerifiedAccount {
        session: SessionRow { token: grant.token.0, expires_at: grant.expires_at },
        log,
        entries,
        epochs: keys,
        kept,
        addition: Some(addition),
    })
}
