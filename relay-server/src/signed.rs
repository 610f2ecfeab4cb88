//! Signed requests (RFC 9421): who asks, proven by the session's token and its device's key, and their body.
//!
//! The signature base is built from a configured origin, never from the `Host` header. Nothing of a body is looked
//! at before its signature has verified.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use futures_util::StreamExt;
use http::HeaderMap;
use http::request::Parts;
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId};
use shared_types::limits::{MIN_WRITE_PROTOCOL, REQUEST_WINDOW_S};
use shared_types::log::{LogState, Revocation};
use shared_types::request::{
    CoveredRequest, DIGEST_HEADER, PROTOCOL_HEADER, SESSION_HEADER, SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER,
    SignatureParameters, content_digest, signature_base, signature_from_header,
};
use zeroize::Zeroizing;

use crate::db::Session;
use crate::error::RouteError;
use crate::nonces::NonceUse;
use crate::sessions::NO_METHOD;
use crate::state::Relay;

const TOKEN_BYTES: usize = 32;

/// A request of a session's device with a body of at most `MAX_BYTES`.
pub(crate) struct Signed<const MAX_BYTES: usize> {
    /// Whose request.
    pub(crate) account: AccountId,
    /// Which device signed it.
    pub(crate) device: DeviceId,
    /// The method that the device signed in with.
    pub(crate) method: MethodId,
    /// The body that was signed.
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// A signed request of a session that stood when it was looked up, which may be a while ago: whoever goes by it has
/// the database check that it stands, in the step that acts on it.
pub(crate) struct SignedLately<const MAX_BYTES: usize> {
    /// The request.
    pub(crate) signed: Signed<MAX_BYTES>,
    /// SHA-256 of the session's token.
    pub(crate) token_hash: Hash,
}

/// A request that is not signed by a session, with a JSON body of at most `MAX_BYTES`.
pub(crate) struct Unsigned<const MAX_BYTES: usize> {
    /// The body.
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl<const MAX_BYTES: usize> Signed<MAX_BYTES> {
    /// The body as JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, RouteError> {
        serde_json::from_slice(&self.body).map_err(|_| ErrorCode::Malformed.into())
    }
}

impl<const MAX_BYTES: usize> Unsigned<MAX_BYTES> {
    /// The body as JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, RouteError> {
        serde_json::from_slice(&self.body).map_err(|_| ErrorCode::Malformed.into())
    }
}

/// Refuses writes of an app that is too old for this relay.
pub(crate) fn check_write_protocol(headers: &HeaderMap) -> Result<(), RouteError> {
    let protocol = text(headers, PROTOCOL_HEADER).and_then(|value| value.parse::<u32>().ok());
    match protocol {
        Some(protocol) if protocol >= MIN_WRITE_PROTOCOL => Ok(()),
        Some(_) | None => Err(ErrorCode::OldProtocol.into()),
    }
}

impl<const MAX_BYTES: usize> FromRequest<Arc<Relay>> for Signed<MAX_BYTES> {
    type Rejection = RouteError;

    async fn from_request(request: Request, relay: &Arc<Relay>) -> Result<Self, RouteError> {
        let (parts, body) = request.into_parts();
        let session = find_session(relay, &token_hash(&parts.headers)?).await?;
        Self::of_session(relay, &parts, &session, body).await
    }
}

impl<const MAX_BYTES: usize> FromRequest<Arc<Relay>> for SignedLately<MAX_BYTES> {
    type Rejection = RouteError;

    async fn from_request(request: Request, relay: &Arc<Relay>) -> Result<Self, RouteError> {
        let (parts, body) = request.into_parts();
        let token_hash = token_hash(&parts.headers)?;
        let session = if let Some(kept) = relay.sessions.find(&token_hash, relay.clock.now_s()) {
            kept
        } else {
            let session = find_session(relay, &token_hash).await?;
            relay.sessions.keep(token_hash, session.clone());
            session
        };
        let signed = Signed::of_session(relay, &parts, &session, body).await?;
        Ok(Self { signed, token_hash })
    }
}

impl<const MAX_BYTES: usize> Signed<MAX_BYTES> {
    async fn of_session(relay: &Relay, parts: &Parts, session: &Session, body: Body) -> Result<Self, RouteError> {
        let body = read_body(relay, body, MAX_BYTES).await?;
        check_signature(relay, parts, session, &body)?;
        relay.windows.count_device(session.account, session.device, relay.clock.now_s())?;
        Ok(Self { account: session.account, device: session.device, method: session.method, body })
    }
}

/// A request about an account by a device that was taken off it: it has no session, and its key stands in the log.
pub(crate) struct SignedByEnded {
    /// The account's log.
    pub(crate) log: Arc<LogState>,
    /// The end of the device that asks.
    pub(crate) end: Revocation,
}

impl FromRequest<Arc<Relay>> for SignedByEnded {
    type Rejection = RouteError;

    async fn from_request(request: Request, relay: &Arc<Relay>) -> Result<Self, RouteError> {
        let (mut parts, body) = request.into_parts();
        let Path(account) = Path::<AccountId>::from_request_parts(&mut parts, relay).await?;
        // An account that is not there, and a device that is not off it, look like a session that is not there.
        let unknown = || RouteError::Refused(ErrorCode::UnknownSession);
        let parameters = text(&parts.headers, SIGNATURE_INPUT_HEADER).and_then(SignatureParameters::from_header);
        let device = parameters.ok_or_else(unknown)?.key_id;
        let log = relay.find_log(&account).await?.ok_or_else(unknown)?;
        let ended = log.device(&device).and_then(|state| Some((state.part.signing, state.revoked?)));
        let (device_key, end) = ended.ok_or_else(unknown)?;
        let (method, expires_at) = (NO_METHOD, 0);
        let body = read_body(relay, body, 0).await?;
        check_signature(relay, &parts, &Session { account, device, device_key, method, expires_at }, &body)?;
        relay.windows.count_device(account, device, relay.clock.now_s())?;
        Ok(Self { log, end })
    }
}

impl<const MAX_BYTES: usize> FromRequest<Arc<Relay>> for Unsigned<MAX_BYTES> {
    type Rejection = RouteError;

    async fn from_request(request: Request, relay: &Arc<Relay>) -> Result<Self, RouteError> {
        // A page of another site cannot send this header without asking first, which is never allowed.
        if !request.headers().contains_key(PROTOCOL_HEADER) {
            return Err(ErrorCode::OldProtocol.into());
        }
        Ok(Self { body: read_body(relay, request.into_body(), MAX_BYTES).await? })
    }
}

fn token_hash(headers: &HeaderMap) -> Result<Hash, RouteError> {
    let token = text(headers, SESSION_HEADER)
        .and_then(|value| data_encoding::BASE64URL_NOPAD.decode(value.as_bytes()).ok())
        .filter(|token| token.len() == TOKEN_BYTES)
        .ok_or(ErrorCode::UnknownSession)?;
    Ok(Hash::of(&[&token]))
}

/// The session of a token, as the database has it now.
pub(crate) async fn find_session(relay: &Relay, token_hash: &Hash) -> Result<Session, RouteError> {
    let found = relay.db.find_session(token_hash, relay.clock.now_s()).await?;
    Ok(found.ok_or(ErrorCode::UnknownSession)?)
}

/// Verifies first, then looks at the time, so that only the device learns whether its clock is wrong.
fn check_signature(relay: &Relay, parts: &Parts, session: &Session, body: &[u8]) -> Result<(), RouteError> {
    let bad = || RouteError::Refused(ErrorCode::BadSignature);
    let parameters =
        text(&parts.headers, SIGNATURE_INPUT_HEADER).and_then(SignatureParameters::from_header).ok_or_else(bad)?;
    let signature = text(&parts.headers, SIGNATURE_HEADER).and_then(signature_from_header).ok_or_else(bad)?;
    let digest = text(&parts.headers, DIGEST_HEADER).ok_or_else(bad)?;
    let token = text(&parts.headers, SESSION_HEADER).ok_or_else(bad)?;
    if parameters.key_id != session.device || digest != content_digest(body) {
        return Err(bad());
    }
    let verifies = relay.site.origins.iter().any(|origin| {
        let covered = CoveredRequest {
            method: parts.method.as_str(),
            authority: origin.authority(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            content_digest: digest,
            session: token,
        };
        session.device_key.verifies(&signature_base(&covered, &parameters), &signature)
    });
    if !verifies {
        return Err(bad());
    }
    let now = relay.clock.now_s();
    if now.abs_diff(parameters.created) > REQUEST_WINDOW_S {
        return Err(RouteError::Expired { now });
    }
    match relay.nonces.remember(session.device, parameters.nonce, parameters.created, now) {
        NonceUse::First => Ok(()),
        NonceUse::Again => Err(ErrorCode::ReplayedRequest.into()),
    }
}

async fn read_body(relay: &Relay, body: Body, max_bytes: usize) -> Result<Zeroizing<Vec<u8>>, RouteError> {
    let wait = Duration::from_secs(relay.config.limits.body_wait_s);
    let read = tokio::time::timeout(wait, collect(body, max_bytes)).await;
    read.map_err(|_| RouteError::Refused(ErrorCode::Malformed))?
}

/// Collects into one buffer that never moves while it holds text.
async fn collect(body: Body, max_bytes: usize) -> Result<Zeroizing<Vec<u8>>, RouteError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > max_bytes {
        return Err(ErrorCode::TooLarge.into());
    }
    let mut collected = Zeroizing::new(Vec::with_capacity(announced));
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ErrorCode::Malformed)?;
        if collected.len() + chunk.len() > max_bytes {
            return Err(ErrorCode::TooLarge.into());
        }
        grow(&mut collected, chunk.len());
        collected.extend_from_slice(&chunk);
    }
    Ok(collected)
}

/// Makes room; a buffer that must move is overwritten where it was.
fn grow(buffer: &mut Zeroizing<Vec<u8>>, n_more: usize) {
    if buffer.capacity() - buffer.len() >= n_more {
        return;
    }
    let mut larger = Zeroizing::new(Vec::with_capacity((buffer.len() + n_more) * 2));
    larger.extend_from_slice(buffer);
    *buffer = larger;
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}
