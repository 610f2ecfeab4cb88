//! A file of the relay's own secrets: AES-256-GCM under a key that lies elsewhere (`docs/formats.md` §14).
//!
//! It is written beside the old one and takes its place in one step, so a crash leaves the one or the other whole.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use ring::aead as ring_cipher;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::random::random_bytes;
use ring_cipher::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

const MAGIC: &[u8; 5] = b"SOTP\x01";
const KEY_BYTES: usize = 32;

/// Why secrets cannot be read or kept.
#[derive(Debug, Error)]
pub enum SealedFileError {
    /// The file or its key cannot be read or written.
    #[error("{path}: {source}")]
    Disk {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key is not 32 bytes in base64url.
    #[error("the key of the relay's secrets must be 32 bytes in base64url (43 characters)")]
    KeyForm,
    /// What OPAQUE is set up with is not what it should be.
    #[error("the key of passwords must be 160 bytes in base64url, as a relay makes it at its first start")]
    OpaqueKeyForm,
    /// The file was sealed under another key, or is damaged.
    #[error("{path} was sealed with another key, or is damaged; nothing was changed in it")]
    WrongKey {
        /// Which.
        path: PathBuf,
    },
}

/// A sealed file and the key that opens it.
pub(crate) struct SealedFile {
    path: PathBuf,
    key: LessSafeKey,
}

impl SealedFile {
    /// A file, there or not, under a key in base64url.
    pub(crate) fn new(path: PathBuf, key: &str) -> Result<Self, SealedFileError> {
        let bytes =
            Zeroizing::new(BASE64URL_NOPAD.decode(key.trim().as_bytes()).map_err(|_| SealedFileError::KeyForm)?);
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| SealedFileError::KeyForm)?;
        Ok(Self { path, key: LessSafeKey::new(key) })
    }

    /// What is in it; none if there is no file.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, SealedFileError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.disk(source)),
        };
        self.open(&bytes).map(Some).ok_or_else(|| SealedFileError::WrongKey { path: self.path.clone() })
    }

    fn open(&self, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = bytes.strip_prefix(MAGIC)?.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let n_plain = self.key.open_in_place(nonce, Aad::from(MAGIC), &mut sealed).ok()?.len();
        sealed.truncate(n_plain);
        Some(sealed)
    }

    /// Replaces what is in it.
    pub(crate) fn write(&self, plain: &[u8]) -> Result<(), SealedFileError> {
        let nonce: [u8; NONCE_LEN] = random_bytes();
        let mut sealed = Zeroizing::new(Vec::with_capacity(plain.len() + AES_256_GCM.tag_len()));
        sealed.extend_from_slice(plain);
        let aad = Aad::from(MAGIC);
        let sealing = self.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut *sealed);
        sealing.expect("a list of providers is far below the limit of the cipher");
        let bytes = [MAGIC.as_slice(), &nonce, &sealed].concat();
        replace(&self.path, &bytes).map_err(|source| self.disk(source))
    }

    fn disk(&self, source: std::io::Error) -> SealedFileError {
        SealedFileError::Disk { path: self.path.clone(), source }
    }
}

/// The key in a file; one is made, for its owner's eyes only, if there is none.
pub(crate) fn load_key(path: &Path) -> Result<Zeroizing<String>, SealedFileError> {
    load_key_of(path, || Zeroizing::new(random_bytes::<KEY_BYTES>().to_vec()))
}

/// The same for a key of another form.
pub(crate) fn load_key_of(
    path: &Path,
    make: impl FnOnce() -> Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<String>, SealedFileError> {
    let disk = |source| SealedFileError::Disk { path: path.to_owned(), source };
    match std::fs::read_to_string(path) {
        Ok(key) => Ok(Zeroizing::new(key)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = Zeroizing::new(BASE64URL_NOPAD.encode(&make()));
            replace(path, key.as_bytes()).map_err(disk)?;
            Ok(key)
        }
        Err(source) => Err(disk(source)),
    }
}

/// Writes a file that only its owner reads, whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn key(byte: u8) -> String {
        BASE64URL_NOPAD.encode(&[byte; KEY_BYTES])
    }

    #[test]
    fn what_is_sealed_is_read_back_and_lies_in_no_clear_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("providers.sealed");
        let file = SealedFile::new(path.clone(), &key(1)).unwrap();
        assert!(file.read().unwrap().is_none());
        for secret in ["the key of norra", "another"] {
            file.write(secret.as_bytes()).unwrap();
            assert_eq!(file.read().unwrap().unwrap().as_slice(), secret.as_bytes());
            assert!(!String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(secret));
        }
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    // Adversary: A2, a thief of a backup, and an operator who mislaid the key.
    // Invariant: under another key, or with any byte changed, the file opens to nothing, says why, and stays as it is.
    // Regression caught: what does not open is taken for empty, and the next write throws every key away.
    #[test]
    fn a_wrong_key_or_a_changed_byte_is_an_error_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("providers.sealed");
        SealedFile::new(path.clone(), &key(1)).unwrap().write(b"secret").unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let other = SealedFile::new(path.clone(), &key(2)).unwrap();
        assert!(matches!(other.read(), Err(SealedFileError::WrongKey { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        let file = SealedFile::new(path.clone(), &key(1)).unwrap();
        for index in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[index] ^= 1;
            std::fs::write(&path, bent).unwrap();
            assert!(matches!(file.read(), Err(SealedFileError::WrongKey { .. })), "byte {index}");
        }
        assert!(matches!(SealedFile::new(path, "too short"), Err(SealedFileError::KeyForm)));
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.key");
        let made = load_key(&path).unwrap();
        assert_eq!(load_key(&path).unwrap(), made);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(SealedFile::new(folder.path().join("x"), &made).is_ok());
    }
}
