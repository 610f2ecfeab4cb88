//! Makes the vectors of the hand-over: what a new device shows, what it leaves, and what it is answered.

use client_core::account::{Admission, EpochKeys, answer_offer};
use client_core::keys::seeded::{ChosenBytes, SeededRng};
use client_core::keys::{AccountSecret, DeviceKeys, EpochKey, HandOverSecret};
use serde_json::{Value, json};
use shared_types::log::LogHead;

use crate::cast::{Cast, Laptop};
use crate::fields::hex;
use crate::generate::{bytes, refused, vector};

/// Six words' secret: of its 72 bits the first six are zero.
fn words_bytes(seed: u64) -> [u8; 9] {
    let mut secret = bytes::<9>(seed);
    secret[0] &= 3;
    secret
}

pub(crate) fn secrets() -> Vec<Value> {
    let code = |name: &str, rp_id: &str, seed| {
        let secret: [u8; 16] = bytes(seed);
        let text = HandOverSecret::generate_code(&mut ChosenBytes::new(&secret)).code(rp_id).unwrap();
        vector("hand_over_secret", name, &[("rp_id", rp_id.as_bytes()), ("secret", &secret), ("code", text.as_bytes())])
    };
    let words = |name: &str, secret: [u8; 9]| {
        let words = HandOverSecret::generate_words(&mut ChosenBytes::new(&secret)).words().unwrap().join(" ");
        vector("hand_over_secret", name, &[("secret", &secret), ("words", words.as_bytes())])
    };
    let good = code("a code", "sotto.example", 1200);
    let text = String::from_utf8(data_encoding::HEXLOWER.decode(good["code"].as_str().unwrap().as_bytes()).unwrap());
    let text = text.unwrap();
    let bent = |name: &str, code: String| {
        let mut bad = refused(&good, name, &["rp_id", "secret"]);
        bad["code"] = json!(hex(code.as_bytes()));
        bad
    };
    let encode = |bytes: &[u8]| format!("SOTTO1:{}", data_encoding::BASE32_NOPAD.encode(bytes));
    let (secret, long) = (bytes::<16>(1200), "a".repeat(254));
    let of = |rp_id: &[u8], rest: &[u8]| encode(&[&[u8::try_from(rp_id.len()).unwrap()], rp_id, rest].concat());
    let good_words = words("six words", words_bytes(1201));
    let phrase = data_encoding::HEXLOWER.decode(good_words["words"].as_str().unwrap().as_bytes()).unwrap();
    let phrase = String::from_utf8(phrase).unwrap();
    let bent_words = |name: &str, words: String| {
        let mut bad = refused(&good_words, name, &["secret"]);
        bad["words"] = json!(hex(words.as_bytes()));
        bad
    };
    vec![
        code("a code for localhost", "localhost", 1202),
        bent("in small letters", text.to_lowercase()),
        bent("of another version", text.replace("SOTTO1", "SOTTO2")),
        bent("a letter more", format!("{text}A")),
        bent("two letters less", text.split_at(text.len() - 2).0.to_owned()),
        bent("a byte more", of(b"sotto.example", &[&secret[..], &[0]].concat())),
        bent("a byte less", of(b"sotto.example", &secret[1..])),
        bent("for no host", of(b"", &secret)),
        bent("for a host that is too long", of(long.as_bytes(), &secret)),
        bent("for a host in capital letters", of(b"Sotto.example", &secret)),
        bent("an address", "https://sotto.example/".to_owned()),
        good.clone(),
        words("the last word six times", [3, 255, 255, 255, 255, 255, 255, 255, 255]),
        words("the first word six times", [0; 9]),
        bent_words("five words", phrase.rsplit_once(' ').unwrap().0.to_owned()),
        bent_words("seven words", format!("{phrase} zoo")),
        bent_words("a word of no list", format!("sotto {}", phrase.split_once(' ').unwrap().1)),
        good_words,
    ]
}

/// What a judge makes anew.
const RESULTS: &[&str] = &[
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
];

/// One hand-over, by the secret that has so many bytes.
fn hand_over(cast: &Cast, name: &str, secret_bytes: &[u8], (seed, kept): (u64, Option<[u8; 16]>)) -> Value {
    let log = cast.founded().state();
    let mut known = EpochKeys::new();
    known.insert(1, EpochKey::generate(&mut ChosenBytes::new(&bytes::<32>(701))));
    let chosen = &mut ChosenBytes::new(secret_bytes);
    let is_code = secret_bytes.len() == 16;
    let secret = if is_code { HandOverSecret::generate_code(chosen) } else { HandOverSecret::generate_words(chosen) };
    let account_secret = kept.map(|kept| AccountSecret::generate(&mut ChosenBytes::new(&kept)));
    let (signing, kem): ([u8; 32], [u8; 32]) = (bytes(seed), bytes(seed + 1));
    let device = DeviceKeys::generate(&mut ChosenBytes::new(&[signing, kem].concat()));
    let (part, now_s) = (device.part(), log.time_s() + 60);
    let rng = &mut SeededRng::new(seed + 2);
    let known = (&log, &known, account_secret.as_ref());
    let answer = answer_offer(known, (part, &secret), cast.device(Laptop), now_s, rng).unwrap();
    let admission = Admission::open(&answer.to_bytes(), &secret, &device).unwrap();
    let LogHead { seq, hash } = admission.head();
    let mut vector = vector(
        "hand_over",
        name,
        &[
            ("secret", secret_bytes),
            ("signing_seed", &signing),
            ("kem_private", &kem),
            ("offer", &secret.offer(part).to_bytes()),
            ("answer_id", &secret.answer_id(&part.id).0),
            ("answer", &answer.to_bytes()),
            ("account_id", &answer.account_id.0),
            ("epoch", &answer.epoch.to_be_bytes()),
            ("by", &answer.by.0),
            ("time", &answer.time_s.to_be_bytes()),
            ("signature", &answer.signature.0),
            ("log_seq", &seq.to_be_bytes()),
            ("log_hash", &hash.0),
            ("epoch_key", &bytes::<32>(701)),
            ("entry", admission.entry()),
        ],
    );
    if let Some(kept) = kept {
        vector["account_secret"] = json!(hex(&kept));
    }
    vector
}

pub(crate) fn hand_overs(cast: &Cast) -> Vec<Value> {
    let (code, six): ([u8; 16], [u8; 9]) = (bytes(1210), words_bytes(1220));
    let good = hand_over(cast, "by a code", &code, (1211, None));
    let with_secret = hand_over(cast, "with an account secret", &code, (1241, Some(bytes(1240))));
    let words = hand_over(cast, "by six words", &six, (1221, None));
    let answer = data_encoding::HEXLOWER.decode(good["answer"].as_str().unwrap().as_bytes()).unwrap();
    let bent = |name: &str, answer: &[u8]| {
        let mut bad = refused(&good, name, RESULTS);
        bad["answer"] = json!(hex(answer));
        bad
    };
    let flipped = |at: usize| {
        let mut answer = answer.clone();
        answer[at] ^= 1;
        answer
    };
    let mut another = refused(&good, "for another secret", RESULTS);
    another["secret"] = json!(hex(&bytes::<16>(1230)));
    let mut elsewhere = refused(&good, "for another device", RESULTS);
    elsewhere["kem_private"] = words["kem_private"].clone();
    let longer = data_encoding::HEXLOWER.decode(with_secret["answer"].as_str().unwrap().as_bytes()).unwrap();
    let bent_secret = |name: &str, answer: &[u8]| {
        let mut bad = refused(&with_secret, name, RESULTS);
        bad["answer"] = json!(hex(answer));
        bad
    };
    let mut another_secret = longer.clone();
    another_secret[108 + 32 + 70] ^= 1;
    vec![
        bent_secret("another account secret", &another_secret),
        bent_secret("half an account secret", &longer[..longer.len() - 8]),
        bent_secret("a byte more than an account secret", &[&longer[..], &[0]].concat()),
        with_secret.clone(),
        good.clone(),
        words,
        bent("another account", &flipped(0)),
        bent("another epoch", &flipped(19)),
        bent("another encapsulated key", &flipped(108)),
        bent("another ciphertext", &flipped(140)),
        bent("another tag", &flipped(255)),
        bent("a byte more", &[&answer[..], &[0]].concat()),
        bent("a byte less", &answer[..255]),
        another,
        elsewhere,
    ]
}
