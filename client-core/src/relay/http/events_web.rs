//! The events socket in a browser's worker.

use futures_util::{SinkExt, StreamExt, future};
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;

use super::super::{EventStream, RelayError};
use super::read_event;

/// Connects and shows the ticket; dropping the stream ends the connection.
pub(super) async fn open(address: &str, ticket: String) -> Result<EventStream, RelayError> {
    let mut socket = WebSocket::open(address).map_err(|_| RelayError::Unreachable)?;
    socket.send(Message::Text(ticket)).await.map_err(|_| RelayError::Unreachable)?;
    let frames = socket.take_while(|frame| future::ready(frame.is_ok()));
    let events = frames.filter_map(async |frame| match frame {
        Ok(Message::Text(text)) => read_event(&text),
        Ok(Message::Bytes(_)) | Err(_) => None,
    });
    Ok(events.boxed_local())
}
