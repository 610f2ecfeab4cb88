//! Attack row 14 on envelopes: a suite, a version or a kind that this version does not write.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce as GcmNonce};
use client_core::envelope::{Context, OpPlace, OpenError, Place, raw};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use shared_types::ids::{AccountId, DeviceId, ScopeId, ScopeKind};

const KEY: [u8; 32] = [0x6b; 32];
const SALT: [u8; 32] = [0x5a; 32];

fn place() -> OpPlace {
    OpPlace {
        owner: AccountId([1; 16]),
        scope_kind: ScopeKind::Chat,
        scope_id: ScopeId([2; 16]),
        epoch: 3,
        author: DeviceId([4; 16]),
        batch_seq: 5,
        leaf_index: 6,
    }
}

/// An envelope of these header bytes, sealed as whoever has the key could: everything in it is authentic.
fn sealed_as(magic: [u8; 4], suite: u8, object_type: u8) -> Vec<u8> {
    let place = place();
    let mut context = b"sotto/context/v1".to_vec();
    context.extend([suite, object_type]);
    context.extend([[1; 16], place.owner.0].concat());
    context.push(place.scope_kind as u8);
    context.extend(place.scope_id.0);
    context.extend(place.epoch.to_be_bytes());
    context.extend(place.author.0);
    context.extend(place.batch_seq.to_be_bytes());
    context.extend(place.leaf_index.to_be_bytes());

    let mut key_id = [0; 16];
    Hkdf::<Sha256>::new(Some(&[0; 32]), &KEY).expand(b"sotto/key-id/v1", &mut key_id).unwrap();
    let start = [&magic[..], &[suite, object_type, 0, 1], &key_id].concat();
    let mut okm = [0; 64];
    let info: [&[u8]; 3] = [b"sotto/envelope/v1", &start, &Sha256::digest(&context)];
    Hkdf::<Sha256>::new(Some(&SALT), &KEY).expand_multi_info(&info, &mut okm).unwrap();
    let header = [&start[..], &SALT, &okm[32..]].concat();
    let mut text = vec![0; 256];
    text[..5].copy_from_slice(&[0, 0, 0, 1, 0x01]);
    let cipher = Aes256Gcm::new_from_slice(&okm[..32]).unwrap();
    let payload = Payload { msg: &text, aad: &header };
    [header.clone(), cipher.encrypt(&GcmNonce::from([0; 12]), payload).unwrap()].concat()
}

// Adversary: A1 together with whoever holds a key that leaked, or a later version that has learnt another suite.
// Invariant: suite, version and kind are what this version and the place say; bytes that came choose no algorithm.
// Regression caught: a decryptor that takes its suite from the header, and with it the weakest one there ever was.
#[test]
fn an_envelope_of_another_suite_is_refused() {
    let context = Context { account_id: AccountId([1; 16]), place: Place::Op(place()) };
    let open = |envelope: &[u8]| raw::open(&KEY, &context, envelope);
    assert_eq!(open(&sealed_as(*b"SOT1", 1, 1)), Ok(vec![0x01]), "what is made here is what the product makes");
    for suite in (0..=u8::MAX).filter(|suite| *suite != 1) {
        assert_eq!(open(&sealed_as(*b"SOT1", suite, 1)), Err(OpenError::Refused), "suite {suite}");
    }
    for version in (0..=u8::MAX).filter(|version| *version != b'1') {
        let magic = [b'S', b'O', b'T', version];
        assert_eq!(open(&sealed_as(magic, 1, 1)), Err(OpenError::Refused), "version {version}");
    }
    for object_type in (0..=u8::MAX).filter(|object_type| *object_type != 1) {
        assert_eq!(open(&sealed_as(*b"SOT1", 1, object_type)), Err(OpenError::Refused), "kind {object_type}");
    }
}
