//! Envelope v1: seals one piece of CBOR so that it opens under its key, in its place, unchanged, or not at all.
//!
//! ```text
//! 0 "SOT1" │ 4 suite │ 5 object type │ 6 schema │ 8 key id(16) │ 24 salt(32) │ 56 commitment(32) │ 88 ciphertext ‖ tag
//! message key ‖ commitment = HKDF(key, salt, "sotto/envelope/v1" ‖ bytes 0..24 ‖ SHA-256(context), 64)
//! ```
//! The commitment is compared before anything is decrypted; a wrong key, a wrong place and damaged bytes look alike.

mod opened;
mod padding;
mod place;
#[cfg(any(test, feature = "test-support"))]
pub mod raw;

use rand_core::CryptoRng;
use shared_types::bytes::Writer;
use shared_types::ids::{AccountId, Hash, KeyId, ScopeKind};
use shared_types::limits::ENVELOPE_OVERHEAD_BYTES;
use thiserror::Error;

#[cfg(any(test, feature = "test-support"))]
pub use opened::n_opened;
pub use padding::{n_padded_bytes, padme};
pub use place::{Context, OpPlace, Place};

use crate::keys::{ScopeKey, SealingKey};
use padding::{pad_into, unpad};

/// Schema of the records that this version writes; one number for the whole product.
pub const SCHEMA: u16 = 1;

const MAGIC: &[u8; 4] = b"SOT1";
pub(crate) const SUITE: u8 = 1;
const HEADER_START_BYTES: usize = 24;
const HEADER_BYTES: usize = 88;
const TAG_BYTES: usize = 16;

/// Why something cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// Over 1 MiB with its padding.
    #[error("a record is too large for an envelope")]
    TooLarge,
    /// Only scope keys go into the key ring, and only its own key seals them.
    #[error("a scope key does not seal in the key ring")]
    KeyRing,
}

/// Why an envelope does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Wrong key, wrong place or changed bytes.
    #[error("the envelope does not open here")]
    Refused,
    /// It is authentic, and a newer version of the app wrote it.
    #[error("the envelope has schema {0}, which a newer version wrote")]
    NewerSchema(u16),
}

/// Seals an op of a scope other than the key ring.
pub fn seal_op(
    key: &ScopeKey,
    account_id: AccountId,
    place: &OpPlace,
    cbor: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, SealError> {
    if place.scope_kind == ScopeKind::KeyRing {
        return Err(SealError::KeyRing);
    }
    seal(key.sealing_key(), &Context { account_id, place: Place::Op(*place) }, SCHEMA, cbor, rng)
}

/// Opens what [`seal_op`] sealed for exactly this place.
pub fn open_op(key: &ScopeKey, account_id: AccountId, place: &OpPlace, envelope: &[u8]) -> Result<Vec<u8>, OpenError> {
    if place.scope_kind == ScopeKind::KeyRing {
        return Err(OpenError::Refused);
    }
    open(key.sealing_key(), &Context { account_id, place: Place::Op(*place) }, envelope)
}

/// The key that an envelope claims to be sealed under.
pub fn peek_key_id(envelope: &[u8]) -> Option<KeyId> {
    let rest = envelope.strip_prefix(MAGIC)?;
    rest.get(4..)?.first_chunk().copied().map(KeyId)
}

/// SHA-256 of an envelope, as it stands in its leaf.
pub fn hash(envelope: &[u8]) -> Hash {
    Hash::of(&[envelope])
}

/// Seals CBOR in a place under a message key of its own.
pub(crate) fn seal(
    key: &SealingKey,
    context: &Context,
    schema: u16,
    cbor: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let n_padded = n_padded_bytes(cbor.len()).ok_or(SealError::TooLarge)?;
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);

    let mut header = Writer::new();
    header.put(MAGIC).u8(SUITE).u8(context.place.object_type()).u16(schema).put(&key.id().0);
    let message_key = key.derive_message_key(&salt, header.as_slice(), &context.hash());
    header.put(&salt).put(message_key.commitment());

    let mut envelope = Vec::with_capacity(n_padded + ENVELOPE_OVERHEAD_BYTES);
    envelope.extend_from_slice(header.as_slice());
    pad_into(&mut envelope, cbor, n_padded);
    let text = envelope.get_mut(HEADER_BYTES..).expect("the header was just written");
    let tag = message_key.encrypt(header.as_slice(), text);
    envelope.extend_from_slice(&tag);
    Ok(envelope)
}

/// Whether bytes say that a newer release sealed them; believed only of rows that are then left alone.
pub fn is_of_newer_schema(envelope: &[u8]) -> bool {
    let schema = envelope.strip_prefix(MAGIC).and_then(|rest| rest.get(2..4));
    schema.is_some_and(|schema| *schema > SCHEMA.to_be_bytes()[..])
}

/// Opens what [`seal`] made in the same place under the same key.
pub(crate) fn open(key: &SealingKey, context: &Context, envelope: &[u8]) -> Result<Vec<u8>, OpenError> {
    let (header, body) = envelope.split_first_chunk::<HEADER_BYTES>().ok_or(OpenError::Refused)?;
    let (text, tag) = body.split_last_chunk::<TAG_BYTES>().ok_or(OpenError::Refused)?;
    let (start, rest) = header.split_at(HEADER_START_BYTES);
    let (salt, commitment) = rest.split_first_chunk::<32>().ok_or(OpenError::Refused)?;

    let schema = check_start(start, key.id(), context).ok_or(OpenError::Refused)?;
    let message_key = key.derive_message_key(salt, start, &context.hash());
    if !message_key.matches(commitment) {
        return Err(OpenError::Refused);
    }
    match schema {
        0 => return Err(OpenError::Refused),
        1..=SCHEMA => {}
        newer => return Err(OpenError::NewerSchema(newer)),
    }
    opened::count();
    let mut text = text.to_vec();
    message_key.decrypt(header, &mut text, tag).ok_or(OpenError::Refused)?;
    unpad(text).ok_or(OpenError::Refused)
}

/// Compares the first 24 bytes with what they must be, all but the schema, and returns that.
fn check_start(start: &[u8], key_id: KeyId, context: &Context) -> Option<u16> {
    let (magic, rest) = start.split_first_chunk::<4>()?;
    let ([suite, object_type, schema_high, schema_low], id) = rest.split_first_chunk::<4>()?;
    let matches = magic == MAGIC
        && *suite == SUITE
        && *object_type == context.place.object_type()
        && context.place.is_possible()
        && id == key_id.0;
    matches.then_some(u16::from_be_bytes([*schema_high, *schema_low]))
}
