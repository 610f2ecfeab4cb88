//! Judges a page of the relay's batches before any of it is decrypted.
//!
//! Each author's batches in the page are one chain that continues what this device holds; one signature vouches for
//! them. What was applied before is passed over, and order and repetition change nothing. From the first batch on that
//! breaks a rule, contradicts, or comes without its envelopes, an author's batches wait: they are kept as trouble, the
//! page is not whole and is read again, and the other authors go on.

use shared_types::ordered::{SortedMap, SortedSet};

use shared_types::batch::{BatchError, BatchRefusal, ChainTip, SignedBatch, verify_chain_page};
use shared_types::ids::{DeviceId, Hash};
use shared_types::log::LogState;
use shared_types::sync::{BatchParcel, PageBody};
use thiserror::Error;

use crate::vault::{OpTrouble, VerifiedBatch, VerifiedLeaf};
use crate::view::IntegrityState;
use shared_types::ordered::{map_of, set_of};

/// How far each chain is verified.
pub type Tips = SortedMap<DeviceId, ChainTip>;

/// What a page holds once judged.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct JudgedPage {
    /// New batches that verify, in the relay's order.
    pub batches: Vec<VerifiedBatch>,
    /// What does not verify.
    pub troubles: Vec<OpTrouble>,
    /// Some author's batches wait.
    pub is_held: bool,
    /// A batch names a log entry that is not here yet: what it is if that does not come.
    pub log_ahead: Option<OpTrouble>,
}

/// Why a page cannot be judged at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PageError {
    /// A batch is not in the agreed form.
    #[error("a batch of the page is malformed")]
    Malformed,
}

struct Arrived<'a> {
    place: usize,
    signed: SignedBatch,
    parcel: &'a BatchParcel,
}

/// The hash that this device holds at a place of a chain, if it holds one.
pub type Known<'a> = &'a dyn Fn(DeviceId, u64) -> Option<Hash>;

/// The places of chains that a page has or names: what must be known before it is judged.
pub fn places_named(page: &PageBody) -> SortedSet<(DeviceId, u64)> {
    let batches = page.parcels.iter().filter_map(|parcel| SignedBatch::parse(&parcel.batch).ok());
    let places = batches.flat_map(|SignedBatch { batch, .. }| {
        let seen = batch.seen.into_iter().map(|head| (head.device, head.seq));
        seen.chain([(batch.device_id, batch.seq)]).collect::<Vec<_>>()
    });
    set_of(places)
}

/// Judges a page against the log and what this device holds: `before` is where reading began, `known` what is verified.
/// The two differ only while old pages are read once more.
pub fn judge_page(page: &PageBody, log: &LogState, before: &Tips, known: Known<'_>) -> Result<JudgedPage, PageError> {
    let mut judged = JudgedPage::default();
    let mut by_author: SortedMap<DeviceId, SortedMap<u64, Arrived<'_>>> = SortedMap::new();
    for (place, parcel) in page.parcels.iter().enumerate() {
        let signed = SignedBatch::parse(&parcel.batch).map_err(|_| PageError::Malformed)?;
        match is_known(&signed, before, known) {
            Some(true) => {}
            Some(false) => {
                let state = if is_signed(log, &signed) { IntegrityState::Forked } else { IntegrityState::Altered };
                judged.hold(trouble_of(&signed, state, &parcel.batch));
            }
            None => {
                let (author, seq) = (signed.batch.device_id, signed.batch.seq);
                let chain = by_author.entry(author).or_default();
                match chain.get(&seq) {
                    Some(other) if other.signed.hash == signed.hash => {}
                    Some(other) => {
                        let state = state_of_two(log, &other.signed, &signed);
                        judged.hold(trouble_of(&signed, state, &parcel.batch));
                    }
                    None => drop(chain.insert(seq, Arrived { place, signed, parcel })),
                }
            }
        }
    }
    let mut held: SortedMap<(DeviceId, u64), Hash> = SortedMap::new();
    for (device, tip) in before {
        held.extend(tip.pin.map(|pin| ((*device, pin.seq), pin.hash)));
    }
    for (author, chain) in &by_author {
        for (seq, arrived) in chain {
            held.entry((*author, *seq)).or_insert(arrived.signed.hash);
        }
    }
    let mut good: SortedMap<usize, VerifiedBatch> = SortedMap::new();
    for (author, chain) in by_author {
        let before = before.get(&author).cloned().unwrap_or_default();
        let known = |device, seq| known(device, seq).or_else(|| held.get(&(device, seq)).copied());
        good.extend(judged.judge_chain(log, author, &before, &known, chain));
    }
    judged.batches = good.into_values().collect();
    Ok(judged)
}

impl JudgedPage {
    fn hold(&mut self, trouble: OpTrouble) {
        self.troubles.push(trouble);
        self.is_held = true;
    }

    /// A batch waits for a log entry that it names; of several authors one is enough to ask for it.
    fn hold_for_log(&mut self, ahead: &SignedBatch) {
        self.log_ahead.get_or_insert_with(|| trouble_of(ahead, IntegrityState::Withheld, &ahead.to_bytes()));
        self.is_held = true;
    }

    /// The batches of one author that can be read now, each with its place in the page.
    fn judge_chain(
        &mut self,
        log: &LogState,
        author: DeviceId,
        before: &ChainTip,
        known: Known<'_>,
        chain: SortedMap<u64, Arrived<'_>>,
    ) -> Vec<(usize, VerifiedBatch)> {
        let mut good = Vec::with_capacity(chain.len());
        let next = before.pin.map_or(0, |pin| pin.seq.saturating_add(1));
        // What follows a gap is not looked at before the gap is filled.
        let n_in_order = chain.keys().zip(next..).take_while(|(seq, expected)| **seq == *expected).count();
        let missing = chain.values().nth(n_in_order).map(|after_gap| {
            let seq = next.saturating_add(u64::try_from(n_in_order).expect("a page is short"));
            let bytes = after_gap.signed.to_bytes();
            // Named by what is missing, so that it is one trouble until that comes.
            OpTrouble { batch_seq: seq, ..trouble_of(&after_gap.signed, IntegrityState::Withheld, &bytes) }
        });
        let chain: Vec<Arrived<'_>> = chain.into_values().take(n_in_order).collect();
        let page: Vec<SignedBatch> = chain.iter().map(|arrived| arrived.signed.clone()).collect();
        let ahead = page.iter().find(|signed| signed.batch.log.seq > log.head().seq);
        if let (None, Some(ahead)) = (log.device(&author), ahead) {
            // A device that joined a moment ago: the log that lets it in comes first.
            self.hold_for_log(ahead);
            return good;
        }
        match (verify_chain_page(log, author, before, known, &page), page.first().zip(page.last())) {
            (Ok(_), _) | (Err(_), None) => {}
            (Err(BatchError::Refused { why: BatchRefusal::LogAhead { .. }, .. }), Some((first, _))) => {
                self.hold_for_log(ahead.unwrap_or(first));
                return good;
            }
            (Err(error), Some((first, _))) => {
                self.hold(trouble_of_chain(first, &error));
                return good;
            }
        }
        let mut tip = before.clone();
        for arrived in &chain {
            let batch = &arrived.signed.batch;
            tip.pin = Some(arrived.signed.pin());
            tip.log_seq = batch.log.seq;
            tip.seen.extend(batch.seen.iter().map(|head| (head.device, head.seq)));
            let counts = log.device(&author).is_some_and(|device| device.counts(batch.seq));
            let leaves = match_leaves(&arrived.signed, arrived.parcel);
            match leaves.or_else(|trouble| if counts { Err(trouble) } else { Ok(list_streams(&arrived.signed)) }) {
                Ok(leaves) => {
                    let (seq, log_seq) = (batch.seq, batch.log.seq);
                    good.push((
                        arrived.place,
                        VerifiedBatch { author, seq, log_seq, counts, leaves, tip: tip.clone() },
                    ));
                }
                Err(trouble) => {
                    self.hold(*trouble);
                    return good;
                }
            }
        }
        if let Some(missing) = missing {
            self.hold(missing);
        }
        good
    }
}

/// Whether a batch stands in the part of its chain that is verified: `Some(false)` = another one stands there.
fn is_known(signed: &SignedBatch, tips: &Tips, known: Known<'_>) -> Option<bool> {
    let (device, seq) = (signed.batch.device_id, signed.batch.seq);
    let pin = tips.get(&device)?.pin.filter(|pin| seq <= pin.seq)?;
    let held = if seq == pin.seq { Some(pin.hash) } else { known(device, seq) };
    // A version before this one kept the newest hash only.
    Some(held.is_none_or(|held| held == signed.hash))
}

fn is_signed(log: &LogState, signed: &SignedBatch) -> bool {
    log.device(&signed.batch.device_id).is_some_and(|author| signed.is_signed_by(&author.part.signing))
}

/// Two batches at one place are a fork if their author signed both; otherwise one of them is somebody else's.
fn state_of_two(log: &LogState, one: &SignedBatch, other: &SignedBatch) -> IntegrityState {
    if is_signed(log, one) && is_signed(log, other) { IntegrityState::Forked } else { IntegrityState::Altered }
}

/// The envelopes of a batch, each at its leaf; or what is wrong with the first that is not there as it was signed.
fn match_leaves(signed: &SignedBatch, parcel: &BatchParcel) -> Result<Vec<VerifiedLeaf>, Box<OpTrouble>> {
    let served = map_of(parcel.envelopes.iter().map(|(index, bytes)| (*index, bytes)));
    let mut leaves = Vec::with_capacity(signed.batch.leaves.len());
    for (index, leaf) in (0..).zip(&signed.batch.leaves) {
        let trouble =
            |state, bytes: &[u8]| Box::new(OpTrouble { leaf_index: Some(index), ..trouble_of(signed, state, bytes) });
        let envelope = served.get(&index).ok_or_else(|| trouble(IntegrityState::Withheld, &[]))?;
        if Hash::of(&[envelope]) != leaf.envelope_hash {
            return Err(trouble(IntegrityState::Altered, envelope));
        }
        leaves.push(VerifiedLeaf { tag: leaf.tag, envelope: (*envelope).clone() });
    }
    Ok(leaves)
}

/// The streams that a batch of a revoked device beyond its cut wrote to: what it wrote there is not missed.
fn list_streams(signed: &SignedBatch) -> Vec<VerifiedLeaf> {
    signed.batch.leaves.iter().map(|leaf| VerifiedLeaf { tag: leaf.tag, envelope: Vec::new() }).collect()
}

fn trouble_of_chain(first: &SignedBatch, error: &BatchError) -> OpTrouble {
    match error {
        BatchError::Fork(evidence) => {
            let path: Vec<u8> = evidence.path.iter().flat_map(SignedBatch::to_bytes).collect();
            trouble_of(first, IntegrityState::Forked, &path)
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
