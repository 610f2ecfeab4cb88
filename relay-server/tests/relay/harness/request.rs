//! Requests that can be bent, signed as a device signs them, and their answers.

use shared_types::error::ErrorBody;
use shared_types::limits::PROTOCOL;
use shared_types::request::{
    CoveredRequest, DIGEST_HEADER, PROTOCOL_HEADER, SESSION_HEADER, SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER,
    SignatureParameters, content_digest, signature_base, signature_to_header,
};

use super::{Keys, random};

/// A request that can be bent before it is sent.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![(PROTOCOL_HEADER.to_owned(), PROTOCOL.to_string())];
        Self { method: method.to_owned(), path: path.to_owned(), body: body.into(), headers }
    }

    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn error(&self) -> ErrorBody {
        self.json()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn assert_ok(&self) -> &Self {
        assert!(self.status < 300, "{} {}", self.status, String::from_utf8_lossy(&self.body));
        self
    }
}

/// A session of a device.
#[derive(Clone)]
pub(crate) struct Signing {
    pub(crate) token: String,
    pub(crate) authority: String,
}

impl Signing {
    /// A request signed by a device at this time.
    pub(crate) fn request(&self, device: &Keys, created: u64, request: &Request) -> Request {
        let digest = content_digest(&request.body);
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let parameters = SignatureParameters { created, nonce: random(), key_id: device.device().id };
        let covered = CoveredRequest {
            method: &request.method,
            authority: &self.authority,
            path,
            query,
            content_digest: &digest,
            session: &self.token,
        };
        let signature = device.sign(&signature_base(&covered, &parameters));
        request
            .clone()
            .set(DIGEST_HEADER, digest.clone())
            .set(SESSION_HEADER, self.token.clone())
            .set(SIGNATURE_INPUT_HEADER, parameters.to_header())
            .set(SIGNATURE_HEADER, signature_to_header(&signature))
    }
}
