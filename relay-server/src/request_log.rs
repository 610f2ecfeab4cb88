//! One line for each request: id, route, status, milliseconds, code of a refusal. Nothing that a person wrote,
//! no query, no token, no address, no account.

use std::sync::Arc;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue};
use std::net::SocketAddr;
use tracing::Instrument;

use data_encoding::HEXLOWER;

use crate::error::{LoggedRefusal, REQUEST_ID};
use crate::limits::client_address;
use crate::random::random_bytes;
use crate::state::Relay;

const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The address that limits count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) std::net::IpAddr);

/// Names the request, counts its address, runs it and writes its line.
pub(crate) async fn log(State(relay): State<Arc<Relay>>, mut request: Request, next: Next) -> Response {
    let id = HEXLOWER.encode(&random_bytes::<8>());
    let started = relay.clock.instant();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("page", MatchedPath::as_str).to_owned();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let peer = peer.unwrap_or(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
    let address = client_address(peer, request.headers(), &relay.config.trusted_proxies);
    request.extensions_mut().insert(ClientAddress(address));

    let answer = async {
        match relay.windows.count_address(address, relay.clock.now_s()) {
            Ok(()) => next.run(request).await,
            Err(refusal) => refusal.into_response(),
        }
    };
    // Whatever is logged on the way carries the id too.
    let span = tracing::info_span!("request", request.id = id);
    let mut response = REQUEST_ID.scope(id.clone(), answer.instrument(span)).await;

    let took = relay.clock.instant().saturating_duration_since(started);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let refusal = response.extensions_mut().remove::<LoggedRefusal>();
    relay.metrics.count_request(&method, &route, response.status().as_u16(), took);
    if let Some(LoggedRefusal { code, .. }) = &refusal {
        relay.metrics.count_refusal(*code);
    }
    write_line(
        &Line { id: &id, route: &route, method: method.as_str(), status: response.status().as_u16(), ms },
        refusal,
    );
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    response
}

struct Line<'a> {
    id: &'a str,
    route: &'a str,
    method: &'a str,
    status: u16,
    ms: u64,
}

fn write_line(line: &Line<'_>, refusal: Option<LoggedRefusal>) {
    let Line { id, route, method, status, ms } = *line;
    match refusal {
        None => tracing::info!(request.id = id, route, method, status, ms, "answered"),
        Some(LoggedRefusal { code, cause: None }) => {
            tracing::info!(request.id = id, route, method, status, ms, code = code.word(), "refused");
        }
        Some(LoggedRefusal { code, cause: Some(cause) }) => {
            tracing::error!(request.id = id, route, method, status, ms, code = code.word(), cause, "failed");
        }
    }
}
