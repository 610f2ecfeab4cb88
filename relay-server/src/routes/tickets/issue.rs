//! `POST /v1/tickets`: lets the events socket in, once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use shared_types::account::TicketResponse;
use shared_types::ids::WireBytes;
use shared_types::limits::TICKET_LIFE_S;

use crate::db::Ticket;
use crate::error::RouteError;
use crate::sessions::new_token;
use crate::signed::Signed;
use crate::state::Relay;

/// Issues a ticket for the session's device.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    signed: Signed<0>,
) -> Result<Json<TicketResponse>, RouteError> {
    let (secret, ticket_hash) = new_token();
    let expires_at = relay.clock.now_s() + TICKET_LIFE_S;
    let ticket = Ticket { account: signed.account, device: signed.device, expires_at };
    relay.db.issue_ticket(&ticket_hash, &ticket).await?;
    Ok(Json(TicketResponse { ticket: WireBytes(secret.to_vec()) }))
}
