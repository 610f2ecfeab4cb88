//! `GET /v1/seen?day=`: what was counted of the account on one day.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use shared_types::seen::SeenResponse;

use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// The query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct SeenQuery {
    /// Days since 1970, UTC.
    day: u64,
}

/// Returns the counts.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    query: Result<Query<SeenQuery>, QueryRejection>,
    signed: Signed<0>,
) -> Result<Json<SeenResponse>, RouteError> {
    let Query(SeenQuery { day }) = query?;
    Ok(Json(relay.db.load_seen(&signed.account, day, relay.clock.now_s()).await?))
}
