//! Where a provider answers: one connection for each request, secured where the address says so.
//!
//! ```text
//! address ──tcp──► peer ──tls──► its certificate is checked ──http──► response, read as it comes
//! ```
//! A connection is not kept: its buffers have held a prompt. Each step has an error of its own, so that an operator can be
//! told which one failed. Redirects are not followed, proxies of the environment are not used.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
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
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use crate::config::Secret;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

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
    base_url: Url,
    authorization: Option<HeaderValue>,
    tls: TlsConnector,
}

/// A response whose body comes as the peer sends it; dropping it ends the connection.
pub(crate) struct Received {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    body: BodyDataStream,
    /// Drives the connection; ends with this.
    _connection: JoinSet<()>,
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
        Ok(Self { base_url, authorization, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Asks for what lies at a path below the address.
    pub(crate) async fn fetch(&self, path: &str) -> Result<Received, SendError> {
        self.send(self.request(Method::GET, path).body(Body::empty())).await
    }

    /// Sends a question and reads its answer as an event stream.
    pub(crate) async fn post(&self, path: &str, body: Bytes) -> Result<Received, SendError> {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "text/event-stream");
        self.send(request.body(Body::from(body))).await
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let below = self.base_url.path().trim_end_matches('/');
        let request = Request::builder()
            .method(method)
            .uri(format!("{below}/{path}"))
            .header(header::HOST, self.authority())
            .header(header::CONNECTION, "close");
        match &self.authorization {
            Some(value) => request.header(header::AUTHORIZATION, value),
            None => request,
        }
    }

    fn authority(&self) -> String {
        let host = self.base_url.host_str().unwrap_or_default();
        self.base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    async fn send(&self, request: http::Result<Request<Body>>) -> Result<Received, SendError> {
        let request = request.map_err(|_| SendError::Broken)?;
        let peer = tokio::time::timeout(CONNECT_TIMEOUT, self.connect()).await;
        let peer = peer.map_err(|_| SendError::Unreachable)??;
        if self.base_url.scheme() != "https" {
            return exchange(peer, request).await;
        }
        let name = server_name(&self.base_url).ok_or(SendError::Tls)?;
        let secured = tokio::time::timeout(CONNECT_TIMEOUT, self.tls.connect(name, peer)).await;
        exchange(secured.map_err(|_| SendError::Tls)?.map_err(|_| SendError::Tls)?, request).await
    }

    async fn connect(&self) -> Result<TcpStream, SendError> {
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

async fn exchange<P>(peer: P, request: Request<Body>) -> Result<Received, SendError>
where
    P: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(peer)).await.map_err(|_| SendError::Broken)?;
    let mut driver = JoinSet::new();
    // How it ended is told by the response or its body.
    driver.spawn(async { drop(connection.await) });
    let response = sender.send_request(request).await.map_err(|_| SendError::Broken)?;
    let (head, body) = response.into_parts();
    let body = Body::new(body).into_data_stream();
    Ok(Received { status: head.status, headers: head.headers, body, _connection: driver })
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
        Pin::new(&mut self.body).poll_next(context).map_err(|_| SendError::Broken)
    }
}

#[cfg(test)]
mod tests;
