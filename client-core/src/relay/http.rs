//! The relay over HTTP: signed requests out, bounded answers in; the same code natively and in a browser's worker.
//!
//! The relay's time is used for one thing only: to sign again when it refused a request as too old or too new.

#[cfg(not(target_arch = "wasm32"))]
#[path = "http/events_native.rs"]
mod events;
#[cfg(target_arch = "wasm32")]
#[path = "http/events_web.rs"]
mod events;
pub mod frames;
mod requests;
#[cfg(not(target_arch = "wasm32"))]
#[path = "http/wire_native.rs"]
mod wire;
#[cfg(target_arch = "wasm32")]
#[path = "http/wire_web.rs"]
mod wire;

use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_types::account::{
    AboutResponse, AnchorPut, AnchorResponse, EpochsResponse, LogAppendRequest, LogResponse, MethodStartRequest,
    MethodStartResponse, SessionGrant, SignInFinishRequest, SignInStartRequest, SignInStartResponse,
    SignUpFinishRequest, SignUpStartRequest, TicketResponse,
};
use shared_types::hand_over::{
    AnswerRequest, CollectRequest, CollectResponse, HandOverFinishRequest, OfferRequest, OffersResponse,
};
use shared_types::ids::{AccountId, DeviceId, MethodId, PartyId, TurnId};
use shared_types::limits::{MAX_LOG_BODY_BYTES, MAX_PAGE_BYTES};
use shared_types::password::{SignInProveRequest, SignInProveResponse};
use shared_types::provider::{ProvidersRequest, ProvidersResponse};
use shared_types::seen::SeenResponse;
use shared_types::sync::{Cursor, PageBody, PushBody, PushResponse, RelayEvent};
use thiserror::Error;

use self::frames::FrameParser;
use self::requests::{Call, Content, Line, Method, Repeat};
use super::{EventStream, FrameStream, Relay, RelayError, Session};

/// Whole logs and all epochs grow with the account; 512 entries of full size fit.
const MAX_HISTORY_BYTES: usize = 512 * MAX_LOG_BODY_BYTES;

/// Tells the device's Unix time in seconds.
pub type Clock = Rc<dyn Fn() -> u64>;

/// Why an origin is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the relay's origin is not of the form scheme://host[:port]")]
pub struct BadOrigin;

/// Host and port of a relay, and whether the way there is secured.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Authority {
    Plain(String),
    Secure(String),
}

impl Authority {
    /// As a request's signature names it.
    fn name(&self) -> &str {
        match self {
            Self::Plain(name) | Self::Secure(name) => name,
        }
    }

    /// Address of a route, with its query if there is one.
    fn address(&self, path: &str, query: &str) -> String {
        let scheme = if matches!(self, Self::Secure(_)) { "https" } else { "http" };
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{scheme}://{}{path}{mark}{query}", self.name())
    }

    /// Address of a socket.
    fn socket_address(&self, path: &str) -> String {
        let scheme = if matches!(self, Self::Secure(_)) { "wss" } else { "ws" };
        format!("{scheme}://{}{path}", self.name())
    }
}

/// A relay at an origin.
pub struct HttpRelay {
    line: Line,
}

impl HttpRelay {
    /// Names the relay at an origin such as `http://localhost:8080`; nothing is sent.
    pub fn new(origin: &str, clock: Clock) -> Result<Self, BadOrigin> {
        Ok(Self { line: Line::new(wire::authority_of(origin)?, clock) })
    }

    async fn json<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, RelayError> {
        let answer = self.line.call(call).await?;
        serde_json::from_slice(&answer).map_err(|_| RelayError::Malformed)
    }

    /// Frames of an answer whose first one carries this number.
    async fn frames(&self, call: &Call<'_>, first: u32) -> Result<FrameStream, RelayError> {
        let answer = self.line.open(call).await?;
        Ok(frames::frames_of(answer.body(), FrameParser::new(first)))
    }
}

impl std::fmt::Debug for HttpRelay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRelay").field("authority", &self.line.authority().name()).finish_non_exhaustive()
    }
}

fn to_json(message: &impl Serialize) -> Content {
    Content::Json(serde_json::to_vec(message).expect("a wire message has string keys only"))
}

impl Relay for HttpRelay {
    async fn about(&self) -> Result<AboutResponse, RelayError> {
        self.json(&Call::new(Method::Get, "/v1/about")).await
    }

    async fn sign_up_start(&self, request: SignUpStartRequest) -> Result<MethodStartResponse, RelayError> {
        self.json(&Call::new(Method::Post, "/v1/sign-up/start").with(to_json(&request))).await
    }

    async fn sign_up_finish(&self, request: SignUpFinishRequest) -> Result<SessionGrant, RelayError> {
        self.json(&Call::new(Method::Post, "/v1/sign-up/finish").with(to_json(&request))).await
    }

    async fn sign_in_start(&self, request: SignInStartRequest) -> Result<SignInStartResponse, RelayError> {
        // The code of an authenticator app is used up by the first try.
        let uses_up = matches!(request, SignInStartRequest::Password { .. });
        let repeat = if uses_up { Repeat::Never } else { Repeat::Once };
        let call = Call::new(Method::Post, "/v1/sign-in/start").with(to_json(&request));
        self.json(&call.repeated(repeat)).await
    }

    async fn sign_in_prove(&self, request: SignInProveRequest) -> Result<SignInProveResponse, RelayError> {
        let call = Call::new(Method::Post, "/v1/sign-in/prove").with(to_json(&request));
        self.json(&call.repeated(Repeat::Never)).await
    }

    async fn sign_in_finish(&self, request: SignInFinishRequest) -> Result<SessionGrant, RelayError> {
        let call = Call::new(Method::Post, "/v1/sign-in/finish").with(to_json(&request));
        self.json(&call.repeated(Repeat::Never)).await
    }

    async fn offer(&self, request: OfferRequest) -> Result<(), RelayError> {
        // The answer may be lost on the way: the same once more would find its own place taken.
        let call = Call::new(Method::Post, "/v1/hand-over/offer").with(to_json(&request)).repeated(Repeat::Never);
        self.line.call(&call).await.map(drop)
    }

    async fn list_offers(&self, session: &Session) -> Result<OffersResponse, RelayError> {
        self.json(&Call::new(Method::Get, "/v1/hand-over/offers").signed_by(session)).await
    }

    async fn answer_offer(&self, session: &Session, request: AnswerRequest) -> Result<(), RelayError> {
        let call = Call::new(Method::Post, "/v1/hand-over/answer").signed_by(session).with(to_json(&request));
        self.line.call(&call.repeated(Repeat::Never)).await.map(drop)
    }

    async fn collect_answer(&self, request: CollectRequest) -> Result<CollectResponse, RelayError> {
        self.json(&Call::new(Method::Post, "/v1/hand-over/collect").with(to_json(&request))).await
    }

    async fn finish_hand_over(&self, request: HandOverFinishRequest) -> Result<SessionGrant, RelayError> {
        self.json(&Call::new(Method::Post, "/v1/hand-over/finish").with(to_json(&request))).await
    }

    async fn sign_out(&self, session: &Session, device: DeviceId) -> Result<(), RelayError> {
        let path = format!("/v1/devices/{}/session", device.to_base64url());
        self.line.call(&Call::new(Method::Delete, path).signed_by(session)).await.map(drop)
    }

    async fn delete_account(&self, session: &Session, request: SignInFinishRequest) -> Result<(), RelayError> {
        let call = Call::new(Method::Post, "/v1/account/deletion").with(to_json(&request)).signed_by(session);
        self.line.call(&call.repeated(Repeat::Never)).await.map(drop)
    }

    async fn load_log(&self, session: &Session) -> Result<LogResponse, RelayError> {
        self.json(&Call::new(Method::Get, "/v1/log").signed_by(session).answered_within(MAX_HISTORY_BYTES)).await
    }

    async fn load_end(&self, session: &Session, account: AccountId) -> Result<LogResponse, RelayError> {
        let path = format!("/v1/accounts/{}/end", account.to_base64url());
        self.json(&Call::new(Method::Get, path).signed_by(session).answered_within(MAX_HISTORY_BYTES)).await
    }

    async fn append_log(&self, session: &Session, request: LogAppendRequest) -> Result<(), RelayError> {
        let call = Call::new(Method::Post, "/v1/log").signed_by(session).with(to_json(&request));
        self.line.call(&call).await.map(drop)
    }

    async fn start_method(
        &self,
        session: &Session,
        request: MethodStartRequest,
    ) -> Result<MethodStartResponse, RelayError> {
        self.json(&Call::new(Method::Post, "/v1/methods/start").signed_by(session).with(to_json(&request))).await
    }

    async fn load_epochs(&self, session: &Session, recipient: PartyId) -> Result<EpochsResponse, RelayError> {
        let call = Call::new(Method::Get, "/v1/epochs").query(format!("recipient={}", recipient.to_base64url()));
        self.json(&call.signed_by(session).answered_within(MAX_HISTORY_BYTES)).await
    }

    async fn load_anchor(&self, session: &Session, method: MethodId) -> Result<AnchorResponse, RelayError> {
        self.json(&Call::new(Method::Get, anchor_path(method)).signed_by(session)).await
    }

    async fn put_anchor(&self, session: &Session, anchor: AnchorPut) -> Result<(), RelayError> {
        let call = Call::new(Method::Put, anchor_path(anchor.method)).signed_by(session).with(to_json(&anchor));
        self.line.call(&call).await.map(drop)
    }

    async fn seen(&self, session: &Session, day: u64) -> Result<SeenResponse, RelayError> {
        self.json(&Call::new(Method::Get, "/v1/seen").query(format!("day={day}")).signed_by(session)).await
    }

    async fn push(&self, session: &Session, body: PushBody) -> Result<PushResponse, RelayError> {
        let body = Content::Bytes(body.to_bytes());
        self.json(&Call::new(Method::Post, "/v1/batches").signed_by(session).with(body)).await
    }

    async fn pull(&self, session: &Session, after: Cursor) -> Result<PageBody, RelayError> {
        let call = Call::new(Method::Get, "/v1/batches").query(format!("after={}", after.0));
        let page = self.line.call(&call.signed_by(session).answered_within(MAX_PAGE_BYTES)).await?;
        PageBody::parse(&page).map_err(|_| RelayError::Malformed)
    }

    async fn events(&self, session: &Session) -> Result<EventStream, RelayError> {
        let call = Call::new(Method::Post, "/v1/tickets").signed_by(session);
        let ticket: TicketResponse = self.json(&call).await?;
        let ticket = data_encoding::BASE64URL_NOPAD.encode(&ticket.ticket.0);
        let mut events = events::open(&self.line.authority().socket_address("/v1/events"), ticket).await?;
        match events.next().await {
            Some(hello @ RelayEvent::Hello) => Ok(stream::iter([hello]).chain(events).boxed_local()),
            Some(_) => Err(RelayError::Malformed),
            None => Err(RelayError::Unreachable),
        }
    }

    async fn ask(&self, session: &Session, body: Vec<u8>) -> Result<FrameStream, RelayError> {
        let call = Call::new(Method::Post, "/v1/prompts").signed_by(session).with(Content::Json(body));
        self.frames(&call, 0).await
    }

    async fn resume(&self, session: &Session, turn: TurnId, after: Option<u32>) -> Result<FrameStream, RelayError> {
        let query = after.map(|frame| format!("after={frame}")).unwrap_or_default();
        let call = Call::new(Method::Get, prompt_path(turn)).query(query).signed_by(session);
        self.frames(&call, after.map_or(0, |frame| frame.saturating_add(1))).await
    }

    async fn providers(&self, session: &Session, request: ProvidersRequest) -> Result<ProvidersResponse, RelayError> {
        self.json(&Call::new(Method::Post, "/v1/providers").signed_by(session).with(to_json(&request))).await
    }

    async fn stop(&self, session: &Session, turn: TurnId) -> Result<(), RelayError> {
        self.line.call(&Call::new(Method::Delete, prompt_path(turn)).signed_by(session)).await.map(drop)
    }
}

fn anchor_path(method: MethodId) -> String {
    format!("/v1/anchors/{}", method.to_base64url())
}

fn prompt_path(turn: TurnId) -> String {
    format!("/v1/prompts/{}", turn.to_base64url())
}

/// Reads the text of one event; events that this version does not know are passed over.
fn read_event(text: &str) -> Option<RelayEvent> {
    serde_json::from_str(text).ok()
}
