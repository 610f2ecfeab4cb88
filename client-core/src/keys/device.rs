//! Device keys: random, made before the first gesture; their private halves rest in the sealed local store only.

use std::fmt;

use rand_core::CryptoRng;
use shared_types::batch::Batch;
use shared_types::ids::{AccountId, DeviceId, Hash, Signature};
use shared_types::log::{DevicePart, Entry};
use shared_types::request::{CoveredRequest, SignatureParameters, signature_base};
use shared_types::statement::SignInStatement;
use zeroize::Zeroizing;

use super::epoch::EpochKey;
use super::hand_over::{HandOverSecret, HandedOver};
use super::hpke::{Addressee, BadEpochKey, Purpose, read_pair};
use super::local::{RowSealer, SealedRow};
use super::pair::KeyPairs;
use super::secret::Secret;
use crate::envelope::OpenError;

/// CBOR `bytes(64)`: signing seed, then KEM private key.
const CBOR_BYTES_64: [u8; 2] = [0x58, 64];

/// The two private keys of this device.
pub struct DeviceKeys {
    id: DeviceId,
    pairs: KeyPairs,
    kem_private: Secret<32>,
}

impl DeviceKeys {
    /// Draws the keys of a new device.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let signing_seed = Secret::generate(rng);
        Self::from_secrets(&signing_seed, Secret::generate(rng))
    }

    fn from_secrets(signing_seed: &Secret<32>, kem_private: Secret<32>) -> Self {
        let pairs = KeyPairs::new(signing_seed.bytes(), read_pair(kem_private.bytes()));
        let id = DeviceId::of_keys(&pairs.signing_public, &pairs.kem_public);
        Self { id, pairs, kem_private }
    }

    /// Names this device.
    pub fn id(&self) -> DeviceId {
        self.id
    }

    /// The public halves, as they stand in the account log.
    pub fn part(&self) -> DevicePart {
        DevicePart::new(self.pairs.signing_public, self.pairs.kem_public)
    }

    /// Signs an entry of the account log.
    pub fn sign_entry(&self, entry: &Entry) -> Signature {
        self.pairs.signing.sign(&entry.to_signed_part())
    }

    /// Signs a batch.
    pub fn sign_batch(&self, batch: &Batch) -> Signature {
        self.pairs.signing.sign(&batch.to_signed_part())
    }

    /// Signs a sign-in.
    pub fn sign_statement(&self, statement: &SignInStatement) -> Signature {
        self.pairs.signing.sign(&statement.to_bytes())
    }

    /// Signs a request.
    pub fn sign_request(&self, request: &CoveredRequest<'_>, parameters: &SignatureParameters) -> Signature {
        self.pairs.signing.sign(&signature_base(request, parameters))
    }

    /// Opens the copy of an epoch key that is sealed to this device; the key must match the epoch's commitment.
    pub fn open_epoch_key(
        &self,
        account_id: AccountId,
        epoch: u32,
        commitment: &Hash,
        sealed: &[u8],
    ) -> Result<EpochKey, BadEpochKey> {
        self.pairs.open_epoch_key(account_id, self.id.into(), epoch, commitment, sealed)
    }

    /// Opens what a device of the account sealed to this one to let it in; it must come from one that has seen the
    /// secret.
    pub fn open_hand_over(
        &self,
        secret: &HandOverSecret,
        account_id: AccountId,
        epoch: u32,
        sealed: &[u8],
    ) -> Option<HandedOver> {
        let addressee = Addressee { purpose: Purpose::HandOver, account_id, recipient: self.id.into(), epoch };
        HandedOver::read(secret, &self.pairs.open(sealed, &addressee)?)
    }

    /// Wraps the private halves as a row of the local store.
    pub fn to_row(&self, sealer: &RowSealer, store: u16, row_key: &[u8], rng: &mut dyn CryptoRng) -> SealedRow {
        let mut cbor = Zeroizing::new(Vec::with_capacity(66));
        cbor.extend_from_slice(&CBOR_BYTES_64);
        cbor.extend_from_slice(self.pairs.signing.seed());
        cbor.extend_from_slice(self.kem_private.bytes());
        sealer.seal_key(store, row_key, &cbor, rng)
    }

    /// Unwraps what [`Self::to_row`] wrapped.
    pub fn from_row(sealer: &RowSealer, store: u16, row_key: &[u8], envelope: &[u8]) -> Result<Self, OpenError> {
        let cbor = Zeroizing::new(sealer.open_row(store, row_key, envelope)?);
        let seeds = cbor.strip_prefix(&CBOR_BYTES_64).and_then(|rest| <&[u8; 64]>::try_from(rest).ok());
        let (signing, kem) = seeds.ok_or(OpenError::Refused)?.split_at(32);
        let signing = Secret::filled(|own| own.copy_from_slice(signing));
        Ok(Self::from_secrets(&signing, Secret::filled(|own| own.copy_from_slice(kem))))
    }
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKeys").field("id", &self.id).finish_non_exhaustive()
    }
}
