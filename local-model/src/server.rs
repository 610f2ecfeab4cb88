//! The OpenAI-compatible server: routes, shared state and who may ask.
//!
//! It serves this machine only. Besides listening on loopback it refuses requests whose `Host` names
//! anything else, so a web page that made its own name point here cannot ask.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::generate::Model;
use error::ApiError;
use queue::Queue;

mod chat;
mod error;
mod models;
mod queue;
mod wire;

/// The name under which clients ask for the model.
pub(crate) const MODEL_ID: &str = "smollm2-135m-instruct";

/// The largest body of a request.
const MAX_BODY_BYTES: usize = 1 << 20;

/// What all requests share.
#[derive(Clone)]
pub(crate) struct ServerState {
    model: Arc<Model>,
    queue: Queue,
    is_stopping: watch::Receiver<bool>,
}

impl ServerState {
    /// Puts a model behind an empty queue; answers end when `is_stopping` turns true.
    pub(crate) fn new(model: Model, is_stopping: watch::Receiver<bool>) -> Self {
        Self { model: Arc::new(model), queue: Queue::new(), is_stopping }
    }
}

/// Builds all routes.
pub(crate) fn router(state: ServerState) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{id}", get(models::show))
        .route("/v1/chat/completions", post(chat::complete))
        .fallback(async || ApiError::NoSuchAddress)
        .method_not_allowed_fallback(async || ApiError::WrongMethod)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(refuse_foreign_hosts))
        .with_state(state)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn refuse_foreign_hosts(request: Request, next: Next) -> Response {
    if names_this_machine(request.headers()) { next.run(request).await } else { ApiError::ForeignHost.into_response() }
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_served(host: &str) -> bool {
        names_this_machine(&HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]))
    }

    #[test]
    fn only_names_of_this_machine_are_served() {
        for host in ["localhost", "localhost:8081", "127.0.0.1:1", "127.0.0.1", "[::1]:80", "[::1]"] {
            assert!(is_served(host), "{host}");
        }
        for host in ["example.org", "example.org:8081", "localhost.example.org", "127.0.0.1.example.org:80", "", ":1"] {
            assert!(!is_served(host), "{host}");
        }
        assert!(!names_this_machine(&HeaderMap::new()));
    }
}
