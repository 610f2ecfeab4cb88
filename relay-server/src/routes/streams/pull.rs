//! `POST /v1/streams`: the batches that touch chosen streams, with the envelopes of these only.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use shared_types::limits::{MAX_BATCHES_PER_REQUEST, MAX_CONTROL_BYTES};
use shared_types::sync::StreamsBody;

use crate::db::Envelopes;
use crate::error::RouteError;
use crate::routes::batches::pull::page;
use crate::signed::Signed;
use crate::state::Relay;

/// Returns a page.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    signed: Signed<MAX_CONTROL_BYTES>,
) -> Result<Response, RouteError> {
    let StreamsBody { after, tags } = StreamsBody::parse(&signed.body)?;
    let envelopes = Envelopes::Of(&tags);
    Ok(page(&relay.db.load_page(&signed.account, after.0, MAX_BATCHES_PER_REQUEST, envelopes).await?))
}
