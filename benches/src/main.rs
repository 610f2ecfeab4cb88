//! `./bench NAME` prints figures, one a line: name, value, unit, parted by tabs. Everything else is said on stderr.
//!
//! A claim is a ratio inside one run: ours and the peer take turns on the same machine, and medians are compared.
//! Peers are installed by `./bench prepare` only; without one its ratio is missing and the exit code is 3.

mod crypto;
mod figures;
mod keys;
mod peers;
mod relay;
mod size;
mod store;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use figures::Figure;
use peers::{MissingPeer, Peer};

const USAGE: &str = "usage: ./bench crypto | keys | relay | store | size | prepare [crypto | relay]";
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
        ["prepare"] => report(peers::prepare(&[Peer::Libsodium, Peer::Nginx]).map(|()| Outcome::of(Vec::new()))),
        ["prepare", "crypto"] => report(peers::prepare(&[Peer::Libsodium]).map(|()| Outcome::of(Vec::new()))),
        ["prepare", "relay"] => report(peers::prepare(&[Peer::Nginx]).map(|()| Outcome::of(Vec::new()))),
        _ => say(USAGE, ExitCode::from(2)),
    }
}

impl Outcome {
    /// Figures of a bench that lacked nothing.
    pub(crate) fn of(figures: Vec<Figure>) -> Self {
        Self { figures, missing: None }
    }
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
