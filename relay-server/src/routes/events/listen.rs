//! `GET /v1/events`: a WebSocket that tells what moved. Its first frame must be a ticket, as base64url text.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use shared_types::error::ErrorCode;
use shared_types::ids::Hash;
use shared_types::sync::RelayEvent;
use tokio::sync::broadcast;
use tracing::Instrument;

use crate::db::Ticket;
use crate::error::RouteError;
use crate::events::{CATCH_UP, Told};
use crate::state::{Relay, ended};

const TICKET_WAIT: Duration = Duration::from_secs(10);
/// A client sends a ticket and answers to pings, nothing longer.
const MAX_CLIENT_FRAME_BYTES: usize = 1024;

/// Takes the connection over.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, RouteError> {
    let span = tracing::Span::current();
    let upgrade = upgrade.map_err(|_| ErrorCode::Malformed)?;
    Ok(upgrade
        // A socket waits most of its life, and there are many: no room for more than ever comes or goes.
        .read_buffer_size(MAX_CLIENT_FRAME_BYTES)
        .write_buffer_size(0)
        .max_message_size(MAX_CLIENT_FRAME_BYTES)
        .max_frame_size(MAX_CLIENT_FRAME_BYTES)
        .on_upgrade(move |socket| serve(relay, socket).instrument(span)))
}

async fn serve(relay: Arc<Relay>, mut socket: WebSocket) {
    let first = tokio::time::timeout(TICKET_WAIT, socket.recv()).await;
    let Ok(Some(Ok(Message::Text(text)))) = first else { return };
    let Some(ticket) = take_ticket(&relay, &text).await else { return };
    if relay.events.n_listeners(&ticket.account) >= relay.config.limits.sockets_per_account {
        return;
    }
    let told = relay.events.listen(ticket.account);
    if tell(&mut socket, RelayEvent::Hello).await.is_ok() {
        // A socket that breaks is simply over; its client comes back.
        drop(forward(&relay, &mut socket, ticket, told).await);
    }
}

async fn take_ticket(relay: &Relay, text: &str) -> Option<Ticket> {
    let secret: [u8; 32] = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()?;
    let taken = relay.db.take_ticket(&Hash::of(&[&secret]), relay.clock.now_s()).await;
    taken.inspect_err(|error| tracing::error!(error = %error, "a ticket could not be looked up")).ok()?
}

async fn forward(
    relay: &Relay,
    socket: &mut WebSocket,
    ticket: Ticket,
    mut told: broadcast::Receiver<Told>,
) -> Result<(), axum::Error> {
    let mut ending = relay.ending();
    let mut pings = tokio::time::interval(Duration::from_secs(relay.config.limits.ping_s.max(1)));
    pings.tick().await;
    let mut was_heard = true;
    loop {
        tokio::select! {
            () = ended(&mut ending) => return Ok(()),
            _ = pings.tick() => {
                if !std::mem::take(&mut was_heard) {
                    return Ok(());
                }
                socket.send(Message::Ping(bytes::Bytes::new())).await?;
            }
            received = socket.recv() => match received {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => was_heard = true,
                Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Close(_)) | Err(_)) | None => return Ok(()),
            },
            moved = told.recv() => match moved {
                Ok(Told { only: Some(device), .. }) if device != ticket.device => {}
                Ok(Told { event, .. }) => {
                    tell(socket, event).await?;
                    if event == RelayEvent::SignedOut {
                        return Ok(());
                    }
                }
                // Whoever fell behind is sent to look at everything.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    for event in CATCH_UP {
                        tell(socket, event).await?;
                    }
                }
                Err(broadcast::error::RecvError::Closed) => return Ok(()),
            },
        }
    }
}

async fn tell(socket: &mut WebSocket, event: RelayEvent) -> Result<(), axum::Error> {
    let text = serde_json::to_string(&event).map_err(axum::Error::new)?;
    socket.send(Message::Text(text.into())).await
}
