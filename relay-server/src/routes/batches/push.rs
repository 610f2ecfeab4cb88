//! `POST /v1/batches`: a device's next batches, all or nothing.
//!
//! Each batch must be the device's own, on the account's log, next in its chain, signed, and come with exactly the
//! envelopes that its leaves name. What stands already, in the same bytes, is accepted again without a change.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use shared_types::batch::SignedBatch;
use shared_types::error::ErrorCode;
use shared_types::ids::{DeviceId, Hash};
use shared_types::limits::MAX_PUSH_BYTES;
use shared_types::log::LogState;
use shared_types::sync::{BatchParcel, Cursor, PushBody, PushResponse, RelayEvent};

use crate::db::{ChainHead, NewBatch, Push, Pushing};
use crate::error::RouteError;
use crate::signed::{Signed, check_write_protocol};
use crate::state::Relay;

/// Tries when another request of the same device moves its head in between.
const MAX_TRIES: usize = 3;

/// Stores the batches.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    headers: HeaderMap,
    signed: Signed<MAX_PUSH_BYTES>,
) -> Result<Json<PushResponse>, RouteError> {
    check_write_protocol(&headers)?;
    let body = PushBody::parse(&signed.body)?;
    let log = relay.load_log(&signed.account).await?;
    if !Relay::is_active(&log, &signed.device) {
        return Err(ErrorCode::NotAllowed.into());
    }
    let parcels = body.parcels.into_iter().map(read_parcel).collect::<Result<Vec<_>, _>>()?;
    for parcel in &parcels {
        check_batch(&log, &signed.device, parcel)?;
    }
    for _ in 0..MAX_TRIES {
        if let Some(cursor) = store(&relay, &signed, &parcels).await? {
            relay.tell(&signed.account, RelayEvent::CursorMoved { cursor }).await;
            return Ok(Json(PushResponse { cursor }));
        }
    }
    Err(ErrorCode::WrongSequence.into())
}

struct Parcel {
    signed: SignedBatch,
    bytes: Vec<u8>,
    envelopes: Vec<(u16, Vec<u8>)>,
}

fn read_parcel(parcel: BatchParcel) -> Result<Parcel, RouteError> {
    let signed = SignedBatch::parse(&parcel.batch)?;
    Ok(Parcel { signed, bytes: parcel.batch, envelopes: parcel.envelopes })
}

/// Everything that can be judged without the database.
fn check_batch(log: &LogState, device: &DeviceId, parcel: &Parcel) -> Result<(), RouteError> {
    let batch = &parcel.signed.batch;
    if batch.account_id != log.account_id() || batch.device_id != *device {
        return Err(ErrorCode::NotAllowed.into());
    }
    let author = log.device(device).ok_or(ErrorCode::NotAllowed)?;
    let names_known = batch.log.seq <= log.head().seq
        && log.hash_at(batch.log.seq) == Some(batch.log.hash)
        && log.is_device_active_at(device, batch.log.seq)
        && !log.is_rotation_due_before_batches(batch.log.seq)
        && batch.seen.iter().all(|head| log.device(&head.device).is_some());
    if !names_known || !has_exactly_its_envelopes(parcel) || !parcel.signed.is_signed_by(&author.part.signing) {
        return Err(ErrorCode::BatchRefused.into());
    }
    Ok(())
}

fn has_exactly_its_envelopes(parcel: &Parcel) -> bool {
    let leaves = &parcel.signed.batch.leaves;
    leaves.len() == parcel.envelopes.len()
        && leaves.iter().zip(&parcel.envelopes).enumerate().all(|(place, (leaf, (index, envelope)))| {
            usize::from(*index) == place && leaf.envelope_hash == Hash::of(&[envelope])
        })
}

/// Stores what is new; `None` if the head moved meanwhile.
async fn store(
    relay: &Relay,
    signed: &Signed<MAX_PUSH_BYTES>,
    parcels: &[Parcel],
) -> Result<Option<Cursor>, RouteError> {
    let head = relay.db.find_chain_head(&signed.account, &signed.device).await?;
    let (known, new) = split_known(head, parcels);
    let mut newest_known = None;
    for parcel in known {
        let found = relay.db.find_batch(&signed.account, &signed.device, parcel.signed.batch.seq).await?;
        match found {
            Some((position, hash)) if hash == parcel.signed.hash => newest_known = Some(position),
            Some(_) | None => return Err(ErrorCode::ConflictingBatch.into()),
        }
    }
    if new.is_empty() {
        return newest_known.map(|position| Some(Cursor(position))).ok_or(ErrorCode::Malformed.into());
    }
    check_chain(head, new)?;
    let push = Push {
        account: signed.account,
        device: signed.device,
        after: head,
        batches: new.iter().map(new_batch).collect(),
        max_account_bytes: relay.config.limits.account_bytes,
        now_s: relay.clock.now_s(),
    };
    match relay.db.push_batches(&push).await? {
        Pushing::Accepted { position } => Ok(Some(Cursor(position))),
        Pushing::HeadMoved => Ok(None),
        Pushing::QuotaExceeded => Err(ErrorCode::QuotaExceeded.into()),
    }
}

fn split_known(head: Option<ChainHead>, parcels: &[Parcel]) -> (&[Parcel], &[Parcel]) {
    let is_known = |parcel: &&Parcel| head.is_some_and(|head| parcel.signed.batch.seq <= head.seq);
    let n_known = parcels.iter().take_while(is_known).count();
    parcels.split_at(n_known)
}

/// Sequence without gap, each hash the one before, log seq never falling.
fn check_chain(head: Option<ChainHead>, new: &[Parcel]) -> Result<(), RouteError> {
    let mut next_seq = head.map_or(0, |head| head.seq + 1);
    let mut previous = head.map_or(Hash::ZERO, |head| head.hash);
    let mut log_seq = head.map_or(0, |head| head.log_seq);
    for parcel in new {
        let batch = &parcel.signed.batch;
        if batch.seq != next_seq {
            return Err(ErrorCode::WrongSequence.into());
        }
        if batch.previous != previous {
            return Err(ErrorCode::ConflictingBatch.into());
        }
        if batch.log.seq < log_seq {
            return Err(ErrorCode::BatchRefused.into());
        }
        next_seq = batch.seq.checked_add(1).ok_or(ErrorCode::BatchRefused)?;
        previous = parcel.signed.hash;
        log_seq = batch.log.seq;
    }
    Ok(())
}

fn new_batch(parcel: &Parcel) -> NewBatch {
    let batch = &parcel.signed.batch;
    let envelopes = batch.leaves.iter().zip(&parcel.envelopes);
    NewBatch {
        seq: batch.seq,
        hash: parcel.signed.hash,
        log_seq: batch.log.seq,
        bytes: parcel.bytes.clone(),
        envelopes: envelopes.map(|(leaf, (_, envelope))| (leaf.tag, envelope.clone())).collect(),
    }
}
