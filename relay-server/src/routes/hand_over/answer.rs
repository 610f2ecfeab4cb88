//! `POST /v1/hand-over/answer`: a confirmed device lets a new one in; each offer is answered once.

use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use shared_types::error::ErrorCode;
use shared_types::hand_over::{AnswerRequest, OfferAnswer};
use shared_types::limits::MAX_CONTROL_BYTES;

use super::{check_confirmed, hash_of};
use crate::db::OfferAnswered;
use crate::error::RouteError;
use crate::signed::{Signed, check_write_protocol};
use crate::state::Relay;

/// Keeps it for the new device.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    headers: HeaderMap,
    signed: Signed<MAX_CONTROL_BYTES>,
) -> Result<StatusCode, RouteError> {
    check_write_protocol(&headers)?;
    let request: AnswerRequest = signed.json()?;
    let answer = OfferAnswer::parse(&request.answer.0)?;
    check_confirmed(&relay, &signed).await?;
    if answer.account_id != signed.account || answer.by != signed.device {
        return Err(ErrorCode::NotAllowed.into());
    }
    let answered = OfferAnswered { account: signed.account, answer: request.answer.0 };
    let was_open = relay.db.answer_offer(&hash_of(&request.answer_id), &answered, relay.clock.now_s()).await?;
    if was_open { Ok(StatusCode::NO_CONTENT) } else { Err(ErrorCode::NotFound.into()) }
}
