//! What the relay costs on the way of a question: time to the first byte of an answer and answers a second at eight
//! clients, against nginx in front of the same provider and against the provider itself; and memory.
//!
//! Everybody takes turns on one machine that also runs clients and provider. Each request has a connection of its own,
//! opened inside the clock, because the relay ends a connection with its answer; requests are signed before the clock
//! starts. The relay's cadence is off where it is compared: with it on, an answer takes as long as the cadence says.

mod account;
mod client;
mod nginx;
mod process;
mod stub;

use std::path::Path;

use anyhow::{Context, Result};

use crate::Outcome;
use crate::figures::{Figure, median, median_ratio};
use account::Account;
use client::{first_byte_ms, per_second};
use process::RelayProcess;
use stub::Stub;

const N_ROUNDS: usize = 7;
/// Questions of a round at one client.
const N_ALONE: usize = 60;
const N_CLIENTS: usize = 8;
/// Questions of a round and client at eight clients.
const N_EACH: usize = 30;
const N_IDLE: usize = 1000;
const BYTES_OF_A_MB: f64 = 1_000_000.0;

pub(crate) use nginx::{is_there as nginx_is_there, prepare as prepare_nginx};

/// Whoever answers a question, and how it is asked.
struct Contestant<'a> {
    name: &'static str,
    port: u16,
    ask: &'a (dyn Fn() -> Vec<u8> + Sync),
    first_byte: Vec<f64>,
    at_once: Vec<f64>,
}

/// Asks everybody in turns.
pub(crate) async fn measure() -> Result<Outcome> {
    process::build()?;
    let stub = Stub::start().await?;
    let account = Account::generate();
    let relay = RelayProcess::start(&account, Some(&stub.address()), 0).await?;
    let slow = RelayProcess::start(&account, Some(&stub.address()), 50).await?;
    let folder = tempfile::tempdir()?;
    let nginx = nginx::start(folder.path(), stub.port()).await?;

    let (relay_asks, slow_asks) = (account.asks_at(&relay).await?, account.asks_at(&slow).await?);
    let stub_port = stub.port();
    let plain = move || stub::question(stub_port);
    let contestant = |name, port, ask| Contestant { name, port, ask, first_byte: Vec::new(), at_once: Vec::new() };
    let mut contestants = vec![
        contestant("ours", relay.port(), &relay_asks as &(dyn Fn() -> Vec<u8> + Sync)),
        contestant("ours_cadence_50", slow.port(), &slow_asks),
        contestant("direct", stub.port(), &plain),
    ];
    if let Ok(nginx) = &nginx {
        contestants.push(contestant("nginx", nginx.port(), &plain));
    }
    for _ in 0..N_ROUNDS {
        for contestant in &mut contestants {
            let questions = (0..N_ALONE).map(|_| (contestant.ask)()).collect();
            contestant.first_byte.push(first_byte_ms(contestant.port, questions).await?);
            let questions = (0..N_CLIENTS).map(|_| (0..N_EACH).map(|_| (contestant.ask)()).collect()).collect();
            contestant.at_once.push(per_second(contestant.port, questions).await?);
        }
    }
    let mut figures = figures_of(&contestants);
    figures.push(Figure::new("relay.memory.mb", relay.resident_bytes()? / BYTES_OF_A_MB, "MB"));
    figures.push(Figure::new("relay.idle_1000.mb", idle(&account).await?, "MB"));
    Ok(Outcome { figures, missing: nginx.err() })
}

fn figures_of(contestants: &[Contestant<'_>]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for contestant in contestants {
        let name = contestant.name;
        let (first_byte, at_once) = (median(contestant.first_byte.clone()), median(contestant.at_once.clone()));
        figures.push(Figure::new(format!("relay.first_byte.{name}"), first_byte, "ms"));
        figures.push(Figure::new(format!("relay.requests_8.{name}"), at_once, "1/s"));
    }
    let Some(ours) = contestants.iter().find(|contestant| contestant.name == "ours") else { return figures };
    for peer in contestants.iter().filter(|contestant| !contestant.name.starts_with("ours")) {
        let (first_byte, at_once) =
            (median_ratio(&ours.first_byte, &peer.first_byte), median_ratio(&ours.at_once, &peer.at_once));
        figures.push(Figure::new(format!("relay.first_byte.ratio_{}", peer.name), first_byte, "ratio"));
        figures.push(Figure::new(format!("relay.requests_8.ratio_{}", peer.name), at_once, "ratio"));
    }
    figures
}

/// Memory of a fresh relay while so many sockets wait for events.
async fn idle(account: &Account) -> Result<f64> {
    let relay = RelayProcess::start(account, None, 50).await?;
    let mut sockets = Vec::with_capacity(N_IDLE);
    for _ in 0..N_IDLE {
        sockets.push(account.open_socket(&relay).await?);
    }
    let n_bytes = relay.resident_bytes()?;
    drop(sockets);
    Ok(n_bytes / BYTES_OF_A_MB)
}

/// The resident memory that the system says a process has, in bytes.
fn resident_bytes(process_id: u32) -> Result<f64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(process_id.to_string()).join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the system tells no memory")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024.0)
}
