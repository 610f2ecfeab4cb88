//! Verifies a page of one device's chain before anything of it is decrypted.
//!
//! ```text
//! before ──► page[0] ──► page[1] ──► … ──► page[n−1]     hashes link them,
//!                                             ▲          the signature of the last vouches for all
//! ```
//!
//! A page that breaks a rule is *refused*. A page that keeps them all under a good signature, yet contradicts what the
//! reader holds, is a *fork*: its author (or whoever holds its key) told two stories, and the page proves it.

use crate::ordered::SortedMap;

use thiserror::Error;

use super::{ChainPin, SignedBatch};
use crate::ids::{DeviceId, Hash};
use crate::log::{DeviceHead, LogState};

/// How far a reader has verified one chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainTip {
    /// The newest batch, if there is one.
    pub pin: Option<ChainPin>,
    /// The log seq that it names; later batches name none below.
    pub log_seq: u32,
    /// The highest seq that the chain has seen of each other device; later batches name only higher ones.
    pub seen: SortedMap<DeviceId, u64>,
}

impl ChainTip {
    /// A chain of which only its newest place is known.
    pub fn at(pin: ChainPin) -> Self {
        Self { pin: Some(pin), ..Self::default() }
    }
}

/// Why a page of batches is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BatchError {
    /// A rule is broken; the page proves nothing against anyone.
    #[error("batch {seq} is refused: {why}")]
    Refused {
        /// Number that the batch claims.
        seq: u64,
        /// The rule.
        why: BatchRefusal,
    },
    /// The author signed what contradicts the reader's own knowledge.
    #[error("the chain contradicts what is known")]
    Fork(Box<ForkEvidence>),
}

/// A rule of batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BatchRefusal {
    /// The batch is of another account or another device than the page.
    #[error("it belongs to another account or device")]
    WrongAuthor,
    /// The author was never in the log.
    #[error("its author is not in the log")]
    UnknownAuthor,
    /// The author was not active at the log entry that the batch names.
    #[error("its author was not active then")]
    InactiveAuthor,
    /// A number is missing, or stands twice.
    #[error("it does not follow the one before")]
    Gap,
    /// The previous hash is not that of the batch before in the same page, or not zero in a first batch.
    #[error("it does not name the batch before")]
    BrokenChain,
    /// It names an older log entry than the batch before.
    #[error("its log seq falls")]
    LogFalls,
    /// It names a log entry that the reader does not have yet; a relay that does not serve it withholds it.
    #[error("its log entry is not known yet")]
    LogAhead {
        /// The log seq that is missing.
        seq: u32,
    },
    /// It names a log entry whose rotation was still to come.
    #[error("it was written before a rotation that was due")]
    RotationDue,
    /// It has seen a device that was never in the log.
    #[error("it has seen an unknown device")]
    UnknownSeen,
    /// What it has seen of a device is not newer than what its chain had seen before.
    #[error("a head that it has seen does not rise")]
    SeenFalls,
    /// The signature of the page's last batch does not verify.
    #[error("the signature does not verify")]
    BadSignature,
}

/// The proof of a fork: a contradiction under a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkEvidence {
    /// Who signed.
    pub author: DeviceId,
    /// What contradicts what.
    pub contradiction: Contradiction,
    /// From the batch that contradicts to the one whose signature was verified.
    pub path: Vec<SignedBatch>,
}

/// Two things that cannot both be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// The author's own chain has two batches at one place.
    Chain {
        /// Where.
        seq: u64,
        /// What the reader holds there.
        known: Hash,
        /// What the page has or names there.
        named: Hash,
    },
    /// The author has seen another batch at the same place of a chain.
    Seen {
        /// Whose chain.
        device: DeviceId,
        /// Where.
        seq: u64,
        /// What the reader holds there.
        known: Hash,
        /// What the author has seen there.
        named: Hash,
    },
    /// The author goes by another account log.
    Log {
        /// Where.
        seq: u32,
        /// What stands there in the reader's log.
        known: Hash,
        /// What stands there for the author.
        named: Hash,
    },
}

/// Verifies the next page of a device's chain; `known` answers with the hash that the reader holds at a place, if any.
///
/// An empty page changes nothing. Refusals come first: a page that is refused and contradicts is refused. That an
/// entry of the log is missing comes last: everything that can be checked without it holds then, the signature too.
pub fn verify_chain_page(
    log: &LogState,
    author: DeviceId,
    before: &ChainTip,
    known: &dyn Fn(DeviceId, u64) -> Option<Hash>,
    page: &[SignedBatch],
) -> Result<ChainTip, BatchError> {
    let Some(last) = page.last() else { return Ok(before.clone()) };
    let mut tip = before.clone();
    let mut ahead = None;
    for signed in page {
        let seq = signed.batch.seq;
        let refused = |why| BatchError::Refused { seq, why };
        check_batch(log, author, &tip, signed).and_then(|()| link(&mut tip, signed, before)).map_err(refused)?;
        let named = signed.batch.log.seq;
        if named > log.head().seq {
            ahead = ahead.or(Some(refused(BatchRefusal::LogAhead { seq: named })));
        } else {
            check_at_entry(log, author, signed).map_err(refused)?;
        }
    }
    let refused = |why| BatchError::Refused { seq: last.batch.seq, why };
    let key = log.device(&author).ok_or_else(|| refused(BatchRefusal::UnknownAuthor))?.part.signing;
    if !last.is_signed_by(&key) {
        return Err(refused(BatchRefusal::BadSignature));
    }
    match find_contradiction(log, before, known, page) {
        Some((index, contradiction)) => {
            let path = page.iter().skip(index).cloned().collect();
            Err(BatchError::Fork(Box::new(ForkEvidence { author, contradiction, path })))
        }
        None => ahead.map_or(Ok(tip), Err),
    }
}

/// What needs no entry of the log but the author's own.
fn check_batch(log: &LogState, author: DeviceId, tip: &ChainTip, signed: &SignedBatch) -> Result<(), BatchRefusal> {
    let batch = &signed.batch;
    if batch.account_id != log.account_id() || batch.device_id != author {
        return Err(BatchRefusal::WrongAuthor);
    }
    if log.device(&author).is_none() {
        return Err(BatchRefusal::UnknownAuthor);
    }
    if batch.log.seq < tip.log_seq {
        return Err(BatchRefusal::LogFalls);
    }
    let falls = |head: &DeviceHead| tip.seen.get(&head.device).is_some_and(|seen| head.seq <= *seen);
    if batch.seen.iter().any(falls) {
        return Err(BatchRefusal::SeenFalls);
    }
    Ok(())
}

/// What the entry that a batch names decides.
fn check_at_entry(log: &LogState, author: DeviceId, signed: &SignedBatch) -> Result<(), BatchRefusal> {
    let batch = &signed.batch;
    if !log.is_device_active_at(&author, batch.log.seq) {
        return Err(BatchRefusal::InactiveAuthor);
    }
    if log.is_rotation_due_before_batches(batch.log.seq) {
        return Err(BatchRefusal::RotationDue);
    }
    if batch.seen.iter().any(|head| log.device(&head.device).is_none()) {
        return Err(BatchRefusal::UnknownSeen);
    }
    Ok(())
}

/// Moves the tip over a batch that stands right after it; only the first link of a page may contradict the pin.
fn link(tip: &mut ChainTip, signed: &SignedBatch, before: &ChainTip) -> Result<(), BatchRefusal> {
    let batch = &signed.batch;
    let (expected_seq, expected_previous) = match tip.pin {
        None => (Some(0), Hash::ZERO),
        Some(pin) => (pin.seq.checked_add(1), pin.hash),
    };
    if expected_seq != Some(batch.seq) {
        return Err(BatchRefusal::Gap);
    }
    let is_first_after_pin = tip.pin.is_some() && tip.pin == before.pin;
    if batch.previous != expected_previous && !is_first_after_pin {
        return Err(BatchRefusal::BrokenChain);
    }
    tip.pin = Some(signed.pin());
    tip.log_seq = batch.log.seq;
    tip.seen.extend(batch.seen.iter().map(|head| (head.device, head.seq)));
    Ok(())
}

fn find_contradiction(
    log: &LogState,
    before: &ChainTip,
    known: &dyn Fn(DeviceId, u64) -> Option<Hash>,
    page: &[SignedBatch],
) -> Option<(usize, Contradiction)> {
    let first = page.first()?;
    if let Some(pin) = before.pin
        && pin.hash != first.batch.previous
    {
        return Some((0, Contradiction::Chain { seq: pin.seq, known: pin.hash, named: first.batch.previous }));
    }
    page.iter().enumerate().find_map(|(index, signed)| {
        let named = signed.batch.log;
        let own = log.hash_at(named.seq).filter(|own| *own != named.hash);
        let off_log = own.map(|known| Contradiction::Log { seq: named.seq, known, named: named.hash });
        let held = known(signed.batch.device_id, signed.batch.seq).filter(|held| *held != signed.hash);
        let own = held.map(|known| Contradiction::Chain { seq: signed.batch.seq, known, named: signed.hash });
        let seen = || {
            signed.batch.seen.iter().find_map(|head| {
                let known = known(head.device, head.seq).filter(|known| *known != head.hash)?;
                Some(Contradiction::Seen { device: head.device, seq: head.seq, known, named: head.hash })
            })
        };
        off_log.or(own).or_else(seen).map(|contradiction| (index, contradiction))
    })
}
