//! Sealing and opening in real Chromium: our envelopes against the browser's AES-256-GCM and libsodium's
//! XChaCha20-Poly1305, in one worker of one page, taking turns.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::figures::{Figure, median, median_ratio};
use crate::page::Page;
use crate::peers::LIBSODIUM;
use crate::{Outcome, workspace_root};

/// Turns of every contestant.
const N_ROUNDS: usize = 15;
/// Least time of one turn, milliseconds.
const TURN_MS: u32 = 250;
const SMALL_BYTES: usize = 1024;
const LARGE_BYTES: usize = 1024 * 1024;

/// What is measured under one name: who, doing what, how large.
struct Race {
    name: &'static str,
    verb: &'static str,
    n_bytes: usize,
    peers: &'static [&'static str],
}

const RACES: [Race; 3] = [
    Race { name: "seal_1k", verb: "seal", n_bytes: SMALL_BYTES, peers: &["webcrypto", "libsodium"] },
    Race { name: "open_1k", verb: "open", n_bytes: SMALL_BYTES, peers: &["webcrypto"] },
    Race { name: "seal_1m", verb: "seal", n_bytes: LARGE_BYTES, peers: &["webcrypto"] },
];

/// Runs all races.
pub(crate) async fn measure() -> Result<Outcome> {
    let (page, missing) = Page::open("worker.js", |folder| LIBSODIUM.copy_to(folder)).await?;
    let mut figures = Vec::new();
    for race in RACES {
        let is_there = |peer: &&&str| **peer != "libsodium" || missing.is_none();
        let peers: Vec<&str> = race.peers.iter().filter(is_there).copied().collect();
        figures.extend(run(&page, &race, &peers).await?);
    }
    Ok(Outcome { figures, missing })
}

/// Builds the core's code for envelopes and rows with the profile, flags and tools of the product.
pub(crate) fn build_wasm() -> Result<()> {
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut build = Command::new(cargo);
    build.current_dir(workspace_root()?).args(["run", "--quiet", "--locked", "-p", "xtask", "--", "bench"]);
    let status = build.stdout(Stdio::null()).status().context("cargo did not start")?;
    ensure!(status.success(), "the WASM of the bench could not be built");
    Ok(())
}

async fn run(page: &Page, race: &Race, peers: &[&str]) -> Result<Vec<Figure>> {
    let contestants: Vec<&str> = std::iter::once("ours").chain(peers.iter().copied()).collect();
    let mut runs: Vec<Vec<f64>> = vec![Vec::new(); contestants.len()];
    for _ in 0..N_ROUNDS {
        for (runs, contestant) in runs.iter_mut().zip(&contestants) {
            let task = json!({ "contestant": contestant, "verb": race.verb, "n_bytes": race.n_bytes, "ms": TURN_MS });
            runs.push(page.measure(&task).await?);
        }
    }
    let mut figures = Vec::new();
    for (contestant, runs) in contestants.iter().zip(&runs) {
        let name = format!("crypto.{}.{contestant}", race.name);
        figures.push(Figure::new(name, median(runs.iter().copied()), "1/s"));
    }
    let (ours, theirs) = runs.split_first().context("ours runs always")?;
    for (peer, theirs) in peers.iter().zip(theirs) {
        let name = format!("crypto.{}.ratio_{peer}", race.name);
        figures.push(Figure::new(name, median_ratio(ours, theirs), "ratio"));
    }
    Ok(figures)
}
