//! A relay that lies, for tests: the true router over a true database, and hooks between it and whoever asks.
//!
//! ```text
//! device ──► record ──► true router ──► hooks told to this device, in their order ──► device
//! ```
//! What is stored stays true; only what is shown is bent, so a relay that turns honest again has everything.

mod bend;
mod shown;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use shared_types::ids::DeviceId;
use shared_types::request::{SIGNATURE_INPUT_HEADER, SignatureParameters};
use shared_types::sync::BatchParcel;
use tokio::net::TcpListener;

use self::shown::Shown;
use crate::config::Config;
use crate::routes::router;
use crate::state::{Relay, StartError};

/// Longest body that is kept or bent; whole logs fit.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// Whom a lie is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// Every device.
    Everyone,
    /// One device.
    Device(DeviceId),
}

/// What a relay does to its answers from the moment on that it is told to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// Shows with each page everything that it has shown before, and carries out every changing request twice.
    Replay,
    /// Gives the first two envelopes of a page to each other's leaves.
    Swap,
    /// Leaves the oldest batch of each page out.
    Drop,
    /// Shows this batch where another one of the same author and number stands.
    Fork(BatchParcel),
    /// Shows this batch at the end of each page.
    Inject(BatchParcel),
    /// Says version 0, or suite 0, of everything that has one.
    Downgrade,
    /// Shows nothing newer than what the device has been shown already.
    Freeze,
    /// Ends each answer in the middle.
    Truncate,
}

/// One request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Method, path and query.
    pub line: String,
    /// Whoever signed it.
    pub device: Option<DeviceId>,
    /// Names and values of its headers.
    pub headers: Vec<u8>,
    /// Its body.
    pub body: Vec<u8>,
}

/// A relay with hooks.
#[derive(Clone)]
pub struct EvilRelay {
    /// The true one.
    pub relay: Arc<Relay>,
    wire: Arc<Wire>,
}

#[derive(Default)]
struct Wire {
    told: Mutex<Vec<(To, Hook)>>,
    seen: Mutex<Vec<Seen>>,
    shown: Mutex<BTreeMap<DeviceId, Shown>>,
}

impl EvilRelay {
    /// Opens the true relay; it is honest until it is told otherwise.
    pub async fn open(config: Config, listening_on: SocketAddr) -> Result<Self, StartError> {
        Ok(Self { relay: Relay::open(config, listening_on).await?, wire: Arc::default() })
    }

    /// The true router behind the hooks.
    pub fn router(&self) -> Router {
        router(Arc::clone(&self.relay)).layer(from_fn_with_state(Arc::clone(&self.wire), between))
    }

    /// Runs it on a listener for as long as the test does.
    pub async fn serve(self, listener: TcpListener) -> Result<(), StartError> {
        crate::serve_router(Arc::clone(&self.relay), self.router(), listener, std::future::pending()).await
    }

    /// Begins to lie.
    pub fn tell(&self, to: To, hook: Hook) {
        lock(&self.wire.told).push((to, hook));
    }

    /// Stops lying.
    pub fn turn_honest(&self) {
        lock(&self.wire.told).clear();
    }

    /// Everything that was asked so far, in order.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.wire.seen).clone()
    }
}

impl Wire {
    fn hooks_for(&self, device: Option<DeviceId>) -> Vec<Hook> {
        let told = lock(&self.told);
        let is_told = |to: &To| match to {
            To::Everyone => true,
            To::Device(own) => Some(*own) == device,
        };
        told.iter().filter(|(to, _)| is_told(to)).map(|(_, hook)| hook.clone()).collect()
    }
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().expect("no holder of this lock panics")
}

/// Who signed a request, as it claims.
fn device_of(headers: &HeaderMap) -> Option<DeviceId> {
    let input = headers.get(SIGNATURE_INPUT_HEADER)?.to_str().ok()?;
    SignatureParameters::from_header(input).map(|parameters| parameters.key_id)
}

async fn between(State(wire): State<Arc<Wire>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else { return status(StatusCode::PAYLOAD_TOO_LARGE) };
    let device = device_of(&parts.headers);
    lock(&wire.seen).push(seen(&parts, device, &body));
    let hooks = wire.hooks_for(device);
    let (path, is_reading) = (parts.uri.path().to_owned(), parts.method == Method::GET);
    let after = after_of(&parts);
    let again = (!is_reading && hooks.contains(&Hook::Replay)).then(|| (parts.clone(), body.clone(), next.clone()));
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    if let Some((parts, body, next)) = again {
        drop(next.run(Request::from_parts(parts, Body::from(body))).await);
    }
    // Answers of a model and sockets pass as they are.
    let is_bent = is_reading && answer.status() == StatusCode::OK && bend::is_shown_whole(&path);
    if !is_bent {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else { return status(StatusCode::BAD_GATEWAY) };
    parts.headers.remove(header::CONTENT_LENGTH);
    let mut all = lock(&wire.shown);
    let mut nobody = Shown::default();
    let shown = device.map_or(&mut nobody, |device| all.entry(device).or_default());
    let body = bend::bend(&path, after, body.to_vec(), &hooks, shown);
    Response::from_parts(parts, Body::from(body))
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn after_of(parts: &Parts) -> u64 {
    let mut fields = parts.uri.query().unwrap_or_default().split('&');
    fields.find_map(|field| field.strip_prefix("after=")?.parse().ok()).unwrap_or_default()
}

fn seen(parts: &Parts, device: Option<DeviceId>, body: &Bytes) -> Seen {
    let line =
        |(name, value): (&HeaderName, &HeaderValue)| [name.as_str().as_bytes(), b": ", value.as_bytes()].concat();
    let headers = parts.headers.iter().map(line).collect::<Vec<_>>().join(&b"\n"[..]);
    Seen { line: format!("{} {}", parts.method, parts.uri), device, headers, body: body.to_vec() }
}
