//! Relays in memory, for stories: several devices, one relay, no I/O.
//!
//! [`FakeRelay`] is honest unless told otherwise: it verifies what the true relay verifies, with the same code of
//! `shared-types`. Methods in [`forgetful`] make it forget or withhold, those in [`evil`] make it lie. Devices reach
//! it over a [`FakeLink`], which fails when told to. Everything that a device ever sent is kept in [`FakeRelay::seen`].

pub mod evil;
pub mod forgetful;
mod honest;
mod json;
mod prompts;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_channel::mpsc;
use futures_util::StreamExt;
use shared_types::account::{
    AboutResponse, AnchorPut, AnchorResponse, EpochsResponse, LogAppendRequest, LogResponse, MethodStartRequest,
    MethodStartResponse, SealedCopy, SessionGrant, SignInFinishRequest, SignInStartRequest, SignInStartResponse,
    SignUpFinishRequest, SignUpStartRequest,
};
use shared_types::error::ErrorCode;
use shared_types::hand_over::{
    AnswerRequest, CollectRequest, CollectResponse, HandOverFinishRequest, OfferRequest, OffersResponse,
};
use shared_types::ids::{AccountId, DeviceId, MethodId, PartyId, TurnId};
use shared_types::password::{SignInProveRequest, SignInProveResponse};
use shared_types::provider::{Admission, ProvidersRequest, ProvidersResponse};
use shared_types::seen::SeenResponse;
use shared_types::sync::{BatchParcel, Cursor, PageBody, PushBody, PushResponse, RelayEvent};

use self::evil::Lies;
use self::honest::{Books, Caller, Offers};
pub use self::json::Seen;
use self::json::json_seen;
pub use self::prompts::{Script, ScriptEnd};
use super::{EventStream, FrameStream, Relay, RelayError, Session};

/// One relay, shared by its handles and links.
#[derive(Clone)]
pub struct FakeRelay(Rc<RefCell<Inner>>);

struct Inner {
    books: Books,
    offers: Offers,
    lies: Lies,
    turns: prompts::Turns,
    links: BTreeMap<String, Rc<Wire>>,
    listeners: Vec<Listener>,
    seen: Vec<Seen>,
}

struct Listener {
    account: AccountId,
    device: DeviceId,
    wire: Rc<Wire>,
    events: mpsc::UnboundedSender<RelayEvent>,
}

/// The state of one link.
#[derive(Debug, Default)]
struct Wire {
    name: String,
    is_cut: Cell<bool>,
    loses_next_request: Cell<bool>,
    loses_next_answer: Cell<bool>,
    breaks: Cell<Option<Break>>,
    refuses_next: Cell<Option<ErrorCode>>,
    refuses: RefCell<BTreeMap<&'static str, ErrorCode>>,
}

/// Where a link breaks for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Break {
    /// Calls that pass before.
    n_calls: u32,
    /// Whether the call at which it breaks is carried out.
    arrives: bool,
}

/// How one device reaches the relay.
#[derive(Clone)]
pub struct FakeLink {
    relay: FakeRelay,
    wire: Rc<Wire>,
}

impl FakeRelay {
    /// An honest relay without accounts, at a time.
    pub fn honest(now_s: u64) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            books: Books::new(now_s),
            offers: Offers::default(),
            lies: Lies::default(),
            turns: prompts::Turns::default(),
            links: BTreeMap::new(),
            listeners: Vec::new(),
            seen: Vec::new(),
        })))
    }

    /// The link of this name; the same name is the same link.
    pub fn link(&self, name: &str) -> FakeLink {
        let mut inner = self.0.borrow_mut();
        let fresh = || Rc::new(Wire { name: name.to_owned(), ..Wire::default() });
        let wire = Rc::clone(inner.links.entry(name.to_owned()).or_insert_with(fresh));
        drop(inner);
        FakeLink { relay: self.clone(), wire }
    }

    /// Moves the relay's clock.
    pub fn set_now(&self, now_s: u64) {
        self.0.borrow_mut().books.now_s = now_s;
    }

    /// Changes what [`Relay::about`] answers.
    pub fn set_about(&self, change: impl FnOnce(&mut AboutResponse)) {
        change(&mut self.0.borrow_mut().books.about);
    }

    /// Everything that devices sent, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.0.borrow().seen.clone()
    }

    /// Names of the calls in which these very bytes arrived.
    pub fn calls_with(&self, needle: &[u8]) -> Vec<&'static str> {
        let inner = self.0.borrow();
        let hits = inner.seen.iter().filter(|seen| seen.bytes.windows(needle.len()).any(|window| window == needle));
        hits.map(|seen| seen.call).collect()
    }

    /// The account log as it is stored.
    pub fn stored_log(&self, account: AccountId) -> Vec<Vec<u8>> {
        self.0.borrow().books.account(account).map(|account| account.entries.clone()).unwrap_or_default()
    }

    /// The anchor of a method, if one was put.
    pub fn stored_anchor(&self, account: AccountId, method: MethodId) -> Option<AnchorPut> {
        self.0.borrow().books.account(account)?.anchors.get(&method).cloned()
    }

    /// Sealed copies of epoch keys, each with the number of its epoch.
    pub fn stored_copies(&self, account: AccountId) -> Vec<(u32, SealedCopy)> {
        self.0.borrow().books.account(account).map(|account| account.copies.clone()).unwrap_or_default()
    }

    /// All batches as they are stored, in the relay's order.
    pub fn stored_batches(&self, account: AccountId) -> Vec<BatchParcel> {
        let inner = self.0.borrow();
        let stored = inner.books.account(account).map(|account| account.batches.iter()).into_iter().flatten();
        stored.map(|batch| batch.parcel.clone()).collect()
    }

    /// Ends every session, as a relay whose operator did so.
    pub fn end_all_sessions(&self) {
        self.0.borrow_mut().books.sessions.clear();
    }
}

impl Inner {
    fn tell(&mut self, account: AccountId, event: RelayEvent) {
        self.listeners.retain(|listener| listener.account != account || listener.events.unbounded_send(event).is_ok());
    }

    fn tell_device(&mut self, device: DeviceId, event: RelayEvent) {
        self.listeners.retain(|listener| listener.device != device || listener.events.unbounded_send(event).is_ok());
    }
}

impl std::fmt::Debug for FakeRelay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeRelay").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for FakeLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeLink").field("name", &self.wire.name).finish_non_exhaustive()
    }
}

impl FakeLink {
    /// The relay at the other end.
    pub fn relay(&self) -> &FakeRelay {
        &self.relay
    }

    /// Ends open streams and sockets; nothing goes through until [`Self::reconnect`].
    pub fn cut_off(&self) {
        self.wire.is_cut.set(true);
        let mut inner = self.relay.0.borrow_mut();
        inner.listeners.retain(|listener| !Rc::ptr_eq(&listener.wire, &self.wire));
        inner.turns.wake_all();
    }

    /// Lets calls through again.
    pub fn reconnect(&self) {
        self.wire.breaks.set(None);
        self.wire.is_cut.set(false);
    }

    /// The next call does not arrive.
    pub fn lose_next_request(&self) {
        self.wire.loses_next_request.set(true);
    }

    /// The next call arrives and is carried out, but its answer does not come back.
    pub fn lose_next_answer(&self) {
        self.wire.loses_next_answer.set(true);
    }

    /// After so many more calls the link breaks, with a call that arrives or does not, until [`Self::reconnect`].
    pub fn break_after(&self, n_calls: u32, arrives: bool) {
        self.wire.breaks.set(Some(Break { n_calls, arrives }));
    }

    /// Whether it has broken so.
    pub fn has_broken(&self) -> bool {
        self.wire.is_cut.get() && self.wire.breaks.get().is_none()
    }

    /// The next call is refused with this code and not carried out.
    pub fn refuse_next(&self, code: ErrorCode) {
        self.wire.refuses_next.set(Some(code));
    }

    /// Calls of this name are refused with this code and not carried out, until [`Self::refuse_nothing`].
    pub fn refuse_all(&self, call: &'static str, code: ErrorCode) {
        self.wire.refuses.borrow_mut().insert(call, code);
    }

    /// Lets every call be carried out again.
    pub fn refuse_nothing(&self) {
        self.wire.refuses.borrow_mut().clear();
    }

    /// Carries one call over the link: to the relay, recorded, and back.
    fn carry<T>(
        &self,
        call: &'static str,
        sent: Vec<u8>,
        act: impl FnOnce(&mut Inner) -> Result<T, RelayError>,
    ) -> Result<T, RelayError> {
        if self.wire.is_cut.get() || self.wire.loses_next_request.take() {
            return Err(RelayError::Unreachable);
        }
        let is_breaking = self.count_down();
        if is_breaking.is_some() {
            self.cut_off();
        }
        if is_breaking == Some(Break { n_calls: 0, arrives: false }) {
            return Err(RelayError::Unreachable);
        }
        let mut inner = self.relay.0.borrow_mut();
        inner.seen.push(Seen { link: self.wire.name.clone(), call, bytes: sent });
        let refused = self.wire.refuses_next.take().or_else(|| self.wire.refuses.borrow().get(call).copied());
        if let Some(code) = refused {
            return Err(honest::refusal(code));
        }
        let answer = act(&mut inner);
        if self.wire.loses_next_answer.take() || is_breaking.is_some() { Err(RelayError::Unreachable) } else { answer }
    }

    /// The break, if it is this call's turn.
    fn count_down(&self) -> Option<Break> {
        let left = self.wire.breaks.take()?;
        match left.n_calls {
            0 => Some(left),
            n_calls => {
                self.wire.breaks.set(Some(Break { n_calls: n_calls - 1, ..left }));
                None
            }
        }
    }

    fn carry_signed<T>(
        &self,
        session: &Session,
        call: &'static str,
        sent: Vec<u8>,
        act: impl FnOnce(&mut Inner, Caller) -> Result<T, RelayError>,
    ) -> Result<T, RelayError> {
        self.carry(call, sent, |inner| {
            let caller = inner.books.authorize(session)?;
            act(inner, caller)
        })
    }
}

impl Relay for FakeLink {
    async fn about(&self) -> Result<AboutResponse, RelayError> {
        self.carry("about", Vec::new(), |inner| {
            let now = inner.books.now_s;
            Ok(AboutResponse { now, ..inner.books.about.clone() })
        })
    }

    async fn sign_up_start(&self, request: SignUpStartRequest) -> Result<MethodStartResponse, RelayError> {
        self.carry("sign_up_start", json_seen(&request), |inner| inner.books.start_sign_up(&request))
    }

    async fn sign_up_finish(&self, request: SignUpFinishRequest) -> Result<SessionGrant, RelayError> {
        self.carry("sign_up_finish", json_seen(&request), |inner| inner.books.finish_sign_up(request))
    }

    async fn sign_in_start(&self, request: SignInStartRequest) -> Result<SignInStartResponse, RelayError> {
        self.carry("sign_in_start", json_seen(&request), |inner| {
            let mut answer = inner.books.start_sign_in(&request)?;
            inner.lies.bend_sign_in(&self.wire.name, &mut answer);
            Ok(answer)
        })
    }

    async fn sign_in_prove(&self, request: SignInProveRequest) -> Result<SignInProveResponse, RelayError> {
        let refused = RelayError::Refused { code: ErrorCode::SignInRefused, retry_after_s: None, now: None };
        self.carry("sign_in_prove", json_seen(&request), |_| Err(refused))
    }

    async fn sign_in_finish(&self, request: SignInFinishRequest) -> Result<SessionGrant, RelayError> {
        self.carry("sign_in_finish", json_seen(&request), |inner| inner.books.finish_sign_in(&request))
    }

    async fn offer(&self, request: OfferRequest) -> Result<(), RelayError> {
        self.carry("offer", json_seen(&request), |inner| inner.books.open_offer(&mut inner.offers, request))
    }

    async fn list_offers(&self, session: &Session) -> Result<OffersResponse, RelayError> {
        self.carry_signed(session, "list_offers", Vec::new(), |inner, caller| {
            let mut answer = inner.books.list_offers(&inner.offers, caller)?;
            inner.lies.bend_offers(&self.wire.name, &mut answer);
            Ok(answer)
        })
    }

    async fn answer_offer(&self, session: &Session, request: AnswerRequest) -> Result<(), RelayError> {
        self.carry_signed(session, "answer_offer", json_seen(&request), |inner, caller| {
            inner.books.answer_offer(&mut inner.offers, caller, request)
        })
    }

    async fn collect_answer(&self, request: CollectRequest) -> Result<CollectResponse, RelayError> {
        self.carry("collect_answer", json_seen(&request), |inner| {
            let mut answer = inner.books.collect_answer(&inner.offers, request.answer_id)?;
            inner.lies.bend_answer(&self.wire.name, &mut answer);
            Ok(answer)
        })
    }

    async fn finish_hand_over(&self, request: HandOverFinishRequest) -> Result<SessionGrant, RelayError> {
        self.carry("finish_hand_over", json_seen(&request), |inner| {
            inner.books.finish_hand_over(&inner.offers, &request)
        })
    }

    async fn sign_out(&self, session: &Session, device: DeviceId) -> Result<(), RelayError> {
        self.carry_signed(session, "sign_out", json_seen(&device), |inner, caller| {
            inner.books.end_session(caller, device)?;
            inner.tell_device(device, RelayEvent::SignedOut);
            Ok(())
        })
    }

    async fn delete_account(&self, session: &Session, request: SignInFinishRequest) -> Result<(), RelayError> {
        self.carry_signed(session, "delete_account", json_seen(&request), |inner, caller| {
            for device in inner.books.delete_account(caller, &request)? {
                inner.tell_device(device, RelayEvent::SignedOut);
            }
            Ok(())
        })
    }

    async fn load_log(&self, session: &Session) -> Result<LogResponse, RelayError> {
        self.carry_signed(session, "load_log", Vec::new(), |inner, caller| {
            let mut answer = inner.books.list_log(caller)?;
            inner.lies.bend_log(&self.wire.name, &mut answer);
            Ok(answer)
        })
    }

    async fn load_end(&self, session: &Session, account: AccountId) -> Result<LogResponse, RelayError> {
        self.carry("load_end", json_seen(&account), |inner| {
            let mut answer = inner.books.list_end(account, session.device.id())?;
            inner.lies.bend_log(&self.wire.name, &mut answer);
            Ok(answer)
        })
    }

    async fn append_log(&self, session: &Session, request: LogAppendRequest) -> Result<(), RelayError> {
        self.carry_signed(session, "append_log", json_seen(&request), |inner, caller| {
            for device in inner.books.append_log(caller, request)? {
                inner.tell_device(device, RelayEvent::SignedOut);
            }
            inner.tell(caller.account, RelayEvent::LogMoved);
            Ok(())
        })
    }

    async fn start_method(
        &self,
        session: &Session,
        request: MethodStartRequest,
    ) -> Result<MethodStartResponse, RelayError> {
        // It knows no passwords, and what comes of this answer is none.
        self.carry_signed(session, "start_method", json_seen(&request), |inner, caller| {
            inner.books.start_method(caller)
        })
    }

    async fn load_epochs(&self, session: &Session, recipient: PartyId) -> Result<EpochsResponse, RelayError> {
        self.carry_signed(session, "load_epochs", json_seen(&recipient), |inner, caller| {
            let mut answer = inner.books.list_epochs(caller, recipient)?;
            inner.lies.bend_epochs(&self.wire.name, &mut answer);
            Ok(answer)
        })
    }

    async fn load_anchor(&self, session: &Session, method: MethodId) -> Result<AnchorResponse, RelayError> {
        self.carry_signed(session, "load_anchor", json_seen(&method), |inner, caller| {
            let mut answer = inner.books.find_anchor(caller, method)?;
            inner.lies.bend_anchor(&self.wire.name, &mut answer);
            Ok(answer)
        })
    }

    async fn put_anchor(&self, session: &Session, anchor: AnchorPut) -> Result<(), RelayError> {
        self.carry_signed(session, "put_anchor", json_seen(&anchor), |inner, caller| {
            inner.books.put_anchor(caller, anchor)
        })
    }

    async fn seen(&self, session: &Session, day: u64) -> Result<SeenResponse, RelayError> {
        self.carry_signed(session, "seen", json_seen(&day), |inner, caller| {
            let mut answer = inner.books.count_day(caller, day)?;
            inner.lies.bend_counts(&self.wire.name, &mut answer);
            Ok(answer)
        })
    }

    async fn push(&self, session: &Session, body: PushBody) -> Result<PushResponse, RelayError> {
        self.carry_signed(session, "push", body.to_bytes(), |inner, caller| {
            let mut answer = inner.books.push(caller, body)?;
            inner.tell(caller.account, RelayEvent::CursorMoved { cursor: answer.cursor });
            inner.lies.bend_push(&self.wire.name, &mut answer);
            Ok(answer)
        })
    }

    async fn pull(&self, session: &Session, after: Cursor) -> Result<PageBody, RelayError> {
        self.carry_signed(session, "pull", json_seen(&after), |inner, caller| {
            let mut page = inner.books.load_page(caller, after)?;
            inner.lies.bend_page(&self.wire.name, &mut page);
            Ok(page)
        })
    }

    async fn events(&self, session: &Session) -> Result<EventStream, RelayError> {
        self.carry_signed(session, "events", Vec::new(), |inner, caller| {
            let (events, told) = mpsc::unbounded();
            events.unbounded_send(RelayEvent::Hello).expect("the receiver is here");
            let Caller { account, device } = caller;
            inner.listeners.push(Listener { account, device, wire: Rc::clone(&self.wire), events });
            Ok(told.boxed_local())
        })
    }

    async fn ask(&self, session: &Session, body: Vec<u8>) -> Result<FrameStream, RelayError> {
        self.carry_signed(session, "ask", body.clone(), |inner, caller| {
            inner.books.check_active(caller)?;
            let turn = inner.turns.ask(caller.account, body)?;
            Ok(self.frames(turn, 0))
        })
    }

    async fn resume(&self, session: &Session, turn: TurnId, after: Option<u32>) -> Result<FrameStream, RelayError> {
        self.carry_signed(session, "resume", json_seen(&(turn, after)), |inner, caller| {
            inner.turns.check_known(caller.account, turn)?;
            let key = (caller.account, turn);
            Ok(self.frames(key, after.map_or(0, |frame| frame.saturating_add(1))))
        })
    }

    /// Nobody is its operator.
    async fn providers(&self, session: &Session, request: ProvidersRequest) -> Result<ProvidersResponse, RelayError> {
        self.carry_signed(session, "providers", json_seen(&request), |_, _| {
            Ok(ProvidersResponse { admission: Admission::Closed, providers: Vec::new(), tried: None })
        })
    }

    async fn stop(&self, session: &Session, turn: TurnId) -> Result<(), RelayError> {
        self.carry_signed(session, "stop", json_seen(&turn), |inner, caller| inner.turns.stop(caller.account, turn))
    }
}
