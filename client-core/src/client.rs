//! The client: one account on one device, driven by what tabs want and what the relay answers.
//!
//! ```text
//! tabs ──intentions──► ┌────────┐ ──deltas──► tabs
//!                      │ stages │ ──commit──► Store        (awaited in place: one writer)
//! relay answers ─────► └────────┘ ──calls───► Relay        (pending futures, each ends as a happening)
//! ```
//! It runs on one thread and handles one happening after the other. Everything that decides is in the pure modules;
//! here they are fed and their effects are carried out.

mod again;
mod asking;
mod ceremony;
mod deleting;
mod editing;
mod ended;
mod happening;
mod highlighting;
mod joining;
mod kit;
mod leaving;
mod letting_in;
mod making;
mod members;
mod mending;
mod opened;
mod password;
mod providers;
mod receipts;
mod recovering;
mod rotating;
mod seen;
mod settings;
mod sign_in;
mod sign_up;
mod signing;
mod storage;
mod syncing;
mod tabs;
mod typed_words;
mod unlock;
mod unlock_ways;
mod versions;
mod ways;

use std::rc::Rc;

use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use rand_core::CryptoRng;

pub use password::{DeviceMac, RunPassword};
pub use tabs::{TabId, TabMessage};

use crate::account::PrfKind;
use crate::intention::Intention;
use crate::keys::UnlockWay;
use crate::records::{EnrolmentRow, from_cbor};
use crate::relay::{Relay, RelayError};
use crate::store::{Access, Row, Store, StoreError, Table};
use crate::time::Timestamp;
use crate::view::hand_over::{CameraFrame, FrameText};
use crate::view::highlight::{Code, Pieces};
use crate::view::storage::BrowserStorage;
use crate::view::{Delta, Problem, RevokedView, ScreenView, WelcomeView};
use again::Purpose;
use happening::Happening;
use joining::Joining;
use leaving::Unsent;
use opened::Opened;
use sign_in::SigningIn;
use sign_up::SigningUp;
use tabs::Tabs;
use unlock::Locked;

/// What the core takes from the machine that it runs on.
pub struct Platform {
    /// Reads the clock.
    pub now: Box<dyn Fn() -> Timestamp>,
    /// Ends after so many milliseconds.
    pub wait_ms: Box<dyn Fn(u64) -> LocalBoxFuture<'static, ()>>,
    /// The one source of randomness.
    pub rng: Box<dyn CryptoRng>,
    /// Reads code, and loads what it needs for that when it is first called; `None` if it cannot.
    pub highlight: Rc<dyn Fn(Code) -> LocalBoxFuture<'static, Option<Pieces>>>,
    /// Reads the code in a picture, and loads what it needs for that when it is first called.
    pub read_code: Rc<dyn Fn(CameraFrame) -> LocalBoxFuture<'static, FrameText>>,
    /// Knows OPAQUE and Argon2id, and is loaded when it is first called.
    pub password: RunPassword,
    /// Answers for this browser profile, with a key that never leaves it.
    pub device_mac: DeviceMac,
    /// Asks the browser what it keeps of this origin; `None` if it does not say.
    pub storage: Rc<dyn Fn() -> LocalBoxFuture<'static, Option<BrowserStorage>>>,
    /// Host of the page, to which the relying party id must belong.
    pub host: String,
}

/// Why a client ended; its keys are gone with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Locked, or signed out.
    Locked,
    /// Nobody can reach it any more.
    Abandoned,
}

/// Where this device stands.
enum Stage {
    Starting,
    Welcome(WelcomeView),
    SigningUp(Box<SigningUp>),
    SigningIn(Box<SigningIn>),
    Joining(Box<Joining>),
    Locked(Locked),
    Open(Box<Opened>),
    Revoked(RevokedView),
    Stuck(Problem),
    Ended,
}

/// One account on one device.
pub struct Client<S, R> {
    store: S,
    relay: Rc<R>,
    platform: Platform,
    tabs: Tabs,
    stage: Stage,
    inbox: UnboundedReceiver<TabMessage>,
    pending: FuturesUnordered<LocalBoxFuture<'static, Happening>>,
    /// Whether it is set to ask again whether the relay answers.
    awaits_relay: bool,
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// A client that tabs reach through the other end of `inbox`.
    pub fn new(store: S, relay: R, platform: Platform, inbox: UnboundedReceiver<TabMessage>) -> Self {
        let relay = Rc::new(relay);
        let (stage, pending) = (Stage::Starting, FuturesUnordered::new());
        Self { store, relay, platform, tabs: Tabs::default(), stage, inbox, pending, awaits_relay: false }
    }

    /// Runs until it is locked or nobody can reach it.
    pub async fn run(mut self) -> Ended {
        self.start().await;
        loop {
            self.poll_effects().await;
            if matches!(self.stage, Stage::Ended) {
                self.tabs.send_all(&Delta::Restart);
                return Ended::Locked;
            }
            let happening = if self.pending.is_empty() {
                self.inbox.next().await.map(Happening::Tab)
            } else {
                futures_util::select! {
                    message = self.inbox.next() => message.map(Happening::Tab),
                    happening = self.pending.select_next_some() => Some(happening),
                }
            };
            match happening {
                Some(happening) => self.handle(happening).await,
                None => return Ended::Abandoned,
            }
        }
    }

    async fn start(&mut self) {
        self.stage = match self.load_enrolment().await {
            Ok(Some((enrolment, rows))) => Stage::Locked(Locked::new(enrolment, rows)),
            // An account that was made here could not be kept.
            Ok(None) if self.store.access() == Access::ReadOnly => Stage::Stuck(Problem::NewerRelease),
            Ok(None) => Stage::Welcome(WelcomeView { online: true, can_sign_up: true, busy: None, problem: None }),
            Err(problem) => Stage::Stuck(problem),
        };
        if matches!(self.stage, Stage::Welcome(_) | Stage::Locked(_)) {
            self.ask_about();
        }
        self.show_screen();
    }

    async fn handle(&mut self, happening: Happening) {
        match happening {
            Happening::Tab(TabMessage::Came(tab, sender)) => self.tabs.add(tab, sender),
            Happening::Tab(TabMessage::Gone(tab)) => self.handle_gone(tab),
            Happening::Tab(TabMessage::Abandoned) => self.stage = Stage::Ended,
            Happening::Tab(TabMessage::Wants(tab, intention)) => self.handle_intention(tab, intention).await,
            Happening::About(result) => self.handle_about(result),
            Happening::SignUpStarted(result) => self.handle_sign_up_started(result),
            Happening::PasswordMade(result) => self.handle_password_made(result),
            Happening::PasswordRegistered(result) => self.handle_password_registered(result),
            Happening::PasswordProven(result, device) => self.handle_password_proven(result, device),
            Happening::PasswordSigned(nth, result) => self.handle_password_signed(nth, result).await,
            Happening::PasswordStretched(secret) => self.handle_password_stretched(secret).await,
            Happening::SignUpFinished(result) => self.handle_sign_up_finished(result).await,
            Happening::SignInStarted(result) => self.handle_sign_in_started(result),
            Happening::SignInAgainStarted(result) => self.handle_sign_in_again_started(result),
            Happening::SignedInAgain(result, keys) => self.handle_signed_in_again(result, &keys).await,
            Happening::SignInFinished(result, device) => self.handle_account_fetched(result, device),
            Happening::Admitted(result, device) => self.handle_admitted(result, device).await,
            Happening::OfferMade(number, result) => self.handle_offer_made(number, result),
            Happening::JoiningTicked(number) => self.handle_joining_ticked(number),
            Happening::AnswerCollected(number, result) => self.handle_answer_collected(number, result),
            Happening::HandedOver(number, result) => self.handle_handed_over(number, *result),
            Happening::Joined(number, result) => self.handle_joined(number, result).await,
            Happening::FrameRead(text) => self.handle_frame_read(text),
            Happening::OffersListed(result) => self.handle_offers_listed(result),
            Happening::OfferAnswered(result) => self.handle_offer_answered(result),
            Happening::LogLoaded(result) => self.handle_log_loaded(*result).await,
            Happening::MemberChanged(result) => self.handle_member_changed(result),
            Happening::MethodStarted(result) => self.handle_method_started(result),
            Happening::WayChanged(result) => self.handle_way_changed(result),
            Happening::LockedElsewhere(result) => self.handle_locked_elsewhere(result),
            Happening::AccountDeleted(result) => self.handle_account_deleted(result).await,
            Happening::EndLoaded(result) => self.handle_end_loaded(result).await,
            Happening::Rotated(result) => self.handle_rotated(result),
            Happening::Pushed { up_to, result } => self.handle_pushed(up_to, result).await,
            Happening::Pulled(result) => self.handle_pulled(result).await,
            Happening::PulledToMend(result) => self.handle_pulled_to_mend(result).await,
            Happening::Listening(result) => self.handle_listening(result),
            Happening::Event(event) => self.handle_event(event),
            Happening::AnswerOpened { turn, result } => self.handle_answer_opened(turn, result).await,
            Happening::Frame { turn, frame } => self.handle_frame(turn, frame).await,
            Happening::Providers(tab, result) => self.show_providers(tab, result),
            Happening::Seen(day, result) => self.handle_seen(day, result),
            Happening::StorageTold(browser) => self.handle_storage(browser).await,
            Happening::CountOn => self.count_on().await,
            Happening::CodeRead(read) => self.handle_code_read(read),
            Happening::Woke => {
                self.show_late_growth();
                self.count_down();
            }
            Happening::AboutDue => self.handle_about_due(),
        }
    }

    async fn handle_intention(&mut self, tab: TabId, intention: Intention) {
        match intention {
            Intention::Attach => self.attach(tab),
            // Whoever hears this here is live.
            Intention::UseHere => {}
            Intention::Reload => self.tabs.send(tab, Delta::Reload),
            Intention::SignUp { device_name } => {
                self.give_up_elsewhere(tab);
                self.begin_sign_up(tab, PrfKind::Passkey, device_name);
            }
            Intention::SignUpWithKey { device_name } => {
                self.give_up_elsewhere(tab);
                self.begin_sign_up(tab, PrfKind::SecurityKey, device_name);
            }
            Intention::Password(wish) => self.handle_password_wish(tab, wish),
            Intention::SignInWithPasskey => {
                self.give_up_elsewhere(tab);
                self.begin_sign_in(tab);
            }
            Intention::SignInWithWords(words) => {
                self.give_up_elsewhere(tab);
                self.sign_in_with_words(tab, &words);
            }
            Intention::HandOver(wish) => self.handle_hand_over(tab, wish),
            Intention::UnlockWithPasskey => self.begin_unlock(tab),
            Intention::UnlockWithWords(words) => self.unlock_with_words(tab, &words).await,
            Intention::SignInAgain => self.begin_sign_in_again(tab, Purpose::Session),
            Intention::GestureDone(answer) => self.handle_gesture(tab, Ok(answer)).await,
            Intention::GestureFailed(failure) => self.handle_gesture(tab, Err(failure)).await,
            Intention::ConfirmWords { words } => {
                self.confirm_words(words.as_array());
                self.confirm_new_words(words.as_array());
            }
            Intention::Abandon | Intention::Disagree => self.abandon(),
            Intention::MakeWords { are_known, old } => self.make_words(tab, are_known, old.as_ref()),
            Intention::KeepWords => self.keep_words().await,
            Intention::Recover { later } => self.recover_later(later),
            Intention::CheckWords(typed) => self.check_words(tab, &typed).await,
            Intention::CheckWordsLater => self.check_words_later(tab).await,
            Intention::Agree => self.agree(),
            Intention::Lock => self.lock().await,
            Intention::SignOut => self.begin_sign_out().await,
            Intention::SignOutAnyway => self.sign_out(Unsent::GivenUp).await,
            Intention::NetworkChanged { online } => self.handle_network(online),
            Intention::TryNow => self.handle_network(true),
            Intention::ShowSeen { day } => self.show_seen(tab, day),
            Intention::ShowStorage => self.show_storage(tab),
            Intention::ShowSecurity => self.show_security(tab),
            Intention::ChangeMember(device, action) => self.change_member(tab, device, action),
            Intention::AddWay { kind, name, words } => self.add_way(tab, kind, name, words.as_ref()),
            Intention::RemoveWay { way, reason, words } => self.remove_way(tab, way, reason, words.as_ref()),
            Intention::RenameWay { way, name } => self.rename_way(tab, way, &name).await,
            Intention::SaveEvidence => self.save_evidence(tab),
            Intention::DeleteAccount => self.begin_deletion(tab),
            Intention::ForgetDevice => self.forget_unsent().await,
            Intention::ChangeKeysNow => self.change_keys(),
            Intention::Providers(request) => self.ask_for_providers(tab, request),
            Intention::OpenChat(_)
            | Intention::Compose { .. }
            | Intention::SendComposed { .. }
            | Intention::ShowReceipt { .. }
            | Intention::ChooseModel { .. }
            | Intention::NewChat
            | Intention::ShowEarlier(_)
            | Intention::KeepDraft { .. }
            | Intention::Send { .. }
            | Intention::Stop(_)
            | Intention::AskAgain { .. }
            | Intention::EditQuestion { .. }
            | Intention::KeepEdit { .. }
            | Intention::SetLetterKeys { .. }
            | Intention::ShowVersion { .. }
            | Intention::TakeBack(_)
            | Intention::Rename { .. }
            | Intention::DeleteChat(_)
            | Intention::UndoDelete(_) => self.handle_chat_intention(tab, intention).await,
        }
    }

    async fn handle_gesture(
        &mut self,
        tab: TabId,
        result: Result<crate::intention::GestureAnswer, crate::intention::GestureFailure>,
    ) {
        match &self.stage {
            Stage::SigningUp(_) => self.handle_sign_up_gesture(tab, result),
            Stage::SigningIn(_) => self.handle_sign_in_gesture(tab, result),
            Stage::Joining(_) => self.handle_joining_gesture(tab, result),
            Stage::Locked(_) => self.handle_unlock_gesture(tab, result).await,
            Stage::Open(opened) if opened.member_change.as_ref().is_some_and(|change| change.asks(tab)) => {
                self.handle_member_gesture(tab, result);
            }
            Stage::Open(opened) if opened.way_change.as_ref().is_some_and(|change| change.asks(tab)) => {
                self.handle_way_gesture(tab, result);
            }
            Stage::Open(_) => self.handle_again_gesture(tab, result),
            Stage::Starting | Stage::Welcome(_) | Stage::Revoked(_) | Stage::Stuck(_) | Stage::Ended => {}
        }
    }

    /// Somebody begins in a tab while the words of a sign-up wait in another: that one is given up.
    fn give_up_elsewhere(&mut self, tab: TabId) {
        if matches!(&self.stage, Stage::SigningUp(signing_up) if signing_up.rests_elsewhere(tab)) {
            self.abandon();
        }
    }

    /// Back to where this device stood before sign-up or sign-in; nothing was kept.
    fn abandon(&mut self) {
        if matches!(self.stage, Stage::SigningUp(_) | Stage::SigningIn(_) | Stage::Joining(_)) {
            self.forget_orphan();
            self.return_to_welcome(None);
        } else {
            self.abandon_new_words();
        }
    }

    fn return_to_welcome(&mut self, problem: Option<Problem>) {
        self.stage = Stage::Welcome(WelcomeView { online: true, can_sign_up: true, busy: None, problem });
        self.ask_about();
        self.show_screen();
    }

    /// Ends this client: its memory goes with the worker that runs it.
    async fn lock(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.vault.release_drafts() {
            // What a full disk does not take now, it has not taken before.
            self.commit().await.ok();
        }
        self.stage = Stage::Ended;
    }

    fn screen(&self, tab: TabId) -> ScreenView {
        match &self.stage {
            Stage::Starting | Stage::Ended => ScreenView::Starting,
            Stage::Welcome(view) => ScreenView::Welcome(view.clone()),
            Stage::SigningUp(signing_up) => signing_up.screen(tab),
            Stage::SigningIn(signing_in) => signing_in.screen(),
            Stage::Joining(joining) => joining.screen(tab),
            Stage::Locked(locked) => ScreenView::Locked(locked.view()),
            Stage::Open(opened) => opened.screen(tab),
            Stage::Revoked(view) => ScreenView::Revoked(view.clone()),
            Stage::Stuck(problem) => ScreenView::Stuck(*problem),
        }
    }

    fn show_screen(&mut self) {
        for tab in self.tabs.ids() {
            self.tabs.send(tab, Delta::Screen(self.screen(tab)));
        }
    }

    fn now(&self) -> Timestamp {
        (self.platform.now)()
    }

    fn begin(&self, future: impl Future<Output = Happening> + 'static) {
        self.pending.push(Box::pin(future));
    }

    fn wake_after(&self, ms: u64) {
        self.begin_after(ms, Happening::Woke);
    }

    fn begin_after(&self, ms: u64, happening: Happening) {
        let wait = (self.platform.wait_ms)(ms);
        self.begin(async move {
            wait.await;
            happening
        });
    }

    fn random_bytes(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; 32];
        self.platform.rng.fill_bytes(&mut bytes);
        bytes
    }
}

/// What the user is told about a failure of the store.
fn problem_of_store(error: StoreError) -> Problem {
    match error {
        StoreError::Full => Problem::StorageFull,
        // It closes itself when another release changes its schema.
        StoreError::Newer | StoreError::Closed => Problem::NewerRelease,
        StoreError::Moved | StoreError::Failed => Problem::StoreFailed,
    }
}

/// What the user is told about a relay that did not do it.
fn problem_of_relay(error: RelayError) -> Problem {
    match error {
        RelayError::Unreachable => Problem::Offline,
        RelayError::Refused { code, retry_after_s, .. } => Problem::Relay { code, retry_after_s },
        RelayError::Malformed => Problem::RelayConfused,
    }
}

/// The key of the open row in [`Table::Unlock`].
const ENROLMENT_KEY: &[u8] = b"enrolment";

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// The open row, and those that something else than a passkey may unwrap.
    async fn load_enrolment(&self) -> Result<Option<(EnrolmentRow, Vec<Row>)>, Problem> {
        let mut rows = self.store.list_rows(Table::Unlock).await.map_err(problem_of_store)?;
        let Some(at) = rows.iter().position(|row| row.key == ENROLMENT_KEY) else { return Ok(None) };
        let unreadable = match self.store.access() {
            Access::Full => Problem::DamagedRow,
            Access::ReadOnly => Problem::NewerRelease,
        };
        let enrolment: EnrolmentRow = from_cbor(&rows.swap_remove(at).value).map_err(|_| unreadable)?;
        let passkeys = enrolment.passkeys.iter().map(|(method, _)| UnlockWay::Prf(*method).row_key_hash().0);
        let of_passkeys: Vec<_> = passkeys.collect();
        rows.retain(|row| of_passkeys.iter().all(|key| row.key != key));
        Ok(Some((enrolment, rows)))
    }
}
