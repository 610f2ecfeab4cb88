//! One request and its answer: signed, bounded, repeated where that is safe.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use futures_util::StreamExt;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use shared_types::error::{ErrorBody, ErrorCode};
use shared_types::limits::{MAX_CONTROL_BYTES, PROTOCOL};
use shared_types::request::{
    CoveredRequest, DIGEST_HEADER, PROTOCOL_HEADER, SESSION_HEADER, SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER,
    SignatureParameters, content_digest, signature_to_header,
};

use super::super::{RelayError, Session};
use super::Clock;

/// Longest time for one whole request that is no stream.
const CALL_TIMEOUT: Duration = Duration::from_mins(1);
/// An error's body is a few fields.
const MAX_ERROR_BYTES: usize = 4096;

/// Body of a request.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// None.
    Empty,
    /// JSON, as it stands.
    Json(Vec<u8>),
    /// Length-prefixed bytes.
    Bytes(Vec<u8>),
}

/// Whether a call whose connection broke is made once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The relay knows it by its own id, so twice is once.
    Once,
    /// A second time would be something else.
    Never,
}

/// One call of a route.
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    method: Method,
    path: Cow<'static, str>,
    query: String,
    session: Option<&'a Session>,
    content: Content,
    max_answer_bytes: usize,
    repeat: Repeat,
}

impl<'a> Call<'a> {
    /// An unsigned call without a body.
    pub(super) fn new(method: Method, path: impl Into<Cow<'static, str>>) -> Self {
        Self {
            method,
            path: path.into(),
            query: String::new(),
            session: None,
            content: Content::Empty,
            max_answer_bytes: MAX_CONTROL_BYTES,
            repeat: Repeat::Once,
        }
    }

    pub(super) fn query(self, query: String) -> Self {
        Self { query, ..self }
    }

    pub(super) fn signed_by(self, session: &'a Session) -> Self {
        Self { session: Some(session), ..self }
    }

    pub(super) fn with(self, content: Content) -> Self {
        Self { content, ..self }
    }

    pub(super) fn answered_within(self, max_answer_bytes: usize) -> Self {
        Self { max_answer_bytes, ..self }
    }

    pub(super) fn repeated(self, repeat: Repeat) -> Self {
        Self { repeat, ..self }
    }
}

/// The line to one relay.
pub(super) struct Line {
    origin: Url,
    authority: String,
    client: Client,
    clock: Clock,
    /// What the relay's clock is ahead of ours, as it told when it refused a request's time.
    ahead_s: Cell<i64>,
}

impl Line {
    pub(super) fn new(origin: Url, authority: String, clock: Clock) -> Self {
        Self { origin, authority, client: new_client(), clock, ahead_s: Cell::new(0) }
    }

    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// Address of a socket at this relay.
    pub(super) fn socket_address(&self, path: &str) -> String {
        let scheme = if self.origin.scheme() == "https" { "wss" } else { "ws" };
        format!("{scheme}://{}{path}", self.authority)
    }

    /// Makes a call and reads its whole answer.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Vec<u8>, RelayError> {
        let first = self.call_once(call).await;
        if first == Err(RelayError::Unreachable) && call.repeat == Repeat::Once {
            return self.call_once(call).await;
        }
        first
    }

    /// Makes a call and leaves its answer to be read, for as long as that takes. Never made twice: what broke is
    /// resumed by its caller.
    pub(super) async fn open(&self, call: &Call<'_>) -> Result<Response, RelayError> {
        self.attempt_in_time(call, None).await
    }

    async fn call_once(&self, call: &Call<'_>) -> Result<Vec<u8>, RelayError> {
        let answer = self.attempt_in_time(call, Some(CALL_TIMEOUT)).await?;
        read_bounded(answer, call.max_answer_bytes).await
    }

    /// Signs again at the relay's time if it refused ours.
    async fn attempt_in_time(&self, call: &Call<'_>, timeout: Option<Duration>) -> Result<Response, RelayError> {
        match self.attempt(call, timeout).await {
            Err(refused @ RelayError::Refused { code: ErrorCode::ExpiredRequest, now: Some(now), .. })
                if call.session.is_some() =>
            {
                self.correct_clock(now, refused)?;
                self.attempt(call, timeout).await
            }
            other => other,
        }
    }

    fn correct_clock(&self, relay_now: u64, refused: RelayError) -> Result<(), RelayError> {
        let ahead = i64::try_from(relay_now).ok().zip(i64::try_from((self.clock)()).ok());
        self.ahead_s.set(ahead.map(|(relay, own)| relay - own).ok_or(refused)?);
        Ok(())
    }

    async fn attempt(&self, call: &Call<'_>, timeout: Option<Duration>) -> Result<Response, RelayError> {
        let mut url = self.origin.clone();
        url.set_path(&call.path);
        url.set_query(Some(call.query.as_str()).filter(|query| !query.is_empty()));
        let (body, content_type): (&[u8], _) = match &call.content {
            Content::Empty => (&[], None),
            Content::Json(body) => (body, Some("application/json")),
            Content::Bytes(body) => (body, Some("application/octet-stream")),
        };
        let mut request = self.client.request(call.method.clone(), url).header(PROTOCOL_HEADER, PROTOCOL.to_string());
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type).body(body.to_vec());
        }
        if let Some(timeout) = timeout {
            request = request.timeout(timeout);
        }
        if let Some(session) = call.session {
            request = self.sign(request, call, session, body)?;
        }
        let answer = request.send().await.map_err(|_| RelayError::Unreachable)?;
        if answer.status().is_success() { Ok(answer) } else { Err(refusal(answer).await) }
    }

    fn sign(
        &self,
        request: RequestBuilder,
        call: &Call<'_>,
        session: &Session,
        body: &[u8],
    ) -> Result<RequestBuilder, RelayError> {
        let mut nonce = [0; 16];
        // Without randomness there is no request that a relay takes, so there is no relay.
        getrandom::fill(&mut nonce).map_err(|_| RelayError::Unreachable)?;
        let created = (self.clock)().saturating_add_signed(self.ahead_s.get());
        let parameters = SignatureParameters { created, nonce, key_id: session.device.id() };
        let digest = content_digest(body);
        let token = BASE64URL_NOPAD.encode(&session.token);
        let covered = CoveredRequest {
            method: call.method.as_str(),
            authority: &self.authority,
            path: &call.path,
            query: &call.query,
            content_digest: &digest,
            session: &token,
        };
        let signature = session.device.sign_request(&covered, &parameters);
        Ok(request
            .header(SIGNATURE_INPUT_HEADER, parameters.to_header())
            .header(SIGNATURE_HEADER, signature_to_header(&signature))
            .header(DIGEST_HEADER, digest)
            .header(SESSION_HEADER, token))
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn new_client() -> Client {
    let builder = Client::builder().redirect(reqwest::redirect::Policy::none()).connect_timeout(CALL_TIMEOUT);
    builder.build().expect("a client without TLS needs nothing of the machine")
}

#[cfg(target_arch = "wasm32")]
fn new_client() -> Client {
    Client::new()
}

/// A refusal in the agreed form; anything else from a failing server is a gateway's word.
async fn refusal(answer: Response) -> RelayError {
    let failing = answer.status().is_server_error();
    let body = match read_bounded(answer, MAX_ERROR_BYTES).await {
        Ok(body) => body,
        Err(error) => return error,
    };
    match serde_json::from_slice::<ErrorBody>(&body) {
        Ok(ErrorBody { code, retry_after_s, now, .. }) => RelayError::Refused { code, retry_after_s, now },
        Err(_) if failing => RelayError::Unreachable,
        Err(_) => RelayError::Malformed,
    }
}

async fn read_bounded(answer: Response, max_bytes: usize) -> Result<Vec<u8>, RelayError> {
    let announced = answer.content_length().unwrap_or_default();
    if usize::try_from(announced).map_or(true, |announced| announced > max_bytes) {
        return Err(RelayError::Malformed);
    }
    let mut body = Vec::new();
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| RelayError::Unreachable)?;
        if body.len() + chunk.len() > max_bytes {
            return Err(RelayError::Malformed);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
