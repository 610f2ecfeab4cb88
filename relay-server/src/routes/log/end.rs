//! `GET /v1/accounts/{account_id}/end`: the account log up to the end of the device that asks.
//!
//! A device that was taken off has no session any more. Its own key proves that it is that device, and all that it
//! gets is what it needs to see that it was: nothing that came after.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use shared_types::account::LogResponse;
use shared_types::ids::WireBytes;
use shared_types::log::AcceptedEntry;

use crate::error::RouteError;
use crate::signed::SignedByEnded;
use crate::state::Relay;

/// Returns the entries up to the device's end and the rotation that belongs to it.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    ended: SignedByEnded,
) -> Result<Json<LogResponse>, RouteError> {
    let is_whole = |entry: &AcceptedEntry| entry.entry.seq >= ended.end.log_seq && !entry.is_rotation_due;
    let n_shown = ended.log.entries().iter().position(is_whole).map_or(0, |last| last + 1);
    let entries = relay.db.list_log(&ended.log.account_id()).await?;
    Ok(Json(LogResponse { entries: entries.into_iter().take(n_shown).map(WireBytes).collect() }))
}
