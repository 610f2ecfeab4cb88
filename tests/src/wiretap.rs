//! A tap on a wire, such as the one between browser and relay: forwards every byte and keeps it, each way.

use std::sync::{Arc, Mutex};

use anyhow::Result;
use memchr::memmem;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What went over one connection.
#[derive(Debug, Clone, Default)]
struct Connection {
    asked: Vec<u8>,
    answered: Vec<u8>,
}

type Kept = Arc<Mutex<Vec<Connection>>>;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

/// A running tap.
pub struct Wiretap {
    port: u16,
    kept: Kept,
}

impl Wiretap {
    /// Listens on a free port and forwards to a server's port.
    pub async fn on(server_port: u16) -> Result<Self> {
        Self::start(TcpListener::bind("127.0.0.1:0").await?, server_port)
    }

    /// Forwards what comes to a listener to a server's port.
    pub fn start(listener: TcpListener, server_port: u16) -> Result<Self> {
        let port = listener.local_addr()?.port();
        let kept = Kept::default();
        let writing = kept.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, server_port, writing.clone()));
            }
        });
        Ok(Self { port, kept })
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where people open the relay through this tap.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Everything that went towards the server, one piece a connection; the messages of a WebSocket follow it once
    /// more without their mask.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        let whole = |connection: &Connection| {
            let messages = unmasked(&connection.asked).concat();
            [connection.asked.as_slice(), &messages].concat()
        };
        self.kept.lock().expect("no holder of this lock panics").iter().map(whole).collect()
    }

    /// Everything that the server answered, one piece a connection.
    pub fn answered(&self) -> Vec<Vec<u8>> {
        let connections = self.kept.lock().expect("no holder of this lock panics");
        connections.iter().map(|connection| connection.answered.clone()).collect()
    }

    /// What browsers said over WebSockets, without their masks.
    pub fn socket_messages(&self) -> Vec<Vec<u8>> {
        let connections = self.kept.lock().expect("no holder of this lock panics");
        connections.iter().flat_map(|connection| unmasked(&connection.asked)).collect()
    }
}

async fn forward(client: TcpStream, server_port: u16, kept: Kept) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server_port)).await else { return };
    let index = {
        let mut connections = kept.lock().expect("no holder of this lock panics");
        connections.push(Connection::default());
        connections.len() - 1
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let answers = tokio::spawn(copy(from_server, to_client, kept.clone(), (index, Way::Back)));
    copy(from_client, to_server, kept, (index, Way::There)).await;
    answers.abort();
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    kept: Kept,
    (index, way): (usize, Way),
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n_bytes @ 1..) = from.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..n_bytes) else { break };
        if let Some(connection) = kept.lock().expect("no holder of this lock panics").get_mut(index) {
            let side = if way == Way::There { &mut connection.asked } else { &mut connection.answered };
            side.extend_from_slice(bytes);
        }
        if to.write_all(bytes).await.is_err() {
            break;
        }
    }
}

/// Messages of a client on a WebSocket (RFC 6455 §5.2); none if the connection is none.
fn unmasked(asked: &[u8]) -> Vec<Vec<u8>> {
    let Some(end_of_head) = memmem::find(asked, b"\r\n\r\n") else { return Vec::new() };
    let (head, mut rest) = asked.split_at(end_of_head + 4);
    if memmem::find(&head.to_ascii_lowercase(), b"upgrade: websocket").is_none() {
        return Vec::new();
    }
    let mut messages = Vec::new();
    while let Some((message, after)) = next_message(rest) {
        messages.push(message);
        rest = after;
    }
    messages
}

fn next_message(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let ([_, length], rest) = bytes.split_first_chunk::<2>()?;
    let (n_bytes, rest) = match length & 0x7f {
        126 => rest.split_first_chunk::<2>().map(|(long, rest)| (usize::from(u16::from_be_bytes(*long)), rest))?,
        127 => {
            let (long, rest) = rest.split_first_chunk::<8>()?;
            (usize::try_from(u64::from_be_bytes(*long)).ok()?, rest)
        }
        short => (usize::from(short), rest),
    };
    let (mask, rest) = rest.split_first_chunk::<4>()?;
    let (masked, after) = rest.split_at_checked(n_bytes)?;
    Some((masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect(), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stands before the length of a message with a mask.
    const MASKED: u8 = 0x80;

    #[test]
    fn the_messages_of_a_web_socket_are_read_through_their_masks() {
        let mut asked = b"GET /v1/events HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".to_vec();
        let mask = *b"mask";
        let long = "x".repeat(300);
        for text in ["ticket", &long] {
            let length = match u8::try_from(text.len()) {
                Ok(short) if short < 126 => vec![MASKED + short],
                _ => [vec![MASKED + 126], u16::try_from(text.len()).unwrap().to_be_bytes().to_vec()].concat(),
            };
            let masked: Vec<u8> = text.bytes().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            asked.extend([vec![0x81], length, mask.to_vec(), masked].concat());
        }
        assert_eq!(unmasked(&asked), [b"ticket".to_vec(), long.into_bytes()]);
        assert_eq!(unmasked(b"GET / HTTP/1.1\r\n\r\n"), [b""; 0]);
    }
}
