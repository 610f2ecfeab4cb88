//! The relay: stores envelopes, orders batches, forwards prompts; understands nothing of what it stores.
//!
//! ```text
//! request ──► headers ──► request_log ──► routes ──► signed ──► verified by shared-types ──► db
//!                                            └────► turns ──► provider
//! ```
//!
//! [`serve`] runs a whole relay on a listener; [`router`] is the same without a socket. A route trusts nothing:
//! who asks is proven by the session's token *and* the device's signature, what is stored keeps the rules that every
//! client checks again.

pub mod clock;
pub mod command;
pub mod config;
pub mod db;
pub mod error;
#[cfg(feature = "test-support")]
pub mod evil;
pub mod provider;
pub mod turns;

mod ceremonies;
mod events;
mod headers;
mod jobs;
mod limits;
mod metrics;
mod nonces;
mod passwords;
mod random;
mod request_log;
mod routes;
mod sealed_file;
mod server;
mod sessions;
mod signed;
mod state;
pub mod totp;
mod web;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

pub use config::Config;
pub use headers::CONTENT_SECURITY_POLICY;
pub use routes::{Access, RouteRow, router, rows};
pub use state::{Relay, StartError};

/// How long open answers may take to end after a shutdown has begun.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// Runs a relay on a listener until `shutdown` is over.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let relay = Relay::open(config, listener.local_addr()?).await?;
    serve_relay(relay, listener, shutdown).await
}

/// Runs an opened relay on a listener until `shutdown` is over.
pub async fn serve_relay(
    relay: Arc<Relay>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let router = router(Arc::clone(&relay));
    serve_router(relay, router, listener, shutdown).await
}

/// Runs a relay's background and its router, or one around it, until `shutdown` is over.
async fn serve_router(
    relay: Arc<Relay>,
    router: Router,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    relay.start_background();
    let mut ending = relay.ending();
    let ended = {
        let relay = Arc::clone(&relay);
        async move {
            shutdown.await;
            tracing::info!("shutting down");
            relay.shut_down();
        }
    };
    tokio::spawn(ended);
    let connections = &relay.metrics.connections;
    let serving = server::accept(listener, router, &relay.config.limits, connections, relay.ending());
    let overdue = async {
        state::ended(&mut ending).await;
        let until = tokio::time::Instant::now() + SHUTDOWN_GRACE;
        tokio::time::sleep_until(until).await;
    };
    tokio::select! {
        () = serving => {}
        () = overdue => tracing::warn!("some connections did not end in time"),
    }
    Ok(())
}
