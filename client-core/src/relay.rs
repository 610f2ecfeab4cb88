//! The relay as the core sees it: typed calls, each of which either is answered or says why not.
//!
//! The core trusts none of the answers; `sync` and `account` verify them.

#[cfg(feature = "test-support")]
pub mod conformance;
#[cfg(feature = "test-support")]
pub mod fake;
pub mod http;

use std::rc::Rc;

use futures_util::stream::LocalBoxStream;
use shared_types::account::{
    AboutResponse, AnchorPut, AnchorResponse, EpochsResponse, LogAppendRequest, LogResponse, MethodStartRequest,
    MethodStartResponse, SessionGrant, SignInFinishRequest, SignInStartRequest, SignInStartResponse,
    SignUpFinishRequest, SignUpStartRequest,
};
use shared_types::error::ErrorCode;
use shared_types::hand_over::{
    AnswerRequest, CollectRequest, CollectResponse, HandOverFinishRequest, OfferRequest, OffersResponse,
};
use shared_types::ids::{AccountId, DeviceId, MethodId, PartyId, TurnId};
use shared_types::password::{SignInProveRequest, SignInProveResponse};
use shared_types::prompt::PromptFrame;
use shared_types::provider::{ProvidersRequest, ProvidersResponse};
use shared_types::seen::SeenResponse;
use shared_types::sync::{Cursor, PageBody, PushBody, PushResponse, RelayEvent};
use thiserror::Error;

use crate::keys::DeviceKeys;

/// Why a call was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RelayError {
    /// The relay could not be reached, or the connection broke.
    #[error("the relay could not be reached")]
    Unreachable,
    /// The relay refused.
    #[error("the relay refused: {}", code.word())]
    Refused {
        /// Why.
        code: ErrorCode,
        /// When to try again, seconds.
        retry_after_s: Option<u32>,
        /// The relay's time, Unix seconds, if the request's time was refused.
        now: Option<u64>,
    },
    /// The answer is not in the agreed form.
    #[error("the relay's answer is malformed")]
    Malformed,
}

impl RelayError {
    /// Whether the same call may succeed later without a change.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable => true,
            Self::Malformed => false,
            Self::Refused { code, .. } => matches!(
                code,
                ErrorCode::RateLimited
                    | ErrorCode::Internal
                    | ErrorCode::ProviderBusy
                    | ErrorCode::NoProvider
                    | ErrorCode::StorageFull
                    | ErrorCode::ExpiredRequest
                    | ErrorCode::ReplayedRequest
            ),
        }
    }
}

/// A session and the device key that signs its requests.
#[derive(Clone)]
pub struct Session {
    /// Token as granted.
    pub token: Vec<u8>,
    /// Signs each request.
    pub device: Rc<DeviceKeys>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("device", &self.device.id()).finish_non_exhaustive()
    }
}

/// Frames of one answer; ends after a frame with `end`, or with an error.
pub type FrameStream = LocalBoxStream<'static, Result<PromptFrame, RelayError>>;

/// Events of the socket; ends when the connection does.
pub type EventStream = LocalBoxStream<'static, RelayEvent>;

/// The relay.
#[expect(async_fn_in_trait, reason = "drivers are !Send by design; no bound is wanted")]
pub trait Relay {
    /// `GET /v1/about`.
    async fn about(&self) -> Result<AboutResponse, RelayError>;
    /// `POST /v1/sign-up/start`.
    async fn sign_up_start(&self, request: SignUpStartRequest) -> Result<MethodStartResponse, RelayError>;
    /// `POST /v1/sign-up/finish`.
    async fn sign_up_finish(&self, request: SignUpFinishRequest) -> Result<SessionGrant, RelayError>;
    /// `POST /v1/sign-in/start`.
    async fn sign_in_start(&self, request: SignInStartRequest) -> Result<SignInStartResponse, RelayError>;
    /// `POST /v1/sign-in/prove`.
    async fn sign_in_prove(&self, request: SignInProveRequest) -> Result<SignInProveResponse, RelayError>;
    /// `POST /v1/sign-in/finish`.
    async fn sign_in_finish(&self, request: SignInFinishRequest) -> Result<SessionGrant, RelayError>;
    /// `POST /v1/hand-over/offer`.
    async fn offer(&self, request: OfferRequest) -> Result<(), RelayError>;
    /// `GET /v1/hand-over/offers`.
    async fn list_offers(&self, session: &Session) -> Result<OffersResponse, RelayError>;
    /// `POST /v1/hand-over/answer`.
    async fn answer_offer(&self, session: &Session, request: AnswerRequest) -> Result<(), RelayError>;
    /// `POST /v1/hand-over/collect`.
    async fn collect_answer(&self, request: CollectRequest) -> Result<CollectResponse, RelayError>;
    /// `POST /v1/hand-over/finish`.
    async fn finish_hand_over(&self, request: HandOverFinishRequest) -> Result<SessionGrant, RelayError>;
    /// `DELETE /v1/devices/{id}/session`.
    async fn sign_out(&self, session: &Session, device: DeviceId) -> Result<(), RelayError>;
    /// `POST /v1/account/deletion`.
    async fn delete_account(&self, session: &Session, request: SignInFinishRequest) -> Result<(), RelayError>;
    /// `GET /v1/log`.
    async fn load_log(&self, session: &Session) -> Result<LogResponse, RelayError>;
    /// `GET /v1/accounts/{account_id}/end`, for a device that was taken off.
    async fn load_end(&self, session: &Session, account: AccountId) -> Result<LogResponse, RelayError>;
    /// `POST /v1/log`.
    async fn append_log(&self, session: &Session, request: LogAppendRequest) -> Result<(), RelayError>;
    /// `POST /v1/methods/start`.
    async fn start_method(
        &self,
        session: &Session,
        request: MethodStartRequest,
    ) -> Result<MethodStartResponse, RelayError>;
    /// `GET /v1/epochs`.
    async fn load_epochs(&self, session: &Session, recipient: PartyId) -> Result<EpochsResponse, RelayError>;
    /// `GET /v1/anchors/{method}`.
    async fn load_anchor(&self, session: &Session, method: MethodId) -> Result<AnchorResponse, RelayError>;
    /// `PUT /v1/anchors/{method}`.
    async fn put_anchor(&self, session: &Session, anchor: AnchorPut) -> Result<(), RelayError>;
    /// `POST /v1/batches`.
    async fn push(&self, session: &Session, body: PushBody) -> Result<PushResponse, RelayError>;
    /// `GET /v1/batches`.
    async fn pull(&self, session: &Session, after: Cursor) -> Result<PageBody, RelayError>;
    /// `GET /v1/seen?day=`.
    async fn seen(&self, session: &Session, day: u64) -> Result<SeenResponse, RelayError>;
    /// `POST /v1/tickets`, then `GET /v1/events`.
    async fn events(&self, session: &Session) -> Result<EventStream, RelayError>;
    /// `POST /v1/prompts`; `body` is sent byte for byte.
    async fn ask(&self, session: &Session, body: Vec<u8>) -> Result<FrameStream, RelayError>;
    /// `GET /v1/prompts/{turn}?after=`; `after` is the last frame that was received, if any.
    async fn resume(&self, session: &Session, turn: TurnId, after: Option<u32>) -> Result<FrameStream, RelayError>;
    /// `POST /v1/providers`.
    async fn providers(&self, session: &Session, request: ProvidersRequest) -> Result<ProvidersResponse, RelayError>;
    /// `DELETE /v1/prompts/{turn}`.
    async fn stop(&self, session: &Session, turn: TurnId) -> Result<(), RelayError>;
}
