//! The events socket natively.

use futures_util::{SinkExt, StreamExt, future};
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::super::{EventStream, RelayError};
use super::read_event;

/// An event is one short line.
const MAX_EVENT_BYTES: usize = 4096;

/// Connects and shows the ticket; dropping the stream ends the connection.
pub(super) async fn open(address: &str, ticket: String) -> Result<EventStream, RelayError> {
    let limits =
        WebSocketConfig::default().max_message_size(Some(MAX_EVENT_BYTES)).max_frame_size(Some(MAX_EVENT_BYTES));
    let connected = connect_async_with_config(address, Some(limits), true).await;
    let (mut socket, _) = connected.map_err(|_| RelayError::Unreachable)?;
    socket.send(Message::text(ticket)).await.map_err(|_| RelayError::Unreachable)?;
    let frames = socket.take_while(|frame| future::ready(frame.is_ok()));
    let events = frames.filter_map(async |frame| read_event(frame.ok()?.to_text().ok()?));
    Ok(events.boxed_local())
}
