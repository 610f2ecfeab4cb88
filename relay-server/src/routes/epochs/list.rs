//! `GET /v1/epochs?recipient=`: all sealed copies for one recipient, and all back links.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use shared_types::account::EpochsResponse;
use shared_types::ids::PartyId;

use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// The query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct EpochsQuery {
    recipient: PartyId,
}

/// Returns copies and back links.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    query: Result<Query<EpochsQuery>, QueryRejection>,
    signed: Signed<0>,
) -> Result<Json<EpochsResponse>, RouteError> {
    let Query(EpochsQuery { recipient }) = query?;
    let copies = relay.db.list_epoch_copies(&signed.account, &recipient).await?;
    let back_links = relay.db.list_back_links(&signed.account).await?;
    Ok(Json(EpochsResponse { copies, back_links }))
}
