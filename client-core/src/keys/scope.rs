//! Scope keys: random, one per scope and epoch in which it is written; they seal the scope's ops.

use std::fmt;

use rand_core::CryptoRng;
use shared_types::bytes::{ParseError, Reader};
use shared_types::ids::{KeyId, ScopeId, ScopeKind};
use zeroize::Zeroizing;

use super::local::{RowSealer, SealedRow};
use super::secret::{SealingKey, Secret, from_cbor, to_cbor};
use crate::envelope::OpenError;

/// CBOR `[1, kind, bytes(16) id, bytes(32) key]` in its pieces: a key ring op that brings one scope key.
const ENTRY_START: [u8; 2] = [0x84, 1];
const CBOR_BYTES_16: [u8; 1] = [0x50];
const CBOR_BYTES_32: [u8; 2] = [0x58, 32];

/// Seals the ops of one scope, each under a message key of its own.
pub struct ScopeKey {
    key: SealingKey,
}

impl ScopeKey {
    /// Draws a new scope key.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::new(SealingKey::generate(rng))
    }

    fn new(key: SealingKey) -> Self {
        Self { key }
    }

    /// Names this key in envelopes.
    pub fn id(&self) -> KeyId {
        self.key.id()
    }

    pub(crate) fn sealing_key(&self) -> &SealingKey {
        &self.key
    }

    /// Wraps this key as a row of the local store.
    pub fn to_row(&self, sealer: &RowSealer, store: u16, row_key: &[u8], rng: &mut dyn CryptoRng) -> SealedRow {
        sealer.seal_key(store, row_key, &to_cbor(self.key.secret()), rng)
    }

    /// Unwraps what [`Self::to_row`] wrapped.
    pub fn from_row(sealer: &RowSealer, store: u16, row_key: &[u8], envelope: &[u8]) -> Result<Self, OpenError> {
        let cbor = Zeroizing::new(sealer.open_row(store, row_key, envelope)?);
        from_cbor(&cbor).map(|key| Self::new(SealingKey::new(key))).ok_or(OpenError::Refused)
    }

    pub(super) fn to_key_ring_cbor(&self, kind: ScopeKind, id: ScopeId) -> Zeroizing<Vec<u8>> {
        let mut cbor = Zeroizing::new(Vec::with_capacity(64));
        cbor.extend_from_slice(&ENTRY_START);
        cbor.push(kind as u8);
        cbor.extend_from_slice(&CBOR_BYTES_16);
        cbor.extend_from_slice(&id.0);
        cbor.extend_from_slice(&CBOR_BYTES_32);
        cbor.extend_from_slice(self.key.secret().bytes());
        cbor
    }
}

impl fmt::Debug for ScopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeKey").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// A scope key as a key ring op brings it. It belongs to the epoch in that op's place.
#[derive(Debug)]
pub struct KeyRingEntry {
    /// What the scope holds.
    pub scope_kind: ScopeKind,
    /// Names the scope among those of its kind.
    pub scope_id: ScopeId,
    /// Its key.
    pub key: ScopeKey,
}

impl KeyRingEntry {
    pub(super) fn from_cbor(cbor: &[u8]) -> Option<Self> {
        Self::read(cbor).ok().flatten()
    }

    fn read(cbor: &[u8]) -> Result<Option<Self>, ParseError> {
        let mut reader = Reader::new(cbor);
        reader.expect(&ENTRY_START)?;
        let kind = ScopeKind::from_number(reader.u8()?);
        reader.expect(&CBOR_BYTES_16)?;
        let scope_id = ScopeId(reader.array()?);
        reader.expect(&CBOR_BYTES_32)?;
        let bytes = reader.take(32)?;
        reader.finish()?;
        let key = ScopeKey::new(SealingKey::new(Secret::filled(|own| own.copy_from_slice(bytes))));
        Ok(kind.filter(|kind| *kind != ScopeKind::KeyRing).map(|scope_kind| Self { scope_kind, scope_id, key }))
    }
}
