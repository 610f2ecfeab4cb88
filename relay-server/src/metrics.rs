//! What the relay counts for its operator, on a listener of its own: never an account, a device, an address, nor
//! anything that a client chose.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use shared_types::error::ErrorCode;
use tokio::net::TcpListener;

use crate::config::LimitConfig;
use crate::server;
use crate::state::Relay;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Whoever reads counters needs few connections.
const MAX_CONNECTIONS: u32 = 16;
/// Upper ends of the classes that answers are counted in, seconds.
const CLASSES_S: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

type Labels<const N: usize> = [(&'static str, String); N];

/// All counters of a process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels<3>, Counter>,
    request_times: Family<Labels<1>, Histogram, fn() -> Histogram>,
    refusals: Family<Labels<1>, Counter>,
    prompts: Family<Labels<1>, Counter>,
    rounds: Family<Labels<1>, Counter>,
    removed: Family<Labels<1>, Counter>,
    answers: Gauge,
    sockets: Gauge,
    /// Open connections.
    pub(crate) connections: Gauge,
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PromptOutcome {
    /// Some of an answer came.
    Answered,
    /// The provider failed before the first word.
    Failed,
}

/// What became of a round of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// Everything was done.
    Done,
    /// The database refused; the next round tries again.
    Failed,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("sotto"),
            requests: Family::default(),
            request_times: Family::new_with_constructor(|| Histogram::new(CLASSES_S)),
            refusals: Family::default(),
            prompts: Family::default(),
            rounds: Family::default(),
            removed: Family::default(),
            answers: Gauge::default(),
            sockets: Gauge::default(),
            connections: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Requests by method, route and status", metrics.requests.clone());
        let times = metrics.request_times.clone();
        registry.register_with_unit("request_time", "Until the head of the answer, by route", Unit::Seconds, times);
        registry.register("refusals", "Refused requests by code", metrics.refusals.clone());
        registry.register("prompts", "Questions by what became of them", metrics.prompts.clone());
        registry.register("job_rounds", "Rounds of the job loop by what became of them", metrics.rounds.clone());
        registry.register("removed", "What was over and was removed, by kind", metrics.removed.clone());
        registry.register("running_answers", "Answers that run", metrics.answers.clone());
        registry.register("event_sockets", "Sockets that listen to events", metrics.sockets.clone());
        registry.register("connections", "Open connections", metrics.connections.clone());
        metrics
    }
}

impl Metrics {
    /// Counts an answered request.
    pub(crate) fn count_request(&self, method: &http::Method, route: &str, status: u16, took: Duration) {
        let labels =
            [("method", known(method).to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.request_times.get_or_create(&[("route", route.to_owned())]).observe(took.as_secs_f64());
    }

    /// Counts a refusal.
    pub(crate) fn count_refusal(&self, code: ErrorCode) {
        self.refusals.get_or_create(&[("code", code.word().to_owned())]).inc();
    }

    /// Counts a question.
    pub(crate) fn count_prompt(&self, outcome: PromptOutcome) {
        let word = match outcome {
            PromptOutcome::Answered => "answered",
            PromptOutcome::Failed => "failed",
        };
        self.prompts.get_or_create(&[("outcome", word.to_owned())]).inc();
    }

    /// Counts a round of jobs.
    pub(crate) fn count_round(&self, round: Round) {
        let word = match round {
            Round::Done => "done",
            Round::Failed => "failed",
        };
        self.rounds.get_or_create(&[("outcome", word.to_owned())]).inc();
    }

    /// Counts what a round removed.
    pub(crate) fn count_removed(&self, kind: &'static str, n_removed: u64) {
        self.removed.get_or_create(&[("kind", kind.to_owned())]).inc_by(n_removed);
    }
}

/// A method that any route has; a client may make up others without end.
fn known(method: &http::Method) -> &'static str {
    match *method {
        http::Method::GET => "GET",
        http::Method::HEAD => "HEAD",
        http::Method::POST => "POST",
        http::Method::PUT => "PUT",
        http::Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Serves the counters until the relay ends.
pub(crate) async fn serve(relay: Arc<Relay>, listener: TcpListener) {
    let limits = LimitConfig { connections: MAX_CONNECTIONS, ..relay.config.limits };
    let ending = relay.ending();
    let router = Router::new().route("/metrics", get(show)).with_state(relay);
    server::accept(listener, router, &limits, &Gauge::default(), ending).await;
}

async fn show(State(relay): State<Arc<Relay>>) -> Response {
    let metrics = &relay.metrics;
    metrics.answers.set(i64::try_from(relay.turns.n_running()).unwrap_or(i64::MAX));
    metrics.sockets.set(i64::try_from(relay.events.n_all_listeners()).unwrap_or(i64::MAX));
    let mut text = String::new();
    encode(&mut text, &metrics.registry).expect("a String takes any text");
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}
