//! `GET /healthz`, `GET /readyz`: for whoever watches the process.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use crate::error::RouteError;
use crate::state::Relay;

/// The process answers.
pub(super) async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The database answers too.
pub(super) async fn ready(State(relay): State<Arc<Relay>>) -> Result<StatusCode, RouteError> {
    relay.db.check().await?;
    Ok(StatusCode::NO_CONTENT)
}
