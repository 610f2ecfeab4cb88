//! Inputs that other implementations got wrong (project Wycheproof), run against the primitives as this crate calls them.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use shared_types::ids::Signature;
use shared_types::public_key::{KemPublic, SigningPublic};
use wycheproof::{TestResult, aead, eddsa, hkdf, xdh};
use x25519_dalek::x25519;

use crate::keys::secret::derive_into;

#[test]
fn no_known_wrong_signature_is_taken_and_every_good_one_is() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let (mut n_good, mut n_wrong) = (0, 0);
    for group in set.test_groups {
        let public = SigningPublic::parse(group.key.pk[..].try_into().unwrap()).unwrap();
        for test in group.tests {
            let signature = <[u8; 64]>::try_from(&test.sig[..]).map(Signature);
            let is_taken = signature.is_ok_and(|signature| public.verifies(&test.msg, &signature));
            assert_eq!(is_taken, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            *if is_taken { &mut n_good } else { &mut n_wrong } += 1;
        }
    }
    assert!(n_good > 50 && n_wrong > 50, "{n_good} good, {n_wrong} wrong");
}

/// A public key of low order, or in a second form, is refused before anything is computed with it.
#[test]
fn no_known_weak_key_is_exchanged_with_and_every_good_exchange_is_the_published_one() {
    use xdh::TestFlag::{LowOrderPublic, NonCanonicalPublic, ZeroSharedSecret};
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    let (mut n_good, mut n_weak) = (0, 0);
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let what = format!("{}: {}", test.tc_id, test.comment);
        let public: Option<[u8; 32]> = test.public_key[..].try_into().ok();
        let parsed = public.and_then(|public| KemPublic::parse(&public).ok());
        let is_weak =
            [LowOrderPublic, NonCanonicalPublic, ZeroSharedSecret].iter().any(|flag| test.flags.contains(flag));
        let (Some(parsed), Ok(private)) = (parsed, test.private_key[..].try_into()) else {
            assert_ne!(test.result, TestResult::Valid, "{what}");
            n_weak += 1;
            continue;
        };
        assert!(!is_weak, "{what}: a weak key is taken");
        assert_eq!(x25519(private, *parsed.as_bytes()), test.shared_secret[..], "{what}");
        n_good += 1;
    }
    assert!(n_good > 200 && n_weak > 10, "{n_good} good, {n_weak} weak");
}

#[test]
fn keys_are_derived_as_published() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    let mut n_derived = 0;
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        // Longer ones cannot be asked for: what is derived here has a fixed length.
        if test.result == TestResult::Valid {
            let mut okm = vec![0; test.size];
            derive_into(&test.ikm, &test.salt, &[&test.info], &mut okm);
            assert_eq!(okm, test.okm[..], "{}: {}", test.tc_id, test.comment);
            n_derived += 1;
        }
    }
    assert!(n_derived > 50, "{n_derived}");
}

#[test]
fn no_known_wrong_tag_opens_and_every_good_one_does() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let (mut n_good, mut n_wrong) = (0, 0);
    let groups = set.test_groups.into_iter();
    for group in groups.filter(|group| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128)) {
        for test in group.tests {
            let what = format!("{}: {}", test.tc_id, test.comment);
            let cipher = Aes256Gcm::new_from_slice(&test.key).unwrap();
            let nonce = <[u8; 12]>::try_from(&test.nonce[..]).unwrap().into();
            let sealed = [&test.ct[..], &test.tag].concat();
            if let Ok(text) = cipher.decrypt(&nonce, Payload { msg: &sealed, aad: &test.aad }) {
                assert_eq!((test.result, &text[..]), (TestResult::Valid, &test.pt[..]), "{what}");
                let again = cipher.encrypt(&nonce, Payload { msg: &test.pt, aad: &test.aad }).unwrap();
                assert_eq!(again, sealed, "{what}");
                n_good += 1;
            } else {
                assert_eq!(test.result, TestResult::Invalid, "{what}");
                n_wrong += 1;
            }
        }
    }
    assert!(n_good > 30 && n_wrong > 10, "{n_good} good, {n_wrong} wrong");
}
