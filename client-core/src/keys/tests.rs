//! Published vectors, run against the primitives as this crate calls them.

#[cfg(not(target_arch = "wasm32"))]
mod wycheproof;

use ::hpke::aead::AesGcm128;
use ::hpke::kdf::HkdfSha256;
use ::hpke::kem::X25519HkdfSha256;
use ::hpke::{Deserializable, OpModeR, single_shot_open};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use serde_json::Value;
use sha2::Sha256;
use shared_types::ids::{AccountId, PartyId, Signature};
use shared_types::public_key::{KemPublic, SigningPublic};
use x25519_dalek::x25519;

use super::epoch::EpochKey;
use super::hpke::{Addressee, KemPrivate, Purpose, derive_pair, open, read_pair, seal};
use super::message::MessageKey;
use super::pair::SigningSecret;
use super::secret::derive_into;
use super::seeded::{ChosenBytes, SeededRng};
use super::words::RecoveryWords;

/// A field of a vector, in hex.
fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    HEXLOWER.decode(vector[field].as_str().unwrap().as_bytes()).unwrap()
}

fn array<const N: usize>(vector: &Value, field: &str) -> [u8; N] {
    bytes(vector, field).try_into().unwrap()
}

fn vectors(file: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).unwrap();
    let vectors = file["vectors"].as_array().unwrap().clone();
    assert!(!vectors.is_empty());
    vectors
}

#[test]
fn keys_are_derived_as_in_rfc_5869() {
    for vector in vectors(include_str!("../../tests/vectors/foreign/rfc5869.json")) {
        let expected = bytes(&vector, "okm");
        let info = bytes(&vector, "info");
        let (first, second) = info.split_at(info.len() / 2);
        let mut okm = vec![0; expected.len()];
        derive_into(&bytes(&vector, "ikm"), &bytes(&vector, "salt"), &[first, second], &mut okm);
        assert_eq!(okm, expected, "{}", vector["name"]);
    }
}

#[test]
fn signatures_are_those_of_rfc_8032_and_rfc_9421() {
    let files = [
        include_str!("../../tests/vectors/foreign/rfc8032.json"),
        include_str!("../../tests/vectors/foreign/rfc9421.json"),
    ];
    for vector in files.into_iter().flat_map(vectors) {
        let secret = SigningSecret::from_seed(&array(&vector, "secret"));
        let public = SigningPublic::parse(&array(&vector, "public")).unwrap();
        let (message, signature) = (bytes(&vector, "message"), Signature(array(&vector, "signature")));
        assert_eq!(secret.public(), public, "{}", vector["name"]);
        assert_eq!(secret.sign(&message), signature, "{}", vector["name"]);
        assert!(public.verifies(&message, &signature));
        assert!(!public.verifies(&[&message[..], b"."].concat(), &signature));
    }
}

#[test]
fn aes_256_gcm_is_that_of_its_authors_and_of_nist() {
    for vector in vectors(include_str!("../../tests/vectors/foreign/gcm.json")) {
        let (key, nonce): ([u8; 32], [u8; 12]) = (array(&vector, "key"), array(&vector, "nonce"));
        let (text, associated) = (bytes(&vector, "plaintext"), bytes(&vector, "associated"));
        let sealed = [bytes(&vector, "ciphertext"), bytes(&vector, "tag")].concat();
        let payload = Payload { msg: &text, aad: &associated };
        assert_eq!(Aes256Gcm::new(&key.into()).encrypt(&nonce.into(), payload).unwrap(), sealed, "{}", vector["name"]);

        if nonce == [0; 12] {
            let message_key = || MessageKey::split([key, [0; 32]].as_flattened().try_into().unwrap());
            let mut ours = text.clone();
            let tag = message_key().encrypt(&associated, &mut ours);
            assert_eq!([&ours[..], &tag].concat(), sealed, "{}", vector["name"]);
            message_key().decrypt(&associated, &mut ours, &tag).unwrap();
            assert_eq!(ours, text);
        }
    }
}

#[test]
fn recovery_words_are_those_of_bip39() {
    for vector in vectors(include_str!("../../tests/vectors/foreign/bip39.json")) {
        let entropy = bytes(&vector, "entropy");
        let words = RecoveryWords::generate(&mut ChosenBytes::new(&entropy));
        let phrase = vector["phrase"].as_str().unwrap();
        assert_eq!(words.phrase().as_str(), phrase);
        assert_eq!(RecoveryWords::parse(phrase).unwrap().entropy().bytes().as_slice(), entropy);
    }
}

/// Key and base nonce of a recipient in base mode, straight from RFC 9180 §4.1 and §5.1.
fn key_schedule(private: [u8; 32], encapsulated: [u8; 32], info: &[u8], aead: u16, n_key: u16) -> (Vec<u8>, [u8; 12]) {
    const KEM: &[u8] = b"KEM\x00\x20";
    let suite = [&b"HPKE\x00\x20\x00\x01"[..], &aead.to_be_bytes()].concat();
    let extract = |suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]| {
        Hkdf::<Sha256>::extract(Some(salt), &[b"HPKE-v1", suite, label, ikm].concat()).0
    };
    let expand = |suite: &[u8], secret: &[u8], label: &[u8], info: &[u8], length: u16| {
        let mut okm = vec![0; usize::from(length)];
        let info = [&length.to_be_bytes(), &b"HPKE-v1"[..], suite, label, info].concat();
        Hkdf::<Sha256>::from_prk(secret).unwrap().expand(&info, &mut okm).unwrap();
        okm
    };
    let public = x25519(private, x25519_dalek::X25519_BASEPOINT_BYTES);
    let eae = extract(KEM, &[], b"eae_prk", &x25519(private, encapsulated));
    let shared = expand(KEM, &eae, b"shared_secret", &[encapsulated, public].concat(), 32);
    let psk_id = extract(&suite, &[], b"psk_id_hash", &[]);
    let info = extract(&suite, &[], b"info_hash", info);
    let context = [&[0][..], &psk_id, &info].concat();
    let secret = extract(&suite, &shared, b"secret", &[]);
    let nonce = expand(&suite, &secret, b"base_nonce", &context, 12);
    (expand(&suite, &secret, b"key", &context, n_key), nonce.try_into().unwrap())
}

#[test]
fn key_pairs_and_key_schedule_are_those_of_rfc_9180() {
    for vector in vectors(include_str!("../../tests/vectors/foreign/rfc9180.json")) {
        for (seed, private, public) in [("ikm_e", "sk_em", "pk_em"), ("ikm_r", "sk_rm", "pk_rm")] {
            let public = KemPublic::parse(&array(&vector, public)).unwrap();
            assert_eq!(derive_pair(&array(&vector, seed)).1, public);
            assert_eq!(read_pair(&array(&vector, private)).1, public);
        }
        let (encapsulated, info) = (array(&vector, "enc"), bytes(&vector, "info"));
        let (key, nonce) = key_schedule(array(&vector, "sk_rm"), encapsulated, &info, 1, 16);
        assert_eq!((&key, nonce), (&bytes(&vector, "key"), array(&vector, "base_nonce")));

        let (text, associated, sealed) = (bytes(&vector, "pt"), bytes(&vector, "aad"), bytes(&vector, "ct"));
        let payload = Payload { msg: &text, aad: &associated };
        let cipher = Aes128Gcm::new_from_slice(&key).unwrap();
        assert_eq!(cipher.encrypt(&nonce.into(), payload).unwrap(), sealed);
        let opened = single_shot_open::<AesGcm128, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &KemPrivate::from_bytes(&array::<32>(&vector, "sk_rm")).unwrap(),
            &<X25519HkdfSha256 as ::hpke::Kem>::EncappedKey::from_bytes(&encapsulated).unwrap(),
            &info,
            &sealed,
            &associated,
        );
        assert_eq!(opened.unwrap(), text);
    }
}

/// RFC 9180 prints no vector of our suite, so its key schedule, checked above, opens what we seal.
#[test]
fn a_sealed_copy_opens_by_the_letter_of_rfc_9180() {
    let private = [0x42; 32];
    let (account_id, recipient) = (AccountId([1; 16]), PartyId([2; 16]));
    let (own, public) = read_pair(&private);
    let epoch_key = EpochKey::generate(&mut ChosenBytes::new(&[9; 32]));
    let sealed = epoch_key.seal_to(recipient, &public, account_id, 3, &mut SeededRng::new(1));
    let (encapsulated, ciphertext) = sealed.split_first_chunk::<32>().unwrap();

    let info = [&b"sotto/hpke/v1\x01"[..], &account_id.0, &recipient.0, &3_u32.to_be_bytes()].concat();
    let (key, nonce) = key_schedule(private, *encapsulated, &info, 2, 32);
    let opened = Aes256Gcm::new_from_slice(&key).unwrap().decrypt(&nonce.into(), ciphertext).unwrap();
    assert_eq!(opened, [9; 32]);

    let addressee = Addressee { purpose: Purpose::EpochKey, account_id, recipient, epoch: 3 };
    assert_eq!(open(&sealed, &addressee, &own).unwrap().as_slice(), [9; 32]);
    for other in [
        Addressee { account_id: AccountId([9; 16]), ..addressee },
        Addressee { recipient: PartyId([9; 16]), ..addressee },
        Addressee { epoch: 4, ..addressee },
    ] {
        assert!(open(&sealed, &other, &own).is_none(), "{other:?}");
    }
    assert_ne!(seal(&[9; 32], &addressee, &public, &mut SeededRng::new(2)), sealed);
}
