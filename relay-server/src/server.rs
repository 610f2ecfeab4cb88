//! Takes connections: no more than there are seats, and none that is slow to say what it wants.
//!
//! A connection that does not send a whole request head in time is closed, also one that is kept alive without a
//! request; so is one that takes nothing of what is sent to it. Bodies have their time in `signed`, answers theirs in
//! `routes`, sockets theirs in `routes::events`.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use crate::config::LimitConfig;
use crate::state::ended;

/// How long to wait when the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Serves connections until the relay ends, then waits for those that are open.
pub(crate) async fn accept(
    listener: TcpListener,
    router: Router,
    limits: &LimitConfig,
    open: &Gauge,
    mut ending: watch::Receiver<bool>,
) {
    let seats = Arc::new(Semaphore::new(limits.connections as usize));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(limits.head_wait_s));
    let take_wait = Duration::from_secs(limits.take_wait_s);
    loop {
        let next = async {
            let seat = Arc::clone(&seats).acquire_owned().await.expect("the seats are never closed");
            (seat, next_connection(&listener).await)
        };
        let (seat, (stream, peer)) = tokio::select! {
            next = next => next,
            () = ended(&mut ending) => break,
        };
        // A layer would make every route of the router anew for this connection.
        let service = router.clone().map_request(move |request: Request<_>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        });
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(take_wait));
        let connection = builder.serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(service));
        let seat = Seat::taken(seat, open);
        tokio::spawn(serve(connection.with_upgrades(), seat, ending.clone()));
    }
    // Whoever holds all seats knows that every connection is over.
    drop(seats.acquire_many(limits.connections).await);
}

/// A place of one connection, counted while it is taken.
struct Seat {
    _permit: OwnedSemaphorePermit,
    open: Gauge,
}

impl Seat {
    fn taken(permit: OwnedSemaphorePermit, open: &Gauge) -> Self {
        open.inc();
        Self { _permit: permit, open: open.clone() }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.open.dec();
    }
}

/// Serves one connection; once the relay ends, no longer than its request takes.
async fn serve<S>(
    connection: http1::UpgradeableConnection<TokioIo<Pin<Box<TimeoutStream<TcpStream>>>>, S>,
    seat: Seat,
    mut ending: watch::Receiver<bool>,
) where
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // What goes wrong here is a client that went away or spoke no HTTP.
        ended = connection.as_mut() => return drop((ended, seat)),
        () = ended(&mut ending) => connection.as_mut().graceful_shutdown(),
    }
    drop((connection.await, seat));
}

async fn next_connection(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Frames of an answer are small and must not wait for each other.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(error = %error, "a connection keeps its delay");
                }
                return (stream, peer);
            }
            // One that was given up before it was taken.
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::error!(error = %error, "no connection can be taken; trying again");
                tokio::time::sleep_until(Instant::now() + ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_the_client(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
