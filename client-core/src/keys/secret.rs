//! The one holder of secret bytes: on the heap, overwritten when dropped, mute in `Debug`.

use std::fmt;

use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use shared_types::ids::{Hash, KeyId};
use zeroize::{Zeroize, Zeroizing};

use super::message::MessageKey;

/// Secret bytes; visible inside `keys` only.
pub(super) struct Secret<const N: usize>(Box<Zeroizing<[u8; N]>>);

impl<const N: usize> Secret<N> {
    pub(super) fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::filled(|bytes| rng.fill_bytes(bytes))
    }

    /// Takes the bytes over and overwrites the caller's.
    pub(super) fn take(bytes: &mut [u8; N]) -> Self {
        let secret = Self::filled(|own| own.copy_from_slice(bytes));
        bytes.zeroize();
        secret
    }

    /// HKDF-SHA-256 of `ikm` with `info` in parts.
    pub(super) fn derive(ikm: &[u8], salt: &[u8], info: &[&[u8]]) -> Self {
        Self::filled(|okm| derive_into(ikm, salt, info, okm))
    }

    pub(super) fn filled(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self(Box::new(Zeroizing::new([0; N])));
        fill(&mut secret.0);
        secret
    }

    pub(super) fn bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// HKDF-SHA-256 into `okm`; an empty salt stands for 32 zero bytes (RFC 5869 §2.2).
pub(super) fn derive_into(ikm: &[u8], salt: &[u8], info: &[&[u8]], okm: &mut [u8]) {
    Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand_multi_info(info, okm)
        .expect("every derived length is far below 255 hashes");
}

/// A key that seals envelopes, each under a message key of its own. Its id is derived once: it is in every envelope.
pub(crate) struct SealingKey {
    secret: Secret<32>,
    id: KeyId,
}

impl SealingKey {
    pub(crate) fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::new(Secret::generate(rng))
    }

    pub(super) fn derive(ikm: &Secret<32>, salt: &[u8], label: &[u8]) -> Self {
        Self::new(Secret::derive(ikm.bytes(), salt, &[label]))
    }

    pub(super) fn new(secret: Secret<32>) -> Self {
        let mut id = [0; KeyId::LEN];
        derive_into(secret.bytes(), &[], &[b"sotto/key-id/v1"], &mut id);
        Self { secret, id: KeyId(id) }
    }

    pub(super) fn secret(&self) -> &Secret<32> {
        &self.secret
    }

    /// `HKDF(K, empty, "sotto/key-id/v1", 16)`.
    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    /// Derives the key of one envelope from its salt, the first 24 bytes of its header and its context.
    pub(crate) fn derive_message_key(&self, salt: &[u8; 32], header_start: &[u8], context: &Hash) -> MessageKey {
        let mut okm = Zeroizing::new([0; 64]);
        derive_into(self.secret.bytes(), salt, &[b"sotto/envelope/v1", header_start, &context.0], okm.as_mut());
        MessageKey::split(&okm)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

/// CBOR `bytes(32)`: how a wrapped key stands inside an envelope.
pub(super) const CBOR_BYTES_32: [u8; 2] = [0x58, 32];

/// Writes a secret as CBOR `bytes(32)`.
pub(super) fn to_cbor(secret: &Secret<32>) -> Zeroizing<Vec<u8>> {
    let mut cbor = Zeroizing::new(Vec::with_capacity(34));
    cbor.extend_from_slice(&CBOR_BYTES_32);
    cbor.extend_from_slice(secret.bytes());
    cbor
}

/// Reads what [`to_cbor`] writes, and nothing else.
pub(super) fn from_cbor(cbor: &[u8]) -> Option<Secret<32>> {
    let bytes: &[u8; 32] = cbor.strip_prefix(&CBOR_BYTES_32)?.try_into().ok()?;
    Some(Secret::filled(|own| own.copy_from_slice(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing_in_debug() {
        assert_eq!(format!("{:?}", Secret::take(&mut [0x5a; 32])), "…");
        assert_eq!(format!("{:?}", SealingKey::new(Secret::take(&mut [0x5a; 32]))), "SealingKey(…)");
    }

    #[test]
    fn taking_bytes_overwrites_the_callers() {
        let mut bytes = [7; 32];
        assert_eq!(Secret::take(&mut bytes).bytes(), &[7; 32]);
        assert_eq!(bytes, [0; 32]);
    }

    #[test]
    fn only_cbor_bytes_of_32_are_a_key() {
        let cbor = to_cbor(&Secret::take(&mut [9; 32]));
        assert_eq!(from_cbor(&cbor).unwrap().bytes(), &[9; 32]);
        assert!(from_cbor(cbor.get(..33).unwrap()).is_none());
        assert!(from_cbor(&[cbor.as_slice(), &[0]].concat()).is_none());
        assert!(from_cbor(&[&[0x59, 0, 32][..], &[9; 32]].concat()).is_none());
    }
}
