//! The message key: seals or opens exactly one envelope and is consumed by it.

pub(super) use content_cipher::TAG_BYTES;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The content key of one envelope and the commitment to it.
pub(crate) struct MessageKey {
    key: Zeroizing<[u8; 32]>,
    commitment: [u8; 32],
}

impl MessageKey {
    pub(super) fn split(okm: &[u8; 64]) -> Self {
        let (key, commitment) = okm.split_at(32);
        let mut message_key = Self { key: Zeroizing::new([0; 32]), commitment: [0; 32] };
        message_key.key.copy_from_slice(key);
        message_key.commitment.copy_from_slice(commitment);
        message_key
    }

    /// What the envelope shows of this key.
    pub(crate) fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }

    /// Compares in constant time.
    pub(crate) fn matches(&self, commitment: &[u8]) -> bool {
        self.commitment.ct_eq(commitment).into()
    }

    /// Encrypts in place and returns the tag. The nonce is zero because the key is used once.
    pub(crate) fn encrypt(self, associated: &[u8], text: &mut [u8]) -> [u8; TAG_BYTES] {
        content_cipher::encrypt(&self.key, associated, text)
    }

    /// Decrypts in place; `None` leaves `text` undefined.
    pub(crate) fn decrypt(self, associated: &[u8], text: &mut [u8], tag: &[u8; TAG_BYTES]) -> Option<()> {
        content_cipher::decrypt(&self.key, associated, text, tag)
    }
}
