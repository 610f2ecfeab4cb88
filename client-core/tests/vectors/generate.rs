//! Makes the vectors of keys and envelopes.

use client_core::envelope::{Context, OpPlace, Place, n_padded_bytes, raw};
use client_core::keys::seeded::{ChosenBytes, SeededRng};
use client_core::keys::{EpochKey, MethodKeys, MethodSecret, PrfOutput, RecoveryWords};
use rand_core::Rng;
use serde_json::{Map, Value, json};
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId, ScopeId, ScopeKind};
use shared_types::log::MethodKind;

use crate::fields::hex;
use crate::reference;

pub(crate) fn files() -> Vec<(&'static str, Vec<Value>)> {
    vec![
        ("envelope", envelopes()),
        ("padme", paddings()),
        ("method", methods()),
        ("local_unlock", local_unlocks()),
        ("local_row", local_rows()),
        ("keys_of_epoch", keys_of_epochs()),
        ("stream_tag", stream_tags()),
    ]
}

/// Random bytes that are the same in every run.
pub(crate) fn bytes<const N: usize>(seed: u64) -> [u8; N] {
    let mut bytes = [0; N];
    SeededRng::new(seed).fill_bytes(&mut bytes);
    bytes
}

/// A vector from its object, its name and its fields in hex.
pub(crate) fn vector(object: &str, name: &str, fields: &[(&str, &[u8])]) -> Value {
    let mut map = Map::new();
    map.insert("object".into(), json!(object));
    map.insert("name".into(), json!(name));
    for (field, bytes) in fields {
        map.insert((*field).into(), json!(hex(bytes)));
    }
    Value::Object(map)
}

/// The same object under another name, expected to be refused and without the fields that are results.
pub(crate) fn refused(good: &Value, name: &str, results: &[&str]) -> Value {
    let mut bad = good.clone();
    bad["name"] = json!(name);
    bad["expect"] = json!("refused");
    let map = bad.as_object_mut().unwrap();
    map.remove("comment");
    for result in results {
        map.remove(*result);
    }
    bad
}

fn context_fields(place: &Place) -> Value {
    match place {
        Place::Op(op) => json!({
            "owner_account": hex(&op.owner.0),
            "scope_kind": hex(&[op.scope_kind as u8]),
            "scope_id": hex(&op.scope_id.0),
            "epoch": hex(&op.epoch.to_be_bytes()),
            "author_device": hex(&op.author.0),
            "batch_seq": hex(&op.batch_seq.to_be_bytes()),
            "leaf_index": hex(&op.leaf_index.to_be_bytes()),
        }),
        Place::BackLink { sealing_epoch, sealed_epoch } => json!({
            "sealing_epoch": hex(&sealing_epoch.to_be_bytes()),
            "sealed_epoch": hex(&sealed_epoch.to_be_bytes()),
        }),
        Place::Anchor { method_id, counter } => {
            json!({ "method_id": hex(&method_id.0), "counter": hex(&counter.to_be_bytes()) })
        }
        Place::LocalRow { device_id, store, row_key_hash } => json!({
            "device_id": hex(&device_id.0),
            "store_number": hex(&store.to_be_bytes()),
            "row_key_hash": hex(&row_key_hash.0),
        }),
        Place::SharedSnapshot { share_id, counter } => {
            json!({ "share_id": hex(&share_id.0), "counter": hex(&counter.to_be_bytes()) })
        }
    }
}

fn sealed(name: &str, seed: u64, place: Place, plaintext: &[u8]) -> Value {
    let (key, salt, account_id): ([u8; 32], [u8; 32], _) = (bytes(seed), bytes(seed + 1), AccountId(bytes(7)));
    let context = Context { account_id, place };
    let envelope = raw::seal(&key, &context, 1, plaintext, &mut ChosenBytes::new(&salt)).unwrap();
    let start: [u8; 24] = envelope[..24].try_into().unwrap();
    let okm: [u8; 64] = reference::hkdf(&key, &salt, &[b"sotto/envelope/v1", &start, &context.hash().0]);
    let mut made = vector(
        "envelope",
        name,
        &[
            ("type", &[place.object_type()]),
            ("schema", &[0, 1]),
            ("key", &key),
            ("account_id", &account_id.0),
            ("salt", &salt),
            ("plaintext", plaintext),
            ("envelope", &envelope),
            ("key_id", &envelope[8..24]),
            ("context_hash", &context.hash().0),
            ("message_key", &okm[..32]),
            ("commitment", &okm[32..]),
        ],
    );
    made["context"] = context_fields(&place);
    made
}

const ENVELOPE_RESULTS: [&str; 6] = ["salt", "plaintext", "key_id", "context_hash", "message_key", "commitment"];

fn envelopes() -> Vec<Value> {
    let op = OpPlace {
        owner: AccountId(bytes(7)),
        scope_kind: ScopeKind::Chat,
        scope_id: ScopeId(bytes(20)),
        epoch: 3,
        author: DeviceId(bytes(21)),
        batch_seq: 0x0102_0304,
        leaf_index: 5,
    };
    let key_cbor = [&[0x58, 32][..], &bytes::<32>(22)].concat();
    let ring = OpPlace { scope_kind: ScopeKind::KeyRing, scope_id: ScopeId::ZERO, ..op };
    let brought = [&[0x84, 1, 4, 0x50][..], &op.scope_id.0, &key_cbor].concat();
    let row = Place::LocalRow { device_id: DeviceId(bytes(23)), store: 4, row_key_hash: Hash(bytes(24)) };
    let back_link = Place::BackLink { sealing_epoch: 9, sealed_epoch: 7 };
    let good = vec![
        sealed("an op of a chat", 100, Place::Op(op), b"\xa1\x64text\x65hello"),
        sealed(
            "an op of a chat that somebody else owns",
            102,
            Place::Op(OpPlace { owner: AccountId(bytes(25)), ..op }),
            b"\x01",
        ),
        sealed("a key ring op that brings one scope key", 104, Place::Op(ring), &brought),
        sealed("a back link over a bad epoch", 106, back_link, &key_cbor),
        sealed("an anchor", 108, Place::Anchor { method_id: MethodId(bytes(26)), counter: 12 }, b"\x80"),
        sealed("a local row", 110, row, b"\x82\x01\x02"),
        sealed("a shared snapshot", 112, Place::SharedSnapshot { share_id: ScopeId(bytes(27)), counter: 1 }, b"\xf6"),
        sealed("the largest plaintext of the smallest size class", 114, row, &[0x18; 252]),
        sealed("one byte more", 116, row, &[0x18; 253]),
    ];
    let mut all = good.clone();
    for vector in &good[..7] {
        all.extend(bent_envelopes(vector));
    }
    all.extend(hostile_texts(row, back_link, op));
    all
}

/// Every field of an envelope and of its place bent once.
fn bent_envelopes(good: &Value) -> Vec<Value> {
    let name = good["name"].as_str().unwrap();
    let bent = |what: &str| refused(good, &format!("{name}: {what}"), &ENVELOPE_RESULTS);
    let flip = |value: &mut Value, byte: usize| {
        let mut flipped = data_encoding::HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap();
        let place = if byte == usize::MAX { flipped.len() - 1 } else { byte };
        flipped[place] ^= 1;
        *value = json!(hex(&flipped));
    };
    let mut all = Vec::new();
    for (what, byte) in [
        ("magic", 0),
        ("suite", 4),
        ("object type", 5),
        ("schema", 7),
        ("key id", 8),
        ("salt", 24),
        ("commitment", 56),
        ("ciphertext", 88),
        ("tag", usize::MAX),
    ] {
        let mut made = bent(&format!("{what} in the envelope"));
        flip(&mut made["envelope"], byte);
        all.push(made);
    }
    for field in ["key", "account_id"] {
        let mut made = bent(field);
        flip(&mut made[field], 0);
        all.push(made);
    }
    for field in good["context"].as_object().unwrap().keys() {
        let mut made = bent(field);
        flip(&mut made["context"][field], usize::MAX);
        all.push(made);
    }
    for (what, end) in [("the last byte cut off", usize::MAX), ("the header only", 88), ("nothing", 0)] {
        let mut made = bent(what);
        let text = made["envelope"].as_str().unwrap();
        let end = (end.min(text.len() / 2 - 1)) * 2;
        made["envelope"] = json!(text.get(..end).unwrap());
        all.push(made);
    }
    let mut made = bent("one byte more");
    made["envelope"] = json!(format!("{}00", made["envelope"].as_str().unwrap()));
    all.push(made);
    all
}

/// Envelopes that authenticate, but hold what none may hold.
fn hostile_texts(row: Place, back_link: Place, op: OpPlace) -> Vec<Value> {
    let account_id = AccountId(bytes(7));
    let hostile = |name: &str, place: Place, schema: u16, header: &[u8], text: &[u8]| {
        let (key, salt): ([u8; 32], [u8; 32]) = (bytes(140), bytes(141));
        let context = Context { account_id, place };
        let envelope = seal_text(&key, &salt, &context, schema, header, text);
        let mut made = vector(
            "envelope",
            name,
            &[
                ("type", &[place.object_type()]),
                ("schema", &[0, 1]),
                ("key", &key),
                ("account_id", &account_id.0),
                ("envelope", &envelope),
            ],
        );
        made["expect"] = json!("refused");
        made["context"] = context_fields(&place);
        made
    };
    let text = |length: u32, cbor: &[u8], total: usize| {
        let mut text = [&length.to_be_bytes()[..], cbor].concat();
        text.resize(total, 0);
        text
    };
    let start = b"SOT1\x01";
    let mut tail = text(1, &[1], 256);
    tail[255] = 1;
    let key_31 = [&[0x58, 31][..], &[9; 31]].concat();
    vec![
        hostile("a newer schema under a good commitment", row, 2, start, &text(1, &[1], 256)),
        hostile("schema zero under a good commitment", row, 0, start, &text(1, &[1], 256)),
        hostile("another suite under a good commitment", row, 1, b"SOT1\x02", &text(1, &[1], 256)),
        hostile("another magic under a good commitment", row, 1, b"SOT2\x01", &text(1, &[1], 256)),
        hostile("padding that is not zero", row, 1, start, &tail),
        hostile("padding of the next size class", row, 1, start, &text(1, &[1], 272)),
        hostile("padding below 256 bytes", row, 1, start, &text(1, &[1], 255)),
        hostile("padding of the class below", row, 1, start, &text(253, &[1; 253], 257)),
        hostile("a length beyond the plaintext", row, 1, start, &text(253, &[], 256)),
        hostile("a length of four gigabytes", row, 1, start, &text(u32::MAX, &[], 256)),
        hostile("an envelope without any plaintext", row, 1, start, &[]),
        hostile("a plaintext shorter than its length field", row, 1, start, &[0, 0]),
        hostile("a back link with 31 bytes", back_link, 1, start, &text(33, &key_31, 256)),
        hostile("a back link with a bare key", back_link, 1, start, &text(32, &[9; 32], 256)),
        hostile(
            "a back link to its own epoch",
            Place::BackLink { sealing_epoch: 7, sealed_epoch: 7 },
            1,
            start,
            &text(34, &[&[0x58, 32][..], &[9; 32]].concat(), 256),
        ),
        hostile(
            "a back link to a newer epoch",
            Place::BackLink { sealing_epoch: 7, sealed_epoch: 8 },
            1,
            start,
            &text(34, &[&[0x58, 32][..], &[9; 32]].concat(), 256),
        ),
        hostile(
            "a back link to epoch 0",
            Place::BackLink { sealing_epoch: 7, sealed_epoch: 0 },
            1,
            start,
            &text(34, &[&[0x58, 32][..], &[9; 32]].concat(), 256),
        ),
        hostile("an op whose suite is zero", Place::Op(op), 1, b"SOT1\x00", &text(1, &[1], 256)),
    ]
}

/// Seals any text, also one that is not padded as it must be.
fn seal_text(key: &[u8; 32], salt: &[u8; 32], context: &Context, schema: u16, magic: &[u8], text: &[u8]) -> Vec<u8> {
    use aes_gcm::aead::{Aead, KeyInit, Payload};
    let key_id: [u8; 16] = reference::hkdf(key, &[], &[b"sotto/key-id/v1"]);
    let start = [magic, &[context.place.object_type()], &schema.to_be_bytes(), &key_id].concat();
    let okm: [u8; 64] = reference::hkdf(key, salt, &[b"sotto/envelope/v1", &start, &context.hash().0]);
    let header = [&start[..], salt, &okm[32..]].concat();
    let message_key: [u8; 32] = okm[..32].try_into().unwrap();
    let payload = Payload { msg: text, aad: &header };
    let body = aes_gcm::Aes256Gcm::new(&message_key.into()).encrypt(&aes_gcm::Nonce::from([0; 12]), payload).unwrap();
    [header, body].concat()
}

fn paddings() -> Vec<Value> {
    let lengths: [u32; 16] = [
        0,
        1,
        251,
        252,
        253,
        268,
        269,
        508,
        509,
        4_092,
        4_093,
        65_532,
        65_533,
        1_000_000,
        (1 << 20) - 5,
        (1 << 20) - 4,
    ];
    let mut all: Vec<Value> = lengths
        .into_iter()
        .map(|length| {
            let total = u32::try_from(n_padded_bytes(length as usize).unwrap()).unwrap();
            let fields: [(&str, &[u8]); 2] = [("length", &length.to_be_bytes()), ("padded", &total.to_be_bytes())];
            vector("padme", &format!("{length} bytes"), &fields)
        })
        .collect();
    for length in [(1 << 20) - 3, 1 << 20, u32::MAX] {
        let mut made = vector("padme", &format!("{length} bytes are too many"), &[("length", &length.to_be_bytes())]);
        made["expect"] = json!("refused");
        all.push(made);
    }
    all
}

pub(crate) const METHOD_RESULTS: [&str; 8] =
    ["secret", "seal_key", "kem_seed", "kem_private", "kem_public", "sign_seed", "sign_public", "method_id"];

pub(crate) fn with_method_results(mut made: Value, keys: &MethodKeys, secret: &[u8; 32], id: AccountId) -> Value {
    let part = keys.part(MethodKind::Passkey, &[]);
    let derive = |label: &str| reference::hkdf::<32>(secret, &id.0, &[label.as_bytes()]);
    let kem_seed = derive("sotto/method/kem/v1");
    let results: [&[u8]; 8] = [
        secret,
        &derive("sotto/method/seal/v1"),
        &kem_seed,
        &reference::derive_kem_private(&kem_seed),
        part.kem.as_bytes(),
        &derive("sotto/method/sign/v1"),
        part.signing.as_bytes(),
        &keys.id().0,
    ];
    for (field, bytes) in METHOD_RESULTS.iter().zip(results) {
        made[*field] = json!(hex(bytes));
    }
    made
}

fn prf_method(name: &str, kind: u8, seed: u64, rp_id: &str, credential_id: &[u8]) -> Value {
    let (account_id, output) = (AccountId(bytes(seed)), bytes::<32>(seed + 1));
    let made = vector(
        "method",
        name,
        &[
            ("kind", &[kind]),
            ("account_id", &account_id.0),
            ("prf_output", &output),
            ("rp_id", rp_id.as_bytes()),
            ("credential_id", credential_id),
        ],
    );
    let parsed = PrfOutput::parse(output).unwrap();
    let keys = MethodKeys::derive(&MethodSecret::from_prf(&parsed, account_id, rp_id, credential_id), account_id);
    let length = u8::try_from(rp_id.len()).unwrap();
    let id_length = u16::try_from(credential_id.len()).unwrap().to_be_bytes();
    let info: [&[u8]; 5] = [b"sotto/method/prf/v1", &[length], rp_id.as_bytes(), &id_length, credential_id];
    with_method_results(made, &keys, &reference::hkdf(&output, &account_id.0, &info), account_id)
}

fn methods() -> Vec<Value> {
    let mut passkey = prf_method("a passkey", 1, 200, "sotto.example", &bytes::<32>(202));
    passkey["comment"] =
        json!("kem_private is what DeriveKeyPair gives, before clamping, as in the vectors of RFC 9180");
    let (account_id, entropy) = (AccountId(bytes(210)), bytes::<32>(211));
    let words = RecoveryWords::generate(&mut ChosenBytes::new(&entropy));
    let keys = MethodKeys::derive(&MethodSecret::from_words(&words, account_id), account_id);
    let fields: [(&str, &[u8]); 4] =
        [("kind", &[4]), ("account_id", &account_id.0), ("entropy", &entropy), ("lookup_id", &words.lookup_id().0)];
    let made = vector("method", "recovery words", &fields);
    let secret = reference::hkdf(&entropy, &account_id.0, &[b"sotto/method/words/v1"]);

    let hostile = |what: &str, field: &str, bytes: &[u8]| {
        let mut bad = refused(&passkey, what, &METHOD_RESULTS);
        bad[field] = json!(hex(bytes));
        bad
    };
    vec![
        passkey.clone(),
        prf_method("a security key with a short credential id", 2, 204, "localhost", b"\x01"),
        prf_method("a passkey with the longest credential id", 1, 206, "a", &bytes::<1023>(208)),
        with_method_results(made, &keys, &secret, account_id),
        hostile("an all-zero PRF output", "prf_output", &[0; 32]),
        hostile("an empty credential id", "credential_id", &[]),
        hostile("a credential id of 1024 bytes", "credential_id", &[1; 1024]),
        hostile("a relying party id of 256 bytes", "rp_id", &[b'a'; 256]),
    ]
}

fn local_unlocks() -> Vec<Value> {
    let (device_id, method_id) = (bytes::<16>(300), bytes::<16>(301));
    let made = |name: &str, kind: u8, input: (&str, [u8; 32]), label: &str| {
        let secret: [u8; 32] = reference::hkdf(&input.1, &device_id, &[label.as_bytes()]);
        let row_key_hash = reference::sha256(&[b"sotto/local/unlock/v1", &[kind], &method_id]);
        vector(
            "local_unlock",
            name,
            &[
                ("kind", &[kind]),
                ("device_id", &device_id),
                ("method_id", &method_id),
                (input.0, &input.1),
                ("secret", &secret),
                ("row_key_hash", &row_key_hash),
            ],
        )
    };
    let prf = made("a PRF", 1, ("prf_output", bytes(302)), "sotto/local/prf/v1");
    let mut zero = refused(&prf, "an all-zero PRF output", &["secret", "row_key_hash"]);
    zero["prf_output"] = json!(hex(&[0; 32]));
    vec![prf, made("recovery words", 2, ("entropy", bytes(303)), "sotto/local/words/v1"), zero]
}

fn local_rows() -> Vec<Value> {
    let made = |name: &str, store: u16, row_key: &[u8]| {
        let (device_id, store_key) = (bytes::<16>(310), bytes::<32>(311));
        let index_key: [u8; 32] = reference::hkdf(&store_key, &device_id, &[b"sotto/local/index/v1"]);
        vector(
            "local_row",
            name,
            &[
                ("device_id", &device_id),
                ("local_store_key", &store_key),
                ("store_number", &store.to_be_bytes()),
                ("row_key", row_key),
                ("seal_key", &reference::hkdf::<32>(&store_key, &device_id, &[b"sotto/local/seal/v1"])),
                ("index_key", &index_key),
                ("row_key_hash", &reference::hmac(&index_key, &[&store.to_be_bytes(), row_key])),
            ],
        )
    };
    vec![
        made("a row", 1, b"row"),
        made("the same row key in another store", 0x0102, b"row"),
        made("an empty row key", 1, b""),
        made("a long row key", 1, &bytes::<100>(312)),
    ]
}

fn keys_of_epochs() -> Vec<Value> {
    let made = |name: &str, seed: u64| {
        let (account_id, key) = (bytes::<16>(seed), bytes::<32>(seed + 1));
        let derive = |label: &str| reference::hkdf::<32>(&key, &account_id, &[label.as_bytes()]);
        let commitment = EpochKey::generate(&mut ChosenBytes::new(&key)).commitment();
        vector(
            "keys_of_epoch",
            name,
            &[
                ("account_id", &account_id),
                ("epoch_key", &key),
                ("key_ring_key", &derive("sotto/key-ring/v1")),
                ("back_link_key", &derive("sotto/back-link/v1")),
                ("commitment", &commitment.0),
                ("tag_key", &derive("sotto/tag-key/v1")),
            ],
        )
    };
    let mut later = made("a later epoch", 402);
    later.as_object_mut().unwrap().remove("tag_key");
    vec![made("epoch 1", 400), later]
}

fn stream_tags() -> Vec<Value> {
    let account_id = AccountId(bytes(410));
    let key = bytes::<32>(411);
    let tag_key: [u8; 32] = reference::hkdf(&key, &account_id.0, &[b"sotto/tag-key/v1"]);
    let ours = EpochKey::generate(&mut ChosenBytes::new(&key)).tag_key(account_id);
    let made = |name: &str, kind: ScopeKind, id: ScopeId| {
        let tag = ours.stream_tag(kind, &id);
        let fields: [(&str, &[u8]); 4] =
            [("tag_key", &tag_key), ("scope_kind", &[kind as u8]), ("scope_id", &id.0), ("tag", &tag.0)];
        vector("stream_tag", name, &fields)
    };
    let chat = made("a chat", ScopeKind::Chat, ScopeId(bytes(412)));
    let unknown = |name: &str, kind: u8| {
        let mut bad = refused(&chat, name, &["tag"]);
        bad["scope_kind"] = json!(hex(&[kind]));
        bad
    };
    vec![
        made("the key ring", ScopeKind::KeyRing, ScopeId::ZERO),
        made("the directory", ScopeKind::Directory, ScopeId::ZERO),
        made("the settings", ScopeKind::Settings, ScopeId::ZERO),
        chat.clone(),
        made("an app of the same id", ScopeKind::App, ScopeId(bytes(412))),
        made("the search index", ScopeKind::SearchIndex, ScopeId::ZERO),
        made("a share", ScopeKind::Share, ScopeId(bytes(413))),
        unknown("scope kind 0", 0),
        unknown("scope kind 8", 8),
    ]
}
