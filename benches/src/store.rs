//! Rows in real Chromium: sealing and committing, reading and opening 10,000 of them through the core's store, against
//! the plain API of IndexedDB with open rows, in workers of one page, taking turns.

use anyhow::{Context, Result};
use e2e::browser::Browser;
use e2e::static_site::StaticSite;
use serde_json::json;

use crate::crypto::{build_wasm, copy_pages};
use crate::figures::{Figure, median, median_ratio};
use crate::{Outcome, workspace_root};

/// Turns of each.
const N_ROUNDS: usize = 9;
const N_ROWS: u32 = 10_000;
const N_BYTES: usize = 1024;
const PAGES: [&str; 3] = ["index.html", "bench.js", "store.js"];
const CONTESTANTS: [&str; 2] = ["ours", "plain"];

/// Writes all rows, then reads them, turn by turn.
pub(crate) async fn measure() -> Result<Outcome> {
    let folder = workspace_root()?.join("target/bench");
    build_wasm()?;
    copy_pages(&folder, &PAGES)?;
    let site = StaticSite::serve(&folder).await?;
    let browser = Browser::open_fresh().await?;
    browser.go(&format!("{}/", site.origin())).await?;
    browser.wait_until("typeof globalThis.measure === 'function'").await?;
    let mut figures = Vec::new();
    for verb in ["write", "read"] {
        figures.extend(race(&browser, verb).await?);
    }
    Ok(Outcome::of(figures))
}

async fn race(browser: &Browser, verb: &str) -> Result<Vec<Figure>> {
    let mut runs_ms: [Vec<f64>; CONTESTANTS.len()] = Default::default();
    for round in 0..=N_ROUNDS {
        for (runs_ms, contestant) in runs_ms.iter_mut().zip(CONTESTANTS) {
            let task = json!({ "contestant": contestant, "verb": verb, "n_rows": N_ROWS, "n_bytes": N_BYTES });
            let answer = browser.evaluate(&format!("globalThis.measure({task}, '/store.js')")).await?;
            let ms = answer.as_f64().context("a turn ends in a number")?;
            // The first turn of each warms up.
            if round > 0 {
                runs_ms.push(ms);
            }
        }
    }
    let [ours_ms, plain_ms] = &runs_ms;
    Ok(vec![
        Figure::new(format!("store.{verb}_10k.ours"), median(ours_ms.iter().copied()), "ms"),
        Figure::new(format!("store.{verb}_10k.plain"), median(plain_ms.iter().copied()), "ms"),
        Figure::new(format!("store.{verb}_10k.ratio_plain"), median_ratio(ours_ms, plain_ms), "ratio"),
    ])
}
