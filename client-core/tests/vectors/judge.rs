//! Judges a vector: recomputes every result with the reference, and opens and refuses with this crate.

use client_core::envelope::{Context, OpPlace, Place, n_padded_bytes, raw};
use client_core::keys::seeded::{ChosenBytes, SeededRng};
use client_core::keys::{
    EpochKey, ExportKey, LocalPrfOutput, LocalStoreKey, LocalUnlockSecret, MethodKeys, MethodSecret, PasswordMode,
    PrfOutput, RecoveryWords, ScopeKey,
};
use serde_json::Value;
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId, ScopeId, ScopeKind};
use shared_types::limits::MAX_CREDENTIAL_ID_BYTES;
use shared_types::log::{LogHead, MethodKind};

use crate::fields::{Fields, Judged, Problem, wrong};
use crate::{judge_account, judge_hand_over, reference};

/// What a vector says of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    Ok,
    Refused,
    Fork,
}

/// `Ok` if the vector has the agreed shape and its object is judged as it expects.
pub(crate) fn judge(vector: &Value) -> Judged {
    let mut fields = Fields::new(vector)?;
    let object = fields.text("object")?;
    fields.text("name")?;
    if fields.has("comment") {
        fields.text("comment")?;
    }
    let expect = match fields.has("expect").then(|| fields.text("expect")).transpose()? {
        None | Some("ok") => Expect::Ok,
        Some("refused") => Expect::Refused,
        Some("fork") => Expect::Fork,
        Some(other) => return Err(wrong(format!("unknown expectation {other}"))),
    };
    check_shape(vector, object, expect)?;
    let judged = match object {
        "envelope" => envelope(&mut fields, expect),
        "padme" => padme(&mut fields, expect),
        "method" => method(&mut fields, expect),
        "local_unlock" => local_unlock(&mut fields, expect),
        "password_input" => password_input(&mut fields),
        "local_row" => local_row(&mut fields),
        "keys_of_epoch" => keys_of_epoch(&mut fields),
        "stream_tag" => stream_tag(&mut fields),
        "log" => judge_account::log(&mut fields, expect),
        "batches" => judge_account::batches(&mut fields, expect),
        "sign_up" => judge_account::sign_up(&mut fields),
        "sign_in" => judge_account::sign_in(&mut fields),
        "state_code" => judge_account::state_code(&mut fields),
        "hand_over_secret" => judge_hand_over::secret(&mut fields),
        "hand_over" => judge_hand_over::hand_over(&mut fields),
        other => return Err(wrong(format!("unknown object {other}"))),
    };
    match (expect, judged) {
        (Expect::Ok, Ok(())) => fields.finish(),
        (Expect::Refused, Err(Problem::Refused)) | (Expect::Fork, Err(Problem::Fork)) => Ok(()),
        (_, Err(Problem::Wrong(what))) => Err(wrong(what)),
        (expect, judged) => Err(wrong(format!("expected {expect:?}, found {judged:?}"))),
    }
}

/// The fields that say what the object is, and those that are results; what is refused has none of the latter.
fn check_shape(vector: &Value, object: &str, expect: Expect) -> Judged {
    let (inputs, results): (&[&str], &[&str]) = match object {
        "envelope" => (
            &["type", "schema", "key", "account_id", "context", "envelope"],
            &["salt", "plaintext", "key_id", "context_hash", "message_key", "commitment"],
        ),
        "padme" => (&["length"], &["padded"]),
        "method" => (
            &["kind", "account_id", "prf_output", "rp_id", "credential_id", "entropy", "export_key", "mode"],
            &[
                "secret",
                "seal_key",
                "kem_seed",
                "kem_private",
                "kem_public",
                "sign_seed",
                "sign_public",
                "method_id",
                "lookup_id",
            ],
        ),
        "local_unlock" => (
            &["kind", "device_id", "method_id", "prf_output", "entropy", "argon2_output", "device_mac"],
            &["secret", "row_key_hash"],
        ),
        "password_input" => (&["mode", "password", "account_secret"], &["input"]),
        "local_row" => {
            (&["device_id", "local_store_key", "store_number", "row_key"], &["seal_key", "index_key", "row_key_hash"])
        }
        "keys_of_epoch" => (&["account_id", "epoch_key"], &["key_ring_key", "back_link_key", "commitment", "tag_key"]),
        "stream_tag" => (&["tag_key", "scope_kind", "scope_id"], &["tag"]),
        "log" => (
            &["account_id", "entries"],
            &["head_seq", "head_hash", "confirmed_devices", "unconfirmed_devices", "methods", "epoch"],
        ),
        "batches" => (
            &["account_id", "device_id", "public_key", "pin_seq", "pin_hash", "page", "known", "entries", "envelopes"],
            &["head_seq", "head_hash"],
        ),
        "sign_up" => (&["account_id", "founder", "nonce", "signed", "signature"], &[]),
        "sign_in" => (
            &[
                "account_id",
                "method_id",
                "device_id",
                "a",
                "e",
                "nonce",
                "transcript_hash",
                "rp_id_hash",
                "signed",
                "method_signature",
                "method_public",
                "device_signature",
            ],
            &[],
        ),
        "state_code" => (&["log_seq", "log_hash", "heads"], &["code"]),
        "hand_over_secret" => judge_hand_over::SECRET,
        "hand_over" => judge_hand_over::HAND_OVER,
        other => return Err(wrong(format!("unknown object {other}"))),
    };
    let is_allowed = |name: &str| {
        ["object", "name", "comment", "expect"].contains(&name)
            || inputs.contains(&name)
            || (expect == Expect::Ok && results.contains(&name))
    };
    match vector.as_object().and_then(|map| map.keys().find(|name| !is_allowed(name))) {
        Some(name) => Err(wrong(format!("{name} does not belong here"))),
        None => Ok(()),
    }
}

fn context(fields: &mut Fields<'_>, object_type: u8, account_id: AccountId) -> Result<(Context, Vec<u8>), Problem> {
    let mut inner = Fields::new(fields.value("context")?)?;
    let (place, names): (Place, &[&'static str]) = match object_type {
        1 => {
            let kind = inner.u8("scope_kind")?;
            let op = OpPlace {
                owner: AccountId(inner.array("owner_account")?),
                scope_kind: ScopeKind::from_number(kind).ok_or(Problem::Refused)?,
                scope_id: ScopeId(inner.array("scope_id")?),
                epoch: inner.u32("epoch")?,
                author: DeviceId(inner.array("author_device")?),
                batch_seq: inner.u64("batch_seq")?,
                leaf_index: inner.u16("leaf_index")?,
            };
            let names =
                &["owner_account", "scope_kind", "scope_id", "epoch", "author_device", "batch_seq", "leaf_index"];
            (Place::Op(op), names)
        }
        2 => {
            let (sealing_epoch, sealed_epoch) = (inner.u32("sealing_epoch")?, inner.u32("sealed_epoch")?);
            (Place::BackLink { sealing_epoch, sealed_epoch }, &["sealing_epoch", "sealed_epoch"])
        }
        3 => {
            let (method_id, counter) = (MethodId(inner.array("method_id")?), inner.u64("counter")?);
            (Place::Anchor { method_id, counter }, &["method_id", "counter"])
        }
        4 => {
            let (device_id, store) = (DeviceId(inner.array("device_id")?), inner.u16("store_number")?);
            let row_key_hash = Hash(inner.array("row_key_hash")?);
            (Place::LocalRow { device_id, store, row_key_hash }, &["device_id", "store_number", "row_key_hash"])
        }
        5 => {
            let (share_id, counter) = (ScopeId(inner.array("share_id")?), inner.u64("counter")?);
            (Place::SharedSnapshot { share_id, counter }, &["share_id", "counter"])
        }
        _ => return Err(Problem::Refused),
    };
    let mut bytes = [&[object_type][..], &account_id.0].concat();
    for name in names {
        bytes.extend(inner.bytes(name)?);
    }
    inner.finish()?;
    Ok((Context { account_id, place }, bytes))
}

fn envelope(fields: &mut Fields<'_>, expect: Expect) -> Judged {
    let object_type = fields.u8("type")?;
    let schema = fields.u16("schema")?;
    let key: [u8; 32] = fields.array("key")?;
    let account_id = AccountId(fields.array("account_id")?);
    let (context, bytes) = context(fields, object_type, account_id)?;
    let envelope = fields.bytes("envelope")?;

    let opened = raw::open(&key, &context, &envelope).map_err(|_| Problem::Refused);
    let by_reference = reference::open(&key, object_type, &bytes, &envelope);
    let opened = opened.inspect_err(|_| assert!(expect != Expect::Ok || by_reference.is_none(), "judges differ"))?;
    let is_schema_ours = envelope.get(6..8) == Some(&schema.to_be_bytes());
    let is_key = opened.len() == 34 && opened.starts_with(&[0x58, 32]);
    if !is_schema_ours || (object_type == 2 && !is_key) {
        return Err(Problem::Refused);
    }
    if by_reference.as_deref() != Some(&opened) {
        return Err(wrong("the reference does not open it"));
    }

    let salt: [u8; 32] = fields.array("salt")?;
    let plaintext = fields.bytes("plaintext")?;
    let again = raw::seal(&key, &context, schema, &plaintext, &mut ChosenBytes::new(&salt));
    if opened != plaintext || again.as_ref() != Ok(&envelope) {
        return Err(wrong("plaintext or salt is another"));
    }
    let sealed = reference::seal(&key, object_type, schema, &bytes, &salt, &plaintext);
    fields.result("envelope", &sealed.envelope)?;
    fields.optional_result("key_id", &sealed.key_id)?;
    fields.optional_result("context_hash", &sealed.context_hash)?;
    fields.optional_result("message_key", &sealed.message_key)?;
    fields.optional_result("commitment", &sealed.commitment)
}

fn padme(fields: &mut Fields<'_>, expect: Expect) -> Judged {
    let length = fields.u32("length")?;
    let ours = n_padded_bytes(usize::try_from(length).unwrap());
    let padded = reference::padded(u64::from(length));
    assert_eq!(ours.map(|total| total as u64), padded, "{expect:?}");
    let padded = u32::try_from(padded.ok_or(Problem::Refused)?).unwrap();
    fields.result("padded", &padded.to_be_bytes())
}

fn nonzero(output: [u8; 32]) -> Result<[u8; 32], Problem> {
    match (PrfOutput::parse(output), LocalPrfOutput::parse(output)) {
        (Ok(_), Ok(_)) => Ok(output),
        _ => Err(Problem::Refused),
    }
}

fn recovery_words(entropy: &[u8; 32]) -> RecoveryWords {
    RecoveryWords::generate(&mut ChosenBytes::new(entropy))
}

fn method(fields: &mut Fields<'_>, expect: Expect) -> Judged {
    let kind = fields.u8("kind")?;
    let account_id = AccountId(fields.array("account_id")?);
    let (keys, secret, kind): (_, [u8; 32], _) = match kind {
        1 | 2 => {
            let output = fields.array("prf_output")?;
            let rp_id = String::from_utf8(fields.bytes("rp_id")?).map_err(|_| wrong("rp_id is no UTF-8"))?;
            let credential_id = fields.bytes("credential_id")?;
            if !(1..=MAX_CREDENTIAL_ID_BYTES).contains(&credential_id.len()) {
                return Err(Problem::Refused);
            }
            let parsed = PrfOutput::parse(nonzero(output)?).map_err(|_| Problem::Refused)?;
            let lengths = (u8::try_from(rp_id.len()), u16::try_from(credential_id.len()));
            let (Ok(rp_length), Ok(id_length)) = lengths else { return Err(Problem::Refused) };
            let info =
                [&b"sotto/method/prf/v1"[..], &[rp_length], rp_id.as_bytes(), &id_length.to_be_bytes(), &credential_id];
            let secret = reference::hkdf(&output, &account_id.0, &info);
            (MethodSecret::from_prf(&parsed, account_id, &rp_id, &credential_id), secret, MethodKind::Passkey)
        }
        3 => {
            let (export_key, mode) = (fields.array::<64>("export_key")?, fields.u8("mode")?);
            let known = [PasswordMode::TwoSecret, PasswordMode::Portable].into_iter();
            let ours = known.into_iter().find(|known| *known as u8 == mode).ok_or(Problem::Refused)?;
            let secret = reference::hkdf(&export_key, &account_id.0, &[b"sotto/method/opaque/v1", &[mode]]);
            let export_key = ExportKey::take(&mut { export_key });
            (MethodSecret::from_export_key(&export_key, account_id, ours), secret, MethodKind::Password)
        }
        4 => {
            let entropy: [u8; 32] = fields.array("entropy")?;
            let words = recovery_words(&entropy);
            let lookup_id: [u8; 16] = reference::hkdf(&entropy, &[], &[b"sotto/method/words-lookup/v1"]);
            assert_eq!(words.lookup_id().0, lookup_id);
            fields.result("lookup_id", &lookup_id)?;
            let secret = reference::hkdf(&entropy, &account_id.0, &[b"sotto/method/words/v1"]);
            (MethodSecret::from_words(&words, account_id), secret, MethodKind::Words)
        }
        _ => return Err(wrong(format!("kind {kind} has no vectors yet ({expect:?})"))),
    };
    let keys = MethodKeys::derive(&keys, account_id);
    let part = keys.part(kind, &[]);
    let seed = |label: &str| reference::hkdf::<32>(&secret, &account_id.0, &[label.as_bytes()]);
    let (seal_key, kem_seed, sign_seed) =
        (seed("sotto/method/seal/v1"), seed("sotto/method/kem/v1"), seed("sotto/method/sign/v1"));
    let kem_private = reference::derive_kem_private(&kem_seed);
    let (kem_public, sign_public) = (reference::x25519_public(&kem_private), reference::ed25519_public(&sign_seed));
    let method_id = &reference::sha256(&[b"sotto/method-id/v1", &sign_public, &kem_public])[..16];
    assert_eq!((part.kem.as_bytes(), part.signing.as_bytes()), (&kem_public, &sign_public));
    assert_eq!(keys.id().0, method_id);
    assert_anchor_is_sealed_under(&seal_key, &keys);
    let results: [(&'static str, &[u8]); 8] = [
        ("secret", &secret),
        ("seal_key", &seal_key),
        ("kem_seed", &kem_seed),
        ("kem_private", &kem_private),
        ("kem_public", &kem_public),
        ("sign_seed", &sign_seed),
        ("sign_public", &sign_public),
        ("method_id", method_id),
    ];
    results.into_iter().try_for_each(|(name, expected)| fields.result(name, expected))
}

fn assert_anchor_is_sealed_under(seal_key: &[u8; 32], keys: &MethodKeys) {
    let anchor = client_core::account::Anchor {
        counter: 1,
        log: LogHead { seq: 0, hash: Hash([1; 32]) },
        heads: Vec::new(),
        epoch: 1,
        time_s: 1,
        device_id: DeviceId([2; 16]),
    };
    let put = anchor.seal(keys, &mut SeededRng::new(1));
    let context = [&[3][..], &keys.account_id().0, &keys.id().0, &1_u64.to_be_bytes()].concat();
    assert!(reference::open(seal_key, 3, &context, &put.envelope.0).is_some());
}

fn local_unlock(fields: &mut Fields<'_>, expect: Expect) -> Judged {
    let kind = fields.u8("kind")?;
    let device_id = DeviceId(fields.array("device_id")?);
    let method_id = MethodId(fields.array("method_id")?);
    let (ours, secret): (_, [u8; 32]) = match kind {
        1 => {
            let output = nonzero(fields.array("prf_output")?)?;
            let parsed = LocalPrfOutput::parse(output).map_err(|_| Problem::Refused)?;
            let secret = reference::hkdf(&output, &device_id.0, &[b"sotto/local/prf/v1"]);
            (LocalUnlockSecret::from_prf(&parsed, device_id, method_id), secret)
        }
        3 => {
            let (stretched, mac) = (fields.array::<32>("argon2_output")?, fields.array::<32>("device_mac")?);
            if method_id != MethodId([0; 16]) {
                return Err(Problem::Refused);
            }
            let joined = [stretched, mac].concat();
            let secret = reference::hkdf(&joined, &device_id.0, &[b"sotto/local/password/v1"]);
            (LocalUnlockSecret::from_password(&stretched.into(), mac, device_id), secret)
        }
        2 => {
            let entropy: [u8; 32] = fields.array("entropy")?;
            let secret = reference::hkdf(&entropy, &device_id.0, &[b"sotto/local/words/v1"]);
            (LocalUnlockSecret::from_words(&recovery_words(&entropy), device_id, method_id), secret)
        }
        _ => return Err(wrong(format!("kind {kind} has no vectors yet ({expect:?})"))),
    };
    let row_key_hash = reference::sha256(&[b"sotto/local/unlock/v1", &[kind], &method_id.0]);
    let account_id = AccountId([6; 16]);
    let store_key = [7; 32];
    let row =
        ours.wrap(&LocalStoreKey::generate(&mut ChosenBytes::new(&store_key)), account_id, &mut SeededRng::new(1));
    let context = [&[4][..], &account_id.0, &device_id.0, &[0, 0], &row_key_hash].concat();
    let opened = reference::open(&secret, 4, &context, &row.envelope);
    assert_eq!(opened, Some([&[0x58, 32][..], &store_key].concat()));
    assert_eq!(row.key_hash.0, row_key_hash);
    fields.result("secret", &secret)?;
    fields.result("row_key_hash", &row_key_hash)
}

fn password_input(fields: &mut Fields<'_>) -> Judged {
    let (mode, typed) = (fields.u8("mode")?, fields.bytes("password")?);
    let secret = fields.bytes("account_secret")?;
    let typed = String::from_utf8(typed).map_err(|_| wrong("the password is no UTF-8"))?;
    let read = password_client::read_password(&typed).map_err(|_| Problem::Refused)?;
    let ours = match (mode, secret.as_slice().try_into()) {
        (1, Ok(secret)) => password_client::password_input(&read, Some(secret)),
        (2, _) if secret.is_empty() => password_client::password_input(&read, None),
        _ => return Err(Problem::Refused),
    };
    assert_eq!(*ours, crate::generate_passwords::reference_input(&read, &secret));
    fields.result("input", &ours)
}

fn local_row(fields: &mut Fields<'_>) -> Judged {
    let device_id = DeviceId(fields.array("device_id")?);
    let store_key: [u8; 32] = fields.array("local_store_key")?;
    let store = fields.u16("store_number")?;
    let row_key = fields.bytes("row_key")?;
    let seal_key: [u8; 32] = reference::hkdf(&store_key, &device_id.0, &[b"sotto/local/seal/v1"]);
    let index_key: [u8; 32] = reference::hkdf(&store_key, &device_id.0, &[b"sotto/local/index/v1"]);
    let row_key_hash = reference::hmac(&index_key, &[&store.to_be_bytes(), &row_key]);

    let account_id = AccountId([6; 16]);
    let sealer = LocalStoreKey::generate(&mut ChosenBytes::new(&store_key)).row_sealer(account_id, device_id);
    let row = sealer.seal_row(store, &row_key, b"\x01", &mut SeededRng::new(1)).unwrap();
    let context = [&[4][..], &account_id.0, &device_id.0, &store.to_be_bytes(), &row_key_hash].concat();
    assert_eq!(row.key_hash.0, row_key_hash);
    assert_eq!(reference::open(&seal_key, 4, &context, &row.envelope), Some(vec![1]));
    fields.result("seal_key", &seal_key)?;
    fields.result("index_key", &index_key)?;
    fields.result("row_key_hash", &row_key_hash)
}

fn keys_of_epoch(fields: &mut Fields<'_>) -> Judged {
    let account_id = AccountId(fields.array("account_id")?);
    let epoch_key: [u8; 32] = fields.array("epoch_key")?;
    let derive = |label: &str| reference::hkdf::<32>(&epoch_key, &account_id.0, &[label.as_bytes()]);
    let (key_ring_key, back_link_key, tag_key) =
        (derive("sotto/key-ring/v1"), derive("sotto/back-link/v1"), derive("sotto/tag-key/v1"));
    let commitment: [u8; 32] = reference::hkdf(&epoch_key, &[], &[b"sotto/epoch-commit/v1"]);

    let ours = EpochKey::generate(&mut ChosenBytes::new(&epoch_key));
    assert_eq!(ours.commitment().0, commitment);
    let id = ScopeId([3; 16]);
    let tag = reference::hmac(&tag_key, &[&[4], &id.0]);
    assert_eq!(ours.tag_key(account_id).stream_tag(ScopeKind::Chat, &id).0, tag[..16]);
    let rng = &mut SeededRng::new(1);
    let wrapped = ours.back_link_key(account_id).wrap(2, 1, &ours, rng);
    let place = [&[2][..], &account_id.0, &2_u32.to_be_bytes(), &1_u32.to_be_bytes()].concat();
    let as_cbor = [&[0x58, 32][..], &epoch_key].concat();
    assert_eq!(reference::open(&back_link_key, 2, &place, &wrapped), Some(as_cbor));
    assert_scope_key_is_wrapped_under(&key_ring_key, &ours, account_id);

    fields.result("key_ring_key", &key_ring_key)?;
    fields.result("back_link_key", &back_link_key)?;
    fields.result("commitment", &commitment)?;
    fields.optional_result("tag_key", &tag_key)
}

fn assert_scope_key_is_wrapped_under(key_ring_key: &[u8; 32], epoch_key: &EpochKey, account_id: AccountId) {
    let (scope_id, key) = (ScopeId([3; 16]), [5; 32]);
    let place = OpPlace {
        owner: account_id,
        scope_kind: ScopeKind::KeyRing,
        scope_id: ScopeId::ZERO,
        epoch: 1,
        author: DeviceId([4; 16]),
        batch_seq: 0,
        leaf_index: 2,
    };
    let scope_key = ScopeKey::generate(&mut ChosenBytes::new(&key));
    let ring = epoch_key.key_ring_key(account_id);
    let wrapped = ring.wrap_scope_key(&place, ScopeKind::Chat, scope_id, &scope_key, &mut SeededRng::new(1));
    let context = [
        &[1][..],
        &account_id.0,
        &account_id.0,
        &[1],
        &[0; 16],
        &1_u32.to_be_bytes(),
        &[4; 16],
        &0_u64.to_be_bytes(),
        &2_u16.to_be_bytes(),
    ]
    .concat();
    let expected = [&[0x84, 1, 4, 0x50][..], &scope_id.0, &[0x58, 32], &key].concat();
    assert_eq!(reference::open(key_ring_key, 1, &context, &wrapped), Some(expected));
    let back = ring.unwrap_scope_key(&place, &wrapped).unwrap();
    assert_eq!((back.scope_kind, back.scope_id, back.key.id()), (ScopeKind::Chat, scope_id, scope_key.id()));
}

fn stream_tag(fields: &mut Fields<'_>) -> Judged {
    let tag_key: [u8; 32] = fields.array("tag_key")?;
    let kind = fields.u8("scope_kind")?;
    let scope_id: [u8; 16] = fields.array("scope_id")?;
    if ScopeKind::from_number(kind).is_none() {
        return Err(Problem::Refused);
    }
    fields.result("tag", &reference::hmac(&tag_key, &[&[kind], &scope_id])[..16])
}
