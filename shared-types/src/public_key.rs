//! Public keys that were checked when parsed: canonical and not of low order.

use std::fmt;

use curve25519_dalek::montgomery::MontgomeryPoint;
use ed25519_dalek::VerifyingKey;

use crate::bytes::ParseError;
use crate::ids::Signature;

/// An Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SigningPublic(VerifyingKey);

impl SigningPublic {
    /// Refuses a non-canonical or low-order point.
    pub fn parse(bytes: &[u8; 32]) -> Result<Self, ParseError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| ParseError::BadPublicKey)?;
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        if key.is_weak() || !canonical {
            return Err(ParseError::BadPublicKey);
        }
        Ok(Self(key))
    }

    /// The 32 bytes of RFC 8032.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Verifies strictly (RFC 8032, no malleable or small-order signatures).
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        self.0.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
    }
}

impl fmt::Debug for SigningPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningPublic(…)")
    }
}

/// An X25519 public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KemPublic([u8; 32]);

impl KemPublic {
    /// Refuses a non-canonical or low-order point.
    pub fn parse(bytes: &[u8; 32]) -> Result<Self, ParseError> {
        const P: [u8; 32] = {
            let mut p = [0xff; 32];
            p[0] = 0xed;
            p[31] = 0x7f;
            p
        };
        let canonical = bytes.iter().rev().lt(P.iter().rev());
        let low_order = MontgomeryPoint(*bytes).mul_clamped([1; 32]).to_bytes() == [0; 32];
        if !canonical || low_order {
            return Err(ParseError::BadPublicKey);
        }
        Ok(Self(*bytes))
    }

    /// The 32 bytes of RFC 7748.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for KemPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KemPublic(…)")
    }
}
