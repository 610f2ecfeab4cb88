//! `POST /v1/hand-over/offer`: a new device waits to be let in.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use shared_types::error::ErrorCode;
use shared_types::hand_over::{Offer, OfferRequest};
use shared_types::limits::{HAND_OVER_LIFE_S, MAX_CONTROL_BYTES, MAX_OFFERS_OPEN};

use super::hash_of;
use crate::db::{OpenOffer, Opening};
use crate::error::RouteError;
use crate::request_log::ClientAddress;
use crate::signed::{Unsigned, check_write_protocol};
use crate::state::Relay;

/// Keeps it.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    unsigned: Unsigned<MAX_CONTROL_BYTES>,
) -> Result<StatusCode, RouteError> {
    check_write_protocol(&headers)?;
    let now = relay.clock.now_s();
    relay.windows.count_sign_in(address, now)?;
    let request: OfferRequest = unsigned.json()?;
    Offer::parse(&request.offer.0)?;
    let (answer_hash, expires_at) = (hash_of(&request.answer_id), now + HAND_OVER_LIFE_S);
    let offer = OpenOffer { answer_hash, offer: request.offer.0, expires_at };
    match relay.db.open_offer(&offer, now, MAX_OFFERS_OPEN).await? {
        Opening::Opened => Ok(StatusCode::NO_CONTENT),
        Opening::TooMany => Err(ErrorCode::RateLimited.into()),
    }
}
