//! Writing: records become one signed batch, sealed op by op, applied here at once and put into the outbox.

use rand_core::CryptoRng;
use serde_bytes::ByteBuf;
use shared_types::batch::{Batch, ChainTip, Leaf};
use shared_types::ids::Hash;
use shared_types::limits::MAX_BATCH_LEAVES;
use shared_types::log::DeviceHead;
use thiserror::Error;

use super::own_chain::advance;
use super::ring::KeyUsage;
use super::{Change, RowName, Vault};
use crate::envelope::{self, OpPlace};
use crate::keys::ScopeKey;
use crate::records::{OutboxRow, Record, Scope};
use crate::time::Timestamp;

/// Envelopes of one batch, bytes: so that a batch fits a row and a push.
const MAX_BATCH_ENVELOPE_BYTES: usize = 900 * 1024;

/// Why nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The key of the epoch in force is not here yet.
    #[error("the key of the current epoch is missing")]
    NoEpochKey,
    /// The device is not, or no longer, in the account log.
    #[error("this device may not write")]
    NotAdmitted,
    /// Two histories of this device exist.
    #[error("another copy of this device has written")]
    Forked,
    /// More than one batch holds.
    #[error("the change is too large")]
    TooLarge,
}

/// A sealed op on its way into a batch.
struct SealedOp {
    leaf: Leaf,
    envelope: Vec<u8>,
}

/// The ops of one batch with the scope keys that were made for it.
pub(super) struct SealedOps {
    ops: Vec<SealedOp>,
    minted: Vec<(Scope, ScopeKey)>,
}

fn next_seq(own: &ChainTip) -> u64 {
    own.pin.map_or(0, |pin| pin.seq + 1)
}

impl Vault {
    /// Makes one batch of these records and applies it; nothing has changed if it fails.
    ///
    /// Rows that [`Self::missing_row`] names must be loaded before.
    pub fn write(&mut self, records: Vec<Record>, now: Timestamp, rng: &mut dyn CryptoRng) -> Result<(), WriteError> {
        if !self.log.is_device_active_at(&self.device.id(), self.log.head().seq) {
            return Err(WriteError::NotAdmitted);
        }
        if self.is_forked_from_itself() {
            return Err(WriteError::Forked);
        }
        if !records.iter().all(Record::is_within_limits) {
            return Err(WriteError::TooLarge);
        }
        let plaintexts: Vec<_> = records.iter().map(|record| (record.scope(), record.to_cbor())).collect();
        let sealed = self.seal_all(&plaintexts, rng)?;
        if sealed.ops.iter().map(|op| op.envelope.len()).sum::<usize>() > MAX_BATCH_ENVELOPE_BYTES {
            return Err(WriteError::TooLarge);
        }
        self.sign_ops(sealed);
        for record in records {
            self.apply_record(record, now);
        }
        Ok(())
    }

    fn own_tip(&self) -> ChainTip {
        self.tips.get(&self.device.id()).cloned().unwrap_or_default()
    }

    /// Makes the next batch of sealed ops and puts it into the outbox; the keys that were made for it join the ring.
    pub(super) fn sign_ops(&mut self, sealed: SealedOps) {
        let SealedOps { ops, minted } = sealed;
        let epoch = self.log.epoch().part.number;
        for (scope, key) in minted {
            self.add_scope_key(scope, epoch, key, KeyUsage::SealsAndOpens);
        }
        let (author, log) = (self.device.id(), self.log.head());
        let own = self.own_tip();
        let seq = next_seq(&own);
        let batch = Batch {
            account_id: self.account_id,
            device_id: author,
            seq,
            previous: own.pin.map_or(Hash::ZERO, |pin| pin.hash),
            log,
            seen: self.newly_seen(&own),
            leaves: ops.iter().map(|op| op.leaf).collect(),
        };
        let signature = self.device.sign_batch(&batch);
        let signed = batch.signed_with(signature);
        let mut tip = own;
        advance(&mut tip, &signed);
        self.set_tip(author, tip);
        self.add_link(author, signed.pin());

        let envelopes = ops.into_iter().map(|op| ByteBuf::from(op.envelope)).collect();
        self.outbox.insert(seq, OutboxRow { batch: signed.to_bytes(), envelopes });
        self.dirty.extend([RowName::Outbox(seq), RowName::Sync]);
        self.changes.insert(Change::Status);
    }

    /// Heads of other devices that moved since this device's last batch, ascending.
    fn newly_seen(&self, own: &ChainTip) -> Vec<DeviceHead> {
        let others = self.tips.iter().filter(|(device, _)| **device != self.device.id());
        let heads = others.filter_map(|(device, tip)| {
            tip.pin.map(|pin| DeviceHead { device: *device, seq: pin.seq, hash: pin.hash })
        });
        heads.filter(|head| own.seen.get(&head.device).is_none_or(|seen| *seen < head.seq)).collect()
    }

    /// Seals plaintexts for the next batch; nothing has changed yet.
    pub(super) fn seal_all(
        &self,
        plaintexts: &[(Scope, Vec<u8>)],
        rng: &mut dyn CryptoRng,
    ) -> Result<SealedOps, WriteError> {
        let batch_seq = next_seq(&self.own_tip());
        let epoch = self.log.epoch().part.number;
        let mut minted: Vec<(Scope, ScopeKey)> = Vec::new();
        for scope in plaintexts.iter().map(|(scope, _)| *scope) {
            let is_minted = minted.iter().any(|(other, _)| *other == scope);
            if !is_minted && self.ring.find_sealing_key(scope, epoch).is_none() {
                minted.push((scope, ScopeKey::generate(rng)));
            }
        }
        if minted.len() + plaintexts.len() > MAX_BATCH_LEAVES {
            return Err(WriteError::TooLarge);
        }
        let ring_key = self.ring.epoch_key(epoch).ok_or(WriteError::NoEpochKey)?;
        let mut ops = Vec::new();
        for (leaf_index, (scope, key)) in (0..).zip(&minted) {
            let place = self.own_place(Scope::KEY_RING, epoch, batch_seq, leaf_index);
            let envelope = ring_key.wrap_scope_key(&place, scope.kind, scope.id, key, rng);
            ops.push(self.sealed_op(Scope::KEY_RING, envelope));
        }
        let first_leaf = u16::try_from(ops.len()).map_err(|_| WriteError::TooLarge)?;
        for (leaf_index, (scope, cbor)) in (first_leaf..).zip(plaintexts) {
            let scope = *scope;
            let key = match minted.iter().find(|(other, _)| *other == scope) {
                Some((_, key)) => key,
                None => &self.ring.find_sealing_key(scope, epoch).ok_or(WriteError::NoEpochKey)?.key,
            };
            let place = self.own_place(scope, epoch, batch_seq, leaf_index);
            let envelope = envelope::seal_op(key, self.account_id, &place, cbor, rng);
            ops.push(self.sealed_op(scope, envelope.map_err(|_| WriteError::TooLarge)?));
        }
        Ok(SealedOps { ops, minted })
    }

    pub(super) fn add_scope_key(&mut self, scope: Scope, epoch: u32, key: ScopeKey, usage: KeyUsage) {
        let id = key.id();
        self.ring.add(scope, epoch, key, usage);
        self.dirty.extend([RowName::ScopeKey(id), RowName::ScopePlace(id)]);
    }

    fn own_place(&self, scope: Scope, epoch: u32, batch_seq: u64, leaf_index: u16) -> OpPlace {
        OpPlace {
            owner: self.account_id,
            scope_kind: scope.kind,
            scope_id: scope.id,
            epoch,
            author: self.device.id(),
            batch_seq,
            leaf_index,
        }
    }

    fn sealed_op(&self, scope: Scope, envelope: Vec<u8>) -> SealedOp {
        let tag = self.tag_key.stream_tag(scope.kind, &scope.id);
        SealedOp { leaf: Leaf { tag, envelope_hash: envelope::hash(&envelope) }, envelope }
    }
}
