//! `POST /v1/tickets`: lets the events socket in, once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use shared_types::account::TicketResponse;
use shared_types::ids::WireBytes;

use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// Issues a ticket for the session's device.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    signed: Signed<0>,
) -> Result<Json<TicketResponse>, RouteError> {
    let ticket = relay.tickets.issue(signed.account, signed.device, relay.clock.now_s());
    Ok(Json(TicketResponse { ticket: WireBytes(ticket.to_vec()) }))
}
