//! An events socket.

use data_encoding::BASE64URL_NOPAD;
use futures_util::{SinkExt, StreamExt};
use shared_types::account::TicketResponse;
use shared_types::sync::RelayEvent;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Person, World};

/// A socket whose ticket was sent.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens a socket with a ticket, good or not.
    pub(crate) async fn open(world: &World, ticket: &str) -> Self {
        let address = format!("ws://{}/v1/events", world.address);
        let (mut socket, _) = tokio_tungstenite::connect_async(&address).await.unwrap();
        socket.send(Message::text(ticket)).await.unwrap();
        Self(socket)
    }

    /// The next event; `None` once the relay has closed the socket.
    pub(crate) async fn hear(&mut self) -> Option<RelayEvent> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                // Answered by itself with the next read.
                Some(Ok(Message::Ping(_))) => {}
                _ => return None,
            }
        }
    }
}

impl Person {
    /// A ticket for one socket.
    pub(crate) async fn ticket(&mut self, world: &World) -> String {
        let ticket: TicketResponse = self.call(world, "POST", "/v1/tickets", "").await.assert_ok().json();
        BASE64URL_NOPAD.encode(&ticket.ticket.0)
    }
}
