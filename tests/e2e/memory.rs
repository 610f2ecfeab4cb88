//! Freed memory of relay, local model, page and core is overwritten: seen from outside, in the true binaries.
//!
//! A word travels in a header, which neither looks at: the buffers that hold it are a library's, and only the
//! allocator can wipe them.

use anyhow::{Context, Result, ensure};
use e2e::browser::{Browser, Prf, WorkerKind};
use e2e::canary::{Canary, memory_of};
use e2e::pages::Welcome;
use e2e::screen::Screen;
use e2e::server::{LocalModel, Model, Relay};
use e2e::static_site::address_of;
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

/// What a person reads on the page and the core keeps.
const KEPT: &str = "heron-lantern-5518";

/// How many bytes the memory of the module at `address` has, and how often the words stand in it.
fn count_in_wasm(address: &str, words: &str) -> String {
    format!(
        "import('{address}').then((module) => module.default()).then(({{ memory }}) => {{
            const bytes = new Uint8Array(memory.buffer);
            const words = {words};
            const stands = (word) => {{
                let n = 0;
                for (let at = bytes.indexOf(word[0]); at !== -1; at = bytes.indexOf(word[0], at + 1)) {{
                    if (word.every((byte, index) => bytes[at + index] === byte)) n += 1;
                }}
                return n;
            }};
            return [bytes.length, words.reduce((sum, word) => sum + stands(word), 0)];
        }})"
    )
}

#[tokio::test]
async fn no_prf_output_stays_in_the_memory_of_page_or_core() -> Result<()> {
    // Adversary: a thief of the browser's memory after a sign-up.
    // Invariant: what the authenticator gave is gone once the keys are derived from it.
    // Regression caught: an output in a buffer of the bridge or of a serializer that is freed as it is.
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.watch_prf().await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask(KEPT).await?;
    chat.answer_with(KEPT).await?;
    chat.all_saved().await?;

    let (page_module, core_module) = (address_of("/sotto-page.js")?, address_of("/sotto-core.js")?);
    // Positive control: what page and core do hold is found.
    let kept = serde_json::json!([KEPT.as_bytes()]).to_string();
    let in_page = browser.evaluate(&count_in_wasm(&page_module, &kept)).await?;
    let in_core = browser.evaluate_in(WorkerKind::Core, &count_in_wasm(&core_module, &kept)).await?;
    for (what, found) in [("page", in_page), ("core", in_core)] {
        assert!(found[1].as_u64().unwrap_or_default() >= 1, "the {what} holds the question: {found}");
    }
    let outputs: Vec<Vec<u8>> = browser.prf_outputs().await?.into_iter().map(|seen| seen.output).collect();
    assert!(outputs.len() >= 2, "sign-up gives two outputs: {}", outputs.len());
    let outputs = serde_json::json!(outputs).to_string();
    let page = browser.evaluate(&count_in_wasm(&page_module, &outputs)).await?;
    let core = browser.evaluate_in(WorkerKind::Core, &count_in_wasm(&core_module, &outputs)).await?;
    for (what, found) in [("page", page), ("core", core)] {
        let [n_bytes, n_found] = [0, 1].map(|place| found[place].as_u64().unwrap_or_default());
        assert!(n_bytes > 1_000_000, "{what}: {found}");
        assert_eq!(n_found, 0, "PRF output is left in the memory of the {what}");
    }
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
