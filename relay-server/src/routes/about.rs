//! `GET /v1/about`: what a client needs before it signs anything.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use shared_types::account::AboutResponse;
use shared_types::limits::PROTOCOL;

use crate::state::Relay;

/// Tells protocol, rp id, who may sign up, and the models.
pub(super) async fn show(State(relay): State<Arc<Relay>>) -> Json<AboutResponse> {
    let now = relay.clock.now_s();
    Json(AboutResponse {
        protocol: PROTOCOL,
        rp_id: relay.site.rp_id.clone(),
        sign_up: relay.site.sign_up,
        models: relay.providers.offers(now),
        now,
    })
}
