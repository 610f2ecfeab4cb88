//! Joining by hand-over: this fresh device shows a secret, and a device of the account lets it in.
//!
//! ```text
//! offer ─► shown, answer looked for ─► session, log ─► verify ─► what unlocks it? ─► device_add ─► open
//! ```
//! The other device gave the log's newest entry, so nobody is asked whether this is the account as they left it. Nothing
//! is written, at the relay or here, before it is known what unlocks this device later.

use std::rc::Rc;

use shared_types::account::LogAppendRequest;
use shared_types::error::ErrorCode;
use shared_types::hand_over::{CollectRequest, CollectResponse, HandOverFinishRequest, OfferRequest};
use shared_types::ids::{AccountId, AnswerId, MethodId, WireBytes};
use shared_types::limits::HAND_OVER_LIFE_S;
use shared_types::log::{LogState, MethodState};

use super::ceremony::{self, Begun};
use super::happening::{FetchedHandOver, Happening};
use super::opened::UnlockParts;
use super::sign_up::{parse_prf, problem_of_gesture};
use super::tabs::TabId;
use super::unlock_ways::has_prf;
use super::{Client, Stage, problem_of_relay};
use crate::account::{Admission, EpochKeys, HandOverFault};
use crate::intention::{GestureAnswer, GestureFailure, GestureRequest, TypedPhrase};
use crate::keys::{
    AccountSecret, DeviceKeys, HandOverSecret, LocalPrfOutput, LocalUnlockSecret, MethodKeys, MethodSecret,
    prf_local_input,
};
use crate::records::{EnrolmentRow, SessionRow};
use crate::relay::{Relay, RelayError, Session};
use crate::store::Store;
use crate::time::Timestamp;
use crate::vault::Enrolment;
use crate::view::hand_over::{HandOverTrouble, HandOverWay, JoiningStep, JoiningView, ShownSecret};
use crate::view::{Busy, Delta, Problem, QrView, ScreenView, WelcomeView};

/// How often the time that is left is shown.
const TICK_MS: u64 = 1_000;
/// Every how many ticks the answer is looked for.
const TICKS_PER_LOOK: u32 = 2;

/// A device that waits to be let in.
pub(super) struct Joining {
    tab: TabId,
    /// Tells what comes late for an earlier secret from what is for this one.
    number: u32,
    way: HandOverWay,
    device: Rc<DeviceKeys>,
    rp_id: String,
    until: Timestamp,
    now: Timestamp,
    n_ticks: u32,
    step: Step,
    trouble: Option<HandOverTrouble>,
}

enum Step {
    Asking(HandOverSecret),
    Showing {
        secret: HandOverSecret,
        is_looking: bool,
    },
    Fetching,
    Unlocking(Box<Account>, Option<Busy>),
    /// The entry is on its way to the log, and this unlocks the device then.
    Admitting(Box<Account>, Unlock),
    Over,
}

/// What is known of the account, verified.
struct Account {
    id: AccountId,
    session: SessionRow,
    log: LogState,
    entries: Vec<Vec<u8>>,
    epochs: EpochKeys,
    /// Lets this device in; signed by both.
    addition: Vec<u8>,
    /// What goes with the account's password.
    secret: Option<AccountSecret>,
}

struct Unlock {
    secret: LocalUnlockSecret,
    passkeys: Vec<(MethodId, Vec<u8>)>,
}

impl Joining {
    pub(super) fn screen(&self, tab: TabId) -> ScreenView {
        if tab != self.tab {
            let busy = Some(Busy::AskingRelay);
            return ScreenView::Welcome(WelcomeView { online: true, can_sign_up: true, busy, problem: None });
        }
        let step = match &self.step {
            Step::Asking(_) | Step::Fetching => JoiningStep::Asking,
            Step::Showing { secret, .. } => self.shown(secret),
            Step::Unlocking(account, busy) => account.unlocking(*busy),
            Step::Admitting(account, _) => account.unlocking(Some(Busy::AskingRelay)),
            Step::Over => JoiningStep::Over,
        };
        ScreenView::Joining(JoiningView { way: self.way, step, trouble: self.trouble })
    }

    fn shown(&self, secret: &HandOverSecret) -> JoiningStep {
        let code = secret.code(&self.rp_id).and_then(|text| QrView::of(&text)).map(ShownSecret::Code);
        let words = secret.words().map(|words| ShownSecret::Words(words.map(str::to_owned).to_vec()));
        let left_ms = self.until.0.saturating_sub(self.now.0);
        match code.or(words) {
            Some(secret) => {
                JoiningStep::Showing { secret, left_s: u32::try_from(left_ms.div_ceil(1000)).unwrap_or(u32::MAX) }
            }
            None => JoiningStep::Over,
        }
    }

    /// The tab that shows the secret is gone, and nobody can go on.
    pub(super) fn ends_with(&self, tab: TabId) -> bool {
        self.tab == tab
    }

    fn end(&mut self, trouble: HandOverTrouble) {
        (self.step, self.trouble) = (Step::Over, Some(trouble));
    }
}

impl Account {
    fn passkeys(&self) -> impl Iterator<Item = &MethodState> {
        self.log.active_methods().filter(|method| has_prf(method.part.kind))
    }

    fn unlocking(&self, busy: Option<Busy>) -> JoiningStep {
        JoiningStep::Unlocking { has_passkey: self.passkeys().next().is_some(), busy }
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Shows a secret, or another one.
    pub(super) fn begin_joining(&mut self, tab: TabId, way: HandOverWay) {
        let now = self.now();
        let number = match &self.stage {
            Stage::Welcome(_) => 0,
            Stage::Joining(joining) if matches!(joining.step, Step::Showing { .. } | Step::Over) => joining.number + 1,
            Stage::Starting
            | Stage::SigningUp(_)
            | Stage::SigningIn(_)
            | Stage::Joining(_)
            | Stage::Locked(_)
            | Stage::Open(_)
            | Stage::Revoked(_)
            | Stage::Stuck(_)
            | Stage::Ended => return,
        };
        let rng = &mut *self.platform.rng;
        let device = Rc::new(DeviceKeys::generate(rng));
        let secret = match way {
            HandOverWay::Code => HandOverSecret::generate_code(rng),
            HandOverWay::Words => HandOverSecret::generate_words(rng),
        };
        let offer = WireBytes(secret.offer(device.part()).to_bytes());
        let request = OfferRequest { answer_id: secret.answer_id(&device.id()), offer };
        self.stage = Stage::Joining(Box::new(Joining {
            tab,
            number,
            way,
            device,
            rp_id: String::new(),
            until: now.after_ms(HAND_OVER_LIFE_S * 1000),
            now,
            n_ticks: 0,
            step: Step::Asking(secret),
            trouble: None,
        }));
        self.show_screen();
        let (relay, host) = (self.relay.clone(), self.platform.host.clone());
        self.begin(async move {
            let begun = ceremony::begin(relay, host, async |relay| relay.offer(request).await);
            Happening::OfferMade(number, begun.await)
        });
    }

    /// The device that waits, if it still shows the secret that this is about.
    fn joining(&mut self, number: u32) -> Option<&mut Joining> {
        let Stage::Joining(joining) = &mut self.stage else { return None };
        Some(joining).filter(|joining| joining.number == number).map(|joining| &mut **joining)
    }

    pub(super) fn handle_offer_made(&mut self, number: u32, result: Result<Begun<()>, Problem>) {
        let Some(joining) = self.joining(number) else { return };
        match (result, std::mem::replace(&mut joining.step, Step::Over)) {
            (Ok(begun), Step::Asking(secret)) => {
                joining.rp_id = begun.rp_id;
                joining.step = Step::Showing { secret, is_looking: false };
                self.begin_after(TICK_MS, Happening::JoiningTicked(number));
            }
            (Ok(_), step) => joining.step = step,
            (Err(problem), _) => joining.end(HandOverTrouble::Other(problem)),
        }
        self.show_screen();
    }

    pub(super) fn handle_joining_ticked(&mut self, number: u32) {
        let now = self.now();
        let Some(joining) = self.joining(number) else { return };
        let Step::Showing { secret, is_looking } = &mut joining.step else { return };
        (joining.now, joining.n_ticks) = (now, joining.n_ticks + 1);
        let looks = joining.n_ticks % TICKS_PER_LOOK == 0 && !*is_looking;
        let answer_id = secret.answer_id(&joining.device.id());
        if now >= joining.until {
            joining.end(HandOverTrouble::RanOut);
            return self.show_screen();
        }
        *is_looking |= looks;
        if looks {
            self.look_for_answer(number, answer_id);
        }
        self.begin_after(TICK_MS, Happening::JoiningTicked(number));
        self.show_screen();
    }

    fn look_for_answer(&self, number: u32, answer_id: AnswerId) {
        let relay = self.relay.clone();
        self.begin(async move {
            Happening::AnswerCollected(number, relay.collect_answer(CollectRequest { answer_id }).await)
        });
    }

    pub(super) fn handle_answer_collected(&mut self, number: u32, result: Result<CollectResponse, RelayError>) {
        let Some(joining) = self.joining(number) else { return };
        let Step::Showing { secret, is_looking } = &mut joining.step else { return };
        *is_looking = false;
        match result {
            Ok(CollectResponse { answer: None }) => joining.trouble = None,
            Ok(CollectResponse { answer: Some(answer) }) => {
                let answer_id = secret.answer_id(&joining.device.id());
                match Admission::open(&answer.0, secret, &joining.device) {
                    Ok(admission) => return self.fetch_account(number, answer_id, admission),
                    Err(fault) => joining.end(trouble_of(fault)),
                }
            }
            Err(RelayError::Refused { code: ErrorCode::NotFound, .. }) => joining.end(HandOverTrouble::RanOut),
            // It is looked for again.
            Err(error) => joining.trouble = Some(HandOverTrouble::Other(problem_of_relay(error))),
        }
        self.show_screen();
    }

    fn fetch_account(&mut self, number: u32, answer_id: AnswerId, admission: Admission) {
        let relay = self.relay.clone();
        let Some(joining) = self.joining(number) else { return };
        (joining.step, joining.trouble) = (Step::Fetching, None);
        let device = Rc::clone(&joining.device);
        let request = HandOverFinishRequest { answer_id, entry: WireBytes(admission.entry().to_vec()) };
        self.begin(async move {
            let fetch = async {
                let grant = relay.finish_hand_over(request).await?;
                let session = Session { token: grant.token.0.clone(), device };
                let log = relay.load_log(&session).await?;
                let epochs = relay.load_epochs(&session, session.device.id().into()).await?;
                Ok((FetchedHandOver { grant, log, epochs }, admission))
            };
            Happening::HandedOver(number, Box::new(fetch.await))
        });
        self.show_screen();
    }

    pub(super) fn handle_handed_over(&mut self, number: u32, result: Result<(FetchedHandOver, Admission), RelayError>) {
        let Some(joining) = self.joining(number) else { return };
        match result {
            Ok((fetched, admission)) => match verify(&joining.device, fetched, admission) {
                Ok(account) => joining.step = Step::Unlocking(Box::new(account), None),
                Err(fault) => joining.end(trouble_of(fault)),
            },
            Err(error) => joining.end(trouble_of_relay(error)),
        }
        self.show_screen();
    }

    /// The passkey that unlocks this device from now on.
    pub(super) fn join_with_passkey(&mut self, tab: TabId) {
        let challenge = self.random_bytes();
        let Stage::Joining(joining) = &mut self.stage else { return };
        let Step::Unlocking(account, busy @ None) = &mut joining.step else { return };
        (*busy, joining.trouble) = (Some(Busy::WaitingForPasskey), None);
        let request = GestureRequest::Get {
            challenge,
            rp_id: joining.rp_id.clone(),
            allow: account.passkeys().map(|method| method.part.credential_id.clone()).collect(),
            prf_first: prf_local_input(&joining.device.id()).0.to_vec(),
            prf_second: None,
        };
        joining.tab = tab;
        self.show_screen();
        self.tabs.send(tab, Delta::Gesture(request));
    }

    pub(super) fn handle_joining_gesture(&mut self, tab: TabId, result: Result<GestureAnswer, GestureFailure>) {
        let Stage::Joining(joining) = &mut self.stage else { return };
        let Step::Unlocking(account, busy @ Some(Busy::WaitingForPasskey)) = &mut joining.step else { return };
        if joining.tab != tab {
            return;
        }
        *busy = None;
        let device = joining.device.id();
        let unlock = result.map_err(problem_of_gesture).and_then(|answer| {
            let is_it = |method: &&MethodState| method.part.credential_id == answer.credential_id;
            let method = account.passkeys().find(is_it).ok_or(Problem::NotThisAccount)?.part.id;
            let [first, _] = &answer.prf;
            let output = parse_prf(first.as_ref(), LocalPrfOutput::parse)?.ok_or(Problem::PasskeyWithoutPrf)?;
            let secret = LocalUnlockSecret::from_prf(&output, device, method);
            Ok(Unlock { secret, passkeys: vec![(method, answer.credential_id)] })
        });
        self.admit(unlock);
    }

    /// The recovery words that unlock this device from now on, if they are this account's.
    pub(super) fn join_with_words(&mut self, tab: TabId, typed: &TypedPhrase) {
        if !matches!(&self.stage, Stage::Joining(joining) if matches!(joining.step, Step::Unlocking(_, None))) {
            return;
        }
        let Some(words) = self.read_words(tab, typed) else { return };
        let Stage::Joining(joining) = &mut self.stage else { return };
        let Step::Unlocking(account, _) = &joining.step else { return };
        let keys = MethodKeys::derive(&MethodSecret::from_words(&words, account.id), account.id);
        let own = account.log.method(&keys.id()).filter(|own| own.is_active() && keys.stand_in(&own.part));
        let unlock = own.map(|_| {
            let secret = LocalUnlockSecret::from_words(&words, joining.device.id(), keys.id());
            Unlock { secret, passkeys: Vec::new() }
        });
        self.admit(unlock.ok_or(Problem::WordsUnknown));
    }

    /// It is known what unlocks this device: the entry that both have signed goes into the log.
    fn admit(&mut self, unlock: Result<Unlock, Problem>) {
        let relay = self.relay.clone();
        let Stage::Joining(joining) = &mut self.stage else { return };
        let (account, unlock) = match (std::mem::replace(&mut joining.step, Step::Over), unlock) {
            (Step::Unlocking(account, _), Ok(unlock)) => (account, unlock),
            (step, Ok(_)) => return joining.step = step,
            (step, Err(problem)) => {
                (joining.step, joining.trouble) = (step, Some(HandOverTrouble::Other(problem)));
                return self.show_screen();
            }
        };
        let session = Session { token: account.session.token.clone(), device: Rc::clone(&joining.device) };
        let entries = vec![WireBytes(account.addition.clone())];
        let request = LogAppendRequest { entries, ..LogAppendRequest::default() };
        (joining.step, joining.trouble) = (Step::Admitting(account, unlock), None);
        let number = joining.number;
        self.begin(async move { Happening::Joined(number, relay.append_log(&session, request).await) });
        self.show_screen();
    }

    pub(super) async fn handle_joined(&mut self, number: u32, result: Result<(), RelayError>) {
        let Some(joining) = self.joining(number) else { return };
        if !matches!(joining.step, Step::Admitting(..)) {
            return;
        }
        let Step::Admitting(account, unlock) = std::mem::replace(&mut joining.step, Step::Over) else { return };
        match result {
            Ok(()) => {}
            Err(error @ RelayError::Unreachable) => {
                // Appending once more what stands already does no harm.
                joining.step = Step::Unlocking(account, None);
                joining.trouble = Some(HandOverTrouble::Other(problem_of_relay(error)));
                return self.show_screen();
            }
            Err(error) => {
                joining.end(trouble_of_relay(error));
                return self.show_screen();
            }
        }
        let Stage::Joining(joining) = std::mem::replace(&mut self.stage, Stage::Starting) else { return };
        let Joining { tab, device, rp_id, .. } = *joining;
        let Account { id: account_id, session, log, mut entries, epochs, addition, secret } = *account;
        let (Some(device), Ok(log)) = (Rc::into_inner(device), log.append(&addition)) else {
            return self.return_to_welcome(Some(Problem::AccountRefused));
        };
        entries.push(addition);
        let row = EnrolmentRow { account_id, device_id: device.id(), rp_id, passkeys: unlock.passkeys };
        let unlock = UnlockParts { row, secrets: vec![unlock.secret] };
        let enrolment = Enrolment { account_id, device, log, entries, epochs, session: Some(session) };
        self.enrol(tab, enrolment, unlock, None).await;
        if let (Stage::Open(opened), Some(secret)) = (&mut self.stage, secret) {
            opened.vault.keep_account_secret(Rc::new(secret));
            self.commit_or_tell().await;
        }
    }
}

/// Believes the account only as the device that let this one in knows it.
fn verify(device: &DeviceKeys, fetched: FetchedHandOver, mut admission: Admission) -> Result<Account, HandOverFault> {
    let FetchedHandOver { grant, log, epochs } = fetched;
    let entries: Vec<Vec<u8>> = log.entries.into_iter().map(|entry| entry.0).collect();
    let id = admission.account_id();
    let secret = admission.take_account_secret();
    let (log, epochs, addition) = admission.verify(&entries, device, &epochs.back_links)?;
    let session = SessionRow { token: grant.token.0, expires_at: grant.expires_at };
    Ok(Account { id, session, log, entries, epochs, addition, secret })
}

fn trouble_of(fault: HandOverFault) -> HandOverTrouble {
    match fault {
        HandOverFault::NotTrue => HandOverTrouble::NotTrue,
        HandOverFault::Moved => HandOverTrouble::Moved,
        HandOverFault::AnotherLog => HandOverTrouble::Other(Problem::AccountRefused),
    }
}

/// A relay that does not take the entry has seen another one come before it.
fn trouble_of_relay(error: RelayError) -> HandOverTrouble {
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many codes a few say that the entry does not fit")]
    match error {
        RelayError::Refused {
            code: ErrorCode::SignInRefused | ErrorCode::LogConflict | ErrorCode::LogRefused, ..
        } => HandOverTrouble::Moved,
        error => HandOverTrouble::Other(problem_of_relay(error)),
    }
}
