//! `GET /v1/hand-over/offers`: every device that waits. Whoever knows a secret finds the one that shows it; which one
//! that was, the relay does not learn from asking.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use shared_types::hand_over::OffersResponse;
use shared_types::ids::WireBytes;

use super::check_confirmed;
use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// Lists them.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    signed: Signed<0>,
) -> Result<Json<OffersResponse>, RouteError> {
    check_confirmed(&relay, &signed).await?;
    let offers = relay.db.list_offers(relay.clock.now_s()).await?;
    Ok(Json(OffersResponse { offers: offers.into_iter().map(WireBytes).collect() }))
}
