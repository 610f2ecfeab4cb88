//! `GET /v1/prompts/{turn_id}?after=`: the frames of a turn after the last one that arrived.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use shared_types::error::ErrorCode;
use shared_types::ids::TurnId;

use super::ask::answer;
use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// The query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct ResumeQuery {
    after: Option<u32>,
}

/// Streams from the frame after `after`, or from the first.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    path: Result<Path<TurnId>, PathRejection>,
    query: Result<Query<ResumeQuery>, QueryRejection>,
    signed: Signed<0>,
) -> Result<Response, RouteError> {
    let (Path(turn_id), Query(ResumeQuery { after })) = (path?, query?);
    let turn = relay.turns.find(signed.account, turn_id, relay.clock.now_s()).ok_or(ErrorCode::NotFound)?;
    turn.wait_for_first_frame().await?;
    let first = after.map_or(Some(0), |after| usize::try_from(after).ok()?.checked_add(1));
    Ok(answer(&turn, first.ok_or(ErrorCode::Malformed)?))
}
