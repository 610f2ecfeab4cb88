//! `DELETE /v1/prompts/{turn_id}`: stops a running answer; forgets one that has ended.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use http::StatusCode;
use shared_types::error::ErrorCode;
use shared_types::ids::TurnId;

use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// Stops or forgets.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    path: Result<Path<TurnId>, PathRejection>,
    signed: Signed<0>,
) -> Result<StatusCode, RouteError> {
    let Path(turn_id) = path?;
    let turn = relay.turns.find(signed.account, turn_id, relay.clock.now_s()).ok_or(ErrorCode::NotFound)?;
    if turn.is_running() {
        turn.stop();
    } else {
        relay.turns.forget(signed.account, turn_id);
    }
    Ok(StatusCode::NO_CONTENT)
}
