//! A change of keys of an account with 10,000 chats, in a worker: what the core does, without network and disk.

use anyhow::{Context, Result};
use e2e::browser::Browser;
use e2e::static_site::StaticSite;
use serde_json::json;

use crate::crypto::{build_wasm, copy_pages};
use crate::figures::{Figure, median};
use crate::workspace_root;

const N_ROUNDS: usize = 15;
const N_CHATS: u32 = 10_000;
const PAGES: [&str; 3] = ["index.html", "bench.js", "keys.js"];

/// Changes the keys again and again.
pub(crate) async fn measure() -> Result<Vec<Figure>> {
    let folder = workspace_root()?.join("target/bench");
    build_wasm()?;
    copy_pages(&folder, &PAGES)?;
    let site = StaticSite::serve(&folder).await?;
    let browser = Browser::open_fresh().await?;
    browser.go(&format!("{}/", site.origin())).await?;
    browser.wait_until("typeof globalThis.measure === 'function'").await?;
    let mut runs_ms = Vec::with_capacity(N_ROUNDS);
    for _ in 0..N_ROUNDS {
        let task = json!({ "n_chats": N_CHATS });
        let answer = browser.evaluate(&format!("globalThis.measure({task}, '/keys.js')")).await?;
        runs_ms.push(answer.as_f64().context("a turn ends in a number")?);
    }
    Ok(vec![Figure::new("keys.rotate_10k.ms", median(runs_ms.iter().copied()), "ms")])
}
