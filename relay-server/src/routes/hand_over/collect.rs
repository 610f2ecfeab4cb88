//! `POST /v1/hand-over/collect`: whether a new device was answered; `not_found` once it is too late.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use shared_types::error::ErrorCode;
use shared_types::hand_over::{CollectRequest, CollectResponse};
use shared_types::ids::WireBytes;
use shared_types::limits::MAX_CONTROL_BYTES;

use super::hash_of;
use crate::db::OfferState;
use crate::error::RouteError;
use crate::signed::Unsigned;
use crate::state::Relay;

/// Gives the answer, as often as it is asked for.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    unsigned: Unsigned<MAX_CONTROL_BYTES>,
) -> Result<Json<CollectResponse>, RouteError> {
    let request: CollectRequest = unsigned.json()?;
    let answer = match relay.db.find_answer(&hash_of(&request.answer_id), relay.clock.now_s()).await? {
        OfferState::Gone => return Err(ErrorCode::NotFound.into()),
        OfferState::Waits => None,
        OfferState::Answered(answered) => Some(WireBytes(answered.answer)),
    };
    Ok(Json(CollectResponse { answer }))
}
