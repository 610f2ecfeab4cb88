//! Judges a page of the relay's batches before any of it is decrypted.
//!
//! Each author's batches in the page are one chain that continues what this device holds; one signature vouches for
//! them. What was applied before is passed over; what breaks a rule or contradicts is kept as trouble, and the other
//! authors go on.

use std::collections::BTreeMap;

use shared_types::batch::{BatchError, BatchRefusal, ChainTip, SignedBatch, verify_chain_page};
use shared_types::ids::{DeviceId, Hash};
use shared_types::log::LogState;
use shared_types::sync::{BatchParcel, PageBody};
use thiserror::Error;

use crate::vault::{OpTrouble, VerifiedBatch, VerifiedLeaf};
use crate::view::IntegrityState;

/// What a page holds once judged.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct JudgedPage {
    /// New batches that verify, in the relay's order.
    pub batches: Vec<VerifiedBatch>,
    /// How far the chains of their authors are verified now.
    pub tips: BTreeMap<DeviceId, ChainTip>,
    /// What does not verify.
    pub troubles: Vec<OpTrouble>,
}

/// Why a page cannot be judged at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PageError {
    /// A batch is not in the agreed form.
    #[error("a batch of the page is malformed")]
    Malformed,
    /// A batch names a log entry that this device does not have: the log comes first.
    #[error("a batch names log entry {seq}, which is not here yet")]
    LogAhead {
        /// The entry.
        seq: u32,
    },
}

struct Arrived<'a> {
    signed: SignedBatch,
    parcel: &'a BatchParcel,
}

/// Judges a page against the log and the chains that this device holds.
pub fn judge_page(
    page: &PageBody,
    log: &LogState,
    tips: &BTreeMap<DeviceId, ChainTip>,
) -> Result<JudgedPage, PageError> {
    let mut arrived = Vec::with_capacity(page.parcels.len());
    for parcel in &page.parcels {
        let signed = SignedBatch::parse(&parcel.batch).map_err(|_| PageError::Malformed)?;
        arrived.push(Arrived { signed, parcel });
    }
    let mut by_author: BTreeMap<DeviceId, Vec<SignedBatch>> = BTreeMap::new();
    let mut judged = JudgedPage::default();
    for Arrived { signed, parcel } in &arrived {
        match is_known(signed, tips) {
            Some(true) => {}
            Some(false) => judged.troubles.push(trouble_of(signed, IntegrityState::Forked, &parcel.batch)),
            None => by_author.entry(signed.batch.device_id).or_default().push(signed.clone()),
        }
    }
    let mut held: BTreeMap<(DeviceId, u64), Hash> = BTreeMap::new();
    for (device, tip) in tips {
        held.extend(tip.pin.map(|pin| ((*device, pin.seq), pin.hash)));
    }
    held.extend(by_author.values().flatten().map(|signed| ((signed.batch.device_id, signed.batch.seq), signed.hash)));
    let known = |device, seq| held.get(&(device, seq)).copied();
    for (author, chain) in &by_author {
        let before = tips.get(author).cloned().unwrap_or_default();
        match verify_chain_page(log, *author, &before, &known, chain) {
            Ok(tip) => {
                judged.tips.insert(*author, tip);
            }
            Err(BatchError::Refused { why: BatchRefusal::LogAhead { seq }, .. }) => {
                return Err(PageError::LogAhead { seq });
            }
            Err(error) => judged.troubles.extend(chain.first().map(|first| trouble_of_chain(first, &error))),
        }
    }
    for Arrived { signed, parcel } in &arrived {
        let is_good = judged.tips.contains_key(&signed.batch.device_id) && is_known(signed, tips).is_none();
        let counts = log.device(&signed.batch.device_id).is_some_and(|device| device.counts(signed.batch.seq));
        if is_good && counts {
            let batch = match_leaves(signed, parcel, &mut judged.troubles);
            judged.batches.push(batch);
        }
    }
    Ok(judged)
}

/// Whether a batch stands in the part of its chain that is verified: `Some(false)` = another one stands there.
fn is_known(signed: &SignedBatch, tips: &BTreeMap<DeviceId, ChainTip>) -> Option<bool> {
    let pin = tips.get(&signed.batch.device_id)?.pin?;
    (signed.batch.seq <= pin.seq).then_some(signed.batch.seq < pin.seq || signed.hash == pin.hash)
}

fn match_leaves(signed: &SignedBatch, parcel: &BatchParcel, troubles: &mut Vec<OpTrouble>) -> VerifiedBatch {
    let served: BTreeMap<u16, &Vec<u8>> = parcel.envelopes.iter().map(|(index, bytes)| (*index, bytes)).collect();
    let mut leaves = Vec::with_capacity(signed.batch.leaves.len());
    for (index, leaf) in (0..).zip(&signed.batch.leaves) {
        let envelope = served.get(&index).copied();
        let is_altered = envelope.is_some_and(|bytes| Hash::of(&[bytes]) != leaf.envelope_hash);
        if is_altered {
            troubles.push(OpTrouble {
                leaf_index: Some(index),
                ..trouble_of(signed, IntegrityState::Altered, envelope.map_or(&[], Vec::as_slice))
            });
        }
        let envelope = envelope.filter(|_| !is_altered).cloned();
        leaves.push(VerifiedLeaf { tag: leaf.tag, envelope });
    }
    VerifiedBatch { author: signed.batch.device_id, seq: signed.batch.seq, log_seq: signed.batch.log.seq, leaves }
}

fn trouble_of_chain(first: &SignedBatch, error: &BatchError) -> OpTrouble {
    match error {
        BatchError::Fork(evidence) => {
            let path: Vec<u8> = evidence.path.iter().flat_map(SignedBatch::to_bytes).collect();
            trouble_of(first, IntegrityState::Forked, &path)
        }
        BatchError::Refused { why: BatchRefusal::Gap, .. } => {
            trouble_of(first, IntegrityState::Withheld, &first.to_bytes())
        }
        BatchError::Refused { .. } => trouble_of(first, IntegrityState::Altered, &first.to_bytes()),
    }
}

fn trouble_of(signed: &SignedBatch, state: IntegrityState, bytes: &[u8]) -> OpTrouble {
    OpTrouble {
        state,
        author: signed.batch.device_id,
        batch_seq: signed.batch.seq,
        leaf_index: None,
        bytes: bytes.to_vec(),
    }
}
