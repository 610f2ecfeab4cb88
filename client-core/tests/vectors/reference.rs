//! The formats once more, straight from their description and without this crate's code.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

pub(crate) fn hkdf<const N: usize>(ikm: &[u8], salt: &[u8], info: &[&[u8]]) -> [u8; N] {
    let salt = if salt.is_empty() { &[0; 32] } else { salt };
    let mut okm = [0; N];
    Hkdf::<Sha256>::new(Some(salt), ikm).expand(&info.concat(), &mut okm).unwrap();
    okm
}

pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
    mac.update(&parts.concat());
    mac.finalize().into_bytes().into()
}

/// Bytes of the padded plaintext for so many bytes of CBOR.
pub(crate) fn padded(n_cbor: u64) -> Option<u64> {
    let n = (n_cbor + 4).max(256);
    let e = u64::from(n.ilog2());
    let s = u64::from(e.ilog2()) + 1;
    let step = 1 << (e - s);
    Some(n.div_ceil(step) * step).filter(|total| *total <= 1 << 20)
}

/// Everything that sealing computes.
pub(crate) struct Sealed {
    pub(crate) key_id: [u8; 16],
    pub(crate) context_hash: [u8; 32],
    pub(crate) message_key: [u8; 32],
    pub(crate) commitment: [u8; 32],
    pub(crate) envelope: Vec<u8>,
}

/// `context` is everything after `"sotto/context/v1" ‖ suite`.
pub(crate) fn seal(
    key: &[u8; 32],
    object_type: u8,
    schema: u16,
    context: &[u8],
    salt: &[u8; 32],
    cbor: &[u8],
) -> Sealed {
    let key_id: [u8; 16] = hkdf(key, &[], &[b"sotto/key-id/v1"]);
    let context_hash = sha256(&[b"sotto/context/v1", &[1], context]);
    let start = [&b"SOT1"[..], &[1, object_type], &schema.to_be_bytes(), &key_id].concat();
    let okm: [u8; 64] = hkdf(key, salt, &[b"sotto/envelope/v1", &start, &context_hash]);
    let message_key: [u8; 32] = okm[..32].try_into().unwrap();
    let commitment: [u8; 32] = okm[32..].try_into().unwrap();
    let header = [&start[..], salt, &commitment].concat();

    let mut text = [&u32::try_from(cbor.len()).unwrap().to_be_bytes()[..], cbor].concat();
    text.resize(usize::try_from(padded(cbor.len() as u64).unwrap()).unwrap(), 0);
    let payload = Payload { msg: &text, aad: &header };
    let body = Aes256Gcm::new(&message_key.into()).encrypt(&Nonce::from([0; 12]), payload).unwrap();
    Sealed { key_id, context_hash, message_key, commitment, envelope: [header, body].concat() }
}

/// Opens by sealing again with the same salt: the plaintext is decrypted first, then everything must be the same.
pub(crate) fn open(key: &[u8; 32], object_type: u8, context: &[u8], envelope: &[u8]) -> Option<Vec<u8>> {
    let salt: [u8; 32] = envelope.get(24..56)?.try_into().ok()?;
    let schema = u16::from_be_bytes(envelope.get(6..8)?.try_into().ok()?);
    let empty = seal(key, object_type, schema, context, &salt, &[]);
    let payload = Payload { msg: envelope.get(88..)?, aad: envelope.get(..88)? };
    let text = Aes256Gcm::new(&empty.message_key.into()).decrypt(&Nonce::from([0; 12]), payload).ok()?;
    let length = usize::try_from(u32::from_be_bytes(text.get(..4)?.try_into().ok()?)).ok()?;
    let cbor = text.get(4..)?.get(..length)?.to_vec();
    (seal(key, object_type, schema, context, &salt, &cbor).envelope == envelope).then_some(cbor)
}

/// RFC 9180 §7.1.3 for X25519: the private key before clamping.
pub(crate) fn derive_kem_private(seed: &[u8; 32]) -> [u8; 32] {
    const SUITE: &[u8] = b"KEM\x00\x20";
    let (prk, _) = Hkdf::<Sha256>::extract(Some(&[]), &[b"HPKE-v1", SUITE, b"dkp_prk", seed].concat());
    let mut private = [0; 32];
    let info = [&[0, 32], &b"HPKE-v1"[..], SUITE, b"sk"].concat();
    Hkdf::<Sha256>::from_prk(&prk).unwrap().expand(&info, &mut private).unwrap();
    private
}

pub(crate) fn x25519_public(private: &[u8; 32]) -> [u8; 32] {
    x25519_dalek::x25519(*private, x25519_dalek::X25519_BASEPOINT_BYTES)
}

pub(crate) fn ed25519_public(seed: &[u8; 32]) -> [u8; 32] {
    ed25519_dalek::SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

pub(crate) fn ed25519_sign(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    use ed25519_dalek::Signer;
    ed25519_dalek::SigningKey::from_bytes(seed).sign(message).to_bytes()
}

/// Opens `encapsulated key ‖ ciphertext` as RFC 9180 says for the base mode and our suite, with an empty aad.
pub(crate) fn hpke_open(private: &[u8; 32], info: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    const KEM: &[u8] = b"KEM\x00\x20";
    const HPKE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x02";
    let extract = |suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]| {
        Hkdf::<Sha256>::extract(Some(salt), &[b"HPKE-v1", suite, label, ikm].concat()).0
    };
    let expand = |suite: &[u8], prk: &[u8], label: &[u8], context: &[u8], okm: &mut [u8]| {
        let length = u16::try_from(okm.len()).unwrap().to_be_bytes();
        let info = [&length[..], b"HPKE-v1", suite, label, context].concat();
        Hkdf::<Sha256>::from_prk(prk).unwrap().expand(&info, okm).unwrap();
    };
    let (encapsulated, ciphertext) = sealed.split_first_chunk::<32>()?;
    let exchanged = x25519_dalek::x25519(*private, *encapsulated);
    let (mut shared, mut key, mut nonce) = ([0; 32], [0; 32], [0; 12]);
    let context = [*encapsulated, x25519_public(private)].concat();
    expand(KEM, &extract(KEM, &[], b"eae_prk", &exchanged), b"shared_secret", &context, &mut shared);
    let (psk, about) = (extract(HPKE, &[], b"psk_id_hash", &[]), extract(HPKE, &[], b"info_hash", info));
    let schedule = [&[0][..], &psk, &about].concat();
    let secret = extract(HPKE, &shared, b"secret", &[]);
    expand(HPKE, &secret, b"key", &schedule, &mut key);
    expand(HPKE, &secret, b"base_nonce", &schedule, &mut nonce);
    Aes256Gcm::new(&key.into()).decrypt(&Nonce::from(nonce), ciphertext).ok()
}

/// The text of a hand-over's code.
pub(crate) fn hand_over_code(rp_id: &[u8], secret: &[u8]) -> String {
    let bytes = [&[u8::try_from(rp_id.len()).unwrap()], rp_id, secret].concat();
    format!("SOTTO1:{}", data_encoding::BASE32_NOPAD.encode(&bytes))
}

/// So many words of the list by the last bits of a secret, 11 a word.
pub(crate) fn words(secret: &[u8], n_words: usize) -> String {
    let bits: Vec<bool> = secret.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    let list = bip39::Language::English.word_list();
    let words = bits[bits.len() - 11 * n_words..].chunks(11);
    let index = |bits: &[bool]| bits.iter().fold(0, |index, bit| index * 2 + usize::from(*bit));
    words.map(|bits| list[index(bits)]).collect::<Vec<_>>().join(" ")
}

/// The MAC over what two devices leave for each other.
pub(crate) fn hand_over_mac(secret: &[u8], bytes: &[u8]) -> [u8; 32] {
    hmac(&hkdf::<32>(secret, &[], &[b"sotto/hand-over/v1"]), &[bytes])
}
