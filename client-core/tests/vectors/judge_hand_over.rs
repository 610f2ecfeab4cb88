//! Judges the vectors of the hand-over.

use client_core::account::Admission;
use client_core::keys::seeded::ChosenBytes;
use client_core::keys::{DeviceKeys, EpochKey, HandOverSecret};
use shared_types::hand_over::Offer;

use crate::fields::{Fields, Judged, Problem, wrong};
use crate::reference;

/// Fields that say what the object is, and those that are results.
type Shape = (&'static [&'static str], &'static [&'static str]);

pub(crate) const SECRET: Shape = (&["code", "words"], &["rp_id", "secret"]);
pub(crate) const HAND_OVER: Shape = (
    &["secret", "signing_seed", "kem_private", "answer"],
    &[
        "offer",
        "answer_id",
        "account_id",
        "epoch",
        "by",
        "time",
        "signature",
        "log_seq",
        "log_hash",
        "epoch_key",
        "account_secret",
        "entry",
    ],
);

fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|_| wrong("no UTF-8"))
}

/// A secret as this crate draws it, from its bytes.
fn secret_of(bytes: &[u8]) -> Result<HandOverSecret, Problem> {
    match bytes {
        [first, ..] if bytes.len() == 9 && *first < 4 => {
            Ok(HandOverSecret::generate_words(&mut ChosenBytes::new(bytes)))
        }
        _ if bytes.len() == 16 => Ok(HandOverSecret::generate_code(&mut ChosenBytes::new(bytes))),
        _ => Err(wrong("no secret has so many bytes")),
    }
}

pub(crate) fn secret(fields: &mut Fields<'_>) -> Judged {
    let read = if fields.has("code") {
        let code = text(fields.bytes("code")?)?;
        let (rp_id, secret) = HandOverSecret::read_code(&code).map_err(|_| Problem::Refused)?;
        fields.result("rp_id", rp_id.as_bytes())?;
        let bytes = fields.bytes("secret")?;
        if reference::hand_over_code(rp_id.as_bytes(), &bytes) != code || secret.code(&rp_id).as_deref() != Some(&code)
        {
            return Err(wrong("code is another"));
        }
        secret
    } else {
        let words = text(fields.bytes("words")?)?;
        let secret = HandOverSecret::read_words(&words).map_err(|_| Problem::Refused)?;
        if reference::words(&fields.bytes("secret")?, 6) != words
            || secret.words().map(|six| six.join(" ")) != Some(words)
        {
            return Err(wrong("words are others"));
        }
        secret
    };
    let device = DeviceKeys::generate(&mut ChosenBytes::new(&[7; 64])).part();
    let (bytes, part) = (fields.bytes("secret")?, device.to_bytes());
    let mac = reference::hand_over_mac(&bytes, &part);
    if read.offer(device).mac == mac { Ok(()) } else { Err(wrong("secret is another")) }
}

pub(crate) fn hand_over(fields: &mut Fields<'_>) -> Judged {
    let bytes = fields.bytes("secret")?;
    let secret = secret_of(&bytes)?;
    let (signing, kem): ([u8; 32], [u8; 32]) = (fields.array("signing_seed")?, fields.array("kem_private")?);
    let device = DeviceKeys::generate(&mut ChosenBytes::new(&[signing, kem].concat()));
    let answer = fields.bytes("answer")?;
    let mut opened = Admission::open(&answer, &secret, &device).map_err(|_| Problem::Refused)?;

    let (a, e) = (reference::ed25519_public(&signing), reference::x25519_public(&kem));
    let id: [u8; 16] = reference::sha256(&[b"sotto/device-id/v1", &a, &e])[..16].try_into().unwrap();
    let part = [&id[..], &a, &e].concat();
    let offer = [&part[..], &reference::hand_over_mac(&bytes, &part)].concat();
    fields.result("offer", &offer)?;
    let is_own = Offer::parse(&offer).is_ok_and(|offer| secret.is_of(&offer));
    let answer_id: [u8; 16] = reference::hkdf(&bytes, &id, &[b"sotto/hand-over/answer/v1"]);
    fields.result("answer_id", &answer_id)?;
    if !is_own || secret.answer_id(&device.id()).0 != answer_id {
        return Err(wrong("the offer is another"));
    }
    let [account_id, epoch, by, time, signature, sealed] =
        [0..16, 16..20, 20..36, 36..44, 44..108, 108..answer.len()].map(|place| answer.get(place).unwrap_or_default());
    fields.result("account_id", account_id)?;
    fields.result("epoch", epoch)?;
    fields.result("by", by)?;
    fields.result("time", time)?;
    fields.result("signature", signature)?;
    let info = [b"sotto/hpke/v1", &[2][..], account_id, &id, epoch].concat();
    let plain = reference::hpke_open(&kem, &info, sealed).ok_or_else(|| wrong("the reference does not open it"))?;
    let (told, mac) = plain.split_at(plain.len() - 32);
    if mac != reference::hand_over_mac(&bytes, told) {
        return Err(wrong("the MAC is another"));
    }
    fields.result("log_seq", &told[..4])?;
    fields.result("log_hash", &told[4..36])?;
    let (told, kept) = (&told[..68], &told[68..]);
    fields.result("epoch_key", &told[36..])?;
    let account_secret = opened.take_account_secret();
    if !kept.is_empty() {
        fields.result("account_secret", kept)?;
    }
    if account_secret.as_ref().map_or(&[][..], |kept| kept.bytes()) != kept {
        return Err(wrong("this crate opens another account secret"));
    }
    let head = opened.head();
    if told[..4] != head.seq.to_be_bytes() || told[4..36] != head.hash.0 || account_id != opened.account_id().0 {
        return Err(wrong("this crate opens another one"));
    }

    let seq = (head.seq + 1).to_be_bytes();
    let body = [&part[..], &[1]].concat();
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let mut signers = [&id[..], by];
    signers.sort_unstable();
    let signed = [b"SOTL", &[1][..], account_id, &seq, &head.hash.0, &[2], time, &length, &body, &[2]].concat();
    let signed = [signed, signers.concat()].concat();
    let own = reference::ed25519_sign(&signing, &signed);
    let signatures = signers.map(|signer| if signer == &id[..] { &own[..] } else { signature });
    fields.result("entry", &[signed, signatures.concat()].concat())?;
    if opened.entry() != fields.bytes("entry")? {
        return Err(wrong("this crate signs another entry"));
    }
    let commitment = EpochKey::generate(&mut ChosenBytes::new(&told[36..])).commitment();
    let expected: [u8; 32] = reference::hkdf(&told[36..], &[], &[b"sotto/epoch-commit/v1"]);
    if commitment.0 == expected { Ok(()) } else { Err(wrong("the epoch key is another")) }
}
