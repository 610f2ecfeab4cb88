//! The tag key: gives every stream the name by which the relay knows it, the same for the life of the account.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shared_types::ids::{ScopeId, ScopeKind, StreamTag};

use super::secret::Secret;

/// Makes stream tags; derived from the key of epoch 1.
#[derive(Debug)]
pub struct TagKey(Secret<32>);

impl TagKey {
    pub(super) fn new(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// `HMAC-SHA-256(tag key, scope kind ‖ scope id)[0..16]`.
    pub fn stream_tag(&self, kind: ScopeKind, id: &ScopeId) -> StreamTag {
        let tag = hmac_sha256(&self.0, &[&[kind as u8], &id.0]);
        StreamTag(*tag.first_chunk().expect("an HMAC has 32 bytes"))
    }
}

/// HMAC-SHA-256 of all parts, one after the other.
pub(super) fn hmac_sha256(key: &Secret<32>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.bytes()).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
