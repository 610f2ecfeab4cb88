//! Applying: verified batches are opened, leaf by leaf, and become state. What does not open is kept as trouble.
//!
//! Scope keys first, then the rest: a batch may bring the key of its own ops. A record counts only under a scope key
//! of the epoch that its batch's log seq has; so a revoked device cannot slip in keys for a later epoch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared_types::batch::ChainTip;
use shared_types::ids::{DeviceId, Hash, ScopeId, StreamTag};
use shared_types::sync::Cursor;

use super::{Change, RowName, Vault};
use crate::envelope::{self, OpPlace};
use crate::records::{Record, Scope};
use crate::time::{Stamp, Timestamp};
use crate::view::IntegrityState;

/// A batch whose chain, author and signature were verified; its envelopes match their leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedBatch {
    /// The author.
    pub author: DeviceId,
    /// Its number.
    pub seq: u64,
    /// The log seq that it names.
    pub log_seq: u32,
    /// Its leaves in order.
    pub leaves: Vec<VerifiedLeaf>,
}

/// One leaf of a verified batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLeaf {
    /// Its stream.
    pub tag: StreamTag,
    /// The envelope that it names; `None` = the relay did not serve it.
    pub envelope: Option<Vec<u8>>,
}

/// Something of the account that does not verify; kept, shown, never silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpTrouble {
    /// What it is.
    pub state: IntegrityState,
    /// Whose batch.
    pub author: DeviceId,
    /// Which batch.
    pub batch_seq: u64,
    /// Which leaf, if it is one.
    pub leaf_index: Option<u16>,
    /// The bytes that prove it, as far as there are any.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// Bytes of evidence that a row holds.
const MAX_EVIDENCE_BYTES: usize = 512 * 1024;

impl OpTrouble {
    pub(super) fn evidence_hash(&self) -> Hash {
        let leaf = self.leaf_index.map_or([0xff; 4], |index| u32::from(index).to_be_bytes());
        Hash::of(&[&[self.state as u8], &self.author.0, &self.batch_seq.to_be_bytes(), &leaf])
    }
}

impl Vault {
    /// Opens the ops of verified batches: scope keys join the ring, records come back in order.
    pub fn open_batches(&mut self, batches: &[VerifiedBatch]) -> Vec<Record> {
        let ring_tag = self.tag_of(Scope::KEY_RING);
        for batch in batches {
            for (index, leaf) in (0..).zip(&batch.leaves).filter(|(_, leaf)| leaf.tag == ring_tag) {
                if let Err(state) = self.open_scope_key(batch, index, leaf) {
                    self.keep_leaf_trouble(batch, index, leaf, state);
                }
            }
        }
        let mut records = Vec::new();
        for batch in batches {
            for (index, leaf) in (0..).zip(&batch.leaves).filter(|(_, leaf)| leaf.tag != ring_tag) {
                match self.open_record(batch, index, leaf) {
                    Ok(record) => records.push(record),
                    Err(state) => self.keep_leaf_trouble(batch, index, leaf, state),
                }
            }
        }
        records
    }

    /// Applies opened records together with how far the chains and the relay's order are verified now.
    pub fn apply_opened(
        &mut self,
        records: Vec<Record>,
        tips: BTreeMap<DeviceId, ChainTip>,
        cursor: Cursor,
        now: Timestamp,
    ) {
        for record in records {
            self.apply_record(record, now);
        }
        if !tips.is_empty() {
            self.tips.extend(tips);
            self.dirty.insert(RowName::Heads);
        }
        self.set_cursor(cursor);
    }

    pub(super) fn apply_record(&mut self, record: Record, now: Timestamp) {
        self.sync.clock.observe(&stamp_of(&record), now);
        match record {
            Record::Directory(record) => self.apply_directory_record(record),
            Record::Settings(record) => self.apply_settings_record(record),
            Record::Chat(chat, record) => self.apply_chat_record(chat, record),
        }
    }

    /// Keeps a trouble and shows it; the same one twice is kept once.
    pub fn keep_trouble(&mut self, mut trouble: OpTrouble) {
        trouble.bytes.truncate(MAX_EVIDENCE_BYTES);
        let hash = trouble.evidence_hash();
        if self.troubles.iter().all(|other| other.evidence_hash() != hash) {
            self.troubles.push(trouble);
            self.dirty.insert(RowName::Evidence(hash));
            self.changes.insert(Change::Status);
        }
    }

    fn keep_leaf_trouble(&mut self, batch: &VerifiedBatch, index: u16, leaf: &VerifiedLeaf, state: IntegrityState) {
        self.keep_trouble(OpTrouble {
            state,
            author: batch.author,
            batch_seq: batch.seq,
            leaf_index: Some(index),
            bytes: leaf.envelope.clone().unwrap_or_default(),
        });
    }

    fn open_scope_key(&mut self, batch: &VerifiedBatch, index: u16, leaf: &VerifiedLeaf) -> Result<(), IntegrityState> {
        let envelope = leaf.envelope.as_ref().ok_or(IntegrityState::Withheld)?;
        let epoch = self.epoch_of(batch)?;
        let ring_key = self.ring.epoch_key(epoch).ok_or(IntegrityState::Withheld)?;
        let place = self.place_of(batch, index, Scope::KEY_RING, epoch);
        let entry = ring_key.unwrap_scope_key(&place, envelope).map_err(|_| IntegrityState::Altered)?;
        let scope = Scope { kind: entry.scope_kind, id: entry.scope_id };
        self.add_scope_key(scope, epoch, entry.key);
        Ok(())
    }

    fn open_record(&self, batch: &VerifiedBatch, index: u16, leaf: &VerifiedLeaf) -> Result<Record, IntegrityState> {
        let envelope = leaf.envelope.as_ref().ok_or(IntegrityState::Withheld)?;
        let epoch = self.epoch_of(batch)?;
        let key_id = envelope::peek_key_id(envelope).ok_or(IntegrityState::Altered)?;
        let ring_key = self.ring.find_key(&key_id).ok_or(IntegrityState::Withheld)?;
        let is_of_its_stream = self.tag_of(ring_key.scope) == leaf.tag;
        if ring_key.epoch != epoch || !is_of_its_stream {
            return Err(IntegrityState::Altered);
        }
        let place = self.place_of(batch, index, ring_key.scope, epoch);
        let cbor = envelope::open_op(&ring_key.key, self.account_id, &place, envelope);
        Record::from_cbor(ring_key.scope, &cbor.map_err(|_| IntegrityState::Altered)?)
            .map_err(|_| IntegrityState::Altered)
    }

    fn epoch_of(&self, batch: &VerifiedBatch) -> Result<u32, IntegrityState> {
        let epoch = self.log.epoch_at(batch.log_seq).ok_or(IntegrityState::Withheld)?;
        Ok(epoch.part.number)
    }

    fn tag_of(&self, scope: Scope) -> StreamTag {
        self.tag_key.stream_tag(scope.kind, &scope.id)
    }

    fn place_of(&self, batch: &VerifiedBatch, leaf_index: u16, scope: Scope, epoch: u32) -> OpPlace {
        let scope_id: ScopeId = scope.id;
        OpPlace {
            owner: self.account_id,
            scope_kind: scope.kind,
            scope_id,
            epoch,
            author: batch.author,
            batch_seq: batch.seq,
            leaf_index,
        }
    }
}

fn stamp_of(record: &Record) -> Stamp {
    use crate::records::{ChatRecord, DirectoryRecord, SettingsRecord};
    match record {
        Record::Directory(
            DirectoryRecord::Made { at, .. }
            | DirectoryRecord::Titled { at, .. }
            | DirectoryRecord::Deleted { at, .. }
            | DirectoryRecord::Restored { at, .. },
        )
        | Record::Settings(SettingsRecord::DeviceNamed { at, .. })
        | Record::Chat(_, ChatRecord::Removed { at, .. }) => *at,
        Record::Chat(_, ChatRecord::Message(message)) => message.at,
        Record::Chat(_, ChatRecord::Receipt(receipt)) => receipt.at,
    }
}
