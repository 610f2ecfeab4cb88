//! Makes the vectors of sign-up, sign-in and state code.

use client_core::account::{sign_sign_in, state_code};
use client_core::keys::seeded::SeededRng;
use client_core::keys::{FounderKey, MethodKeys};
use serde_json::{Value, json};
use shared_types::ids::{DeviceId, Hash, Nonce};
use shared_types::log::{DeviceHead, LogHead, MethodPart};
use shared_types::statement::{SignInStatement, SignUpStatement};

use crate::cast::Cast;
use crate::fields::hex;
use crate::generate::{bytes, refused, vector};

fn flip(vector: &mut Value, field: &str, byte: usize) {
    let mut bytes = data_encoding::HEXLOWER.decode(vector[field].as_str().unwrap().as_bytes()).unwrap();
    bytes[byte] ^= 1;
    vector[field] = json!(hex(&bytes));
}

fn bent_statement(good: &Value, fields: &[(&str, usize)]) -> Vec<Value> {
    let mut all: Vec<Value> = fields
        .iter()
        .map(|(field, byte)| {
            let mut bad = refused(good, &format!("{field} changed, byte {byte}"), &[]);
            flip(&mut bad, field, *byte);
            bad
        })
        .collect();
    let mut longer = refused(good, "a byte more", &[]);
    longer["signed"] = json!(format!("{}00", good["signed"].as_str().unwrap()));
    let mut shorter = refused(good, "a byte cut off", &[]);
    let text = good["signed"].as_str().unwrap();
    shorter["signed"] = json!(text.get(..text.len() - 2).unwrap());
    all.extend([longer, shorter]);
    all
}

pub(crate) fn sign_ups(cast: &Cast) -> Vec<Value> {
    let statement = SignUpStatement { account_id: cast.account_id, nonce: Nonce(bytes(1100)) };
    let good = vector(
        "sign_up",
        "a founder's statement",
        &[
            ("account_id", &cast.account_id.0),
            ("founder", cast.founder.public().as_bytes()),
            ("nonce", &statement.nonce.0),
            ("signed", &statement.to_bytes()),
            ("signature", &cast.founder.sign_statement(&statement).0),
        ],
    );
    let mut bare = good.clone();
    bare["name"] = json!("a founder's statement without its signature");
    bare.as_object_mut().unwrap().remove("signature");
    let mut other = refused(&good, "a founder that the account id does not certify", &["signature"]);
    other["founder"] = json!(hex(FounderKey::generate(&mut SeededRng::new(1101)).public().as_bytes()));
    let mut low_order = refused(&good, "a founder key of low order", &["signature"]);
    low_order["founder"] = json!(format!("01{}", "00".repeat(31)));
    let fields = [
        ("account_id", 0),
        ("nonce", 0),
        ("signed", 0),
        ("signed", 4),
        ("signed", 5),
        ("signed", 52),
        ("signature", 0),
        ("signature", 63),
    ];
    [vec![good.clone(), bare, other, low_order], bent_statement(&good, &fields)].concat()
}

pub(crate) fn sign_ins(cast: &Cast) -> Vec<Value> {
    let made = |name: &str, method: &(MethodKeys, MethodPart), transcript: &[u8]| {
        let signed = sign_sign_in(&method.0, &cast.phone, Nonce(bytes(1110)), transcript, "sotto.example");
        let statement = SignInStatement::parse(&signed.statement).unwrap();
        vector(
            "sign_in",
            name,
            &[
                ("account_id", &cast.account_id.0),
                ("method_id", &statement.method_id.0),
                ("device_id", &statement.device_id.0),
                ("a", statement.signing.as_bytes()),
                ("e", statement.kem.as_bytes()),
                ("nonce", &statement.nonce.0),
                ("transcript_hash", &statement.transcript_hash.0),
                ("rp_id_hash", &statement.rp_id_hash.0),
                ("signed", &signed.statement),
                ("method_signature", &signed.method_signature.0),
                ("method_public", method.1.signing.as_bytes()),
                ("device_signature", &signed.device_signature.0),
            ],
        )
    };
    let good = made("a passkey", &cast.passkey, br#"{"type":"webauthn.get"}"#);
    let words = made("recovery words, whose transcript is empty", &cast.words, b"");
    let mut bare = good.clone();
    bare["name"] = json!("a passkey without signatures");
    for field in ["method_signature", "method_public", "device_signature"] {
        bare.as_object_mut().unwrap().remove(field);
    }
    let mut swapped = refused(&good, "the two signatures swapped", &[]);
    swapped["method_signature"] = good["device_signature"].clone();
    swapped["device_signature"] = good["method_signature"].clone();
    let mut low_order = refused(&good, "a method key of low order", &[]);
    low_order["method_public"] = json!(format!("01{}", "00".repeat(31)));
    let fields = [
        ("account_id", 0),
        ("method_id", 0),
        ("device_id", 0),
        ("a", 0),
        ("e", 0),
        ("nonce", 0),
        ("transcript_hash", 0),
        ("rp_id_hash", 0),
        ("signed", 0),
        ("signed", 4),
        ("signed", 212),
        ("method_signature", 0),
        ("method_public", 0),
        ("device_signature", 63),
    ];
    [vec![good.clone(), words, bare, swapped, low_order], bent_statement(&good, &fields)].concat()
}

pub(crate) fn state_codes() -> Vec<Value> {
    let made = |name: &str, seq: u32, heads: &[DeviceHead]| {
        let log = LogHead { seq, hash: Hash(bytes(1120)) };
        let code = state_code(log, heads).join(" ");
        let fields: [(&str, &[u8]); 3] =
            [("log_seq", &seq.to_be_bytes()), ("log_hash", &log.hash.0), ("code", code.as_bytes())];
        let mut made = vector("state_code", name, &fields);
        made["heads"] = heads
            .iter()
            .map(|head| {
                json!({
                    "device_id": hex(&head.device.0),
                    "seq": hex(&head.seq.to_be_bytes()),
                    "hash": hex(&head.hash.0),
                })
            })
            .collect();
        made
    };
    let mut heads: Vec<DeviceHead> = (0..3)
        .map(|n| DeviceHead { device: DeviceId(bytes(1130 + n)), seq: n << 33, hash: Hash(bytes(1140 + n)) })
        .collect();
    heads.sort();
    let good = made("three devices", 0x0102_0304, &heads);
    let mut reversed = refused(&good, "heads in descending order", &["code"]);
    reversed["heads"].as_array_mut().unwrap().reverse();
    let mut doubled = refused(&good, "a device that stands twice", &["code"]);
    doubled["heads"][1] = doubled["heads"][0].clone();
    let mut zero = refused(&good, "a head with a zero hash", &["code"]);
    zero["heads"][2]["hash"] = json!("00".repeat(32));
    vec![made("no batch yet", 0, &[]), made("one device", 7, &heads[..1]), good, reversed, doubled, zero]
}
