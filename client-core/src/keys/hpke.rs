//! Sealing a key to one recipient: HPKE base mode, DHKEM(X25519, HKDF-SHA256), AES-256-GCM (RFC 9180).

use ::hpke::aead::AesGcm256;
use ::hpke::kdf::HkdfSha256;
use ::hpke::kem::X25519HkdfSha256;
use ::hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng};
use rand_core::CryptoRng;
use shared_types::bytes::Writer;
use shared_types::ids::{AccountId, PartyId};
use shared_types::public_key::KemPublic;
use thiserror::Error;
use zeroize::Zeroizing;

/// The private half of a KEM pair.
pub(super) type KemPrivate = <X25519HkdfSha256 as Kem>::PrivateKey;
type KemPublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
type Encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey;

const ENCAPSULATED_BYTES: usize = 32;

/// The epoch key in a sealed copy or back link is not the one that its epoch commits to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the key of this epoch")]
pub struct BadEpochKey;

/// What a sealed key is for.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(super) enum Purpose {
    EpochKey = 1,
    HandOver = 2,
}

/// To whom and for which epoch a key is sealed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addressee {
    pub(super) purpose: Purpose,
    pub(super) account_id: AccountId,
    pub(super) recipient: PartyId,
    pub(super) epoch: u32,
}

impl Addressee {
    fn to_info(self) -> Vec<u8> {
        let mut info = Writer::new();
        info.put(b"sotto/hpke/v1")
            .u8(self.purpose as u8)
            .put(&self.account_id.0)
            .put(&self.recipient.0)
            .u32(self.epoch);
        info.into_bytes()
    }
}

/// RFC 9180 DeriveKeyPair.
pub(super) fn derive_pair(seed: &[u8; 32]) -> (KemPrivate, KemPublic) {
    let (private, public) = X25519HkdfSha256::derive_keypair(seed);
    (private, parse_own(&public))
}

/// Reads a private key of 32 bytes.
pub(super) fn read_pair(bytes: &[u8; 32]) -> (KemPrivate, KemPublic) {
    let private = KemPrivate::from_bytes(bytes).expect("32 bytes are an X25519 private key");
    let public = X25519HkdfSha256::sk_to_pk(&private);
    (private, parse_own(&public))
}

fn parse_own(public: &KemPublicKey) -> KemPublic {
    KemPublic::parse(&public.to_bytes().into()).expect("the public half of a clamped key has a large order")
}

/// Encapsulated key ‖ ciphertext ‖ tag.
pub(super) fn seal(key: &[u8], addressee: &Addressee, public: &KemPublic, mut rng: &mut dyn CryptoRng) -> Vec<u8> {
    let public = KemPublicKey::from_bytes(public.as_bytes()).expect("a parsed public key has 32 bytes");
    let (encapsulated, ciphertext) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        &addressee.to_info(),
        key,
        &[],
        &mut rng,
    )
    .expect("a parsed public key is contributory and a key is short");
    [encapsulated.to_bytes().as_slice(), &ciphertext].concat()
}

/// Opens what [`seal`] made for exactly this addressee.
pub(super) fn open(sealed: &[u8], addressee: &Addressee, private: &KemPrivate) -> Option<Zeroizing<Vec<u8>>> {
    let (encapsulated, ciphertext) = sealed.split_first_chunk::<ENCAPSULATED_BYTES>()?;
    KemPublic::parse(encapsulated).ok()?;
    let encapsulated = Encapsulated::from_bytes(encapsulated).ok()?;
    single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        private,
        &encapsulated,
        &addressee.to_info(),
        ciphertext,
        &[],
    )
    .ok()
    .map(Zeroizing::new)
}
