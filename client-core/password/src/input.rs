//! What OPAQUE takes for the password: with the account secret, so that the relay cannot even test guesses; or a
//! generated passphrase alone, which needs none.

use opaque_hkdf::Hkdf;
use opaque_sha2::Sha256;
use zeroize::Zeroizing;

/// The account secret, bytes.
pub const ACCOUNT_SECRET_BYTES: usize = 16;

/// The password input: `HKDF(password, account secret, "sotto/opaque/password/v1", 32)`, or without a secret the
/// password itself. `password` is in NFKC.
pub fn password_input(password: &str, account_secret: Option<&[u8; ACCOUNT_SECRET_BYTES]>) -> Zeroizing<Vec<u8>> {
    let Some(secret) = account_secret else { return Zeroizing::new(password.as_bytes().to_vec()) };
    let mut input = Zeroizing::new(vec![0; 32]);
    let hkdf = Hkdf::<Sha256>::new(Some(secret), password.as_bytes());
    hkdf.expand(b"sotto/opaque/password/v1", &mut input).expect("32 bytes are far below 255 hashes");
    input
}
