//! `./bench NAME` prints figures, one a line: name, value, unit, parted by tabs. Everything else is said on stderr.
//!
//! A claim is a ratio inside one run: ours and the peer take turns on the same machine, and medians are compared.
//! Peers are installed by `./bench prepare` only; without one its ratio is missing and the exit code is 3.

mod crypto;
mod figures;
mod keys;
mod page;
mod peers;
mod relay;
mod size;
mod store;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use figures::Figure;
use peers::{MissingPeer, Peer};

const USAGE: &str = "usage: ./bench crypto | keys | relay | store | size | prepare [crypto | keys | relay]";
const CRYPTO_PEERS: &[Peer] = &[Peer::Npm(&peers::LIBSODIUM)];
const KEYS_PEERS: &[Peer] =
    &[Peer::Npm(&peers::LIBSODIUM_SUMO), Peer::Npm(&peers::HASH_WASM), Peer::Npm(&peers::SERENITY)];
const RELAY_PEERS: &[Peer] = &[Peer::Nginx];
/// Exit code where a peer is not installed.
const PEER_IS_MISSING: u8 = 3;

/// What a bench found out.
pub(crate) struct Outcome {
    figures: Vec<Figure>,
    missing: Option<MissingPeer>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["crypto"] => report(crypto::measure().await),
        ["store"] => report(store::measure().await),
        ["size"] => report(size::measure()),
        ["keys"] => report(keys::measure().await),
        ["relay"] => report(relay::measure().await),
        ["prepare"] => prepare(&[CRYPTO_PEERS, KEYS_PEERS, RELAY_PEERS].concat()),
        ["prepare", "crypto"] => prepare(CRYPTO_PEERS),
        ["prepare", "keys"] => prepare(KEYS_PEERS),
        ["prepare", "relay"] => prepare(RELAY_PEERS),
        _ => say(USAGE, ExitCode::from(2)),
    }
}

impl Outcome {
    /// Figures of a bench that lacked nothing.
    pub(crate) fn of(figures: Vec<Figure>) -> Self {
        Self { figures, missing: None }
    }
}

fn prepare(peers: &[Peer]) -> ExitCode {
    report(peers::prepare(peers).map(|()| Outcome::of(Vec::new())))
}

#[expect(clippy::print_stdout, reason = "figures are what a bench is for")]
fn report(outcome: Result<Outcome>) -> ExitCode {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return say(&format!("error: {error:#}"), ExitCode::FAILURE),
    };
    for figure in outcome.figures {
        println!("{figure}");
    }
    match outcome.missing {
        Some(missing) => say(&missing.to_string(), ExitCode::from(PEER_IS_MISSING)),
        None => ExitCode::SUCCESS,
    }
}

#[expect(clippy::print_stderr, reason = "a command-line tool speaks to its user")]
fn say(sentence: &str, code: ExitCode) -> ExitCode {
    eprintln!("{sentence}");
    code
}

/// The checkout that this package belongs to.
pub(crate) fn workspace_root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("the package is a folder of the workspace")?.to_owned())
}
