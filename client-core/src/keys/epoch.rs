//! The epoch key and what it wraps: scope keys in the key ring, the key of an older epoch in a back link.

use rand_core::CryptoRng;
use shared_types::ids::{AccountId, Hash, PartyId, ScopeId, ScopeKind};
use shared_types::public_key::KemPublic;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::hpke::{self, Addressee, BadEpochKey, Purpose};
use super::local::{RowSealer, SealedRow};
use super::scope::{KeyRingEntry, ScopeKey};
use super::secret::{SealingKey, Secret, derive_into, from_cbor, to_cbor};
use super::tag::TagKey;
use crate::envelope::{self, Context, OpPlace, OpenError, Place, SCHEMA};

/// The random key of one epoch.
#[derive(Debug)]
pub struct EpochKey(Secret<32>);

impl EpochKey {
    /// Draws the key of a new epoch.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Secret::generate(rng))
    }

    /// `HKDF(epoch key, empty, "sotto/epoch-commit/v1", 32)`.
    pub fn commitment(&self) -> Hash {
        let mut commitment = Hash::ZERO;
        derive_into(self.0.bytes(), &[], &[b"sotto/epoch-commit/v1"], &mut commitment.0);
        commitment
    }

    /// Takes 32 opened bytes as an epoch key only if the commitment names them.
    pub(super) fn check(opened: &[u8], commitment: &Hash) -> Option<Self> {
        let bytes: &[u8; 32] = opened.try_into().ok()?;
        Self(Secret::filled(|own| own.copy_from_slice(bytes))).checked(commitment)
    }

    /// The bytes, to be sealed to a device that is let in.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.0.bytes()
    }

    fn checked(self, commitment: &Hash) -> Option<Self> {
        bool::from(self.commitment().0.ct_eq(&commitment.0)).then_some(self)
    }

    /// Seals a copy to one method or device: encapsulated key ‖ ciphertext, 80 bytes.
    pub fn seal_to(
        &self,
        recipient: PartyId,
        public: &KemPublic,
        account_id: AccountId,
        epoch: u32,
        rng: &mut dyn CryptoRng,
    ) -> Vec<u8> {
        let addressee = Addressee { purpose: Purpose::EpochKey, account_id, recipient, epoch };
        hpke::seal(self.0.bytes(), &addressee, public, rng)
    }

    /// Derives the key that wraps scope keys in this epoch.
    pub fn key_ring_key(&self, account_id: AccountId) -> KeyRingKey {
        KeyRingKey { key: SealingKey::derive(&self.0, &account_id.0, b"sotto/key-ring/v1"), account_id }
    }

    /// Derives the key that wraps the key of an older epoch.
    pub fn back_link_key(&self, account_id: AccountId) -> BackLinkKey {
        BackLinkKey { key: SealingKey::derive(&self.0, &account_id.0, b"sotto/back-link/v1"), account_id }
    }

    /// Derives the account's tag key; asked of the key of epoch 1 only.
    pub fn tag_key(&self, account_id: AccountId) -> TagKey {
        TagKey::new(Secret::derive(self.0.bytes(), &account_id.0, &[b"sotto/tag-key/v1"]))
    }

    /// Wraps this key as a row of the local store.
    pub fn to_row(&self, sealer: &RowSealer, store: u16, row_key: &[u8], rng: &mut dyn CryptoRng) -> SealedRow {
        sealer.seal_key(store, row_key, &to_cbor(&self.0), rng)
    }

    /// Unwraps what [`Self::to_row`] wrapped and demands the key that `commitment` names.
    pub fn from_row(
        sealer: &RowSealer,
        store: u16,
        row_key: &[u8],
        envelope: &[u8],
        commitment: &Hash,
    ) -> Result<Self, OpenError> {
        let cbor = Zeroizing::new(sealer.open_row(store, row_key, envelope)?);
        from_cbor(&cbor).and_then(|key| Self(key).checked(commitment)).ok_or(OpenError::Refused)
    }
}

/// Wraps scope keys in the key ring of one epoch.
#[derive(Debug)]
pub struct KeyRingKey {
    key: SealingKey,
    account_id: AccountId,
}

impl KeyRingKey {
    /// Wraps a scope key as a key ring op; `place` names owner, epoch, author, batch and leaf.
    pub fn wrap_scope_key(
        &self,
        place: &OpPlace,
        scope_kind: ScopeKind,
        scope_id: ScopeId,
        scope_key: &ScopeKey,
        rng: &mut dyn CryptoRng,
    ) -> Vec<u8> {
        let cbor = scope_key.to_key_ring_cbor(scope_kind, scope_id);
        envelope::seal(&self.key, &self.context(place), SCHEMA, &cbor, rng).expect("a key is far below 1 MiB")
    }

    /// Unwraps a key ring op.
    pub fn unwrap_scope_key(&self, place: &OpPlace, envelope: &[u8]) -> Result<KeyRingEntry, OpenError> {
        let cbor = Zeroizing::new(envelope::open(&self.key, &self.context(place), envelope)?);
        KeyRingEntry::from_cbor(&cbor).ok_or(OpenError::Refused)
    }

    fn context(&self, place: &OpPlace) -> Context {
        let in_key_ring = OpPlace { scope_kind: ScopeKind::KeyRing, scope_id: ScopeId::ZERO, ..*place };
        Context { account_id: self.account_id, place: Place::Op(in_key_ring) }
    }
}

/// Wraps the key of an older epoch.
#[derive(Debug)]
pub struct BackLinkKey {
    key: SealingKey,
    account_id: AccountId,
}

impl BackLinkKey {
    /// Wraps an older epoch's key under the newer epoch `sealing_epoch`.
    pub fn wrap(&self, sealing_epoch: u32, sealed_epoch: u32, older: &EpochKey, rng: &mut dyn CryptoRng) -> Vec<u8> {
        assert!(1 <= sealed_epoch && sealed_epoch < sealing_epoch, "a back link leads to an older epoch");
        let context = self.context(sealing_epoch, sealed_epoch);
        envelope::seal(&self.key, &context, SCHEMA, &to_cbor(&older.0), rng).expect("a key is far below 1 MiB")
    }

    /// Unwraps an older epoch's key and demands the one that its epoch's commitment names.
    pub fn unwrap(
        &self,
        sealing_epoch: u32,
        sealed_epoch: u32,
        commitment: &Hash,
        envelope: &[u8],
    ) -> Result<EpochKey, BadEpochKey> {
        let context = self.context(sealing_epoch, sealed_epoch);
        let cbor = Zeroizing::new(envelope::open(&self.key, &context, envelope).map_err(|_| BadEpochKey)?);
        from_cbor(&cbor).and_then(|key| EpochKey(key).checked(commitment)).ok_or(BadEpochKey)
    }

    fn context(&self, sealing_epoch: u32, sealed_epoch: u32) -> Context {
        Context { account_id: self.account_id, place: Place::BackLink { sealing_epoch, sealed_epoch } }
    }
}
