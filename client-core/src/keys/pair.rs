//! A party's two key pairs: Ed25519 to sign, X25519 to be sealed to.

use ed25519_dalek::{Signer, SigningKey};
use shared_types::ids::{AccountId, Hash, PartyId, Signature};
use shared_types::public_key::{KemPublic, SigningPublic};
use zeroize::Zeroizing;

use super::epoch::EpochKey;
use super::hpke::{self, Addressee, BadEpochKey, KemPrivate, Purpose};

/// The private half of an Ed25519 pair.
pub(super) struct SigningSecret(Box<SigningKey>);

impl SigningSecret {
    pub(super) fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Box::new(SigningKey::from_bytes(seed)))
    }

    pub(super) fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(super) fn public(&self) -> SigningPublic {
        SigningPublic::parse(self.0.verifying_key().as_bytes())
            .expect("the public half of a clamped key is canonical and has a large order")
    }

    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

/// The private halves of a device or a method.
pub(super) struct KeyPairs {
    pub(super) signing: SigningSecret,
    pub(super) signing_public: SigningPublic,
    kem: Box<KemPrivate>,
    pub(super) kem_public: KemPublic,
}

impl KeyPairs {
    pub(super) fn new(signing_seed: &[u8; 32], kem: (KemPrivate, KemPublic)) -> Self {
        let signing = SigningSecret::from_seed(signing_seed);
        let signing_public = signing.public();
        Self { signing, signing_public, kem: Box::new(kem.0), kem_public: kem.1 }
    }

    /// Opens a sealed copy that was made for `recipient` and demands the key that `commitment` names.
    pub(super) fn open_epoch_key(
        &self,
        account_id: AccountId,
        recipient: PartyId,
        epoch: u32,
        commitment: &Hash,
        sealed: &[u8],
    ) -> Result<EpochKey, BadEpochKey> {
        let addressee = Addressee { purpose: Purpose::EpochKey, account_id, recipient, epoch };
        let opened = self.open(sealed, &addressee).ok_or(BadEpochKey)?;
        EpochKey::check(&opened, commitment).ok_or(BadEpochKey)
    }

    /// Opens what was sealed for exactly this addressee.
    pub(super) fn open(&self, sealed: &[u8], addressee: &Addressee) -> Option<Zeroizing<Vec<u8>>> {
        hpke::open(sealed, addressee, &self.kem)
    }
}
