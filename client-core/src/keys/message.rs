//! The message key: seals or opens exactly one envelope and is consumed by it.

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of an AES-GCM tag.
pub(super) const TAG_BYTES: usize = 16;

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
        Aes256Gcm::new((&*self.key).into())
            .encrypt_inout_detached(&[0; 12].into(), associated, InOutBuf::from(text))
            .expect("an envelope is far below the limit of AES-GCM")
            .into()
    }

    /// Decrypts in place; `None` leaves `text` undefined.
    pub(crate) fn decrypt(self, associated: &[u8], text: &mut [u8], tag: &[u8; TAG_BYTES]) -> Option<()> {
        Aes256Gcm::new((&*self.key).into())
            .decrypt_inout_detached(&[0; 12].into(), associated, InOutBuf::from(text), tag.into())
            .ok()
    }
}
