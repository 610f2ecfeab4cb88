//! The founder key: makes an account's id, signs its genesis, and is gone after sign-up.

use rand_core::CryptoRng;
use shared_types::ids::{AccountId, Signature};
use shared_types::log::Entry;
use shared_types::public_key::SigningPublic;
use shared_types::statement::SignUpStatement;

use super::pair::SigningSecret;
use super::secret::Secret;

/// The key that certifies an account.
pub struct FounderKey(SigningSecret);

impl FounderKey {
    /// Draws a new founder.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(SigningSecret::from_seed(Secret::generate(rng).bytes()))
    }

    /// The public half.
    pub fn public(&self) -> SigningPublic {
        self.0.public()
    }

    /// The id that this founder certifies.
    pub fn account_id(&self) -> AccountId {
        AccountId::of_founder(&self.public())
    }

    /// Signs entry 0.
    pub fn sign_genesis(&self, entry: &Entry) -> Signature {
        self.0.sign(&entry.to_signed_part())
    }

    /// Signs the relay's nonce.
    pub fn sign_statement(&self, statement: &SignUpStatement) -> Signature {
        self.0.sign(&statement.to_bytes())
    }
}

impl std::fmt::Debug for FounderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FounderKey(…)")
    }
}
