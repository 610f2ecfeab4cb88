//! A change of keys of an account with 10,000 chats, in a worker: what the core does, without network and disk.

use anyhow::Result;
use serde_json::json;

use crate::figures::{Figure, median};
use crate::page::Page;

const N_ROUNDS: usize = 15;
const N_CHATS: u32 = 10_000;

/// Changes the keys again and again.
pub(crate) async fn measure() -> Result<Vec<Figure>> {
    let (page, ()) = Page::open("keys.js", |_| Ok(())).await?;
    let mut runs_ms = Vec::with_capacity(N_ROUNDS);
    for _ in 0..N_ROUNDS {
        runs_ms.push(page.measure(&json!({ "n_chats": N_CHATS })).await?);
    }
    Ok(vec![Figure::new("keys.rotate_10k.ms", median(runs_ms.iter().copied()), "ms")])
}
