//! A provider that answers at once: OpenAI-compatible, 32 pieces of a word each.

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const N_PIECES: usize = 32;
const MODELS: &str = r#"{"object":"list","data":[{"id":"stub"}]}"#;

/// A running stub; it ends with the program.
pub(super) struct Stub {
    port: u16,
}

impl Stub {
    /// Starts on a free port.
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Who goes away in the middle is no matter.
                tokio::spawn(async move { drop(serve(stream).await) });
            }
        });
        Ok(Self { port })
    }

    /// Its port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Its OpenAI-compatible address.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }
}

/// A question as an OpenAI client asks it.
pub(super) fn question(port: u16) -> Vec<u8> {
    let body = serde_json::json!({
        "model": "stub", "stream": true, "max_tokens": 64,
        "messages": [{ "role": "user", "content": "hello" }],
    })
    .to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

async fn serve(mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let answer = answer();
    let mut received = Vec::new();
    loop {
        let Some((head, n_request)) = whole_request(&received)? else {
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
            continue;
        };
        received.drain(..n_request);
        if head.starts_with("GET ") {
            let reply = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{MODELS}",
                MODELS.len()
            );
            stream.write_all(reply.as_bytes()).await?;
        } else {
            for piece in &answer {
                stream.write_all(piece).await?;
            }
        }
        if head.to_ascii_lowercase().contains("connection: close") {
            return Ok(());
        }
    }
}

/// Head and length of the first request, once it is there with its body.
fn whole_request(received: &[u8]) -> Result<Option<(String, usize)>> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let (head, _) = received.split_at(end + 4);
    let head = std::str::from_utf8(head)?.to_owned();
    let lower = head.to_ascii_lowercase();
    let announced = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    let n_body: usize = announced.map_or(Ok(0), |number| number.trim().parse()).context("a length is a number")?;
    Ok((received.len() >= end + 4 + n_body).then_some((head, end + 4 + n_body)))
}

/// Head and pieces as they leave, one write each.
fn answer() -> Vec<Vec<u8>> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut writes = vec![head.as_bytes().to_vec()];
    for number in 0..N_PIECES {
        writes.push(chunk(&format!(
            "data: {{\"object\":\"chat.completion.chunk\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"word-{number} \"}}}}]}}\n\n"
        )));
    }
    let end = "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let mut last = chunk(end);
    last.extend_from_slice(b"0\r\n\r\n");
    writes.push(last);
    writes
}

fn chunk(text: &str) -> Vec<u8> {
    format!("{:x}\r\n{text}\r\n", text.len()).into_bytes()
}
