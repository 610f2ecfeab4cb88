//! Ways to sign in: one is added, one goes, or one takes another's place, with the word of one that stays.
//!
//! ```text
//! wanted ─► one that is there signs ─► a new one is made ─► log read to its end ─► append (compare-and-swap)
//!           (get, or words typed)      (relay's challenge,          ▲                    │
//!                                       create, get)                └── somebody faster ◄┴─► the log says it is so
//! ```
//! What a new method is made of does not matter from there on: keys, their part for the log, what the relay keeps of
//! it, and what unlocks this device ([`NewMethod`]).

mod gestures;
mod notes;
mod password;
mod words;

use std::rc::Rc;

use shared_types::account::{PasswordRegistration, Registration};
use shared_types::error::ErrorCode;
use shared_types::ids::{MethodId, Nonce};
use shared_types::log::{MethodPart, MethodState, RemoveReason};

use super::happening::Happening;
use super::kit::Kit;
use super::making::Making;
use super::opened::Opened;
use super::password::KeptPassword;
use super::tabs::{SettingsPlace, TabId};
use super::{Client, Stage, problem_of_relay};
use crate::account::{MethodChange, PrfKind};
use crate::intention::{GestureRequest, NewPassword, TypedPhrase};
use crate::keys::{LocalUnlockSecret, MethodKeys};
use crate::records::MethodNote;
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::sync::engine::Effect;
use crate::view::security::{WayChangeView, WayGoal, WayKind, WayReason, WayState};
use crate::view::{Delta, KitView, NoticeView, Problem};
use password::AppSetUp;

/// Tries when other devices change the log in between.
const MAX_TRIES: u32 = 5;

/// A change of the ways to sign in.
pub(super) struct WayChange {
    nth: u32,
    tab: TabId,
    goal: Goal,
    step: Step,
    /// The method that signs, until it is over.
    signer: Option<Rc<MethodKeys>>,
    n_tries: u32,
}

enum Goal {
    /// One comes; another may go with it.
    Add {
        name: String,
        new: New,
        replaces: Option<(MethodId, RemoveReason)>,
    },
    Remove {
        method: MethodId,
        reason: RemoveReason,
    },
}

/// How far a new method is.
enum New {
    /// Nothing is made yet.
    Wanted(PrfKind),
    /// A password is to be made of this.
    WantedPassword(Box<NewPassword>),
    /// It is made, and its authenticator app is set up.
    Password(Box<AppSetUp>),
    /// Words are to be made; if words sign, they go with it, for this reason.
    WantedWords(RemoveReason),
    /// Words are made and shown.
    Kit(Box<Kit>),
    /// The authenticator is asked.
    Making(Box<Making>, Nonce),
    /// It is whole.
    Made(Box<NewMethod>),
}

/// A method that is to be added, of whatever kind.
pub(super) struct NewMethod {
    pub(super) keys: MethodKeys,
    pub(super) part: MethodPart,
    /// What the relay keeps of it besides its entry.
    pub(super) proof: Proof,
    /// How it unlocks this device, if it does.
    pub(super) unlock: Option<LocalUnlockSecret>,
    /// It signs in only where its credential id is known.
    pub(super) is_unlisted: bool,
    /// Of an authenticator: its relying party.
    pub(super) rp_id: Option<String>,
    /// Of a password: what this device keeps of it.
    pub(super) kept: Option<KeptPassword>,
}

/// What the relay keeps of a method besides its entry.
pub(super) enum Proof {
    /// Of an authenticator.
    Registration(Registration),
    /// Of a password.
    Password(PasswordRegistration),
    /// Nothing: words are found by their entry.
    Words,
}

/// What a change that cannot go on leaves to do.
pub(super) enum GivenUp {
    /// An authenticator is told to forget what it made.
    Gesture(TabId, GestureRequest),
    /// This device signs in again with a way that stays.
    Session(TabId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A way that is there already is asked to sign.
    AsksOld,
    AsksRelay,
    AsksNew,
    /// New words are shown, and three of them asked again; or an authenticator app is set up.
    Kit,
    /// It is appended as soon as the log has been read to its end.
    Ready,
    /// It was sent, and may have arrived.
    Sent,
    /// The log says so; this device has not taken note of it yet.
    IsSo,
    Over(Result<(), Problem>),
}

impl WayChange {
    pub(super) fn view(&self) -> WayChangeView {
        let goal = match &self.goal {
            Goal::Add { new, .. } => WayGoal::Add(new.kind()),
            Goal::Remove { method, .. } => WayGoal::Remove(*method),
        };
        let state = match self.step {
            Step::AsksOld => WayState::WaitsForOld,
            Step::AsksRelay | Step::AsksNew | Step::Kit => WayState::WaitsForNew,
            Step::Ready | Step::Sent | Step::IsSo => WayState::UnderWay,
            Step::Over(Ok(())) => WayState::Done { is_unlisted: self.goal.is_unlisted() },
            Step::Over(Err(problem)) => WayState::Failed(problem),
        };
        WayChangeView { nth: self.nth, goal, state }
    }

    /// Whether a tab is asked for the word of a way that is there.
    pub(super) fn asks_old(&self, tab: TabId) -> bool {
        self.tab == tab && self.step == Step::AsksOld
    }

    pub(super) fn asks(&self, tab: TabId) -> bool {
        self.tab == tab && matches!(self.step, Step::AsksOld | Step::AsksNew)
    }

    /// Whether nobody can go on with it once this tab is gone.
    pub(super) fn ends_with(&self, tab: TabId) -> bool {
        self.tab == tab && matches!(self.step, Step::AsksOld | Step::AsksRelay | Step::AsksNew | Step::Kit)
    }

    /// The words that are shown to a tab.
    pub(super) fn kit(&self, tab: TabId) -> Option<KitView> {
        match &self.goal {
            Goal::Add { new: New::Kit(kit), .. } if self.tab == tab && self.step == Step::Kit => Some(kit.view_again()),
            Goal::Add { .. } | Goal::Remove { .. } => None,
        }
    }

    fn is_under_way(&self) -> bool {
        !matches!(self.step, Step::Over(_))
    }

    /// The method that goes with it, from the moment when the relay may know.
    pub(super) fn going(&self) -> Option<MethodId> {
        match self.goal {
            Goal::Remove { method, .. } | Goal::Add { replaces: Some((method, _)), .. } if self.step == Step::Sent => {
                Some(method)
            }
            Goal::Add { .. } | Goal::Remove { .. } => None,
        }
    }

    fn end(&mut self, result: Result<(), Problem>) {
        (self.step, self.signer) = (Step::Over(result), None);
    }
}

impl Goal {
    fn is_unlisted(&self) -> bool {
        matches!(self, Self::Add { new: New::Made(made), .. } if made.is_unlisted)
    }
}

impl New {
    fn kind(&self) -> WayKind {
        let kind = match self {
            Self::Wanted(kind) => *kind,
            Self::WantedWords(_) | Self::Kit(_) => return WayKind::Words,
            Self::WantedPassword(_) | Self::Password(_) => return WayKind::Password,
            Self::Making(making, _) => making.kind,
            Self::Made(made) => return crate::vault::way_of(made.part.kind),
        };
        crate::vault::way_of(kind.into())
    }
}

impl Opened {
    /// A call failed. Whatever can be tried again later waits for it, what it has made with it.
    pub(super) fn give_up_way_change(&mut self, error: &RelayError) -> Option<GivenUp> {
        if error.is_temporary() {
            return None;
        }
        let change = self.way_change.as_mut()?;
        let is_session_over = matches!(error, RelayError::Refused { code: ErrorCode::UnknownSession, .. });
        if is_session_over && change.going().is_some() {
            // This device had signed in with the method that went.
            return Some(GivenUp::Session(change.tab));
        }
        if change.step != Step::Ready {
            return None;
        }
        change.end(Err(problem_of_relay(*error)));
        change.orphan().map(|(tab, request)| GivenUp::Gesture(tab, request))
    }

    /// The log was read: whether it says what was sent.
    pub(super) fn settle_way_change(&mut self) {
        let log = self.vault.log();
        let may_be_so = |change: &&mut WayChange| matches!(change.step, Step::Ready | Step::Sent);
        let Some(change) = self.way_change.as_mut().filter(may_be_so) else { return };
        let is_active = |method: &MethodId| log.method(method).is_some_and(MethodState::is_active);
        let is_so = match &change.goal {
            Goal::Add { new: New::Made(made), .. } => is_active(&made.keys.id()),
            Goal::Add { .. } => false,
            Goal::Remove { method, .. } => !is_active(method),
        };
        if is_so {
            change.step = Step::IsSo;
        } else if change.step == Step::Sent {
            let is_last = change.n_tries >= MAX_TRIES;
            change.step = if is_last { Step::Over(Err(Problem::RelayConfused)) } else { Step::Ready };
        }
    }

    /// Why this device cannot do it, if it cannot.
    fn way_refusal(&self, goal: &Goal) -> Option<Problem> {
        let log = self.vault.log();
        if !self.vault.is_confirmed() || !self.vault.can_write() {
            return Some(Problem::NotConfirmed);
        }
        if matches!(goal, Goal::Add { new: New::WantedPassword(form), .. } if form.is_too_short()) {
            return Some(Problem::PasswordTooShort);
        }
        if let Goal::Remove { method, .. } = goal {
            let going = log.method(method).filter(|going| going.is_active());
            let Some(going) = going else { return Some(Problem::NotConfirmed) };
            let others = log.active_methods().filter(|other| other.part.id != *method);
            let (n_others, n_words) =
                others.fold((0, 0), |(n, n_words), other| (n + 1, n_words + usize::from(other.is_words())));
            if n_words == 0 && going.is_words() {
                return Some(Problem::LastWords);
            }
            if n_others < usize::from(log.policy().least_methods) {
                return Some(Problem::TooFewWays);
            }
        }
        (!self.engine.is_online()).then_some(Problem::Offline)
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) fn add_way(&mut self, tab: TabId, kind: PrfKind, name: String, words: Option<&TypedPhrase>) {
        self.change_ways(tab, Goal::Add { name, new: New::Wanted(kind), replaces: None }, words);
    }

    pub(super) fn remove_way(&mut self, tab: TabId, way: MethodId, reason: WayReason, words: Option<&TypedPhrase>) {
        let reason = match reason {
            WayReason::Unused => RemoveReason::Unused,
            WayReason::Compromised => RemoveReason::Compromised,
        };
        self.change_ways(tab, Goal::Remove { method: way, reason }, words);
    }

    fn change_ways(&mut self, tab: TabId, goal: Goal, words: Option<&TypedPhrase>) {
        let Stage::Open(opened) = &self.stage else { return };
        if opened.way_change.as_ref().is_some_and(WayChange::is_under_way) {
            return;
        }
        let refusal = opened.way_refusal(&goal);
        let signer = match (refusal, words) {
            (Some(problem), _) => Err(problem),
            // Whoever came in with words has them here until the way back in is done.
            (None, None) if matches!(goal, Goal::Add { .. }) => Ok(opened.came_in_with.clone()),
            (None, None) => Ok(None),
            // What is wrong with them is said where they were typed.
            (None, Some(words)) => match self.read_words(tab, words) {
                Some(words) => self.words_keys(&words).map(|keys| Some(Rc::new(keys))),
                None => return,
            },
        };
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.n_way_changes += 1;
        let nth = opened.n_way_changes;
        let mut change = WayChange { nth, tab, goal, step: Step::AsksOld, signer: None, n_tries: 0 };
        match signer {
            Err(problem) => change.end(Err(problem)),
            Ok(signer) => change.signer = signer,
        }
        let has_signer = change.signer.is_some();
        let is_over = !change.is_under_way();
        opened.way_change = Some(change);
        match (is_over, has_signer) {
            (true, _) => self.show_way_change(),
            (false, true) => self.go_on_with_way(),
            (false, false) => self.ask_old_way(),
        }
    }

    /// The one that signs has given its word.
    fn go_on_with_way(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(change) = &mut opened.way_change else { return };
        let is_allowed = match (&change.goal, &change.signer) {
            (Goal::Add { .. }, Some(_)) => true,
            // Words sign that they go themselves; of anything else another one signs.
            (Goal::Remove { method, .. }, Some(signer)) => {
                let is_words = opened.vault.log().method(method).is_some_and(MethodState::is_words);
                (signer.id() == *method) == is_words
            }
            (_, None) => false,
        };
        if !is_allowed {
            change.end(Err(Problem::WrongSigner));
            return self.show_way_change();
        }
        match &mut change.goal {
            Goal::Add { new: New::Wanted(_), .. } => self.start_way(),
            Goal::Add { new: New::WantedPassword(_), .. } => self.make_password_of_way(),
            Goal::Add { new: new @ New::WantedWords(_), replaces, .. } => {
                let New::WantedWords(reason) = *new else { return };
                let signer = change.signer.as_ref().and_then(|signer| opened.vault.log().method(&signer.id()));
                *replaces = signer.filter(|signer| signer.is_words()).map(|signer| (signer.part.id, reason));
                *new = New::Kit(Box::new(Kit::generate(&mut *self.platform.rng)));
                change.step = Step::Kit;
                self.show_screen();
                self.show_way_change();
            }
            Goal::Add { .. } | Goal::Remove { .. } => {
                change.step = Step::Ready;
                self.show_way_change();
            }
        }
    }

    /// Appends what waits, if the log has been read to its end, and takes note of what is so.
    pub(super) async fn poll_way_change(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        match opened.way_change.as_ref().map(|change| change.step) {
            Some(Step::Ready) if opened.engine.may_append() => self.append_way_change().await,
            Some(Step::IsSo) => self.note_way_change().await,
            Some(_) | None => {}
        }
    }

    async fn append_way_change(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let session = opened.session();
        let (vault, Some(change)) = (&mut opened.vault, &mut opened.way_change) else { return };
        change.n_tries += 1;
        let wanted = match &change.goal {
            Goal::Add { new: New::Made(made), replaces, .. } => {
                MethodChange { added: Some((&made.keys, made.part.clone())), removed: *replaces }
            }
            Goal::Add { .. } => MethodChange::default(),
            Goal::Remove { method, reason } => MethodChange { added: None, removed: Some((*method, *reason)) },
        };
        let signer = change.signer.as_ref();
        let made = signer.and_then(|signer| vault.make_method_change(wanted, signer, now, &mut *self.platform.rng));
        let (Some(mut request), Some(session)) = (made, session) else {
            change.end(Err(Problem::NotConfirmed));
            return self.show_way_change();
        };
        if let Goal::Add { new: New::Made(made), .. } = &change.goal {
            match &made.proof {
                Proof::Registration(registration) => request.registrations.push(registration.clone()),
                Proof::Password(password) => request.passwords.push(password.clone()),
                Proof::Words => {}
            }
        }
        change.step = Step::Sent;
        opened.engine.handle_appending();
        if let Err(problem) = self.commit().await {
            return self.handle_way_change_failed(&RelayError::Unreachable, Some(problem));
        }
        let relay = self.relay.clone();
        self.begin(async move { Happening::WayChanged(relay.append_log(&session, request).await) });
        self.show_way_change();
    }

    pub(super) fn handle_way_changed(&mut self, result: Result<(), RelayError>) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        match result {
            Ok(()) | Err(RelayError::Refused { code: ErrorCode::LogConflict, .. }) => {
                opened.engine.handle_appended(now);
            }
            // It may have arrived: the log will say, and until then nothing is given up.
            Err(error @ (RelayError::Unreachable | RelayError::Malformed)) => {
                self.handle_way_change_failed(&error, None);
            }
            Err(error @ RelayError::Refused { .. }) => {
                self.handle_way_change_failed(&error, Some(problem_of_relay(error)));
            }
        }
    }

    fn handle_way_change_failed(&mut self, error: &RelayError, problem: Option<Problem>) {
        if let (Stage::Open(opened), Some(problem)) = (&mut self.stage, problem)
            && let Some(change) = &mut opened.way_change
        {
            change.end(Err(problem));
            if let Some((tab, request)) = change.orphan() {
                self.tabs.send(tab, Delta::Gesture(request));
            }
        }
        self.handle_failed(Effect::Rotate, error);
        self.show_way_change();
    }

    /// The log says that it is so: this device opens with the new one, and its name is written.
    async fn note_way_change(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(change) = &mut opened.way_change else { return };
        change.end(Ok(()));
        let tab = change.tab;
        let added = match &mut change.goal {
            Goal::Add { name, new: New::Made(made), .. } => {
                let part = made.part.clone();
                if let Some(kept) = made.kept.take() {
                    opened.vault.keep_password(kept.row, kept.secret);
                }
                Some((part, name.clone(), made.unlock.take(), made.is_unlisted))
            }
            // Its provider keeps it: a device may still need it to unlock, until it has signed in again.
            Goal::Add { .. } | Goal::Remove { .. } => None,
        };
        let record = added.map(|(part, name, unlock, is_unlisted)| {
            if let Some(secret) = unlock {
                opened.admit_to_unlock(part.id, part.credential_id, &secret, &mut *self.platform.rng);
            }
            let note = MethodNote { is_unlisted, ..MethodNote::default() };
            opened.vault.edit_method_note(part.id, note.named(&name), now)
        });
        let written = match record {
            Some(record) => self.write(vec![record]).await,
            None => self.commit().await,
        };
        if let Err(problem) = written {
            self.tabs.send(tab, Delta::Notice(NoticeView::Trouble(problem)));
        }
        self.show_way_change();
    }

    /// Shows where it is; whoever does not look at the page about it is told what went wrong.
    fn show_way_change(&mut self) {
        self.show_security_again();
        let Stage::Open(opened) = &self.stage else { return };
        if let Some(WayChange { tab, step: Step::Over(Err(problem)), .. }) = opened.way_change
            && !self.tabs.has_settings(SettingsPlace::Security)
        {
            self.tabs.send(tab, Delta::Notice(NoticeView::Trouble(problem)));
        }
    }
}
