//! Method keys: derived from what a person holds, never stored.

use std::fmt;

use shared_types::bytes::Writer;
use shared_types::ids::{AccountId, Hash, MethodId, Signature};
use shared_types::limits::MAX_CREDENTIAL_ID_BYTES;
use shared_types::log::{Entry, MethodKind, MethodPart};
use shared_types::statement::SignInStatement;

use super::epoch::EpochKey;
use super::hpke::{BadEpochKey, derive_pair};
use super::opaque::{ExportKey, PasswordMode};
use super::pair::KeyPairs;
use super::prf::PrfOutput;
use super::secret::{SealingKey, Secret};
use super::words::RecoveryWords;

/// What all keys of a method are derived from.
#[derive(Debug)]
pub struct MethodSecret(Secret<32>);

impl MethodSecret {
    /// Of a passkey or security key. `rp_id` has at most 255 bytes, `credential_id` at most 1,023.
    pub fn from_prf(output: &PrfOutput, account_id: AccountId, rp_id: &str, credential_id: &[u8]) -> Self {
        assert!(credential_id.len() <= MAX_CREDENTIAL_ID_BYTES, "a credential id has at most 1,023 bytes");
        let mut info = Writer::new();
        info.put(b"sotto/method/prf/v1");
        info.u8(u8::try_from(rp_id.len()).expect("a relying party id is a host name of at most 253 bytes"));
        info.put(rp_id.as_bytes());
        info.u16(u16::try_from(credential_id.len()).expect("1,023 fits two bytes"));
        info.put(credential_id);
        Self(Secret::derive(output.secret().bytes(), &account_id.0, &[info.as_slice()]))
    }

    /// Of a password.
    pub fn from_export_key(export_key: &ExportKey, account_id: AccountId, mode: PasswordMode) -> Self {
        Self(Secret::derive(export_key.bytes(), &account_id.0, &[b"sotto/method/opaque/v1", &[mode as u8]]))
    }

    /// Of recovery words.
    pub fn from_words(words: &RecoveryWords, account_id: AccountId) -> Self {
        Self(Secret::derive(words.entropy().bytes(), &account_id.0, &[b"sotto/method/words/v1"]))
    }
}

/// The keys of one method: to sign, to be sealed to, and to seal its anchor.
pub struct MethodKeys {
    id: MethodId,
    account_id: AccountId,
    pairs: KeyPairs,
    seal_key: SealingKey,
}

impl MethodKeys {
    /// Derives all keys of a method.
    pub fn derive(secret: &MethodSecret, account_id: AccountId) -> Self {
        let seed = |label: &[u8]| Secret::<32>::derive(secret.0.bytes(), &account_id.0, &[label]);
        let kem = derive_pair(seed(b"sotto/method/kem/v1").bytes());
        let pairs = KeyPairs::new(seed(b"sotto/method/sign/v1").bytes(), kem);
        let id = MethodId::of_keys(&pairs.signing_public, &pairs.kem_public);
        Self { id, account_id, pairs, seal_key: SealingKey::new(seed(b"sotto/method/seal/v1")) }
    }

    /// Names this method.
    pub fn id(&self) -> MethodId {
        self.id
    }

    /// The account for which these keys were derived.
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// The public halves, as they stand in the account log. For words, `credential_id` is their lookup id.
    pub fn part(&self, kind: MethodKind, credential_id: &[u8]) -> MethodPart {
        MethodPart {
            id: self.id,
            kind,
            signing: self.pairs.signing_public,
            kem: self.pairs.kem_public,
            credential_id: credential_id.to_vec(),
        }
    }

    /// Whether a part of the account log holds exactly these public halves.
    pub fn stand_in(&self, part: &MethodPart) -> bool {
        part.id == self.id && part.signing == self.pairs.signing_public && part.kem == self.pairs.kem_public
    }

    /// Signs an entry of the account log.
    pub fn sign_entry(&self, entry: &Entry) -> Signature {
        self.pairs.signing.sign(&entry.to_signed_part())
    }

    /// Signs a sign-in.
    pub fn sign_statement(&self, statement: &SignInStatement) -> Signature {
        self.pairs.signing.sign(&statement.to_bytes())
    }

    /// Opens the copy of an epoch key that is sealed to this method; the key must match the epoch's commitment.
    pub fn open_epoch_key(&self, epoch: u32, commitment: &Hash, sealed: &[u8]) -> Result<EpochKey, BadEpochKey> {
        self.pairs.open_epoch_key(self.account_id, self.id.into(), epoch, commitment, sealed)
    }

    pub(crate) fn seal_key(&self) -> &SealingKey {
        &self.seal_key
    }
}

impl fmt::Debug for MethodKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MethodKeys").field("id", &self.id).finish_non_exhaustive()
    }
}
