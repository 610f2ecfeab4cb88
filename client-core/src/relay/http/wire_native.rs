//! Requests and their answers natively.

use futures_util::stream::LocalBoxStream;
use futures_util::{StreamExt, TryStreamExt};
use reqwest::{Client, Method, Url};

use super::super::RelayError;
use super::requests::{CALL_TIMEOUT, Outgoing, Wait};
use super::{Authority, BadOrigin};

/// Reads `scheme://host[:port]` as a browser would.
pub(super) fn authority_of(origin: &str) -> Result<Authority, BadOrigin> {
    let origin = Url::parse(origin).map_err(|_| BadOrigin)?;
    let is_origin =
        origin.path() == "/" && origin.query().is_none() && origin.fragment().is_none() && origin.username().is_empty();
    let host = origin.host_str().filter(|_| is_origin).ok_or(BadOrigin)?;
    let authority = match origin.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    match origin.scheme() {
        "http" => Ok(Authority::Plain(authority)),
        "https" => Ok(Authority::Secure(authority)),
        _ => Err(BadOrigin),
    }
}

/// What requests are sent by.
pub(super) struct Wire(Client);

impl Wire {
    pub(super) fn new() -> Self {
        let builder = Client::builder().redirect(reqwest::redirect::Policy::none()).connect_timeout(CALL_TIMEOUT);
        Self(builder.build().expect("a client without TLS needs nothing of the machine"))
    }

    pub(super) async fn send(&self, outgoing: Outgoing<'_>) -> Result<Answer, RelayError> {
        let method = Method::from_bytes(outgoing.method.as_bytes()).expect("our methods are methods");
        let mut request = self.0.request(method, outgoing.address);
        for (name, value) in outgoing.headers {
            request = request.header(name, value);
        }
        if !outgoing.body.is_empty() {
            request = request.body(outgoing.body.to_vec());
        }
        if outgoing.wait == Wait::ForACall {
            request = request.timeout(CALL_TIMEOUT);
        }
        request.send().await.map(Answer).map_err(|_| RelayError::Unreachable)
    }
}

/// An answer whose body is still to be read.
pub(super) struct Answer(reqwest::Response);

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    /// How long the body is said to be.
    pub(super) fn announced_bytes(&self) -> Option<u64> {
        self.0.content_length()
    }

    pub(super) fn body(self) -> LocalBoxStream<'static, Result<Vec<u8>, RelayError>> {
        let chunks = self.0.bytes_stream().map_ok(|chunk| chunk.to_vec());
        chunks.map_err(|_| RelayError::Unreachable).boxed_local()
    }
}
