//! `GET /v1/anchors/{method}`: the newest anchor of a method.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use shared_types::account::AnchorResponse;
use shared_types::ids::MethodId;

use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// Returns the anchor, if there is one.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    path: Result<Path<MethodId>, PathRejection>,
    signed: Signed<0>,
) -> Result<Json<AnchorResponse>, RouteError> {
    let Path(method) = path?;
    Ok(Json(AnchorResponse { anchor: relay.db.find_anchor(&signed.account, &method).await? }))
}
