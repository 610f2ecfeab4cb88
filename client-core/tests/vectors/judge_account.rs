//! Judges vectors of the account log, of batches, of statements and of state codes.

use std::collections::BTreeMap;

use client_core::account::state_code as ours_state_code;
use serde_json::Value;
use shared_types::batch::{BatchError, ChainPin, ChainTip, SignedBatch, verify_chain_page};
use shared_types::ids::{AccountId, DeviceId, Hash, Nonce, Signature};
use shared_types::log::{DeviceHead, DeviceState, DeviceStatus, LogHead, LogState};
use shared_types::public_key::{KemPublic, SigningPublic};
use shared_types::statement::{SignInStatement, SignUpStatement};

use crate::fields::{Fields, Judged, Problem, hex, wrong};
use crate::judge::Expect;
use crate::reference;

fn verify(account_id: AccountId, entries: &[Vec<u8>]) -> Result<LogState, Problem> {
    LogState::verify(account_id, entries.iter().map(Vec::as_slice)).map_err(|_| Problem::Refused)
}

fn ids(fields: &mut Fields<'_>, name: &'static str, expected: &[[u8; 16]]) -> Judged {
    let found = fields.byte_list(name)?;
    if found.iter().map(Vec::as_slice).eq(expected.iter().map(<[u8; 16]>::as_slice)) {
        Ok(())
    } else {
        Err(wrong(format!("{name} is not {:?}", expected.iter().map(|id| hex(id)).collect::<Vec<_>>())))
    }
}

pub(crate) fn log(fields: &mut Fields<'_>, expect: Expect) -> Judged {
    let account_id = AccountId(fields.array("account_id")?);
    let entries = fields.byte_list("entries")?;
    let log = verify(account_id, &entries)?;
    assert_eq!(expect, Expect::Ok, "a log that expects refusal is good");

    let of_status = |status| move |device: &&DeviceState| device.status() == status;
    let devices = |status| log.active_devices().filter(of_status(status)).map(|device| device.part.id.0).collect();
    let confirmed: Vec<[u8; 16]> = devices(DeviceStatus::Confirmed);
    let unconfirmed: Vec<[u8; 16]> = devices(DeviceStatus::Unconfirmed);
    let methods: Vec<[u8; 16]> = log.active_methods().map(|method| method.part.id.0).collect();
    fields.result("head_seq", &log.head().seq.to_be_bytes())?;
    fields.result("head_hash", &log.head().hash.0)?;
    ids(fields, "confirmed_devices", &confirmed)?;
    ids(fields, "unconfirmed_devices", &unconfirmed)?;
    ids(fields, "methods", &methods)?;
    fields.result("epoch", &log.epoch().part.number.to_be_bytes())
}

fn head(value: &Value) -> Result<DeviceHead, Problem> {
    let mut fields = Fields::new(value)?;
    let device = DeviceId(fields.array("device_id")?);
    let head = DeviceHead { device, seq: fields.u64("seq")?, hash: Hash(fields.array("hash")?) };
    fields.finish()?;
    Ok(head)
}

pub(crate) fn batches(fields: &mut Fields<'_>, expect: Expect) -> Judged {
    let account_id = AccountId(fields.array("account_id")?);
    let author = DeviceId(fields.array("device_id")?);
    let public_key: [u8; 32] = fields.array("public_key")?;
    let pin = if fields.has("pin_seq") {
        Some(ChainPin { seq: fields.u64("pin_seq")?, hash: Hash(fields.array("pin_hash")?) })
    } else {
        None
    };
    let page = fields.byte_list("page")?;
    let known = if fields.has("known") {
        fields.list("known")?.iter().map(head).collect::<Result<Vec<_>, _>>()?
    } else {
        Vec::new()
    };
    let known: BTreeMap<(DeviceId, u64), Hash> =
        known.into_iter().map(|head| ((head.device, head.seq), head.hash)).collect();
    let entries = fields.byte_list("entries")?;
    let envelopes = if fields.has("envelopes") { fields.byte_list("envelopes")? } else { Vec::new() };

    let log = verify(account_id, &entries)?;
    let in_log = log.device(&author).map(|device| *device.part.signing.as_bytes());
    if in_log != Some(public_key) {
        return Err(Problem::Refused);
    }
    let page = page.iter().map(|bytes| SignedBatch::parse(bytes)).collect::<Result<Vec<_>, _>>();
    let page = page.map_err(|_| Problem::Refused)?;
    let leaves: Vec<Hash> = page.iter().flat_map(|batch| &batch.batch.leaves).map(|leaf| leaf.envelope_hash).collect();
    let are_leaves = envelopes.iter().all(|envelope| leaves.contains(&Hash(reference::sha256(&[envelope]))));
    let before = pin.map_or_else(ChainTip::default, ChainTip::at);
    let known = |device: DeviceId, seq: u64| known.get(&(device, seq)).copied();
    let tip = match verify_chain_page(&log, author, &before, &known, &page) {
        Err(BatchError::Refused { .. }) => return Err(Problem::Refused),
        _ if !are_leaves => return Err(Problem::Refused),
        Err(BatchError::Fork(_)) => return Err(Problem::Fork),
        Ok(tip) => tip.pin.ok_or_else(|| wrong("the page is empty"))?,
    };
    assert_eq!(expect, Expect::Ok, "a page that expects refusal is good");
    fields.result("head_seq", &tip.seq.to_be_bytes())?;
    fields.result("head_hash", &tip.hash.0)
}

pub(crate) fn sign_up(fields: &mut Fields<'_>) -> Judged {
    let account_id: [u8; 16] = fields.array("account_id")?;
    let founder = SigningPublic::parse(&fields.array("founder")?).map_err(|_| Problem::Refused);
    let nonce: [u8; 32] = fields.array("nonce")?;
    let signed = fields.bytes("signed")?;
    let signature = fields.has("signature").then(|| fields.array("signature").map(Signature)).transpose()?;

    let founder = founder?;
    let statement = SignUpStatement::parse(&signed).map_err(|_| Problem::Refused)?;
    let is_own = AccountId::of_founder(&founder).0 == account_id
        && statement == SignUpStatement { account_id: AccountId(account_id), nonce: Nonce(nonce) }
        && signed == [&b"SOTF\x01"[..], &account_id, &nonce].concat();
    if !is_own || signature.is_some_and(|signature| !founder.verifies(&signed, &signature)) {
        return Err(Problem::Refused);
    }
    Ok(())
}

pub(crate) fn sign_in(fields: &mut Fields<'_>) -> Judged {
    let account_id: [u8; 16] = fields.array("account_id")?;
    let method_id: [u8; 16] = fields.array("method_id")?;
    let device_id: [u8; 16] = fields.array("device_id")?;
    let (a, e): ([u8; 32], [u8; 32]) = (fields.array("a")?, fields.array("e")?);
    let nonce: [u8; 32] = fields.array("nonce")?;
    let transcript_hash: [u8; 32] = fields.array("transcript_hash")?;
    let rp_id_hash: [u8; 32] = fields.array("rp_id_hash")?;
    let signed = fields.bytes("signed")?;
    let by_method = if fields.has("method_signature") {
        Some((fields.array("method_public")?, Signature(fields.array("method_signature")?)))
    } else {
        None
    };
    let by_device =
        fields.has("device_signature").then(|| fields.array("device_signature").map(Signature)).transpose()?;

    let statement = SignInStatement::parse(&signed).map_err(|_| Problem::Refused)?;
    let device_key = SigningPublic::parse(&a).map_err(|_| Problem::Refused)?;
    KemPublic::parse(&e).map_err(|_| Problem::Refused)?;
    let parts: [&[u8]; 9] =
        [b"SOTS\x01", &account_id, &method_id, &device_id, &a, &e, &nonce, &transcript_hash, &rp_id_hash];
    let is_own = signed == parts.concat() && statement.to_bytes() == signed;
    let method_is_good = match by_method {
        None => true,
        Some((public, signature)) => {
            SigningPublic::parse(&public).is_ok_and(|public| public.verifies(&signed, &signature))
        }
    };
    if !is_own || !method_is_good || by_device.is_some_and(|signature| !device_key.verifies(&signed, &signature)) {
        return Err(Problem::Refused);
    }
    Ok(())
}

pub(crate) fn state_code(fields: &mut Fields<'_>) -> Judged {
    let log = LogHead { seq: fields.u32("log_seq")?, hash: Hash(fields.array("log_hash")?) };
    let heads = fields.list("heads")?.iter().map(head).collect::<Result<Vec<_>, _>>()?;
    if !heads.is_sorted_by(|first, second| first.device < second.device)
        || heads.iter().any(|head| head.hash == Hash::ZERO)
    {
        return Err(Problem::Refused);
    }
    let mut bytes = [&b"sotto/state-code/v1"[..], &log.seq.to_be_bytes(), &log.hash.0].concat();
    for head in &heads {
        bytes.extend([&head.device.0[..], &head.seq.to_be_bytes(), &head.hash.0].concat());
    }
    let hash = reference::sha256(&[&bytes]);
    let bit = |place: usize| usize::from(hash[place / 8] >> (7 - place % 8) & 1);
    let list = bip39::Language::English.word_list();
    let words: Vec<&str> =
        (0..8).map(|word| list[(0..11).fold(0, |index, place| index * 2 + bit(word * 11 + place))]).collect();
    let code = words.join(" ");
    assert_eq!(ours_state_code(log, &heads).join(" "), code);
    fields.result("code", code.as_bytes())
}
