//! `GET /v1/log`: the whole account log.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use shared_types::account::LogResponse;
use shared_types::ids::WireBytes;

use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// Returns every entry, signatures included.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    signed: Signed<0>,
) -> Result<Json<LogResponse>, RouteError> {
    let entries = relay.db.list_log(&signed.account).await?;
    Ok(Json(LogResponse { entries: entries.into_iter().map(WireBytes).collect() }))
}
