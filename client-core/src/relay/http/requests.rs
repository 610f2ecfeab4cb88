//! One request and its answer: signed, bounded, repeated where that is safe.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use futures_util::StreamExt;
use shared_types::error::{ErrorBody, ErrorCode};
use shared_types::limits::{MAX_CONTROL_BYTES, PROTOCOL};
use shared_types::request::{
    CoveredRequest, DIGEST_HEADER, PROTOCOL_HEADER, SESSION_HEADER, SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER,
    SignatureParameters, content_digest, signature_to_header,
};

use super::super::{RelayError, Session};
use super::wire::{Answer, Wire};
use super::{Authority, Clock};

/// Longest time for one whole request that is no stream.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_mins(1);
const CONTENT_TYPE: &str = "content-type";
/// An error's body is a few fields.
const MAX_ERROR_BYTES: usize = 4096;

/// What a call does at its route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// One request as it goes out.
pub(super) struct Outgoing<'a> {
    pub(super) method: &'static str,
    pub(super) address: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: &'a [u8],
    pub(super) wait: Wait,
}

/// How long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// [`CALL_TIMEOUT`] for the whole of it.
    ForACall,
    /// For as long as somebody reads it.
    ForAStream,
}

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
    authority: Authority,
    wire: Wire,
    clock: Clock,
    /// What the relay's clock is ahead of ours, as it told when it refused a request's time.
    ahead_s: Cell<i64>,
}

impl Line {
    pub(super) fn new(authority: Authority, clock: Clock) -> Self {
        Self { authority, wire: Wire::new(), clock, ahead_s: Cell::new(0) }
    }

    pub(super) fn authority(&self) -> &Authority {
        &self.authority
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
    pub(super) async fn open(&self, call: &Call<'_>) -> Result<Answer, RelayError> {
        self.attempt_in_time(call, Wait::ForAStream).await
    }

    async fn call_once(&self, call: &Call<'_>) -> Result<Vec<u8>, RelayError> {
        let answer = self.attempt_in_time(call, Wait::ForACall).await?;
        read_bounded(answer, call.max_answer_bytes).await
    }

    /// Signs again at the relay's time if it refused ours.
    async fn attempt_in_time(&self, call: &Call<'_>, wait: Wait) -> Result<Answer, RelayError> {
        match self.attempt(call, wait).await {
            Err(refused @ RelayError::Refused { code: ErrorCode::ExpiredRequest, now: Some(now), .. })
                if call.session.is_some() =>
            {
                self.correct_clock(now, refused)?;
                self.attempt(call, wait).await
            }
            other => other,
        }
    }

    fn correct_clock(&self, relay_now: u64, refused: RelayError) -> Result<(), RelayError> {
        let ahead = i64::try_from(relay_now).ok().zip(i64::try_from((self.clock)()).ok());
        self.ahead_s.set(ahead.map(|(relay, own)| relay - own).ok_or(refused)?);
        Ok(())
    }

    async fn attempt(&self, call: &Call<'_>, wait: Wait) -> Result<Answer, RelayError> {
        let (body, content_type): (&[u8], _) = match &call.content {
            Content::Empty => (&[], None),
            Content::Json(body) => (body, Some("application/json")),
            Content::Bytes(body) => (body, Some("application/octet-stream")),
        };
        let mut headers = vec![(PROTOCOL_HEADER, PROTOCOL.to_string())];
        headers.extend(content_type.map(|content_type| (CONTENT_TYPE, content_type.to_owned())));
        if let Some(session) = call.session {
            headers.extend(self.sign(call, session, body)?);
        }
        let address = self.authority.address(&call.path, &call.query);
        let answer = self.wire.send(Outgoing { method: call.method.word(), address, headers, body, wait }).await?;
        if is_success(answer.status()) { Ok(answer) } else { Err(refusal(answer).await) }
    }

    fn sign(&self, call: &Call<'_>, session: &Session, body: &[u8]) -> Result<[(&'static str, String); 4], RelayError> {
        let mut nonce = [0; 16];
        // Without randomness there is no request that a relay takes, so there is no relay.
        getrandom::fill(&mut nonce).map_err(|_| RelayError::Unreachable)?;
        let created = (self.clock)().saturating_add_signed(self.ahead_s.get());
        let parameters = SignatureParameters { created, nonce, key_id: session.device.id() };
        let digest = content_digest(body);
        let token = BASE64URL_NOPAD.encode(&session.token);
        let covered = CoveredRequest {
            method: call.method.word(),
            authority: self.authority.name(),
            path: &call.path,
            query: &call.query,
            content_digest: &digest,
            session: &token,
        };
        let signature = session.device.sign_request(&covered, &parameters);
        Ok([
            (SIGNATURE_INPUT_HEADER, parameters.to_header()),
            (SIGNATURE_HEADER, signature_to_header(&signature)),
            (DIGEST_HEADER, digest),
            (SESSION_HEADER, token),
        ])
    }
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// A refusal in the agreed form; anything else from a failing server is a gateway's word.
async fn refusal(answer: Answer) -> RelayError {
    let failing = answer.status() >= 500;
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

async fn read_bounded(answer: Answer, max_bytes: usize) -> Result<Vec<u8>, RelayError> {
    let announced = answer.announced_bytes().unwrap_or_default();
    if usize::try_from(announced).map_or(true, |announced| announced > max_bytes) {
        return Err(RelayError::Malformed);
    }
    let mut body = Vec::new();
    let mut chunks = answer.body();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if body.len() + chunk.len() > max_bytes {
            return Err(RelayError::Malformed);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
