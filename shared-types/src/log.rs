//! The account log: who may enter an account, signed entry by entry.
//!
//! An entry is `signed part ‖ n × signature(64)`; the signatures cover the signed part and the entry's hash is the
//! SHA-256 of it. [`LogState`] is the one verifier: a pure function from the bytes of a whole log to what holds
//! after it. Bytes: `docs/formats.md`, "Account log".

mod faults;
mod parties;
mod rules;
mod state;
mod wire;

use crate::batch::ChainPin;
use crate::ids::{AccountId, DeviceId, Hash, MethodId, PartyId, Signature};
use crate::limits::{MAX_EPOCH_DAYS, MIN_METHODS};
use crate::public_key::{KemPublic, SigningPublic};

pub(crate) use wire::{put_heads, read_heads};

pub use faults::{LogError, LogFault};
pub use parties::{Confirmation, DeviceState, MethodState, Removal, Revocation};
pub use state::{AcceptedEntry, EpochState, LogState};

/// The only suite that this version knows.
pub const SUITE: u8 = 1;
/// The only envelope version that this version knows.
pub const ENVELOPE_VERSION: u8 = 1;
/// How long a device must have been confirmed before two of them may remove the words, seconds.
pub const WORDS_REMOVAL_WAIT_S: u64 = 1_209_600;

/// A place in an account log, with the hash that stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogHead {
    /// Number of the entry, from 0.
    pub seq: u32,
    /// Its hash.
    pub hash: Hash,
}

/// How a method gets its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum MethodKind {
    /// A passkey with PRF.
    Passkey = 1,
    /// A security key with PRF.
    SecurityKey = 2,
    /// A password with an authenticator app.
    Password = 3,
    /// The recovery words.
    Words = 4,
}

/// Whether a device may change who may enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum DeviceStatus {
    /// It may.
    Confirmed = 1,
    /// It reads and writes only.
    Unconfirmed = 2,
}

/// Why a device was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RevokeReason {
    /// The device signed out by itself.
    SignedOut = 1,
    /// The device is lost.
    Lost = 2,
    /// Somebody else holds its keys.
    Compromised = 3,
}

/// Why a method was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RemoveReason {
    /// Not used any more.
    Unused = 1,
    /// Lost.
    Lost = 2,
    /// Somebody else holds it.
    Compromised = 3,
}

/// Public half of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DevicePart {
    /// Derived from both keys.
    pub id: DeviceId,
    /// Verifies what the device signs.
    pub signing: SigningPublic,
    /// Seals epoch keys to the device.
    pub kem: KemPublic,
}

/// Public half of a sign-in method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodPart {
    /// Derived from both keys.
    pub id: MethodId,
    /// How it gets its secret.
    pub kind: MethodKind,
    /// Verifies what the method signs.
    pub signing: SigningPublic,
    /// Seals epoch keys to the method.
    pub kem: KemPublic,
    /// The WebAuthn credential id; empty for a password; the lookup id for words.
    pub credential_id: Vec<u8>,
}

/// Floors that an account sets for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Fewest active methods.
    pub least_methods: u8,
    /// Lowest suite.
    pub suite: u8,
    /// Lowest envelope version.
    pub envelope_version: u8,
    /// Longest age of an epoch, days.
    pub epoch_days: u16,
}

/// A new epoch as the log knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochPart {
    /// From 1, each one more than the last.
    pub number: u32,
    /// Commits to the epoch key.
    pub commitment: Hash,
    /// SHA-256 of the sealed copy for each recipient, ascending.
    pub copies: Vec<(PartyId, Hash)>,
}

/// The newest batch of a device, as its signer knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceHead {
    /// Whose chain.
    pub device: DeviceId,
    /// Number of the batch.
    pub seq: u64,
    /// Its hash; never zero.
    pub hash: Hash,
}

/// What an entry changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "only a genesis is large, and an account has one")]
pub enum EntryBody {
    /// Kind 1: founds the account.
    Genesis {
        /// The key that the account id certifies.
        founder: SigningPublic,
        /// First floors.
        policy: Policy,
        /// First device, confirmed.
        device: DevicePart,
        /// First methods, ascending.
        methods: Vec<MethodPart>,
        /// Epoch 1.
        epoch: EpochPart,
    },
    /// Kind 2: lets a device in.
    DeviceAdd {
        /// The new device.
        device: DevicePart,
        /// What it may do at first.
        status: DeviceStatus,
    },
    /// Kind 3: makes an unconfirmed device a confirmed one.
    DeviceConfirm {
        /// Which.
        device: DeviceId,
    },
    /// Kind 4: ends a device.
    DeviceRevoke {
        /// Which.
        device: DeviceId,
        /// Why.
        reason: RevokeReason,
        /// Its last accepted batch, if there is one.
        cut: Option<ChainPin>,
    },
    /// Kind 5: adds a method.
    MethodAdd {
        /// The new method.
        method: MethodPart,
    },
    /// Kind 6: ends a method.
    MethodRemove {
        /// Which.
        method: MethodId,
        /// Why.
        reason: RemoveReason,
    },
    /// Kind 7: begins an epoch.
    EpochAdvance {
        /// The epoch.
        epoch: EpochPart,
        /// Newest batches that the signer knows, ascending.
        heads: Vec<DeviceHead>,
    },
    /// Kind 8: tightens the floors.
    PolicySet {
        /// All floors, also unchanged ones.
        policy: Policy,
    },
    /// Kind 9: bears witness of the newest batches.
    Checkpoint {
        /// Newest batches that the signer knows, ascending.
        heads: Vec<DeviceHead>,
    },
    /// Kind 10: pins the log of an account that shares with this one.
    SharePin {
        /// The other account.
        account: AccountId,
        /// Its log's head.
        head: LogHead,
    },
}

/// One entry without its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose log.
    pub account_id: AccountId,
    /// From 0.
    pub seq: u32,
    /// Hash of the entry before; zero for the first.
    pub previous: Hash,
    /// Claimed Unix time, seconds.
    pub time_s: u64,
    /// The change.
    pub body: EntryBody,
    /// Who signs, ascending.
    pub signers: Vec<PartyId>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            least_methods: MIN_METHODS,
            suite: SUITE,
            envelope_version: ENVELOPE_VERSION,
            epoch_days: MAX_EPOCH_DAYS,
        }
    }
}

impl MethodKind {
    /// The kind with this number, if this version knows it.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::Passkey, Self::SecurityKey, Self::Password, Self::Words].into_iter().find(|kind| *kind as u8 == number)
    }
}

impl DevicePart {
    /// Derives the id from the keys.
    pub fn new(signing: SigningPublic, kem: KemPublic) -> Self {
        Self { id: DeviceId::of_keys(&signing, &kem), signing, kem }
    }
}

impl MethodPart {
    /// Derives the id from the keys.
    pub fn new(kind: MethodKind, signing: SigningPublic, kem: KemPublic, credential_id: Vec<u8>) -> Self {
        Self { id: MethodId::of_keys(&signing, &kem), kind, signing, kem, credential_id }
    }
}

impl Entry {
    /// SHA-256 of the signed part.
    pub fn hash(&self) -> Hash {
        Hash::of(&[&self.to_signed_part()])
    }

    /// The whole entry; the signatures stand in the order of the signers.
    pub fn with_signatures(&self, signatures: &[Signature]) -> Vec<u8> {
        let mut bytes = self.to_signed_part();
        for signature in signatures {
            bytes.extend_from_slice(&signature.0);
        }
        bytes
    }
}
