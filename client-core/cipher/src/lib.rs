//! AES-256-GCM under keys that are used once, in place: all that the core does to every byte of a record.

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};

/// Bytes of a tag.
pub const TAG_BYTES: usize = 16;

/// Encrypts in place and returns the tag. The nonce is zero because the key is used once.
pub fn encrypt(key: &[u8; 32], associated: &[u8], text: &mut [u8]) -> [u8; TAG_BYTES] {
    Aes256Gcm::new(key.into())
        .encrypt_inout_detached(&[0; 12].into(), associated, InOutBuf::from(text))
        .expect("an envelope is far below the limit of AES-GCM")
        .into()
}

/// Decrypts in place; `None` leaves `text` undefined.
pub fn decrypt(key: &[u8; 32], associated: &[u8], text: &mut [u8], tag: &[u8; TAG_BYTES]) -> Option<()> {
    Aes256Gcm::new(key.into())
        .decrypt_inout_detached(&[0; 12].into(), associated, InOutBuf::from(text), tag.into())
        .ok()
}
