//! One writer: a profile that was copied or restored is behind its own chain at the relay.
//!
//! What has never left this device is made again behind whatever the relay has of this device, signed by its own key.
//! Of what may have left nothing is made again: then two histories of one author exist, and this device writes no more.
//!
//! ```text
//! relay:       … ── 6 ── 7 ── 8
//! this device: … ── 6 ── 7'        7' never left: adopt 7 and 8, make 7' again as 9
//!                                  7' may have left: stop, keep it, say it
//! ```

use shared_types::batch::{ChainPin, ChainTip, SignedBatch};
use shared_types::sync::PageBody;

use super::{OpTrouble, RowName, Vault};
use crate::records::{OutboxRow, Record, Scope};
use crate::time::Timestamp;
use crate::view::IntegrityState;

impl Vault {
    /// Own batches that have never left this device, oldest first.
    pub(super) fn unhanded(&self) -> impl Iterator<Item = &OutboxRow> {
        self.outbox.range(next_of(&self.handed)..).map(|(_, row)| row)
    }

    /// How far the own chain may have left this device, as its row says; `None` = nobody knows, so all of it may.
    pub(super) fn read_handed(&mut self) {
        let own = self.tips.get(&self.device.id()).cloned().unwrap_or_default();
        let Some(n_handed) = self.sync.n_handed else {
            self.sync.n_handed = Some(next_of(&own));
            self.handed = own;
            return;
        };
        let mut handed = own;
        let unhanded = self.outbox.range(n_handed..).filter_map(|(_, row)| SignedBatch::parse(&row.batch).ok());
        for SignedBatch { batch, .. } in unhanded.collect::<Vec<_>>().iter().rev() {
            handed.pin = batch.seq.checked_sub(1).map(|seq| ChainPin { seq, hash: batch.previous });
            // What stood there before is not known any more; whatever is named next is higher.
            handed.log_seq = 0;
            handed.seen.retain(|device, _| batch.seen.iter().all(|head| head.device != *device));
        }
        self.handed = handed;
    }

    /// Own batches up to `seq` go to the network as soon as that is written down; whether it is news.
    pub fn handle_handed(&mut self, seq: u64) -> bool {
        let mut handed = self.handed.clone();
        let going = self.outbox.range(next_of(&handed)..).take_while(|(place, _)| **place <= seq);
        for (_, row) in going {
            if let Ok(signed) = SignedBatch::parse(&row.batch) {
                advance(&mut handed, &signed);
            }
        }
        self.handed = handed;
        let n_handed = Some(next_of(&self.handed)).max(self.sync.n_handed);
        let is_news = n_handed != self.sync.n_handed;
        if is_news {
            self.sync.n_handed = n_handed;
            self.dirty.insert(RowName::Sync);
        }
        is_news
    }

    /// Whether a page holds batches of this device that contradict those that never left it.
    pub fn is_behind_itself(&self, page: &PageBody) -> bool {
        let own = self.device.id();
        let ours = page.parcels.iter().filter_map(|parcel| SignedBatch::parse(&parcel.batch).ok());
        self.can_write()
            && self.holds_current_epoch()
            && ours.filter(|signed| signed.batch.device_id == own).any(|signed| {
                let waiting = self.outbox.range(next_of(&self.handed)..).find(|(seq, _)| **seq == signed.batch.seq);
                let hash = waiting.and_then(|(_, row)| SignedBatch::parse(&row.batch).ok()).map(|waiting| waiting.hash);
                hash.is_some_and(|hash| hash != signed.hash) && signed.is_signed_by(&self.device.part().signing)
            })
    }

    /// Takes back what never left this device: the records of each batch, to be written again behind what the relay
    /// has. Nothing of it is lost in the store before that is committed.
    pub fn take_back_unhanded(&mut self, now: Timestamp) -> Vec<Vec<Record>> {
        let first = next_of(&self.handed);
        let unhanded: Vec<u64> = self.outbox.range(first..).map(|(seq, _)| *seq).collect();
        let rows: Vec<OutboxRow> = unhanded.iter().filter_map(|seq| self.outbox.remove(seq)).collect();
        let mut taken = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(batch) = super::damage::own_batch(row) else { continue };
            self.dirty.insert(RowName::Outbox(batch.seq));
            self.forget_link(self.device.id(), batch.seq);
            taken.push(self.open_batches(&[batch], now).records);
        }
        // Nobody else has the keys that were made for them: they are made again with the batches.
        let ring_tag = self.tag_key.stream_tag(Scope::KEY_RING.kind, &Scope::KEY_RING.id);
        for batch in rows.iter().filter_map(super::damage::own_batch) {
            let minted = batch.leaves.iter().zip(0..).filter(|(leaf, _)| leaf.tag == ring_tag);
            let ids: Vec<_> = minted.filter_map(|(leaf, index)| self.minted_key(&batch, index, leaf)).collect();
            for id in ids {
                self.ring.remove(&id);
                self.dirty.extend([RowName::ScopeKey(id), RowName::ScopePlace(id)]);
            }
        }
        let handed = self.handed.clone();
        self.set_tip(self.device.id(), handed);
        taken
    }

    /// Whether this device may write: it is in the account log, and one.
    pub fn can_write(&self) -> bool {
        self.log.is_device_active_at(&self.device.id(), self.log.head().seq) && !self.is_forked_from_itself()
    }

    /// Whether two histories of this device exist: it writes no more.
    pub fn is_forked_from_itself(&self) -> bool {
        let own = self.device.id();
        let is_own = |trouble: &OpTrouble| {
            let batch = SignedBatch::parse(&trouble.bytes).map(|signed| signed.batch.device_id);
            trouble.state == IntegrityState::Forked && trouble.author == own && batch == Ok(own)
        };
        self.troubles.iter().any(is_own)
    }
}

/// The place of a chain after a tip.
fn next_of(tip: &ChainTip) -> u64 {
    tip.pin.map_or(0, |pin| pin.seq + 1)
}

/// Moves a tip on by one own batch.
pub(super) fn advance(tip: &mut ChainTip, signed: &SignedBatch) {
    tip.pin = Some(signed.pin());
    tip.log_seq = signed.batch.log.seq;
    tip.seen.extend(signed.batch.seen.iter().map(|head| (head.device, head.seq)));
}
