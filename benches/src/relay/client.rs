//! The client of every contestant: one connection for each request, opened inside the clock.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::figures::median;

/// The last word of the stub.
const LAST_WORD: &[u8] = b"word-31";
/// Where the last word stands, from the end: in the last frames, padded or not.
const N_END_BYTES: usize = 1200;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// The middle of the times to the first byte of an answer, milliseconds, one question after the other.
pub(super) async fn first_byte_ms(port: u16, questions: Vec<Vec<u8>>) -> Result<f64> {
    let mut times = Vec::with_capacity(questions.len());
    for question in questions {
        times.push(ask(port, &question).await?.as_secs_f64() * 1000.0);
    }
    Ok(median(times))
}

/// Answers a second, read to their ends, while every client asks one question after the other.
pub(super) async fn per_second(port: u16, clients: Vec<Vec<Vec<u8>>>) -> Result<f64> {
    let n_questions: u32 = clients.iter().map(|questions| u32::try_from(questions.len()).unwrap_or(u32::MAX)).sum();
    let began = now();
    let running = clients.into_iter().map(|questions| async move {
        for question in questions {
            ask(port, &question).await?;
        }
        Ok::<(), anyhow::Error>(())
    });
    try_join_all(running).await?;
    Ok(f64::from(n_questions) / began.elapsed().as_secs_f64())
}

/// Asks, reads the whole answer, and returns how long its first byte took.
async fn ask(port: u16, question: &[u8]) -> Result<Duration> {
    let began = now();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    stream.write_all(question).await?;
    let mut answer = Vec::with_capacity(16 * 1024);
    let mut first_byte = None;
    while stream.read_buf(&mut answer).await? > 0 {
        // The client is not to be what is measured: it looks at each byte of the head once, and of the rest at the end.
        if first_byte.is_none() && has_body(&answer) {
            first_byte = Some(began.elapsed());
        }
    }
    let (_, end) = answer.split_at(answer.len().saturating_sub(N_END_BYTES));
    let is_answered = answer.starts_with(b"HTTP/1.1 200 ") && contains(end, LAST_WORD);
    ensure!(is_answered, "an answer is {}", String::from_utf8_lossy(&answer));
    first_byte.context("an answer has a body")
}

fn has_body(answer: &[u8]) -> bool {
    let head = answer.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD);
    head.is_some_and(|end| answer.len() > end + END_OF_HEAD.len())
}

fn contains(answer: &[u8], part: &[u8]) -> bool {
    answer.windows(part.len()).any(|window| window == part)
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn now() -> Instant {
    Instant::now()
}
