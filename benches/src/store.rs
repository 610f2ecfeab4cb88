//! Rows in real Chromium: sealing and committing, reading and opening 10,000 of them through the core's store, against
//! the plain API of IndexedDB with open rows, in workers of one page, taking turns.

use anyhow::Result;
use serde_json::json;

use crate::Outcome;
use crate::figures::{Figure, median, median_ratio};
use crate::page::Page;

/// Turns of each.
const N_ROUNDS: usize = 9;
const N_ROWS: u32 = 10_000;
const N_BYTES: usize = 1024;
const CONTESTANTS: [&str; 2] = ["ours", "plain"];

/// Writes all rows, then reads them, turn by turn.
pub(crate) async fn measure() -> Result<Outcome> {
    let (page, ()) = Page::open("store.js", |_| Ok(())).await?;
    let mut figures = Vec::new();
    for verb in ["write", "read"] {
        figures.extend(race(&page, verb).await?);
    }
    Ok(Outcome::of(figures))
}

async fn race(page: &Page, verb: &str) -> Result<Vec<Figure>> {
    let mut runs_ms: [Vec<f64>; CONTESTANTS.len()] = Default::default();
    for round in 0..=N_ROUNDS {
        for (runs_ms, contestant) in runs_ms.iter_mut().zip(CONTESTANTS) {
            let task = json!({ "contestant": contestant, "verb": verb, "n_rows": N_ROWS, "n_bytes": N_BYTES });
            let ms = page.measure(&task).await?;
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
