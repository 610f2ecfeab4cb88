//! A link to a relay over HTTP that knows how many of its calls are open.

use std::cell::Cell;
use std::rc::Rc;

use client_core::relay::http::HttpRelay;
use client_core::relay::{EventStream, FrameStream, Relay, RelayError, Session};
use shared_types::account::{
    AboutResponse, AnchorPut, AnchorResponse, EpochsResponse, LogAppendRequest, LogResponse, MethodStartRequest,
    MethodStartResponse, SessionGrant, SignInFinishRequest, SignInStartRequest, SignInStartResponse,
    SignUpFinishRequest, SignUpStartRequest,
};
use shared_types::hand_over::{
    AnswerRequest, CollectRequest, CollectResponse, HandOverFinishRequest, OfferRequest, OffersResponse,
};
use shared_types::ids::{AccountId, DeviceId, MethodId, PartyId, TurnId};
use shared_types::password::{SignInProveRequest, SignInProveResponse};
use shared_types::provider::{ProvidersRequest, ProvidersResponse};
use shared_types::seen::SeenResponse;
use shared_types::sync::{Cursor, PageBody, PushBody, PushResponse};

/// Calls that have begun and not ended, of all links together.
#[derive(Clone, Default)]
pub(crate) struct Count(Rc<Cell<usize>>);

impl Count {
    pub(crate) fn is_zero(&self) -> bool {
        self.0.get() == 0
    }
}

/// One open call; it may also end by being dropped.
struct Open(Count);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() - 1);
    }
}

/// A link that counts.
pub(crate) struct Counted {
    relay: HttpRelay,
    count: Count,
}

impl Counted {
    pub(crate) fn new(relay: HttpRelay, count: Count) -> Self {
        Self { relay, count }
    }

    async fn counted<T>(&self, call: impl Future<Output = Result<T, RelayError>>) -> Result<T, RelayError> {
        self.count.0.set(self.count.0.get() + 1);
        let open = Open(self.count.clone());
        let answer = call.await;
        drop(open);
        answer
    }
}

impl Relay for Counted {
    async fn about(&self) -> Result<AboutResponse, RelayError> {
        self.counted(self.relay.about()).await
    }

    async fn sign_up_start(&self, request: SignUpStartRequest) -> Result<MethodStartResponse, RelayError> {
        self.counted(self.relay.sign_up_start(request)).await
    }

    async fn sign_up_finish(&self, request: SignUpFinishRequest) -> Result<SessionGrant, RelayError> {
        self.counted(self.relay.sign_up_finish(request)).await
    }

    async fn sign_in_start(&self, request: SignInStartRequest) -> Result<SignInStartResponse, RelayError> {
        self.counted(self.relay.sign_in_start(request)).await
    }

    async fn sign_in_prove(&self, request: SignInProveRequest) -> Result<SignInProveResponse, RelayError> {
        self.counted(self.relay.sign_in_prove(request)).await
    }

    async fn sign_in_finish(&self, request: SignInFinishRequest) -> Result<SessionGrant, RelayError> {
        self.counted(self.relay.sign_in_finish(request)).await
    }

    async fn offer(&self, request: OfferRequest) -> Result<(), RelayError> {
        self.counted(self.relay.offer(request)).await
    }

    async fn list_offers(&self, session: &Session) -> Result<OffersResponse, RelayError> {
        self.counted(self.relay.list_offers(session)).await
    }

    async fn answer_offer(&self, session: &Session, request: AnswerRequest) -> Result<(), RelayError> {
        self.counted(self.relay.answer_offer(session, request)).await
    }

    async fn collect_answer(&self, request: CollectRequest) -> Result<CollectResponse, RelayError> {
        self.counted(self.relay.collect_answer(request)).await
    }

    async fn finish_hand_over(&self, request: HandOverFinishRequest) -> Result<SessionGrant, RelayError> {
        self.counted(self.relay.finish_hand_over(request)).await
    }

    async fn sign_out(&self, session: &Session, device: DeviceId) -> Result<(), RelayError> {
        self.counted(self.relay.sign_out(session, device)).await
    }

    async fn delete_account(&self, session: &Session, request: SignInFinishRequest) -> Result<(), RelayError> {
        self.counted(self.relay.delete_account(session, request)).await
    }

    async fn load_log(&self, session: &Session) -> Result<LogResponse, RelayError> {
        self.counted(self.relay.load_log(session)).await
    }

    async fn load_end(&self, session: &Session, account: AccountId) -> Result<LogResponse, RelayError> {
        self.counted(self.relay.load_end(session, account)).await
    }

    async fn append_log(&self, session: &Session, request: LogAppendRequest) -> Result<(), RelayError> {
        self.counted(self.relay.append_log(session, request)).await
    }

    async fn start_method(
        &self,
        session: &Session,
        request: MethodStartRequest,
    ) -> Result<MethodStartResponse, RelayError> {
        self.counted(self.relay.start_method(session, request)).await
    }

    async fn load_epochs(&self, session: &Session, recipient: PartyId) -> Result<EpochsResponse, RelayError> {
        self.counted(self.relay.load_epochs(session, recipient)).await
    }

    async fn load_anchor(&self, session: &Session, method: MethodId) -> Result<AnchorResponse, RelayError> {
        self.counted(self.relay.load_anchor(session, method)).await
    }

    async fn seen(&self, session: &Session, day: u64) -> Result<SeenResponse, RelayError> {
        self.counted(self.relay.seen(session, day)).await
    }

    async fn put_anchor(&self, session: &Session, anchor: AnchorPut) -> Result<(), RelayError> {
        self.counted(self.relay.put_anchor(session, anchor)).await
    }

    async fn push(&self, session: &Session, body: PushBody) -> Result<PushResponse, RelayError> {
        self.counted(self.relay.push(session, body)).await
    }

    async fn pull(&self, session: &Session, after: Cursor) -> Result<PageBody, RelayError> {
        self.counted(self.relay.pull(session, after)).await
    }

    async fn events(&self, session: &Session) -> Result<EventStream, RelayError> {
        self.counted(self.relay.events(session)).await
    }

    async fn ask(&self, session: &Session, body: Vec<u8>) -> Result<FrameStream, RelayError> {
        self.counted(self.relay.ask(session, body)).await
    }

    async fn resume(&self, session: &Session, turn: TurnId, after: Option<u32>) -> Result<FrameStream, RelayError> {
        self.counted(self.relay.resume(session, turn, after)).await
    }

    async fn providers(&self, session: &Session, request: ProvidersRequest) -> Result<ProvidersResponse, RelayError> {
        self.counted(self.relay.providers(session, request)).await
    }

    async fn stop(&self, session: &Session, turn: TurnId) -> Result<(), RelayError> {
        self.counted(self.relay.stop(session, turn)).await
    }
}
