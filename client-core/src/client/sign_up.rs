//! Signing up: keys, passkey, words, and then one request that makes the whole account.
//!
//! ```text
//! asking the relay ─► create ─► (get: PRF) ─► (get: local PRF) ─► recovery kit ─► finishing ─► open
//! ```
//! Nothing exists at the relay or on this device before the three words were right.

use shared_types::account::{MethodStartResponse, SessionGrant, SignUpFinishRequest, SignUpStartRequest};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, DeviceId, WireBytes};
use zeroize::Zeroizing;

use super::again::Purpose;
use super::ceremony::{self, Begun};
use super::happening::Happening;
use super::kit::{Kit, N_ASKED};
use super::making::{Making, Next};
use super::opened::UnlockParts;
use super::password::{MadePassword, RegisteredPassword, Registration};
use super::tabs::{TabId, Tabs};
use super::{Client, Stage, problem_of_relay};
use crate::account::{EpochKeys, FirstMethod, PrfKind, SignUp, SignUpParts};
use crate::intention::{GestureAnswer, GestureFailure, PrfBytes};
use crate::keys::LocalUnlockSecret;
use crate::records::{EnrolmentRow, SessionRow};
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::vault::Enrolment;
use crate::view::{AuthenticatorView, Busy, Delta, KitView, Problem, ScreenView, WelcomeView};

/// A sign-up under way.
pub(super) struct SigningUp {
    tab: TabId,
    device_name: Option<String>,
    account_id: AccountId,
    step: Step,
    kind: PrfKind,
    /// What the authenticator makes, as far as it has.
    making: Option<Making>,
    /// A password on its way to the relay; absent while it is there.
    made: Option<Box<MadePassword>>,
    /// What its authenticator app is given.
    authenticator: Option<AuthenticatorView>,
    registered: Option<Box<RegisteredPassword>>,
    begun: Option<Begun<MethodStartResponse>>,
    /// A finish was sent and its answer never came: the account may exist.
    may_exist: bool,
    sign_up: Option<SignUp>,
    kit: Option<Kit>,
    finished: Option<Box<Finished>>,
    problem: Option<Problem>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    AskingRelay,
    WaitingForPasskey,
    MakingPassword,
    Authenticator,
    Registering,
    Kit,
    Finishing,
}

struct Finished {
    parts: SignUpParts,
    request: SignUpFinishRequest,
}

impl SigningUp {
    fn new(tab: TabId, device_name: Option<String>, sign_up: SignUp, step: Step) -> Self {
        Self {
            tab,
            device_name: device_name.filter(|name| !name.trim().is_empty()),
            account_id: sign_up.account_id(),
            step,
            kind: PrfKind::Passkey,
            making: None,
            made: None,
            authenticator: None,
            registered: None,
            begun: None,
            may_exist: false,
            sign_up: Some(sign_up),
            kit: None,
            finished: None,
            problem: None,
        }
    }

    /// What a tab shows: the words are for the tab that signs up alone.
    pub(super) fn screen(&self, tab: TabId) -> ScreenView {
        let busy = match self.step {
            Step::AskingRelay | Step::Finishing => Some(Busy::AskingRelay),
            Step::WaitingForPasskey => Some(Busy::WaitingForPasskey),
            Step::MakingPassword => Some(Busy::Working),
            Step::Registering => Some(Busy::Stretching),
            Step::Authenticator | Step::Kit => None,
        };
        let is_here = tab == self.tab;
        if let Some(view) = self.authenticator.as_ref().filter(|_| is_here && self.kit.is_none()) {
            return ScreenView::Authenticator(AuthenticatorView { busy, problem: self.problem, ..view.clone() });
        }
        match self.kit.as_ref().filter(|_| is_here) {
            None => ScreenView::Welcome(WelcomeView { online: true, can_sign_up: true, busy, problem: self.problem }),
            Some(kit) => ScreenView::RecoveryKit(KitView {
                account_code: self.registered.as_ref().and_then(|password| password.account_code()),
                passphrase: self.registered.as_ref().and_then(|password| password.passphrase()),
                ..kit.view(busy, self.problem)
            }),
        }
    }

    /// A tab came; it signs up from now on if the one that did is gone, as after a reload.
    pub(super) fn handle_tab(&mut self, tab: TabId, tabs: &Tabs) {
        if !tabs.ids().contains(&self.tab) {
            self.tab = tab;
        }
    }

    /// Whether nobody can go on with it once this tab is gone: its words, once made, are shown to the next one.
    pub(super) fn ends_with(&self, tab: TabId) -> bool {
        self.tab == tab && matches!(self.step, Step::AskingRelay | Step::WaitingForPasskey | Step::MakingPassword)
    }

    /// Whether its words wait in another tab, which may be gone without a word.
    pub(super) fn rests_elsewhere(&self, tab: TabId) -> bool {
        matches!(self.step, Step::Kit | Step::Authenticator) && self.tab != tab
    }

    fn rp_id(&self) -> String {
        self.begun.as_ref().map(|begun| begun.rp_id.clone()).unwrap_or_default()
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) fn begin_sign_up(&mut self, tab: TabId, kind: PrfKind, device_name: Option<String>) {
        if !matches!(self.stage, Stage::Welcome(_)) {
            return;
        }
        let sign_up = SignUp::begin(&mut *self.platform.rng);
        let account_id = sign_up.account_id();
        let signing_up = SigningUp { kind, ..SigningUp::new(tab, device_name, sign_up, Step::AskingRelay) };
        self.stage = Stage::SigningUp(Box::new(signing_up));
        self.show_screen();
        let (relay, host) = (self.relay.clone(), self.platform.host.clone());
        let request = SignUpStartRequest { account_id, invitation: None, password: None };
        self.begin(async move {
            let begun = ceremony::begin(relay, host, async |relay| relay.sign_up_start(request).await);
            Happening::SignUpStarted(begun.await)
        });
    }

    pub(super) fn handle_sign_up_started(&mut self, result: Result<Begun<MethodStartResponse>, Problem>) {
        let Stage::SigningUp(signing_up) = &mut self.stage else { return };
        let begun = match result {
            Ok(begun) => begun,
            Err(problem) => return self.return_to_welcome(Some(problem)),
        };
        let Some(sign_up) = &signing_up.sign_up else { return };
        let making = Making::new(signing_up.kind, begun.rp_id.clone(), sign_up.device_id());
        let label = signing_up.device_name.clone().unwrap_or_default();
        let request = making.create(signing_up.account_id, begun.start.challenge.0.clone(), label, Vec::new());
        signing_up.making = Some(making);
        let tab = signing_up.tab;
        signing_up.begun = Some(begun);
        signing_up.step = Step::WaitingForPasskey;
        self.show_screen();
        self.tabs.send(tab, Delta::Gesture(request));
    }

    pub(super) fn handle_sign_up_gesture(&mut self, tab: TabId, result: Result<GestureAnswer, GestureFailure>) {
        let challenge = self.random_bytes();
        let Stage::SigningUp(signing_up) = &mut self.stage else { return };
        if signing_up.tab != tab || signing_up.step != Step::WaitingForPasskey {
            return;
        }
        let Some(making) = &mut signing_up.making else { return };
        match result.map_err(problem_of_gesture).and_then(|answer| making.handle(&answer, challenge)) {
            Ok(Next::Whole) => self.show_kit(),
            Ok(Next::Ask(request)) => self.tabs.send(tab, Delta::Gesture(request)),
            Err(problem) => {
                self.forget_orphan();
                self.return_to_welcome(Some(problem));
            }
        }
    }

    /// A password is being made.
    pub(super) fn set_up_password(&mut self, tab: TabId, device_name: Option<String>, sign_up: SignUp) {
        let signing_up = SigningUp::new(tab, device_name, sign_up, Step::MakingPassword);
        self.stage = Stage::SigningUp(Box::new(signing_up));
        self.show_screen();
    }

    pub(super) fn handle_password_of_account_made(&mut self, result: Result<Box<MadePassword>, Problem>) {
        let Stage::SigningUp(signing_up) = &mut self.stage else { return };
        if signing_up.step != Step::MakingPassword {
            return;
        }
        match result {
            Ok(made) => {
                signing_up.authenticator = Some(made.view());
                (signing_up.made, signing_up.step) = (Some(made), Step::Authenticator);
                self.show_screen();
            }
            Err(problem) => self.return_to_welcome(Some(problem)),
        }
    }

    /// What was made, to be registered for this account and device.
    pub(super) fn take_made_password(&mut self) -> Option<(Box<MadePassword>, AccountId, DeviceId)> {
        let Stage::SigningUp(signing_up) = &mut self.stage else { return None };
        let device = signing_up.sign_up.as_ref()?.device_id();
        let made = signing_up.made.take()?;
        (signing_up.step, signing_up.problem) = (Step::Registering, None);
        let account_id = signing_up.account_id;
        self.show_screen();
        Some((made, account_id, device))
    }

    pub(super) fn handle_password_of_account_registered(&mut self, result: Registration) {
        let Stage::SigningUp(signing_up) = &mut self.stage else { return };
        if signing_up.step != Step::Registering {
            return;
        }
        match result {
            Ok((registered, begun)) => {
                (signing_up.registered, signing_up.begun) = (Some(registered), Some(begun));
                self.show_kit();
            }
            // Another name is chosen where this one was.
            Err((problem @ Problem::Relay { code: ErrorCode::HandleTaken, .. }, _)) => {
                self.return_to_welcome(Some(problem));
            }
            Err((problem, made)) => {
                signing_up.made = Some(made);
                (signing_up.step, signing_up.problem) = (Step::Authenticator, Some(problem));
                self.show_screen();
            }
        }
    }

    fn show_kit(&mut self) {
        let Stage::SigningUp(signing_up) = &mut self.stage else { return };
        signing_up.kit = Some(Kit::generate(&mut *self.platform.rng));
        signing_up.step = Step::Kit;
        self.show_screen();
    }

    pub(super) fn confirm_words(&mut self, words: &[String; N_ASKED]) {
        let now = self.now();
        let Stage::SigningUp(signing_up) = &mut self.stage else { return };
        let (Some(kit), Step::Kit) = (&mut signing_up.kit, signing_up.step) else { return };
        let is_right = kit.check(words);
        signing_up.problem = (!is_right).then_some(Problem::WordsWrong);
        if is_right {
            if signing_up.finished.is_none() {
                signing_up.finished = finish(signing_up, now.seconds(), &mut *self.platform.rng);
            }
            self.send_sign_up();
        }
        self.show_screen();
    }

    fn send_sign_up(&mut self) {
        let Stage::SigningUp(signing_up) = &mut self.stage else { return };
        let Some(finished) = &signing_up.finished else {
            signing_up.problem = Some(Problem::PasskeyFailed);
            return;
        };
        signing_up.step = Step::Finishing;
        let (relay, request) = (self.relay.clone(), finished.request.clone());
        self.begin(async move { Happening::SignUpFinished(relay.sign_up_finish(request).await) });
    }

    pub(super) async fn handle_sign_up_finished(&mut self, result: Result<SessionGrant, RelayError>) {
        let Stage::SigningUp(signing_up) = &mut self.stage else { return };
        let session = match result {
            Ok(grant) => Some(SessionRow { token: grant.token.0, expires_at: grant.expires_at }),
            // Nobody but this device's founder could have made it: it is the one whose answer was lost.
            Err(RelayError::Refused { code: ErrorCode::AccountExists, .. }) if signing_up.may_exist => None,
            Err(error) => {
                signing_up.step = Step::Kit;
                signing_up.problem = Some(problem_of_relay(error));
                signing_up.may_exist |= error == RelayError::Unreachable;
                return self.show_screen();
            }
        };
        let Stage::SigningUp(signing_up) = std::mem::replace(&mut self.stage, Stage::Starting) else { return };
        let rp_id = signing_up.rp_id();
        let SigningUp { tab, device_name, account_id, making, registered, kit, finished, .. } = *signing_up;
        let (Some(kit), Some(finished)) = (kit, finished) else { return };
        let is_unlisted = making.as_ref().and_then(Making::made).is_some_and(|(made, ..)| made.is_unlisted);
        let parts = finished.parts;
        let device_id = parts.device.id();
        let mut passkeys = Vec::new();
        let mut secrets = vec![LocalUnlockSecret::from_words(&kit.words, device_id, parts.words)];
        if let Some((made, _, local_prf)) = making.as_ref().and_then(Making::made) {
            secrets.push(LocalUnlockSecret::from_prf(local_prf, device_id, parts.first));
            passkeys.push((parts.first, made.credential_id.clone()));
        }
        let kept = registered.as_ref().map(|password| password.kept());
        secrets.extend(registered.and_then(|password| password.local));
        let mut epochs = EpochKeys::new();
        epochs.insert(1, parts.epoch_key);
        let unlock = UnlockParts { row: EnrolmentRow { account_id, device_id, rp_id, passkeys }, secrets };
        let enrolment = Enrolment {
            account_id,
            device: parts.device,
            log: parts.log,
            entries: vec![parts.genesis],
            epochs,
            session,
        };
        let has_session = enrolment.session.is_some();
        let authenticator = parts.first;
        self.enrol(tab, enrolment, unlock, device_name).await;
        self.keep_password(kept).await;
        if is_unlisted {
            self.note_unlisted(authenticator).await;
        }
        if !has_session {
            self.begin_sign_in_again(tab, Purpose::Session);
        }
    }

    /// Tells the authenticator to forget a passkey whose account never came to be.
    pub(super) fn forget_orphan(&mut self) {
        let Stage::SigningUp(signing_up) = &self.stage else { return };
        if let Some(request) = signing_up.making.as_ref().and_then(Making::forget) {
            self.tabs.send(signing_up.tab, Delta::Gesture(request));
        }
    }
}

fn finish(signing_up: &mut SigningUp, now_s: u64, rng: &mut dyn rand_core::CryptoRng) -> Option<Box<Finished>> {
    let nonce = signing_up.begun.as_ref()?.start.nonce;
    let kit = signing_up.kit.as_ref()?;
    let (first, registration, password) = match (&signing_up.making, &signing_up.registered) {
        (Some(making), _) => {
            let (made, ..) = making.made()?;
            (FirstMethod::Prf(making.method()?), serde_json::from_str(&made.registration).ok()?, None)
        }
        (None, Some(password)) => {
            let method = FirstMethod::Password(&password.export_key, password.mode());
            (method, serde_json::Value::Null, Some(WireBytes(password.upload.clone())))
        }
        (None, None) => return None,
    };
    let parts = signing_up.sign_up.take()?.finish(first, &kit.words, nonce, now_s, rng).ok()?;
    let request = SignUpFinishRequest {
        account_id: signing_up.account_id,
        nonce,
        founder_signature: parts.founder_signature,
        genesis: WireBytes(parts.genesis.clone()),
        copies: parts.copies.clone(),
        anchors: parts.anchors.clone(),
        registration,
        password,
    };
    Some(Box::new(Finished { parts, request }))
}

/// Reads a PRF result: absent, good, or one that no secret stands behind.
pub(super) fn parse_prf<T, E>(
    bytes: Option<&PrfBytes>,
    parse: impl FnOnce([u8; 32]) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    let Some(bytes) = bytes else { return Ok(None) };
    let mut copy = Zeroizing::new([0; 32]);
    let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| Problem::PasskeyWithoutPrf)?;
    copy.copy_from_slice(bytes);
    parse(*copy).map(Some).map_err(|_| Problem::PasskeyWithoutPrf)
}

pub(super) fn problem_of_gesture(failure: GestureFailure) -> Problem {
    match failure {
        GestureFailure::Cancelled => Problem::PasskeyCancelled,
        GestureFailure::Unsupported => Problem::PasskeyWithoutPrf,
        GestureFailure::AlreadyThere => Problem::PasskeyAlreadyThere,
        GestureFailure::Failed => Problem::PasskeyFailed,
    }
}
