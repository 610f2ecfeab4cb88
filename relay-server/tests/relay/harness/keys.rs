//! Keys as a device or method has them.

use ed25519_dalek::{Signer, SigningKey};
use shared_types::ids::Signature;
use shared_types::log::DevicePart;
use shared_types::public_key::{KemPublic, SigningPublic};

use super::random;

/// The private and public halves of a device or method.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) signing: SigningKey,
    pub(crate) kem: KemPublic,
}

impl Keys {
    pub(crate) fn generate() -> Self {
        let mut kem = random::<32>();
        kem[31] &= 0x3f;
        Self { signing: SigningKey::from_bytes(&random()), kem: KemPublic::parse(&kem).unwrap() }
    }

    pub(crate) fn public(&self) -> SigningPublic {
        SigningPublic::parse(&self.signing.verifying_key().to_bytes()).unwrap()
    }

    pub(crate) fn device(&self) -> DevicePart {
        DevicePart::new(self.public(), self.kem)
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Signature {
        Signature(self.signing.sign(bytes).to_bytes())
    }
}
