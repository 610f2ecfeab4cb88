//! `sotto-model`: the model that answers out of the box, behind an OpenAI-compatible server on loopback.
//!
//! ```text
//! request ─► server (checks, queue) ─► chat_template + tokenizer ─► generate ─► pieces of text ─► client
//! ```
//! Words pass through memory only: no log and no file gets them, and freed memory is overwritten.

use std::error::Error as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing_subscriber::EnvFilter;

use config::Config;
use generate::{LoadError, Model};
use server::ServerState;

mod chat_template;
mod config;
mod generate;
mod server;
mod threads;
mod tokenizer;

/// Overwrites all memory that is freed, so that prompts do not outlive their answers.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// How long answers may take to end after a signal; they look after every token.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// Why the server does not run.
#[derive(Debug, Error)]
enum StartError {
    #[error("cannot load the model from {path}")]
    Load {
        path: String,
        #[source]
        source: LoadError,
    },
    #[error("cannot listen on {address}")]
    Listen {
        address: std::net::SocketAddr,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot serve")]
    Serve(#[from] std::io::Error),
}

fn main() -> ExitCode {
    let config = Config::parse();
    let filter = EnvFilter::try_from_env("SOTTO_LOG").unwrap_or_else(|_| EnvFilter::new("warn,sotto_model=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    if let Err(error) = threads::settle() {
        tracing::warn!(%error, "the number of threads is left to candle");
    }
    match run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last words of the program are for whoever started it")]
fn report(error: &StartError) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    eprintln!("sotto-model: {text}");
}

fn run(config: &Config) -> Result<(), StartError> {
    let load_error = |source| StartError::Load { path: config.model.display().to_string(), source };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // First what may fail at once, and the signals, so that one during the loading is not lost.
    let (listener, signals) = runtime.block_on(prepare(config))?;
    let model = Model::load(&config.model).map_err(load_error)?;
    runtime.block_on(serve(listener, signals, model))?;
    runtime.shutdown_timeout(STOP_WAIT);
    Ok(())
}

/// The signals that ask the program to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    async fn any(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

async fn prepare(config: &Config) -> Result<(TcpListener, Signals), StartError> {
    let address = config.listen;
    let listener = TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
    let signals = Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
    Ok((listener, signals))
}

async fn serve(listener: TcpListener, signals: Signals, model: Model) -> Result<(), StartError> {
    let (stop, is_stopping) = watch::channel(false);
    let mut is_stopped = is_stopping.clone();
    announce(&listener)?;
    let router = server::router(ServerState::new(model, is_stopping));
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        if is_stopped.wait_for(|is_stopping| *is_stopping).await.is_err() {
            tracing::debug!("the server ended by itself");
        }
    });
    let mut serving = std::pin::pin!(serving.into_future());
    tokio::select! {
        served = &mut serving => return Ok(served?),
        () = signals.any() => {}
    }
    stop.send_replace(true);
    if let Ok(served) = timeout(STOP_WAIT, serving).await {
        served?;
    } else {
        tracing::warn!("some connections did not end in time");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this line tells whoever started the program that it can be used")]
fn announce(listener: &TcpListener) -> Result<(), StartError> {
    println!("sotto-model is ready at http://{}/v1", listener.local_addr()?);
    Ok(())
}
