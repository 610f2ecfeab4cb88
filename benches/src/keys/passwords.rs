//! Argon2id and a sign-in by password in real Chromium, 64 MiB, three passes, one lane: ours against the builds that web
//! pages take for it, in one worker of one page, taking turns. Of a sign-in the client's whole work counts, Argon2id too.

use anyhow::{Context, Result};
use e2e::browser::Browser;
use e2e::static_site::StaticSite;
use serde_json::json;

use crate::crypto::{build_wasm, copy_pages};
use crate::figures::{Figure, median, median_ratio};
use crate::peers::{HASH_WASM, LIBSODIUM_SUMO, Package, SERENITY};
use crate::{Outcome, workspace_root};

/// Turns of every contestant that count.
const N_ROUNDS: usize = 15;
const PAGES: [&str; 3] = ["index.html", "bench.js", "password.js"];

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
    let folder = workspace_root()?.join("target/bench");
    build_wasm()?;
    copy_pages(&folder, &PAGES)?;
    let site = StaticSite::serve(&folder).await?;
    let browser = Browser::open_fresh().await?;
    browser.go(&format!("{}/", site.origin())).await?;
    browser.wait_until("typeof globalThis.measure === 'function'").await?;
    let (mut figures, mut missing) = (Vec::new(), None);
    for race in RACES {
        let mut peers = Vec::new();
        for (peer, package) in race.peers {
            match package.copy_to(&folder)? {
                None => peers.push(*peer),
                is_missing => missing = missing.or(is_missing),
            }
        }
        figures.extend(run(&browser, &race, &peers).await?);
    }
    Ok(Outcome { figures, missing })
}

async fn run(browser: &Browser, race: &Race, peers: &[&str]) -> Result<Vec<Figure>> {
    let contestants: Vec<&str> = std::iter::once("ours").chain(peers.iter().copied()).collect();
    let mut runs_ms: Vec<Vec<f64>> = vec![Vec::new(); contestants.len()];
    for round in 0..=N_ROUNDS {
        for (runs_ms, contestant) in runs_ms.iter_mut().zip(&contestants) {
            let task = json!({ "contestant": contestant, "verb": race.verb });
            let answer = browser.evaluate(&format!("globalThis.measure({task}, '/password.js')")).await?;
            // The first turn loads and compiles.
            if round > 0 {
                runs_ms.push(answer.as_f64().context("a turn ends in a number")?);
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
