//! `POST /v1/log`: appends entries by compare-and-swap, with the new epoch's copies and back link.
//!
//! The entries themselves say where they belong (seq and previous hash). Appending what stands already, in the same
//! bytes, is answered as if it were new.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use shared_types::account::{BackLink, LogAppendRequest, SealedCopy};
use shared_types::bytes::ParseError;
use shared_types::error::ErrorCode;
use shared_types::ids::{DeviceId, Hash};
use shared_types::limits::{
    BACK_LINK_BYTES, CONFIRMED_LOG_ENTRIES, MAX_CONTROL_BYTES, MAX_LOG_ENTRIES, MAX_LOG_TIME_SKEW_S,
    MAX_UNCONFIRMED_ENTRIES, SEALED_EPOCH_KEY_BYTES,
};
use shared_types::log::{AcceptedEntry, DeviceStatus, Entry, EntryBody, EpochPart, LogError, LogFault, LogState};
use shared_types::sync::RelayEvent;

use crate::db::{Appending, LogAppend, NewEntry, NewEpoch};
use crate::error::RouteError;
use crate::routes::methods::check::{Added, check_added};
use crate::signed::{Signed, check_write_protocol};
use crate::state::Relay;

/// Appends.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    headers: HeaderMap,
    signed: Signed<MAX_CONTROL_BYTES>,
) -> Result<StatusCode, RouteError> {
    check_write_protocol(&headers)?;
    let mut request: LogAppendRequest = signed.json()?;
    let log = relay.load_log(&signed.account).await?;
    let entries = parse_entries(&request)?;
    if is_there_already(&log, &entries) {
        return Ok(StatusCode::NO_CONTENT);
    }
    let first = entries.first().ok_or(ErrorCode::Malformed)?;
    if Some(first.seq) != log.head().seq.checked_add(1) || first.previous != log.head().hash {
        return Err(ErrorCode::LogConflict.into());
    }
    let appended = log.append_all(request.entries.iter().map(|entry| entry.0.as_slice())).map_err(log_refusal)?;
    check_room(&log, &appended, &signed.device)?;
    let new_methods = Added {
        anchors: std::mem::take(&mut request.anchors),
        registrations: std::mem::take(&mut request.registrations),
        passwords: std::mem::take(&mut request.passwords),
    };
    let mut append = follow(&log, &entries, request, relay.clock.now_s())?;
    check_added(&relay, &signed.account, &entries, new_methods, &mut append).await?;
    match relay.db.append_log(&signed.account, &append).await? {
        Appending::Appended => {}
        Appending::Conflict => return Err(ErrorCode::LogConflict.into()),
        Appending::HandleTaken => return Err(ErrorCode::HandleTaken.into()),
    }
    relay.keep_log(Arc::new(appended));
    for device in append.revoked_devices {
        relay.tell_device(&signed.account, device, RelayEvent::SignedOut).await;
    }
    relay.tell(&signed.account, RelayEvent::LogMoved).await;
    Ok(StatusCode::NO_CONTENT)
}

/// What a refusal of the verifier is called on the wire.
pub(in crate::routes) fn log_refusal(error: LogError) -> RouteError {
    match error.fault {
        LogFault::Malformed(fault) => fault.into(),
        LogFault::TooLong => ErrorCode::QuotaExceeded.into(),
        LogFault::OutOfSequence => ErrorCode::LogConflict.into(),
        LogFault::Empty => ErrorCode::Malformed.into(),
        LogFault::WrongAccount
        | LogFault::MisplacedGenesis
        | LogFault::RotationMissing
        | LogFault::UnknownSigner
        | LogFault::WrongSigners
        | LogFault::BadSignature
        | LogFault::WrongSubject
        | LogFault::IdReturns
        | LogFault::TooMany
        | LogFault::TooFewMethods
        | LogFault::WeakPolicy
        | LogFault::WrongEpoch
        | LogFault::UnknownHead => ErrorCode::LogRefused.into(),
    }
}

/// Room in the log: the last of it is for confirmed devices, and one that is not has little of the rest.
fn check_room(log: &LogState, appended: &LogState, asker: &DeviceId) -> Result<(), RouteError> {
    let is_confirmed =
        log.device(asker).is_some_and(|asker| asker.is_active() && asker.status() == DeviceStatus::Confirmed);
    let n_entries = appended.entries().len();
    let is_of_asker = |entry: &&AcceptedEntry| entry.entry.signers.contains(&(*asker).into());
    let fits = if is_confirmed {
        n_entries <= MAX_LOG_ENTRIES
    } else {
        n_entries <= MAX_LOG_ENTRIES - CONFIRMED_LOG_ENTRIES
            && appended.entries().iter().filter(is_of_asker).count() <= MAX_UNCONFIRMED_ENTRIES
    };
    if fits { Ok(()) } else { Err(ErrorCode::QuotaExceeded.into()) }
}

/// An entry's claim of time may be a day off, not more.
pub(in crate::routes) fn check_time(time_s: u64, now: u64) -> Result<(), RouteError> {
    if time_s.abs_diff(now) > MAX_LOG_TIME_SKEW_S { Err(ErrorCode::LogRefused.into()) } else { Ok(()) }
}

/// The copies must be exactly those whose hashes the epoch lists.
pub(in crate::routes) fn check_copies(epoch: &EpochPart, copies: &[SealedCopy]) -> Result<(), RouteError> {
    let given: BTreeMap<_, _> = copies.iter().map(|copy| (copy.recipient, Hash::of(&[&copy.sealed.0]))).collect();
    let listed: BTreeMap<_, _> = epoch.copies.iter().copied().collect();
    let is_sized = copies.iter().all(|copy| copy.sealed.0.len() == SEALED_EPOCH_KEY_BYTES);
    if is_sized && given == listed && copies.len() == listed.len() { Ok(()) } else { Err(ErrorCode::LogRefused.into()) }
}

fn parse_entries(request: &LogAppendRequest) -> Result<Vec<Entry>, ParseError> {
    request.entries.iter().map(|bytes| Entry::parse(&bytes.0).map(|(entry, _)| entry)).collect()
}

fn is_there_already(log: &LogState, entries: &[Entry]) -> bool {
    !entries.is_empty() && entries.iter().all(|entry| log.hash_at(entry.seq) == Some(entry.hash()))
}

/// What the database changes together with the entries.
fn follow(log: &LogState, entries: &[Entry], request: LogAppendRequest, now: u64) -> Result<LogAppend, RouteError> {
    let mut append = LogAppend { after: Some(log.head()), ..LogAppend::default() };
    let LogAppendRequest { entries: bytes, copies, back_link, .. } = request;
    for (entry, bytes) in entries.iter().zip(bytes) {
        check_time(entry.time_s, now)?;
        note(&mut append, entry);
        let hash = entry.hash();
        append.entries.push(NewEntry { head: shared_types::log::LogHead { seq: entry.seq, hash }, bytes: bytes.0 });
    }
    append.epoch = new_epoch(entries, copies, back_link)?;
    Ok(append)
}

fn note(append: &mut LogAppend, entry: &Entry) {
    match &entry.body {
        EntryBody::MethodRemove { method, .. } => append.removed_methods.push(*method),
        EntryBody::DeviceRevoke { device, .. } => append.revoked_devices.push(*device),
        // What comes with an added method is checked apart.
        EntryBody::Genesis { .. }
        | EntryBody::DeviceAdd { .. }
        | EntryBody::DeviceConfirm { .. }
        | EntryBody::MethodAdd { .. }
        | EntryBody::EpochAdvance { .. }
        | EntryBody::PolicySet { .. }
        | EntryBody::Checkpoint { .. }
        | EntryBody::SharePin { .. } => {}
    }
}

/// At most one epoch begins, with the last entry; its copies and its back link come along, and nothing else does.
fn new_epoch(
    entries: &[Entry],
    copies: Vec<SealedCopy>,
    back_link: Option<BackLink>,
) -> Result<Option<NewEpoch>, RouteError> {
    let refused = || RouteError::Refused(ErrorCode::LogRefused);
    let is_advance = |entry: &&Entry| matches!(entry.body, EntryBody::EpochAdvance { .. });
    match (entries.iter().filter(is_advance).count(), entries.last().map(|entry| &entry.body)) {
        (0, _) if copies.is_empty() && back_link.is_none() => Ok(None),
        (1, Some(EntryBody::EpochAdvance { epoch, .. })) => {
            check_copies(epoch, &copies)?;
            let link = back_link.ok_or_else(refused)?;
            let is_right = link.sealing_epoch == epoch.number
                && (1..epoch.number).contains(&link.sealed_epoch)
                && link.envelope.0.len() == BACK_LINK_BYTES;
            if !is_right {
                return Err(refused());
            }
            Ok(Some(NewEpoch { number: epoch.number, copies, back_link: Some(link) }))
        }
        _ => Err(refused()),
    }
}
