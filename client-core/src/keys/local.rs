//! The local store: one random key per device, wrapped once for every way of unlocking; rows sealed under it.
//!
//! ```text
//! PRF (local input) or words ─► unlock secret ─► wraps ─► local store key ─┬─► seals rows
//!                                                                          └─► hides row keys
//! ```

use std::fmt;

use rand_core::CryptoRng;
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId};
use zeroize::{Zeroize, Zeroizing};

use super::prf::LocalPrfOutput;
use super::secret::{SealingKey, Secret, from_cbor, to_cbor};
use super::tag::hmac_sha256;
use super::words::RecoveryWords;
use crate::envelope::{self, Context, OpenError, Place, SCHEMA, SealError};

/// The store of unlock rows.
const UNLOCK_STORE: u16 = 0;

/// The random key of this device's local store.
#[derive(Debug)]
pub struct LocalStoreKey(Secret<32>);

impl LocalStoreKey {
    /// Draws a new key.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Secret::generate(rng))
    }

    /// Derives what seals and opens rows.
    pub fn row_sealer(&self, account_id: AccountId, device_id: DeviceId) -> RowSealer {
        RowSealer {
            seal_key: SealingKey::derive(&self.0, &device_id.0, b"sotto/local/seal/v1"),
            index_key: Secret::derive(self.0.bytes(), &device_id.0, &[b"sotto/local/index/v1"]),
            account_id,
            device_id,
        }
    }
}

/// A row as it lies in the local store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    /// Stands for the row key.
    pub key_hash: Hash,
    /// Envelope of type 0x04.
    pub envelope: Vec<u8>,
}

/// Seals and opens the rows of one device.
pub struct RowSealer {
    seal_key: SealingKey,
    index_key: Secret<32>,
    account_id: AccountId,
    device_id: DeviceId,
}

impl RowSealer {
    /// `HMAC-SHA-256(index key, store number ‖ row key)`.
    pub fn row_key_hash(&self, store: u16, row_key: &[u8]) -> Hash {
        Hash(hmac_sha256(&self.index_key, &[&store.to_be_bytes(), row_key]))
    }

    /// Seals a row.
    pub fn seal_row(
        &self,
        store: u16,
        row_key: &[u8],
        cbor: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<SealedRow, SealError> {
        let key_hash = self.row_key_hash(store, row_key);
        let envelope = envelope::seal(&self.seal_key, &self.context(store, key_hash), SCHEMA, cbor, rng)?;
        Ok(SealedRow { key_hash, envelope })
    }

    /// Opens the row of a known key.
    pub fn open_row(&self, store: u16, row_key: &[u8], envelope: &[u8]) -> Result<Vec<u8>, OpenError> {
        self.open_row_at(store, self.row_key_hash(store, row_key), envelope)
    }

    /// Opens a row where it lies, when a whole store is read.
    pub fn open_row_at(&self, store: u16, key_hash: Hash, envelope: &[u8]) -> Result<Vec<u8>, OpenError> {
        envelope::open(&self.seal_key, &self.context(store, key_hash), envelope)
    }

    pub(super) fn seal_key(&self, store: u16, row_key: &[u8], cbor: &[u8], rng: &mut dyn CryptoRng) -> SealedRow {
        self.seal_row(store, row_key, cbor, rng).expect("a key is far below 1 MiB")
    }

    fn context(&self, store: u16, row_key_hash: Hash) -> Context {
        let place = Place::LocalRow { device_id: self.device_id, store, row_key_hash };
        Context { account_id: self.account_id, place }
    }
}

impl fmt::Debug for RowSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowSealer").field("device_id", &self.device_id).finish_non_exhaustive()
    }
}

/// A way of unlocking this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnlockWay {
    /// A passkey or security key.
    Prf(MethodId),
    /// Recovery words.
    Words(MethodId),
    /// A password, where its owner has chosen that.
    Password,
}

impl UnlockWay {
    /// Where the local store key lies wrapped for this way.
    pub fn row_key_hash(self) -> Hash {
        let (kind, method_id) = match self {
            Self::Prf(method_id) => (1, method_id),
            Self::Words(method_id) => (2, method_id),
            Self::Password => (3, MethodId([0; MethodId::LEN])),
        };
        Hash::of(&[b"sotto/local/unlock/v1", &[kind], &method_id.0])
    }
}

/// Wraps the local store key for one way of unlocking.
#[derive(Debug)]
pub struct LocalUnlockSecret {
    key: SealingKey,
    /// Where the local store key lies wrapped.
    row_key_hash: Hash,
    device_id: DeviceId,
}

impl LocalUnlockSecret {
    /// Of a passkey or security key.
    pub fn from_prf(output: &LocalPrfOutput, device_id: DeviceId, method_id: MethodId) -> Self {
        let key = SealingKey::derive(output.secret(), &device_id.0, b"sotto/local/prf/v1");
        Self { key, row_key_hash: UnlockWay::Prf(method_id).row_key_hash(), device_id }
    }

    /// Of recovery words.
    pub fn from_words(words: &RecoveryWords, device_id: DeviceId, method_id: MethodId) -> Self {
        Self::from_words_at(words, device_id, UnlockWay::Words(method_id).row_key_hash())
    }

    /// Of recovery words, for a row that may be theirs: which method they are is not derived for it.
    pub fn from_words_at(words: &RecoveryWords, device_id: DeviceId, row_key_hash: Hash) -> Self {
        let key = SealingKey::derive(words.entropy(), &device_id.0, b"sotto/local/words/v1");
        Self { key, row_key_hash, device_id }
    }

    /// Of a password: stretched, and the answer of a key that no copy of this profile's files holds in the clear.
    pub fn from_password(stretched: &Zeroizing<[u8; 32]>, mut mac: [u8; 32], device_id: DeviceId) -> Self {
        let joined = Secret::<64>::filled(|bytes| {
            let (first, second) = bytes.split_at_mut(32);
            first.copy_from_slice(stretched.as_slice());
            second.copy_from_slice(&mac);
        });
        mac.zeroize();
        let key = SealingKey::new(Secret::derive(joined.bytes(), &device_id.0, &[b"sotto/local/password/v1"]));
        Self { key, row_key_hash: UnlockWay::Password.row_key_hash(), device_id }
    }

    /// Wraps the local store key as an unlock row.
    pub fn wrap(&self, store_key: &LocalStoreKey, account_id: AccountId, rng: &mut dyn CryptoRng) -> SealedRow {
        let envelope = envelope::seal(&self.key, &self.context(account_id), SCHEMA, &to_cbor(&store_key.0), rng)
            .expect("a key is far below 1 MiB");
        SealedRow { key_hash: self.row_key_hash, envelope }
    }

    /// Unwraps the local store key.
    pub fn unwrap(&self, account_id: AccountId, envelope: &[u8]) -> Result<LocalStoreKey, OpenError> {
        let cbor = Zeroizing::new(envelope::open(&self.key, &self.context(account_id), envelope)?);
        from_cbor(&cbor).map(LocalStoreKey).ok_or(OpenError::Refused)
    }

    fn context(&self, account_id: AccountId) -> Context {
        let place = Place::LocalRow { device_id: self.device_id, store: UNLOCK_STORE, row_key_hash: self.row_key_hash };
        Context { account_id, place }
    }
}
