//! Headers that stand on every response: answers, errors, pages, streams.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderName, HeaderValue};

use shared_types::error::ErrorCode;

use crate::config::Origin;
use crate::error::RouteError;
use crate::state::Relay;

/// The Content-Security-Policy of the page and of everything else.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; \
    manifest-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types sotto default";

const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(self), display-capture=(), geolocation=(), \
    gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), \
    publickey-credentials-create=(self), publickey-credentials-get=(self)";

/// Name and value of each header, those behind TLS apart.
const ALWAYS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
];
const STRICT_TRANSPORT: &str = "max-age=31536000; includeSubDomains";

/// Sets the headers on whatever the rest of the relay answers.
pub(crate) async fn secure(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if relay.site.first_origin().url().scheme() == "https" {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Refuses what a page of another origin asks of the interface; a browser says whose page it is.
pub(crate) async fn refuse_foreign(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let is_ours = |origin: &HeaderValue| {
        let known = relay.site.origins.iter().map(Origin::as_text);
        origin.to_str().is_ok_and(|origin| known.into_iter().any(|known| known.eq_ignore_ascii_case(origin)))
    };
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    if request.uri().path().starts_with("/v1/") && !origins.all(is_ours) {
        return RouteError::Refused(ErrorCode::NotAllowed).into_response();
    }
    next.run(request).await
}
