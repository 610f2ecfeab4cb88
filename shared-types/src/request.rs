//! Signed requests: the signature base of RFC 9421 §2.5 that client and relay build alike.
//!
//! ```text
//! content-digest:  sha-256=:BASE64:
//! x-sotto-session: BASE64URL
//! signature-input: sotto=("@method" … "x-sotto-session");created=N;nonce="…";keyid="…";alg="ed25519";tag="sotto/v1"
//! signature:       sotto=:BASE64:
//! ```

use data_encoding::{BASE64, BASE64URL_NOPAD};

use crate::ids::{DeviceId, Hash, Signature};

/// Header of the session token, base64url.
pub const SESSION_HEADER: &str = "x-sotto-session";
/// Header of the protocol number, decimal.
pub const PROTOCOL_HEADER: &str = "x-sotto-protocol";
/// Header of the digest of the body (RFC 9530).
pub const DIGEST_HEADER: &str = "content-digest";
/// Header of the covered components and parameters.
pub const SIGNATURE_INPUT_HEADER: &str = "signature-input";
/// Header of the signature.
pub const SIGNATURE_HEADER: &str = "signature";

const COMPONENTS: &str = r#"("@method" "@authority" "@path" "@query" "content-digest" "x-sotto-session")"#;
const NONCE_BYTES: usize = 16;

/// What a request signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoveredRequest<'a> {
    /// Upper case.
    pub method: &'a str,
    /// Host and, unless it is the scheme's own, port of the configured origin, lower case.
    pub authority: &'a str,
    /// Path as sent.
    pub path: &'a str,
    /// Query without `?`; empty if there is none.
    pub query: &'a str,
    /// Value of the `content-digest` header.
    pub content_digest: &'a str,
    /// Value of the session header.
    pub session: &'a str,
}

/// Parameters of a request signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureParameters {
    /// Unix seconds.
    pub created: u64,
    /// Random, remembered by the relay for the window.
    pub nonce: [u8; NONCE_BYTES],
    /// The device whose key signs.
    pub key_id: DeviceId,
}

impl SignatureParameters {
    fn inner_list(&self) -> String {
        format!(
            r#"{COMPONENTS};created={};nonce="{}";keyid="{}";alg="ed25519";tag="sotto/v1""#,
            self.created,
            BASE64URL_NOPAD.encode(&self.nonce),
            self.key_id.to_base64url()
        )
    }

    /// Value of the `signature-input` header.
    pub fn to_header(&self) -> String {
        format!("sotto={}", self.inner_list())
    }

    /// Reads the header; only the exact form that [`Self::to_header`] writes is accepted.
    pub fn from_header(value: &str) -> Option<Self> {
        let rest = value.strip_prefix("sotto=")?.strip_prefix(COMPONENTS)?.strip_prefix(";created=")?;
        let (created, rest) = rest.split_once(";nonce=\"")?;
        let (nonce, rest) = rest.split_once("\";keyid=\"")?;
        let (key_id, _) = rest.split_once('"')?;
        let parsed = Self {
            created: created.parse().ok()?,
            nonce: BASE64URL_NOPAD.decode(nonce.as_bytes()).ok()?.try_into().ok()?,
            key_id: DeviceId::from_base64url(key_id)?,
        };
        (parsed.to_header() == value).then_some(parsed)
    }
}

/// The bytes that the device key signs.
pub fn signature_base(request: &CoveredRequest<'_>, parameters: &SignatureParameters) -> Vec<u8> {
    format!(
        "\"@method\": {}\n\"@authority\": {}\n\"@path\": {}\n\"@query\": ?{}\n\"content-digest\": {}\n\"x-sotto-session\": {}\n\"@signature-params\": {}",
        request.method,
        request.authority,
        request.path,
        request.query,
        request.content_digest,
        request.session,
        parameters.inner_list()
    )
    .into_bytes()
}

/// Value of the `content-digest` header for a body, also an empty one.
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64.encode(&Hash::of(&[body]).0))
}

/// Value of the `signature` header.
pub fn signature_to_header(signature: &Signature) -> String {
    format!("sotto=:{}:", BASE64.encode(&signature.0))
}

/// Reads the `signature` header.
pub fn signature_from_header(value: &str) -> Option<Signature> {
    let text = value.strip_prefix("sotto=:")?.strip_suffix(':')?;
    Some(Signature(BASE64.decode(text.as_bytes()).ok()?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> SignatureParameters {
        SignatureParameters { created: 1_700_000_000, nonce: [7; NONCE_BYTES], key_id: DeviceId([9; 16]) }
    }

    #[test]
    fn a_header_reads_back_and_any_other_form_is_refused() {
        let header = parameters().to_header();
        assert_eq!(SignatureParameters::from_header(&header), Some(parameters()));
        for bent in [
            header.replace("ed25519", "hmac-sha256"),
            header.replace("sotto/v1", "sotto/v2"),
            header.replace(" \"@query\"", ""),
            header.replace("created=1", "created=01"),
            format!("{header};expires=5"),
            header.replace("sotto=(", "sig=("),
        ] {
            assert_eq!(SignatureParameters::from_header(&bent), None, "{bent}");
        }
    }

    #[test]
    fn the_base_has_one_line_a_component() {
        let digest = content_digest(b"");
        let request = CoveredRequest {
            method: "GET",
            authority: "localhost:8080",
            path: "/v1/log",
            query: "",
            content_digest: &digest,
            session: "abc",
        };
        let base = String::from_utf8(signature_base(&request, &parameters())).unwrap();
        assert_eq!(base.lines().count(), 7);
        assert!(base.contains("\"@query\": ?\n"));
        assert!(base.ends_with(r#"alg="ed25519";tag="sotto/v1""#));
    }
}
