//! Public keys from the lists of small-order and non-canonical points.

use curve25519_dalek::constants::EIGHT_TORSION;
use data_encoding::HEXLOWER;
use shared_types::public_key::{KemPublic, SigningPublic};

/// 2²⁵⁵ − 19, little-endian.
fn field_prime() -> [u8; 32] {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
}

fn hex(text: &str) -> [u8; 32] {
    HEXLOWER.decode(text.as_bytes()).unwrap().try_into().unwrap()
}

/// Every encoding of a point of small order: the eight points, and the forms that write y + p or a sign for x = 0.
pub(crate) fn small_order_ed25519() -> Vec<[u8; 32]> {
    let mut all: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|point| point.compress().to_bytes()).collect();
    let mut p_plus_1 = field_prime();
    p_plus_1[0] = 0xee;
    let signed = |mut bytes: [u8; 32]| {
        bytes[31] |= 0x80;
        bytes
    };
    let (mut one, mut minus_one) = ([0; 32], field_prime());
    one[0] = 1;
    minus_one[0] = 0xec;
    all.extend([field_prime(), signed(field_prime()), p_plus_1, signed(p_plus_1), signed(one), signed(minus_one)]);
    all
}

/// The u-coordinates of small order on the curve and its twist (RFC 7748 §6.1 and its known list), and their forms + p.
pub(crate) fn small_order_x25519() -> Vec<[u8; 32]> {
    let (zero, mut one, mut minus_one) = ([0; 32], [0; 32], field_prime());
    one[0] = 1;
    minus_one[0] = 0xec;
    let (p, mut p_plus_1) = (field_prime(), field_prime());
    p_plus_1[0] = 0xee;
    vec![
        zero,
        one,
        hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        hex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        minus_one,
        p,
        p_plus_1,
    ]
}

#[test]
fn every_encoding_of_a_small_order_signing_key_is_refused() {
    let all = small_order_ed25519();
    assert_eq!(all.len(), 14);
    for bytes in all {
        assert!(SigningPublic::parse(&bytes).is_err(), "{}", HEXLOWER.encode(&bytes));
    }
}

#[test]
fn a_signing_key_off_the_curve_is_refused() {
    let mut bytes = [0; 32];
    bytes[0] = 2;
    assert!(SigningPublic::parse(&bytes).is_err());
}

#[test]
fn a_signing_key_with_y_above_the_prime_is_refused_whatever_its_order() {
    // y = 3 … 18 written as y + p: the only non-canonical forms there are.
    for low in 0xf0..=0xff {
        for top in [0x7f, 0xff] {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, top);
            assert!(SigningPublic::parse(&bytes).is_err(), "{low:x} {top:x}");
        }
    }
}

#[test]
fn the_keys_of_rfc_8032_and_rfc_7748_are_accepted() {
    for text in [
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    ] {
        assert_eq!(SigningPublic::parse(&hex(text)).unwrap().as_bytes(), &hex(text));
    }
    for text in [
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    ] {
        assert_eq!(KemPublic::parse(&hex(text)).unwrap().as_bytes(), &hex(text));
    }
}

#[test]
fn every_small_order_sealing_key_is_refused() {
    for bytes in small_order_x25519() {
        assert!(KemPublic::parse(&bytes).is_err(), "{}", HEXLOWER.encode(&bytes));
        let mut masked = bytes;
        masked[31] |= 0x80;
        assert!(KemPublic::parse(&masked).is_err(), "top bit set: {}", HEXLOWER.encode(&masked));
    }
}

#[test]
fn a_sealing_key_at_or_above_the_prime_is_refused() {
    for low in 0xed..=0xff {
        let mut bytes = field_prime();
        bytes[0] = low;
        assert!(KemPublic::parse(&bytes).is_err(), "{low:x}");
    }
    let mut good = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    good[31] |= 0x80;
    assert!(KemPublic::parse(&good).is_err(), "the unused top bit is a second form of the same key");
}
