//! Statements that keys sign outside the account log: by the founder at sign-up, by method and device at sign-in.

use crate::bytes::{ParseError, Reader, Writer};
use crate::ids::{AccountId, DeviceId, Hash, MethodId, Nonce};
use crate::public_key::{KemPublic, SigningPublic};

const SIGN_UP_MAGIC: &[u8] = b"SOTF";
const SIGN_IN_MAGIC: &[u8] = b"SOTS";
const VERSION: u8 = 1;

/// What the founder key signs at sign-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignUpStatement {
    /// The account to be.
    pub account_id: AccountId,
    /// The relay's, for this sign-up.
    pub nonce: Nonce,
}

/// What a method key and a device key sign at every sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInStatement {
    /// The account.
    pub account_id: AccountId,
    /// The method used.
    pub method_id: MethodId,
    /// The device that signs in.
    pub device_id: DeviceId,
    /// That device's signing key.
    pub signing: SigningPublic,
    /// That device's key for sealing.
    pub kem: KemPublic,
    /// The relay's, for this sign-in.
    pub nonce: Nonce,
    /// SHA-256 of clientDataJSON, of KE1 ‖ KE2 ‖ KE3, or for words of nothing.
    pub transcript_hash: Hash,
    /// SHA-256 of the relying party id.
    pub rp_id_hash: Hash,
}

impl SignUpStatement {
    /// The bytes to sign.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.put(SIGN_UP_MAGIC).u8(VERSION).put(&self.account_id.0).put(&self.nonce.0);
        writer.into_bytes()
    }

    /// Reads a statement; every byte is demanded.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        reader.expect(SIGN_UP_MAGIC)?;
        reader.expect(&[VERSION])?;
        let statement = Self { account_id: AccountId(reader.array()?), nonce: Nonce(reader.array()?) };
        reader.finish()?;
        Ok(statement)
    }
}

impl SignInStatement {
    /// The bytes to sign.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.put(SIGN_IN_MAGIC).u8(VERSION).put(&self.account_id.0).put(&self.method_id.0).put(&self.device_id.0);
        writer.put(self.signing.as_bytes()).put(self.kem.as_bytes());
        writer.put(&self.nonce.0).put(&self.transcript_hash.0).put(&self.rp_id_hash.0);
        writer.into_bytes()
    }

    /// Reads a statement; every byte is demanded, and the device id must be that of the keys.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        reader.expect(SIGN_IN_MAGIC)?;
        reader.expect(&[VERSION])?;
        let statement = Self {
            account_id: AccountId(reader.array()?),
            method_id: MethodId(reader.array()?),
            device_id: DeviceId(reader.array()?),
            signing: SigningPublic::parse(&reader.array()?)?,
            kem: KemPublic::parse(&reader.array()?)?,
            nonce: Nonce(reader.array()?),
            transcript_hash: Hash(reader.array()?),
            rp_id_hash: Hash(reader.array()?),
        };
        reader.finish()?;
        let derived = DeviceId::of_keys(&statement.signing, &statement.kem);
        if derived == statement.device_id { Ok(statement) } else { Err(ParseError::WrongId) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device() -> (SigningPublic, KemPublic) {
        let signing = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes();
        let kem = curve25519_dalek::MontgomeryPoint::mul_base_clamped([2; 32]).to_bytes();
        (SigningPublic::parse(&signing).unwrap(), KemPublic::parse(&kem).unwrap())
    }

    fn sign_in() -> SignInStatement {
        let (signing, kem) = device();
        SignInStatement {
            account_id: AccountId([3; 16]),
            method_id: MethodId([4; 16]),
            device_id: DeviceId::of_keys(&signing, &kem),
            signing,
            kem,
            nonce: Nonce([5; 32]),
            transcript_hash: Hash([6; 32]),
            rp_id_hash: Hash([7; 32]),
        }
    }

    #[test]
    fn a_sign_up_statement_reads_back_and_no_other_length_does() {
        let statement = SignUpStatement { account_id: AccountId([3; 16]), nonce: Nonce([5; 32]) };
        let bytes = statement.to_bytes();
        assert_eq!(bytes.len(), 53);
        assert_eq!(SignUpStatement::parse(&bytes), Ok(statement));
        for end in 0..bytes.len() {
            assert_eq!(SignUpStatement::parse(bytes.get(..end).unwrap()), Err(ParseError::Truncated));
        }
        assert_eq!(SignUpStatement::parse(&[bytes, vec![0]].concat()), Err(ParseError::TrailingBytes));
    }

    #[test]
    fn a_sign_in_statement_reads_back_and_is_bound_to_its_device_key() {
        let bytes = sign_in().to_bytes();
        assert_eq!(bytes.len(), 213);
        assert_eq!(SignInStatement::parse(&bytes), Ok(sign_in()));

        let other = SignInStatement { device_id: DeviceId([9; 16]), ..sign_in() };
        assert_eq!(SignInStatement::parse(&other.to_bytes()), Err(ParseError::WrongId));
        for end in 0..bytes.len() {
            assert_eq!(SignInStatement::parse(bytes.get(..end).unwrap()), Err(ParseError::Truncated));
        }
    }

    #[test]
    fn one_statement_is_never_read_as_the_other() {
        assert_eq!(SignUpStatement::parse(&sign_in().to_bytes()), Err(ParseError::Unknown));
    }
}
