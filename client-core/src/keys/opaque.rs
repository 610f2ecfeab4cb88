//! What a password opens: OPAQUE's export key. And the account secret, without which no guess of a password can be tested.

use data_encoding::BASE32_NOPAD;
use rand_core::CryptoRng;
use shared_types::ids::Hash;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::local::{RowSealer, SealedRow};
use super::secret::Secret;
use crate::envelope::OpenError;

/// Bytes of the secret.
const N_SECRET: usize = 16;
/// CBOR `bytes(16)`: how it stands in a row of the local store.
const CBOR_BYTES_16: u8 = 0x50;
/// Letters of its written form, and of a group of them.
const N_LETTERS: usize = 28;
const N_GROUP: usize = 4;

/// How a password stands for an account: as chosen on the form, never as the relay says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordMode {
    /// A password of one's own, with the account secret.
    TwoSecret = 1,
    /// A generated passphrase, which is strong by itself.
    Portable = 2,
}

/// OPAQUE's export key.
#[derive(Debug)]
pub struct ExportKey(Secret<64>);

impl ExportKey {
    /// Takes the bytes over, and overwrites the caller's copy of them.
    pub fn take(bytes: &mut [u8; 64]) -> Self {
        Self(Secret::take(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8; 64] {
        self.0.bytes()
    }
}

/// The half of a password that the relay never sees: random, in the recovery kit and on devices that are signed in.
#[derive(Debug)]
pub struct AccountSecret(Secret<N_SECRET>);

impl AccountSecret {
    /// Draws one.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Secret::generate(rng))
    }

    /// Takes the bytes over, and overwrites the caller's copy of them.
    pub(super) fn take(bytes: &mut [u8; N_SECRET]) -> Self {
        Self(Secret::take(bytes))
    }

    /// Its bytes, for the password input.
    pub fn bytes(&self) -> &[u8; N_SECRET] {
        self.0.bytes()
    }

    /// As it stands in the kit: seven groups of four letters, the last byte of which finds a slip of the pen.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; N_SECRET + 1]);
        let (secret, check) = bytes.split_at_mut(N_SECRET);
        secret.copy_from_slice(self.0.bytes());
        check.copy_from_slice(&[self.check()]);
        let letters = Zeroizing::new(BASE32_NOPAD.encode(bytes.as_slice()));
        let mut text = Zeroizing::new(String::with_capacity(N_LETTERS + N_LETTERS / N_GROUP));
        for (index, letter) in letters.chars().enumerate() {
            if index > 0 && index % N_GROUP == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text
    }

    /// Reads what [`Self::to_text`] writes, in any case and grouping.
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = Zeroizing::new(String::with_capacity(text.len()));
        letters
            .extend(text.chars().filter(|letter| letter.is_alphanumeric()).map(|letter| letter.to_ascii_uppercase()));
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(letters.as_bytes()).ok()?);
        let (secret, check) = bytes.split_first_chunk::<N_SECRET>()?;
        let secret = Self(Secret::filled(|own| own.copy_from_slice(secret)));
        let is_right: bool = check.ct_eq(&[secret.check()]).into();
        is_right.then_some(secret)
    }

    /// Wraps it as a row of the local store.
    pub fn to_row(&self, sealer: &RowSealer, store: u16, row_key: &[u8], rng: &mut dyn CryptoRng) -> SealedRow {
        let mut cbor = Zeroizing::new(Vec::with_capacity(1 + N_SECRET));
        cbor.push(CBOR_BYTES_16);
        cbor.extend_from_slice(self.0.bytes());
        sealer.seal_key(store, row_key, &cbor, rng)
    }

    /// Unwraps what [`Self::to_row`] wrapped.
    pub fn from_row(sealer: &RowSealer, store: u16, row_key: &[u8], envelope: &[u8]) -> Result<Self, OpenError> {
        let cbor = Zeroizing::new(sealer.open_row(store, row_key, envelope)?);
        let bytes = cbor.strip_prefix(&[CBOR_BYTES_16]).and_then(|rest| <&[u8; N_SECRET]>::try_from(rest).ok());
        let bytes = bytes.ok_or(OpenError::Refused)?;
        Ok(Self(Secret::filled(|own| own.copy_from_slice(bytes))))
    }

    fn check(&self) -> u8 {
        Hash::of(&[b"sotto/account-secret/v1", self.0.bytes()]).0[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::seeded::SeededRng;

    #[test]
    fn an_account_secret_reads_back_in_any_case_and_a_slip_is_seen() {
        let secret = AccountSecret::generate(&mut SeededRng::new(1));
        let text = secret.to_text();
        assert_eq!(text.len(), 34, "{}", *text);
        for typed in [text.to_string(), text.to_lowercase(), text.replace('-', " "), format!(" {} ", *text)] {
            assert_eq!(AccountSecret::parse(&typed).unwrap().bytes(), secret.bytes(), "{typed}");
        }
        let slip = text.replacen(text.chars().next().unwrap(), "7", 1).replacen("77", "7A", 1);
        assert!(slip == *text || AccountSecret::parse(&slip).is_none(), "{slip}");
        assert!(AccountSecret::parse("").is_none());
        let cut: String = text.chars().skip(1).collect();
        assert!(AccountSecret::parse(&cut).is_none());
    }
}
