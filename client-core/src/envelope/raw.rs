//! Sealing and opening under chosen key bytes, for vectors, attacks and fuzzing.

use rand_core::CryptoRng;

use super::{Context, OpenError, SealError};
use crate::keys::SealingKey;
use crate::keys::seeded::ChosenBytes;

/// Seals under a key of the test's choice.
pub fn seal(
    key: &[u8; 32],
    context: &Context,
    schema: u16,
    cbor: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, SealError> {
    super::seal(&SealingKey::generate(&mut ChosenBytes::new(key)), context, schema, cbor, rng)
}

/// Opens under a key of the test's choice.
pub fn open(key: &[u8; 32], context: &Context, envelope: &[u8]) -> Result<Vec<u8>, OpenError> {
    super::open(&SealingKey::generate(&mut ChosenBytes::new(key)), context, envelope)
}
