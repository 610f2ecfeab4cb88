//! `PUT /v1/anchors/{method}`: a newer anchor of a method.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use shared_types::account::AnchorPut;
use shared_types::error::ErrorCode;
use shared_types::ids::MethodId;
use shared_types::limits::{MAX_ANCHOR_BYTES, MAX_CONTROL_BYTES};

use crate::db::Anchoring;
use crate::error::RouteError;
use crate::signed::{Signed, check_write_protocol};
use crate::state::Relay;

/// Stores it.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    path: Result<Path<MethodId>, PathRejection>,
    headers: HeaderMap,
    signed: Signed<MAX_CONTROL_BYTES>,
) -> Result<StatusCode, RouteError> {
    let Path(method) = path?;
    check_write_protocol(&headers)?;
    let anchor: AnchorPut = signed.json()?;
    if anchor.method != method {
        return Err(ErrorCode::Malformed.into());
    }
    if anchor.envelope.0.len() > MAX_ANCHOR_BYTES {
        return Err(ErrorCode::TooLarge.into());
    }
    let log = relay.load_log(&signed.account).await?;
    let is_method_active = log.method(&method).is_some_and(shared_types::log::MethodState::is_active);
    // Whoever holds one method must not spoil what another one would be told by.
    if !is_method_active || method != signed.method || !Relay::is_active(&log, &signed.device) {
        return Err(ErrorCode::NotAllowed.into());
    }
    match relay.db.put_anchor(&signed.account, &anchor).await? {
        Anchoring::Stored => Ok(StatusCode::NO_CONTENT),
        Anchoring::Conflict => Err(ErrorCode::AnchorConflict.into()),
    }
}
