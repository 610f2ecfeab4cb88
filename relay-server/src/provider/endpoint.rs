//! Where a provider answers: one connection for each request, secured where the address says so.
//!
//! ```text
//! address ──tcp──► peer ──tls──► its certificate is checked ──http──► response, read as it comes
//! ```
//! A connection is not kept: its buffers have held a prompt. So that a question need not wait for the next one, that is
//! opened ahead while an answer comes, and given up if nobody asks for a while; it has carried nothing. Each step has an error of its own, so that an operator can be
//! told which one failed. Redirects are not followed, proxies of the environment are not used.

use std::future::poll_fn;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use crate::config::Secret;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection that was opened ahead waits for a question: less than servers wait for one.
const AHEAD_WAIT: Duration = Duration::from_secs(20);

/// Why a provider's address cannot be used at all.
#[derive(Debug, Error)]
pub enum EndpointError {
    /// The file of an authority cannot be read.
    #[error("the ca_file of a provider holds no certificate that can be read")]
    Authority,
    /// The key cannot stand in a header.
    #[error("the key of a provider has characters that no key has")]
    Key,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

/// Why a request got no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum SendError {
    /// Nobody answers at the address.
    #[error("nobody answers at the provider's address")]
    Unreachable,
    /// The peer could not prove that it is who the address says, or speaks no TLS.
    #[error("the provider's certificate is not the one of its address, or it speaks no TLS")]
    Tls,
    /// What came is no HTTP, or the connection broke.
    #[error("the provider's answer is no HTTP or broke off")]
    Broken,
}

/// A provider's address, its key and what its certificate is checked against.
pub(crate) struct Endpoint {
    peer: Arc<Peer>,
    authorization: Option<HeaderValue>,
}

/// Who is connected to, and a connection to it that has carried nothing yet.
struct Peer {
    base_url: Url,
    tls: TlsConnector,
    ahead: Mutex<Ahead>,
}

/// The connection that is opened ahead: one, because some servers have few seats.
enum Ahead {
    Nothing,
    Opening,
    Open { line: Line, good_until: Instant },
}

/// A connection for one request. Nobody drives it but whoever waits for its answer.
struct Line {
    sender: http1::SendRequest<Body>,
    /// None once it is closed.
    connection: Option<Driving>,
}

/// What carries the bytes of a connection; over once that is closed.
type Driving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A response whose body comes as the peer sends it; dropping it ends the connection.
pub(crate) struct Received {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    body: BodyDataStream,
    /// Driven while the body is read; none once it is closed.
    connection: Option<Driving>,
}

impl Endpoint {
    /// An address with its key; `ca_file` names an authority that is trusted besides the public ones.
    pub(crate) fn new(base_url: Url, key: Option<&Secret>, ca_file: Option<&Path>) -> Result<Self, EndpointError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = ca_file {
            let certificates = CertificateDer::pem_file_iter(path).map_err(|_| EndpointError::Authority)?;
            let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(|_| EndpointError::Authority)?;
            let (n_added, _) = roots.add_parsable_certificates(certificates);
            if n_added == 0 {
                return Err(EndpointError::Authority);
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let bearer = |key: &Secret| {
            let mut value = HeaderValue::try_from(format!("Bearer {}", key.reveal())).ok()?;
            value.set_sensitive(true);
            Some(value)
        };
        let authorization = key.map(|key| bearer(key).ok_or(EndpointError::Key)).transpose()?;
        let peer = Peer { base_url, tls: TlsConnector::from(Arc::new(config)), ahead: Mutex::new(Ahead::Nothing) };
        Ok(Self { peer: Arc::new(peer), authorization })
    }

    /// Asks for what lies at a path below the address.
    pub(crate) async fn fetch(&self, path: &str) -> Result<Received, SendError> {
        let request = self.request(Method::GET, path).body(Body::empty()).map_err(|_| SendError::Broken)?;
        self.peer.connect().await?.exchange(request).await.map_err(|_| SendError::Broken)
    }

    /// Sends a question and reads its answer as an event stream.
    pub(crate) async fn post(&self, path: &str, body: Bytes) -> Result<Received, SendError> {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "text/event-stream");
        let request = request.body(Body::from(body)).map_err(|_| SendError::Broken)?;
        let received = self.peer.send(request).await?;
        if self.peer.begins_ahead() {
            tokio::spawn(open_ahead(Arc::downgrade(&self.peer)));
        }
        Ok(received)
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let below = self.peer.base_url.path().trim_end_matches('/');
        let request = Request::builder()
            .method(method)
            .uri(format!("{below}/{path}"))
            .header(header::HOST, self.peer.authority())
            .header(header::CONNECTION, "close");
        match &self.authorization {
            Some(value) => request.header(header::AUTHORIZATION, value),
            None => request,
        }
    }
}

impl Peer {
    fn authority(&self) -> String {
        let host = self.base_url.host_str().unwrap_or_default();
        self.base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Sends on the connection that was opened ahead, or on a new one; on a new one too if the other was closed before
    /// it took anything of the request.
    async fn send(&self, request: Request<Body>) -> Result<Received, SendError> {
        let request = match self.take_ahead() {
            None => request,
            Some(line) => match line.exchange(request).await {
                Ok(received) => return Ok(received),
                Err(unsent) => unsent.ok_or(SendError::Broken)?,
            },
        };
        self.connect().await?.exchange(request).await.map_err(|_| SendError::Broken)
    }

    /// Whether nothing is opened ahead yet; if so, it is now.
    fn begins_ahead(&self) -> bool {
        let mut ahead = self.ahead.lock().expect("no holder of this lock panics");
        let is_first = matches!(*ahead, Ahead::Nothing);
        if is_first {
            *ahead = Ahead::Opening;
        }
        is_first
    }

    fn take_ahead(&self) -> Option<Line> {
        let mut ahead = self.ahead.lock().expect("no holder of this lock panics");
        if !matches!(*ahead, Ahead::Open { .. }) {
            return None;
        }
        let Ahead::Open { mut line, good_until } = std::mem::replace(&mut *ahead, Ahead::Nothing) else { return None };
        (good_until > Instant::now() && line.is_open()).then_some(line)
    }

    fn set_ahead(&self, next: Ahead) {
        *self.ahead.lock().expect("no holder of this lock panics") = next;
    }

    async fn connect(&self) -> Result<Line, SendError> {
        let reached = tokio::time::timeout(CONNECT_TIMEOUT, self.reach()).await;
        let reached = reached.map_err(|_| SendError::Unreachable)??;
        if self.base_url.scheme() != "https" {
            return Line::new(reached).await;
        }
        let name = server_name(&self.base_url).ok_or(SendError::Tls)?;
        let secured = tokio::time::timeout(CONNECT_TIMEOUT, self.tls.connect(name, reached)).await;
        Line::new(secured.map_err(|_| SendError::Tls)?.map_err(|_| SendError::Tls)?).await
    }

    async fn reach(&self) -> Result<TcpStream, SendError> {
        let port = self.base_url.port_or_known_default().ok_or(SendError::Unreachable)?;
        let connected = match self.base_url.host().ok_or(SendError::Unreachable)? {
            Host::Domain(name) => TcpStream::connect((name, port)).await,
            Host::Ipv4(address) => TcpStream::connect((address, port)).await,
            Host::Ipv6(address) => TcpStream::connect((address, port)).await,
        };
        let stream = connected.map_err(|_| SendError::Unreachable)?;
        stream.set_nodelay(true).map_err(|_| SendError::Unreachable)?;
        Ok(stream)
    }
}

fn server_name(url: &Url) -> Option<ServerName<'static>> {
    match url.host()? {
        Host::Domain(name) => ServerName::try_from(name.to_owned()).ok(),
        Host::Ipv4(address) => Some(ServerName::from(std::net::IpAddr::V4(address))),
        Host::Ipv6(address) => Some(ServerName::from(std::net::IpAddr::V6(address))),
    }
}

/// Opens a connection ahead and gives it up in time.
async fn open_ahead(peer: Weak<Peer>) {
    let Some(reached) = peer.upgrade() else { return };
    // Nobody waits for it: whoever asks next finds out why there is none.
    let Ok(line) = reached.connect().await else { return reached.set_ahead(Ahead::Nothing) };
    let good_until = Instant::now() + AHEAD_WAIT;
    reached.set_ahead(Ahead::Open { line, good_until });
    drop(reached);
    tokio::time::sleep_until(good_until).await;
    let Some(peer) = peer.upgrade() else { return };
    let mut ahead = peer.ahead.lock().expect("no holder of this lock panics");
    if matches!(*ahead, Ahead::Open { good_until, .. } if good_until <= Instant::now()) {
        *ahead = Ahead::Nothing;
    }
}

impl Line {
    async fn new<P>(peer: P) -> Result<Self, SendError>
    where
        P: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = http1::handshake(TokioIo::new(peer)).await.map_err(|_| SendError::Broken)?;
        // How it ended is told by the response or its body.
        Ok(Self { sender, connection: Some(Box::pin(async { drop(connection.await) })) })
    }

    /// Whether the peer has not closed it so far.
    fn is_open(&mut self) -> bool {
        drive(&mut self.connection, &mut Context::from_waker(Waker::noop()));
        self.connection.is_some()
    }

    /// Sends a request and waits for the head of its answer; gives the request back if nothing of it was sent.
    async fn exchange(mut self, request: Request<Body>) -> Result<Received, Option<Request<Body>>> {
        let mut connection = self.connection;
        let mut answered = pin!(self.sender.try_send_request(request));
        let answered = poll_fn(|context| {
            drive(&mut connection, context);
            answered.as_mut().poll(context)
        });
        let response = answered.await.map_err(|mut error| error.take_message())?;
        let (head, body) = response.into_parts();
        let body = Body::new(body).into_data_stream();
        Ok(Received { status: head.status, headers: head.headers, body, connection })
    }
}

fn drive(connection: &mut Option<Driving>, context: &mut Context<'_>) {
    if connection.as_mut().is_some_and(|connection| connection.as_mut().poll(context).is_ready()) {
        *connection = None;
    }
}

impl Received {
    /// The whole body, if it is no longer than `max_bytes`.
    pub(crate) async fn whole(mut self, max_bytes: usize) -> Result<Vec<u8>, SendError> {
        let mut whole = Vec::new();
        while let Some(chunk) = futures_util::StreamExt::next(&mut self).await {
            let chunk = chunk?;
            if whole.len() + chunk.len() > max_bytes {
                return Err(SendError::Broken);
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole)
    }
}

impl Stream for Received {
    type Item = Result<Bytes, SendError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let body = Pin::new(&mut self.body).poll_next(context);
        let body = if body.is_pending() {
            drive(&mut self.connection, context);
            Pin::new(&mut self.body).poll_next(context)
        } else {
            body
        };
        body.map_err(|_| SendError::Broken)
    }
}

#[cfg(test)]
mod tests;
