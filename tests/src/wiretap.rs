//! A tap on the wire between browser and relay: forwards every byte and keeps what went towards the relay.

use std::sync::{Arc, Mutex};

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Bytes of one connection at a time, in order of arrival.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// A running tap.
pub struct Wiretap {
    port: u16,
    heard: Heard,
}

impl Wiretap {
    /// Listens on a free port and forwards to the relay's port.
    pub fn start(listener: TcpListener, relay_port: u16) -> Result<Self> {
        let port = listener.local_addr()?.port();
        let heard = Heard::default();
        let kept = heard.clone();
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(forward(browser, relay_port, kept.clone()));
            }
        });
        Ok(Self { port, heard })
    }

    /// Where people open the relay through this tap.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Everything that went towards the relay, one piece a connection.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().expect("no holder of this lock panics").clone()
    }
}

async fn forward(browser: TcpStream, relay_port: u16, heard: Heard) {
    let Ok(relay) = TcpStream::connect(("127.0.0.1", relay_port)).await else { return };
    let index = {
        let mut pieces = heard.lock().expect("no holder of this lock panics");
        pieces.push(Vec::new());
        pieces.len() - 1
    };
    let (mut from_browser, mut to_browser) = browser.into_split();
    let (mut from_relay, mut to_relay) = relay.into_split();
    let answers = tokio::spawn(async move { tokio::io::copy(&mut from_relay, &mut to_browser).await });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n_bytes @ 1..) = from_browser.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..n_bytes) else { break };
        if let Some(piece) = heard.lock().expect("no holder of this lock panics").get_mut(index) {
            piece.extend_from_slice(bytes);
        }
        if to_relay.write_all(bytes).await.is_err() {
            break;
        }
    }
    answers.abort();
}
