//! Passwords, the relay's half: OPAQUE (RFC 9807) and sealed secrets of authenticator apps. What is secret of it lies in
//! a file beside the database, never in it: a thief of the database alone can test no guess.

use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use opaque_ke::ksf::Identity;
use opaque_ke::rand::{CryptoRng, Error as RandomError, RngCore};
use opaque_ke::{
    CipherSuite, CredentialFinalization, CredentialRequest, Identifiers, RegistrationRequest, RegistrationUpload,
    Ristretto255, ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup, TripleDh,
};
use opaque_sha2::Sha512;
use ring::{aead as ring_cipher, hmac};
use ring_cipher::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use shared_types::error::ErrorCode;
use shared_types::ids::Hash;
use shared_types::limits::MAX_HANDLE_BYTES;
use shared_types::password::{Code, Handle, TOTP_SECRET_BYTES};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::db::Password;
use crate::error::RouteError;
use crate::random::random_bytes;
use crate::sealed_file::{SealedFileError, load_key, load_key_of};
use crate::totp;

const KEY_FILE: &str = "secrets.key";
const SETUP_FILE: &str = "opaque.key";
/// OPRF seed(64) ‖ private key(32) ‖ public key of what does not exist(32).
const SETUP_BYTES: usize = 128;
const HANDLE_KEY_BYTES: usize = 32;
const CONTEXT: &[u8] = b"sotto/opaque/v1";
const SEALED_FOR: &[u8] = b"sotto/totp/v2";
/// What releases before sealed for: without the setup.
const SEALED_FOR_V1: &[u8] = b"sotto/totp/v1";
const SETUP_LABEL: &[u8] = b"sotto/opaque-setup/v1";
const HANDLE_LABEL: &[u8] = b"sotto/handle/v1";

/// The suite, compiled in. The relay never stretches: that is the client's work.
struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Identity;
}

/// A first message that was answered.
pub(crate) struct Answered {
    /// For the client.
    pub(crate) ke2: Vec<u8>,
    /// What the client's last message is checked against.
    pub(crate) state: Vec<u8>,
}

/// The secrets behind all passwords of this relay.
pub(crate) struct Passwords {
    setup: ServerSetup<Suite>,
    handle_key: hmac::Key,
    /// Tells the setup from any other: it is in what each secret is sealed for.
    setup_hash: Hash,
    sealing: LessSafeKey,
    /// Stands where a name has no account, so that as much is done for it.
    nobody: Vec<u8>,
}

impl Passwords {
    /// Reads the secrets; those that are configured nowhere are made, for their owner's eyes only.
    pub(crate) fn load(config: &Config) -> Result<Self, SealedFileError> {
        let key = match &config.secrets_key {
            Some(key) => Zeroizing::new(key.reveal().to_owned()),
            None => load_key(&file_of(config, config.secrets_key_file.as_deref(), KEY_FILE)?)?,
        };
        let setup = match &config.opaque_key {
            Some(key) => Zeroizing::new(key.reveal().to_owned()),
            None => load_key_of(&file_of(config, config.opaque_key_file.as_deref(), SETUP_FILE)?, new_setup)?,
        };
        let sealing = decode(&key).and_then(|key| UnboundKey::new(&AES_256_GCM, &key).ok());
        let setup = decode(&setup);
        let setup_hash = Hash::of(&[SETUP_LABEL, setup.as_ref().map_or(&[][..], |setup| setup)]);
        let parts = setup.as_ref().and_then(|setup| setup.split_at_checked(SETUP_BYTES));
        let parts = parts.filter(|(_, handle_key)| handle_key.len() == HANDLE_KEY_BYTES);
        let (setup, handle_key) = parts.ok_or(SealedFileError::OpaqueKeyForm)?;
        let mut passwords = Self {
            setup: ServerSetup::deserialize(setup).map_err(|_| SealedFileError::OpaqueKeyForm)?,
            handle_key: hmac::Key::new(hmac::HMAC_SHA256, handle_key),
            setup_hash,
            sealing: LessSafeKey::new(sealing.ok_or(SealedFileError::KeyForm)?),
            nobody: Vec::new(),
        };
        passwords.nobody = passwords.seal_totp(&Hash::ZERO, &random_bytes::<TOTP_SECRET_BYTES>());
        Ok(passwords)
    }

    /// What is stored of a name.
    pub(crate) fn hash_of(&self, handle: &Handle) -> Result<Hash, RouteError> {
        let is_handle = !handle.0.is_empty()
            && handle.0.len() <= MAX_HANDLE_BYTES
            && handle.0 == handle.0.trim()
            && !handle.0.chars().any(char::is_control);
        if !is_handle {
            return Err(ErrorCode::Malformed.into());
        }
        let tag = hmac::sign(&self.handle_key, &[HANDLE_LABEL, handle.0.as_bytes()].concat());
        Ok(Hash(tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")))
    }

    /// Answers the first message of a registration.
    pub(crate) fn begin_registration(&self, handle: &Hash, request: &[u8]) -> Result<Vec<u8>, RouteError> {
        let request = RegistrationRequest::deserialize(request).map_err(|_| ErrorCode::Malformed)?;
        let started = ServerRegistration::<Suite>::start(&self.setup, request, &handle.0);
        Ok(started.map_err(|_| ErrorCode::Malformed)?.message.serialize().to_vec())
    }

    /// What is stored of a registration's last message.
    pub(crate) fn record_of(upload: &[u8]) -> Result<Vec<u8>, RouteError> {
        let upload = RegistrationUpload::<Suite>::deserialize(upload).map_err(|_| ErrorCode::Malformed)?;
        Ok(ServerRegistration::finish(upload).serialize().to_vec())
    }

    /// Answers the first message of a sign-in, without a record as if there were one.
    pub(crate) fn answer(
        &self,
        (handle, handle_hash): (&Handle, &Hash),
        rp_id: &str,
        record: Option<&[u8]>,
        ke1: &[u8],
    ) -> Result<Answered, RouteError> {
        let ke1 = CredentialRequest::deserialize(ke1).map_err(|_| ErrorCode::Malformed)?;
        let record = record.map(ServerRegistration::<Suite>::deserialize).transpose();
        let record = record.map_err(|_| RouteError::Passkey)?;
        let identifiers = Identifiers { client: Some(handle.0.as_bytes()), server: Some(rp_id.as_bytes()) };
        let parameters = ServerLoginParameters { context: Some(CONTEXT), identifiers };
        let started = ServerLogin::start(&mut Machine, &self.setup, record, ke1, &handle_hash.0, parameters);
        let started = started.map_err(|_| ErrorCode::Malformed)?;
        Ok(Answered { ke2: started.message.serialize().to_vec(), state: started.state.serialize().to_vec() })
    }

    /// Whether the last message of a sign-in proves the password.
    pub(crate) fn is_proven(state: &[u8], ke3: &[u8]) -> bool {
        let state = ServerLogin::<Suite>::deserialize(state);
        let ke3 = CredentialFinalization::<Suite>::deserialize(ke3);
        let (Ok(state), Ok(ke3)) = (state, ke3) else { return false };
        state.finish(ke3, ServerLoginParameters::default()).is_ok()
    }

    /// Seals the secret of an authenticator app, for this name alone.
    pub(crate) fn seal_totp(&self, handle: &Hash, secret: &[u8; TOTP_SECRET_BYTES]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random_bytes();
        let mut sealed = Zeroizing::new(Vec::with_capacity(secret.len() + AES_256_GCM.tag_len()));
        sealed.extend_from_slice(secret);
        let aad = Aad::from(self.sealed_for(handle));
        let sealing = self.sealing.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut *sealed);
        sealing.expect("20 bytes are far below the limit of the cipher");
        [&nonce[..], &sealed].concat()
    }

    fn sealed_for(&self, handle: &Hash) -> Vec<u8> {
        [SEALED_FOR, &handle.0, &self.setup_hash.0].concat()
    }

    fn open_totp(&self, handle: &Hash, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let now = self.open_sealed_for(self.sealed_for(handle), sealed);
        let before = self.open_sealed_for([SEALED_FOR_V1, &handle.0].concat(), sealed);
        now.or(before)
    }

    fn open_sealed_for(&self, aad: Vec<u8>, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut secret = Zeroizing::new(sealed.to_vec());
        let n_plain = self.sealing.open_in_place(nonce, Aad::from(aad), &mut secret).ok()?.len();
        secret.truncate(n_plain);
        Some(secret)
    }

    /// Whether a password was made with these keys, as far as that can be told.
    pub(crate) fn are_those_of(&self, password: &Password) -> bool {
        self.open_totp(&password.handle, &password.totp_secret).is_some()
    }

    /// The step whose code this is, if the name has an account and the code is right; as much is done if not.
    pub(crate) fn find_step(&self, handle: &Hash, found: Option<&Password>, code: &Code, now_s: u64) -> Option<u64> {
        let (place, sealed) = found.map_or((&Hash::ZERO, &self.nobody), |found| (handle, &found.totp_secret));
        let secret = self.open_totp(place, sealed)?;
        totp::find_step(&secret, code, now_s).filter(|_| found.is_some())
    }
}

fn file_of(config: &Config, named: Option<&Path>, name: &str) -> Result<std::path::PathBuf, SealedFileError> {
    let path = named.map_or_else(|| config.data_dir.join(name), Path::to_owned);
    let folder = path.parent().unwrap_or(&config.data_dir);
    std::fs::create_dir_all(folder).map_err(|source| SealedFileError::Disk { path: folder.to_owned(), source })?;
    Ok(path)
}

fn decode(key: &str) -> Option<Zeroizing<Vec<u8>>> {
    BASE64URL_NOPAD.decode(key.trim().as_bytes()).ok().map(Zeroizing::new)
}

/// A fresh setup and the key of names.
fn new_setup() -> Zeroizing<Vec<u8>> {
    let setup = Zeroizing::new(ServerSetup::<Suite>::new(&mut Machine).serialize());
    Zeroizing::new([&setup[..], &random_bytes::<HANDLE_KEY_BYTES>()].concat())
}

/// The relay's randomness, in the form that OPAQUE's generation of crates asks for.
struct Machine;

impl RngCore for Machine {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(random_bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(random_bytes())
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        getrandom::fill(dest).expect("the operating system gives randomness");
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), RandomError> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl CryptoRng for Machine {}

/// The upload of RFC 9807, C.1.1, for tests.
#[cfg(test)]
pub(crate) const SOME_UPLOAD: [u8; 192] = [
    0x76, 0xa8, 0x45, 0x46, 0x4c, 0x68, 0xa5, 0xd2, 0xf7, 0xe4, 0x42, 0x43, 0x6b, 0xb1, 0x42, 0x49, 0x53, 0xb1, 0x7d,
    0x3e, 0x2e, 0x28, 0x9c, 0xcb, 0xac, 0xca, 0xfb, 0x57, 0xac, 0x5c, 0x36, 0x75, 0x1a, 0xc5, 0x84, 0x43, 0x83, 0xc7,
    0x70, 0x80, 0x77, 0xde, 0xa4, 0x1c, 0xbe, 0xfe, 0x2f, 0xa1, 0x57, 0x24, 0xf4, 0x49, 0xe5, 0x35, 0xdd, 0x7d, 0xd5,
    0x62, 0xe6, 0x6f, 0x5e, 0xcf, 0xb9, 0x58, 0x64, 0xea, 0xdd, 0xde, 0xc9, 0xdb, 0x58, 0x74, 0x95, 0x99, 0x05, 0x11,
    0x7d, 0xad, 0x40, 0xa4, 0x52, 0x41, 0x11, 0x84, 0x97, 0x99, 0x28, 0x1f, 0xef, 0xe3, 0xc5, 0x1f, 0xa8, 0x27, 0x85,
    0xc5, 0xac, 0x13, 0x17, 0x1b, 0x2f, 0x17, 0xbc, 0x2c, 0x74, 0x99, 0x7f, 0x0f, 0xce, 0x1e, 0x1f, 0x35, 0xbe, 0xc6,
    0xb9, 0x1f, 0xe2, 0xe1, 0x2d, 0xbd, 0x32, 0x3d, 0x23, 0xba, 0x7a, 0x38, 0xdf, 0xec, 0x63, 0x4b, 0x0f, 0x5b, 0x96,
    0x10, 0x9c, 0x19, 0x8a, 0x80, 0x27, 0xda, 0x51, 0x85, 0x4c, 0x35, 0xbe, 0xe9, 0x0d, 0x1e, 0x1c, 0x78, 0x18, 0x06,
    0xd0, 0x7d, 0x49, 0xb7, 0x6d, 0xe6, 0xa2, 0x8b, 0x8d, 0x9e, 0x9b, 0x6c, 0x93, 0xb9, 0xf8, 0xb6, 0x4d, 0x16, 0xdd,
    0xdd, 0x9c, 0x5b, 0xfb, 0x5f, 0xea, 0x48, 0xee, 0x8f, 0xd2, 0xf7, 0x50, 0x12, 0xa8, 0xb3, 0x08, 0x60, 0x5c, 0xdd,
    0x8b, 0xa5,
];

/// The first message of RFC 9807, C.1.1, for tests.
#[cfg(test)]
pub(crate) const SOME_KE1: [u8; 96] = [
    0xc4, 0xde, 0xdb, 0x0b, 0xa6, 0xed, 0x5d, 0x96, 0x5d, 0x6f, 0x25, 0x0f, 0xbe, 0x55, 0x4c, 0xd4, 0x5c, 0xba, 0x5d,
    0xfc, 0xce, 0x3c, 0xe8, 0x36, 0xe4, 0xae, 0xe7, 0x78, 0xaa, 0x3c, 0xd4, 0x4d, 0xda, 0x7e, 0x07, 0x37, 0x6d, 0x6d,
    0x6f, 0x03, 0x4c, 0xfa, 0x9b, 0xb5, 0x37, 0xd1, 0x1b, 0x8c, 0x6b, 0x42, 0x38, 0xc3, 0x34, 0x33, 0x3d, 0x1f, 0x0a,
    0xeb, 0xb3, 0x80, 0xca, 0xe6, 0xa6, 0xcc, 0x6e, 0x29, 0xbe, 0xe5, 0x07, 0x01, 0x49, 0x86, 0x05, 0xb2, 0xc0, 0x85,
    0xd7, 0xb2, 0x41, 0xca, 0x15, 0xba, 0x5c, 0x32, 0x02, 0x7d, 0xd2, 0x1b, 0xa4, 0x20, 0xb9, 0x4c, 0xe6, 0x0d, 0xa3,
    0x26,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn config(folder: &tempfile::TempDir) -> Config {
        Config { data_dir: folder.path().to_owned(), ..Config::default() }
    }

    #[test]
    fn the_setup_is_made_once_for_its_owner_and_another_one_answers_differently() {
        use std::os::unix::fs::PermissionsExt as _;
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let handle = Handle("noor".to_owned());
        let hash_in = |folder| Passwords::load(&config(folder)).unwrap().hash_of(&handle).unwrap();
        assert_eq!(hash_in(&folder), hash_in(&folder));
        assert_ne!(hash_in(&folder), hash_in(&other));
        let mode = std::fs::metadata(folder.path().join(SETUP_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let key = std::fs::read_to_string(folder.path().join(SETUP_FILE)).unwrap();
        let by_environment = Config { opaque_key: Some(crate::config::Secret::new(key)), ..config(&other) };
        assert_eq!(Passwords::load(&by_environment).unwrap().hash_of(&handle).unwrap(), hash_in(&folder));
        let bent = Config { opaque_key: Some(crate::config::Secret::new("short")), ..config(&other) };
        assert!(matches!(Passwords::load(&bent), Err(SealedFileError::OpaqueKeyForm)));
    }

    #[test]
    fn a_sealed_secret_opens_under_its_own_name_only() {
        let folder = tempfile::tempdir().unwrap();
        let passwords = Passwords::load(&config(&folder)).unwrap();
        let secret = [7; TOTP_SECRET_BYTES];
        let sealed = passwords.seal_totp(&Hash([1; 32]), &secret);
        assert_eq!(passwords.open_totp(&Hash([1; 32]), &sealed).unwrap().as_slice(), secret);
        assert!(passwords.open_totp(&Hash([2; 32]), &sealed).is_none());
        for index in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[index] ^= 1;
            assert!(passwords.open_totp(&Hash([1; 32]), &bent).is_none(), "byte {index}");
        }
    }

    #[test]
    fn a_row_tells_the_keys_that_it_was_made_with() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let passwords = Passwords::load(&config(&folder)).unwrap();
        let handle = Hash([1; 32]);
        let row = Password {
            handle,
            account: shared_types::ids::AccountId([2; 16]),
            method: shared_types::ids::MethodId([3; 16]),
            record: Passwords::record_of(&SOME_UPLOAD).unwrap(),
            totp_secret: passwords.seal_totp(&handle, &[7; TOTP_SECRET_BYTES]),
            totp_step: 0,
        };
        assert!(passwords.are_those_of(&row));
        for replaced in [KEY_FILE, SETUP_FILE] {
            for name in [KEY_FILE, SETUP_FILE].iter().filter(|name| **name != replaced) {
                std::fs::copy(folder.path().join(name), other.path().join(name)).unwrap();
            }
            drop(std::fs::remove_file(other.path().join(replaced)));
            assert!(!Passwords::load(&config(&other)).unwrap().are_those_of(&row), "another {replaced}");
        }
        // What was sealed before the setup was in it opens still, and says nothing of the setup.
        let sealed = |sealed_for: &[u8]| {
            let mut secret = vec![7; TOTP_SECRET_BYTES];
            let aad = Aad::from([sealed_for, &handle.0].concat());
            let nonce = Nonce::assume_unique_for_key([9; NONCE_LEN]);
            passwords.sealing.seal_in_place_append_tag(nonce, aad, &mut secret).unwrap();
            [&[9; NONCE_LEN][..], &secret].concat()
        };
        assert!(passwords.are_those_of(&Password { totp_secret: sealed(SEALED_FOR_V1), ..row.clone() }));
        assert!(!passwords.are_those_of(&Password { totp_secret: sealed(b"sotto/totp/v0"), ..row }));
    }

    #[test]
    fn a_name_is_short_trimmed_and_of_letters() {
        let folder = tempfile::tempdir().unwrap();
        let passwords = Passwords::load(&config(&folder)).unwrap();
        for name in ["", " noor", "noor\n", &"a".repeat(MAX_HANDLE_BYTES + 1)] {
            assert!(passwords.hash_of(&Handle(name.to_owned())).is_err(), "{name:?}");
        }
        assert!(passwords.hash_of(&Handle("a".repeat(MAX_HANDLE_BYTES))).is_ok());
    }
}
