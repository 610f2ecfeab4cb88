//! `GET /v1/batches?after=&limit=&envelopes=all|none`: batches in the relay's order.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Deserialize;
use shared_types::error::ErrorCode;
use shared_types::limits::MAX_BATCHES_PER_REQUEST;
use shared_types::sync::PageBody;

use crate::db::Envelopes;
use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// The query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct PullQuery {
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
    #[serde(default)]
    envelopes: Inline,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Inline {
    #[default]
    All,
    None,
}

/// Returns a page.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    query: Result<Query<PullQuery>, QueryRejection>,
    signed: Signed<0>,
) -> Result<Response, RouteError> {
    let Query(PullQuery { after, limit, envelopes }) = query?;
    let limit = limit.unwrap_or(MAX_BATCHES_PER_REQUEST);
    if !(1..=MAX_BATCHES_PER_REQUEST).contains(&limit) {
        return Err(ErrorCode::Malformed.into());
    }
    let envelopes = match envelopes {
        Inline::All => Envelopes::All,
        Inline::None => Envelopes::None,
    };
    Ok(page(&relay.db.load_page(&signed.account, after, limit, envelopes).await?))
}

/// A page as it goes over the wire.
pub(in crate::routes) fn page(body: &PageBody) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], body.to_bytes()).into_response()
}
