//! Makes the vectors of passwords: what is typed, the method that OPAQUE's export key opens, and the unlocking of a device.

use client_core::keys::{ExportKey, MethodKeys, MethodSecret, PasswordMode};
use serde_json::{Value, json};
use shared_types::ids::AccountId;

use crate::fields::hex;
use crate::generate::{METHOD_RESULTS, bytes, refused, vector, with_method_results};
use crate::reference;

pub(crate) fn passwords() -> Vec<Value> {
    let two_secret = method("a password in two-secret mode", PasswordMode::TwoSecret);
    let mut unknown = refused(&two_secret, "a mode that does not exist", &METHOD_RESULTS);
    unknown["mode"] = json!("03");
    let unlock = local_unlock();
    let mut of_a_method = refused(&unlock, "a password that names a method", &["secret", "row_key_hash"]);
    of_a_method["method_id"] = json!(hex(&bytes::<16>(521)));
    let unassigned = refused(&input("", 1, "good \u{378}"), "a character that Unicode 16 does not assign", &["input"]);
    vec![
        two_secret,
        method("a passphrase in portable mode", PasswordMode::Portable),
        unknown,
        unlock,
        of_a_method,
        input("a password as it is typed", 1, "correct horse battery staple"),
        input("a password that NFKC changes", 1, "Cafe\u{301} ﬁne"),
        input("a passphrase", 2, "abacus abdomen abdominal abide abiding ability"),
        unassigned,
    ]
}

fn method(name: &str, mode: PasswordMode) -> Value {
    let (account_id, export_key) = (AccountId(bytes(500)), bytes::<64>(501));
    let fields: [(&str, &[u8]); 4] =
        [("kind", &[3]), ("account_id", &account_id.0), ("export_key", &export_key), ("mode", &[mode as u8])];
    let secret = MethodSecret::from_export_key(&ExportKey::take(&mut { export_key }), account_id, mode);
    let keys = MethodKeys::derive(&secret, account_id);
    let secret = reference::hkdf(&export_key, &account_id.0, &[b"sotto/method/opaque/v1", &[mode as u8]]);
    with_method_results(vector("method", name, &fields), &keys, &secret, account_id)
}

fn local_unlock() -> Value {
    let (device_id, method_id) = (bytes::<16>(520), [0; 16]);
    let (argon2_output, device_mac) = (bytes::<32>(522), bytes::<32>(523));
    let joined = [argon2_output, device_mac].concat();
    let secret: [u8; 32] = reference::hkdf(&joined, &device_id, &[b"sotto/local/password/v1"]);
    let fields: [(&str, &[u8]); 7] = [
        ("kind", &[3]),
        ("device_id", &device_id),
        ("method_id", &method_id),
        ("argon2_output", &argon2_output),
        ("device_mac", &device_mac),
        ("secret", &secret),
        ("row_key_hash", &reference::sha256(&[b"sotto/local/unlock/v1", &[3], &method_id])),
    ];
    vector("local_unlock", "unlocking with a password", &fields)
}

/// What a password becomes; what cannot be read has no input.
fn input(name: &str, mode: u8, typed: &str) -> Value {
    let secret = if mode == 1 { bytes::<16>(510).to_vec() } else { Vec::new() };
    let read = password_client::read_password(typed);
    let input = read.map(|read| reference_input(&read, &secret)).unwrap_or_default();
    let fields: [(&str, &[u8]); 4] =
        [("mode", &[mode]), ("password", typed.as_bytes()), ("account_secret", &secret), ("input", &input)];
    vector("password_input", name, &fields)
}

/// The input of a password in NFKC, straight from the description.
pub(crate) fn reference_input(password: &str, secret: &[u8]) -> Vec<u8> {
    if secret.is_empty() {
        return password.as_bytes().to_vec();
    }
    reference::hkdf::<32>(password.as_bytes(), secret, &[b"sotto/opaque/password/v1"]).to_vec()
}
