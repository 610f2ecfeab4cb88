//! Argon2id and a sign-in by password in real Chromium, 64 MiB, three passes, one lane: ours against the builds that web
//! pages take for it, in one worker of one page, taking turns. Of a sign-in the client's whole work counts, Argon2id too.

use anyhow::{Context, Result};
use serde_json::json;

use crate::Outcome;
use crate::figures::{Figure, median, median_ratio};
use crate::page::Page;
use crate::peers::{HASH_WASM, LIBSODIUM_SUMO, Package, SERENITY};

/// Turns of every contestant that count.
const N_ROUNDS: usize = 15;

/// What is measured under one name, and against whom.
struct Race {
    name: &'static str,
    verb: &'static str,
    peers: &'static [(&'static str, &'static Package)],
}

const RACES: [Race; 2] = [
    Race { name: "argon2id", verb: "stretch", peers: &[("libsodium", &LIBSODIUM_SUMO), ("hash_wasm", &HASH_WASM)] },
    Race { name: "opaque_sign_in", verb: "sign_in", peers: &[("serenity", &SERENITY)] },
];

/// Runs both races.
pub(crate) async fn measure() -> Result<Outcome> {
    let (page, missing) = Page::open("password.js", |folder| {
        let packages = RACES.iter().flat_map(|race| race.peers).map(|(peer, package)| (*peer, package));
        packages.map(|(peer, package)| Ok((peer, package.copy_to(folder)?))).collect::<Result<Vec<_>>>()
    })
    .await?;
    let missing = |peer: &str| missing.iter().find(|(name, _)| *name == peer).and_then(|(_, missing)| *missing);
    let mut figures = Vec::new();
    for race in RACES {
        let peers = race.peers.iter().map(|(peer, _)| *peer).filter(|peer| missing(peer).is_none());
        figures.extend(run(&page, &race, &peers.collect::<Vec<_>>()).await?);
    }
    let missing = RACES.iter().flat_map(|race| race.peers).find_map(|(peer, _)| missing(peer));
    Ok(Outcome { figures, missing })
}

async fn run(page: &Page, race: &Race, peers: &[&str]) -> Result<Vec<Figure>> {
    let contestants: Vec<&str> = std::iter::once("ours").chain(peers.iter().copied()).collect();
    let mut runs_ms: Vec<Vec<f64>> = vec![Vec::new(); contestants.len()];
    for round in 0..=N_ROUNDS {
        for (runs_ms, contestant) in runs_ms.iter_mut().zip(&contestants) {
            let task = json!({ "contestant": contestant, "verb": race.verb });
            let ms = page.measure(&task).await?;
            // The first turn loads and compiles.
            if round > 0 {
                runs_ms.push(ms);
            }
        }
    }
    let mut figures = Vec::new();
    for (contestant, runs_ms) in contestants.iter().zip(&runs_ms) {
        let name = format!("keys.{}.{contestant}", race.name);
        figures.push(Figure::new(name, median(runs_ms.iter().copied()), "ms"));
    }
    let (ours, theirs) = runs_ms.split_first().context("ours runs always")?;
    for (peer, theirs) in peers.iter().zip(theirs) {
        let name = format!("keys.{}.ratio_{peer}", race.name);
        figures.push(Figure::new(name, median_ratio(ours, theirs), "ratio"));
    }
    Ok(figures)
}
