//! Sign-up: founder and device keys before the gesture, everything else after it, the founder gone at the end.

use shared_types::ordered::{SortedMap, sort_by_key};

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use shared_types::account::{AnchorPut, SealedCopy};
use shared_types::ids::{AccountId, DeviceId, MethodId, Nonce, PartyId, Signature};
use shared_types::limits::MAX_CREDENTIAL_ID_BYTES;
use shared_types::log::{EntryBody, LogState, MethodKind, MethodPart, Policy};
use shared_types::public_key::KemPublic;
use shared_types::statement::SignUpStatement;
use thiserror::Error;

use super::anchor::Anchor;
use super::entries::{Place, Signer, seal_epoch};
use crate::keys::{
    DeviceKeys, EpochKey, ExportKey, FounderKey, MethodKeys, MethodSecret, PasswordMode, PrfOutput, RecoveryWords,
};
use shared_types::ordered::map_of;

/// Why a sign-up cannot be finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignUpError {
    /// The authenticator gave a credential id that is empty or over 1,023 bytes.
    #[error("the credential id has no allowed length")]
    CredentialId,
}

/// Where an authenticator keeps its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrfKind {
    /// With a provider of passkeys.
    Passkey,
    /// In a security key.
    SecurityKey,
}

impl From<PrfKind> for MethodKind {
    fn from(kind: PrfKind) -> Self {
        match kind {
            PrfKind::Passkey => Self::Passkey,
            PrfKind::SecurityKey => Self::SecurityKey,
        }
    }
}

/// What an authenticator gave for the account input.
#[derive(Debug, Clone, Copy)]
pub struct PrfMethod<'a> {
    /// Where it keeps its secret.
    pub kind: PrfKind,
    /// Its answer to the account input.
    pub output: &'a PrfOutput,
    /// Relying party id, at most 253 bytes.
    pub rp_id: &'a str,
    /// Its credential id.
    pub credential_id: &'a [u8],
}

impl PrfMethod<'_> {
    /// Derives the method's keys.
    pub fn derive_keys(&self, account_id: AccountId) -> Result<MethodKeys, SignUpError> {
        if !(1..=MAX_CREDENTIAL_ID_BYTES).contains(&self.credential_id.len()) {
            return Err(SignUpError::CredentialId);
        }
        let secret = MethodSecret::from_prf(self.output, account_id, self.rp_id, self.credential_id);
        Ok(MethodKeys::derive(&secret, account_id))
    }
}

/// The method that a new account has beside its words.
#[derive(Debug, Clone, Copy)]
pub enum FirstMethod<'a> {
    /// A passkey or security key.
    Prf(PrfMethod<'a>),
    /// A password, in the mode that was chosen.
    Password(&'a ExportKey, PasswordMode),
}

impl<'a> From<&PrfMethod<'a>> for FirstMethod<'a> {
    fn from(method: &PrfMethod<'a>) -> Self {
        Self::Prf(*method)
    }
}

impl FirstMethod<'_> {
    fn derive(&self, account_id: AccountId) -> Result<(MethodKeys, MethodPart), SignUpError> {
        match self {
            Self::Prf(method) => {
                let keys = method.derive_keys(account_id)?;
                let part = keys.part(method.kind.into(), method.credential_id);
                Ok((keys, part))
            }
            Self::Password(export_key, mode) => {
                let secret = MethodSecret::from_export_key(export_key, account_id, *mode);
                let keys = MethodKeys::derive(&secret, account_id);
                let part = keys.part(MethodKind::Password, &[]);
                Ok((keys, part))
            }
        }
    }
}

/// A sign-up whose gesture is still to come.
#[derive(Debug)]
pub struct SignUp {
    founder: FounderKey,
    device: DeviceKeys,
}

/// Everything that a finished sign-up made. The founder key is no part of it.
#[derive(Debug)]
pub struct SignUpParts {
    /// Entry 0 with its signatures.
    pub genesis: Vec<u8>,
    /// Of the founder, over the relay's nonce.
    pub founder_signature: Signature,
    /// Sealed copies of epoch key 1.
    pub copies: Vec<SealedCopy>,
    /// First anchor of each method.
    pub anchors: Vec<AnchorPut>,
    /// The verified log: the genesis.
    pub log: LogState,
    /// This device's keys.
    pub device: DeviceKeys,
    /// The key of epoch 1.
    pub epoch_key: EpochKey,
    /// Names the first method.
    pub first: MethodId,
    /// Names the words' method.
    pub words: MethodId,
}

impl SignUp {
    /// Makes founder and device keys.
    pub fn begin(rng: &mut dyn CryptoRng) -> Self {
        Self { founder: FounderKey::generate(rng), device: DeviceKeys::generate(rng) }
    }

    /// The account to be; also the WebAuthn user handle.
    pub fn account_id(&self) -> AccountId {
        self.founder.account_id()
    }

    /// The first device; names its local PRF input.
    pub fn device_id(&self) -> DeviceId {
        self.device.id()
    }

    /// Signs the genesis and the relay's nonce, seals epoch key 1, and forgets the founder.
    pub fn finish<'a>(
        self,
        first: impl Into<FirstMethod<'a>>,
        words: &RecoveryWords,
        nonce: Nonce,
        now_s: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<SignUpParts, SignUpError> {
        let Self { founder, device } = self;
        let account_id = founder.account_id();
        let (first_keys, first_part) = first.into().derive(account_id)?;
        let words_keys = MethodKeys::derive(&MethodSecret::from_words(words, account_id), account_id);
        let words_part = words_keys.part(MethodKind::Words, &words.lookup_id().0);

        let epoch_key = EpochKey::generate(rng);
        let recipients = recipients(&device, [&first_part, &words_part]);
        let (epoch, copies) = seal_epoch(&epoch_key, 1, account_id, &recipients, rng);
        let mut methods = vec![first_part, words_part];
        sort_by_key(&mut methods, |method| method.id);
        let body = EntryBody::Genesis {
            founder: founder.public(),
            policy: Policy::default(),
            device: device.part(),
            methods,
            epoch,
        };
        let signers = vec![
            Signer::Founder(&founder),
            Signer::Device(&device),
            Signer::Method(&first_keys),
            Signer::Method(&words_keys),
        ];
        let genesis = Place { account_id, previous: None, time_s: now_s }.sign(body, signers);
        let founder_signature = founder.sign_statement(&SignUpStatement { account_id, nonce });

        let log = LogState::verify(account_id, [genesis.bytes.as_slice()]).expect("an own genesis keeps every rule");
        let anchor = Anchor {
            counter: 1,
            log: genesis.head,
            heads: Vec::new(),
            epoch: 1,
            time_s: now_s,
            device_id: device.id(),
        };
        Ok(SignUpParts {
            anchors: [&first_keys, &words_keys].map(|keys| anchor.seal(keys, rng)).into(),
            genesis: genesis.bytes,
            founder_signature,
            copies,
            log,
            device,
            epoch_key,
            first: first_keys.id(),
            words: words_keys.id(),
        })
    }
}

fn recipients(device: &DeviceKeys, methods: [&MethodPart; 2]) -> SortedMap<PartyId, KemPublic> {
    let device = device.part();
    let methods = methods.map(|method| (PartyId::from(method.id), method.kem));
    map_of(methods.into_iter().chain([(device.id.into(), device.kem)]))
}
