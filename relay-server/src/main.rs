//! `sotto-relay`: reads its configuration, serves until it is told to stop, ends with 0.
//!
//! Freed memory is overwritten, so that a prompt does not outlive its answer in this process.

use std::alloc::System;
use std::process::ExitCode;

use relay_server::command::{Command, CommandError, Reply};
use relay_server::config::{Flags, load};
use relay_server::serve;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Libraries that would write addresses, tokens, challenges or text of a connection into a more talkative log.
const QUIET: [&str; 10] = [
    "axum=info",
    "h2=info",
    "hyper=info",
    "hyper_util=info",
    "rustls=warn",
    "sqlx=warn",
    "tokio_tungstenite=info",
    "tungstenite=info",
    "webauthn_rs=info",
    "webauthn_rs_core=info",
];

#[tokio::main]
async fn main() -> ExitCode {
    let mut filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    for directive in QUIET {
        filter = filter.add_directive(directive.parse().expect("the list holds only directives"));
    }
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let (command, flags) = match Command::parse(std::env::args().skip(1)) {
        Ok(parsed) => parsed,
        Err(error) => return say_why(&error),
    };
    if command != Command::Serve {
        return answer(command, &flags).await;
    }
    match run(&flags).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %error, "the relay could not run");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command answers whoever gave it")]
async fn answer(command: Command, flags: &Flags) -> ExitCode {
    match command.run(flags, |name| std::env::var(name).ok()).await {
        Ok(Reply::Good(text)) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Ok(Reply::Bad(text)) => {
            eprint!("{text}");
            ExitCode::FAILURE
        }
        Err(error) => say_why(&error),
    }
}

#[expect(clippy::print_stderr, reason = "a command answers whoever gave it")]
fn say_why(error: &CommandError) -> ExitCode {
    eprintln!("sotto-relay: {error}");
    ExitCode::FAILURE
}

async fn run(flags: &Flags) -> Result<(), Box<dyn std::error::Error>> {
    let config = load(flags, |name| std::env::var(name).ok())?;
    let listener = TcpListener::bind(config.listen).await?;
    let mut terminated = signal(SignalKind::terminate())?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let shutdown = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
    };
    Ok(serve(config, listener, shutdown).await?)
}
