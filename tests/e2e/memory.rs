//! Freed memory of the relay and of the local model is overwritten: seen from outside, in the true binaries.
//!
//! A word travels in a header, which neither looks at: the buffers that hold it are a library's, and only the
//! allocator can wipe them.

use anyhow::{Context, Result, ensure};
use e2e::canary::{Canary, memory_of};
use e2e::server::{LocalModel, Model, Relay};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Looks at a process before it must have freed what it read.
const MAX_LOOKS: usize = 200;
const WORD: &str = "walrus-parapet-2267-";
/// How often the word stands in the header.
const N_TIMES: usize = 150;

fn count_in_memory(process_id: u32) -> Result<usize> {
    let canary = Canary::text("a header", WORD);
    Ok(memory_of(process_id)?.iter().map(|region| canary.count_in(region)).sum())
}

/// Sends a request with the word in a header, and looks while the process holds it and after it has let go.
async fn assert_overwritten(process_id: u32, port: u16) -> Result<()> {
    assert_eq!(count_in_memory(process_id)?, 0);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let head = format!("GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nX-Word: {}\r\n", WORD.repeat(N_TIMES));
    stream.write_all(head.as_bytes()).await?;
    let mut n_held = 0;
    for _ in 0..MAX_LOOKS {
        n_held = n_held.max(count_in_memory(process_id)?);
        if n_held >= N_TIMES {
            break;
        }
    }
    ensure!(n_held >= N_TIMES, "half a request is held until its end: {n_held}");

    stream.write_all(b"Connection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    let mut n_left = n_held;
    for _ in 0..MAX_LOOKS {
        n_left = count_in_memory(process_id)?;
        if n_left == 0 {
            break;
        }
    }
    assert_eq!(n_left, 0, "freed memory still holds what was sent");
    Ok(())
}

#[tokio::test]
async fn the_relay_overwrites_what_it_frees() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    assert_overwritten(relay.process_id().context("it runs")?, relay.port()).await
}

#[tokio::test]
async fn the_local_model_overwrites_what_it_frees() -> Result<()> {
    let model = LocalModel::start().await?;
    assert_overwritten(model.process_id().context("it runs")?, model.port()).await
}
