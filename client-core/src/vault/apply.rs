//! Applying: verified batches are opened, leaf by leaf, and become state. What does not open is kept as trouble.
//!
//! Scope keys first, then the rest: a batch may bring the key of its own ops. A record counts only under a scope key
//! of the epoch that its batch's log seq has; so a revoked device cannot slip in keys for a later epoch.

use shared_types::ordered::SortedMap;

use serde::{Deserialize, Serialize};
use shared_types::batch::{ChainPin, ChainTip, SignedBatch};
use shared_types::ids::{DeviceId, Hash, KeyId, ScopeId, StreamTag};

use super::ring::KeyUsage;
use super::{Change, RowName, Vault};
use crate::envelope::{self, OpPlace};
use crate::records::{ChatRecord, DirectoryRecord, Record, Scope, SettingsRecord};
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
    /// Whether what it says counts: it is not of a device that was taken off and beyond its cut.
    pub counts: bool,
    /// Its leaves in order; the envelopes of a batch that does not count may be missing.
    pub leaves: Vec<VerifiedLeaf>,
    /// How far its chain is verified with it.
    pub tip: ChainTip,
}

/// One leaf of a verified batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLeaf {
    /// Its stream.
    pub tag: StreamTag,
    /// The envelope that it names.
    pub envelope: Vec<u8>,
}

/// What verified batches hold.
#[derive(Debug, Default)]
pub struct OpenedBatches {
    /// Records in order.
    pub records: Vec<Record>,
    /// How far the chains are opened now.
    pub tips: SortedMap<DeviceId, ChainTip>,
    /// All batches that are opened, each with its place and hash.
    pub links: Vec<(DeviceId, ChainPin)>,
    /// What did not open.
    pub troubles: Vec<OpTrouble>,
    /// Some batches wait for a key that is not here; nothing of them counts yet.
    pub is_held: bool,
}

/// Why a leaf gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeafFault {
    /// The key that opens it is not here: it may come.
    NoKey,
    /// Its author sealed something that does not open in its place, or that this author cannot say.
    Unreadable,
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

/// Troubles that are kept: a relay can invent any number of them. One that is worse than all of them is kept besides.
const MAX_TROUBLES: usize = 64;
/// Bytes of evidence that a row holds.
const MAX_EVIDENCE_BYTES: usize = 512 * 1024;

impl OpTrouble {
    /// The entry of the account log without which its batch waits, if that is the trouble: the batch is its evidence.
    fn names_entry(&self) -> Option<u32> {
        let batch = SignedBatch::parse(&self.bytes).ok()?.batch;
        let is_it = (batch.device_id, batch.seq, self.leaf_index) == (self.author, self.batch_seq, None);
        is_it.then_some(batch.log.seq)
    }

    pub(super) fn evidence_hash(&self) -> Hash {
        let leaf = self.leaf_index.map_or([0xff; 4], |index| u32::from(index).to_be_bytes());
        Hash::of(&[&[self.state as u8], &self.author.0, &self.batch_seq.to_be_bytes(), &leaf])
    }
}

impl Vault {
    /// Opens the ops of verified batches: scope keys join the ring, records come back in order.
    ///
    /// From the first batch on whose key is missing, its author's batches wait: they are read again with their page.
    pub fn open_batches(&mut self, batches: &[VerifiedBatch], now: Timestamp) -> OpenedBatches {
        let ring_tag = self.tag_of(Scope::KEY_RING);
        let mut opened = OpenedBatches::default();
        let mut held: SortedMap<DeviceId, u64> = SortedMap::new();
        for batch in batches {
            for (index, leaf) in (0..).zip(&batch.leaves).filter(|(_, leaf)| leaf.tag == ring_tag) {
                let Err(fault) = self.open_scope_key(batch, index, leaf) else { continue };
                if !batch.counts {
                    continue;
                }
                opened.troubles.push(trouble_of_leaf(batch, index, leaf, fault));
                if fault == LeafFault::NoKey {
                    held.entry(batch.author).or_insert(batch.seq);
                }
            }
        }
        for batch in batches {
            if held.get(&batch.author).is_some_and(|seq| *seq <= batch.seq) {
                continue;
            }
            let leaves = (0..).zip(&batch.leaves).filter(|(_, leaf)| batch.counts && leaf.tag != ring_tag);
            let results: Vec<_> =
                leaves.map(|(index, leaf)| (index, leaf, self.open_record(batch, index, leaf, now))).collect();
            let no_key = results.iter().find(|(_, _, result)| *result == Err(LeafFault::NoKey));
            if let Some((index, leaf, _)) = no_key {
                opened.troubles.push(trouble_of_leaf(batch, *index, leaf, LeafFault::NoKey));
                held.insert(batch.author, batch.seq);
                continue;
            }
            for (index, leaf, result) in results {
                match result {
                    Ok(record) => opened.records.push(record),
                    Err(fault) => opened.troubles.push(trouble_of_leaf(batch, index, leaf, fault)),
                }
            }
            opened.links.extend(batch.tip.pin.map(|pin| (batch.author, pin)));
            opened.tips.insert(batch.author, batch.tip.clone());
        }
        opened.is_held = !held.is_empty();
        opened
    }

    /// Applies opened records together with how far the chains are verified now; what was withheld and has come is
    /// no trouble any more.
    pub fn apply_opened(&mut self, opened: OpenedBatches, now: Timestamp) {
        let OpenedBatches { records, tips, links, .. } = opened;
        for (device, pin) in links {
            self.add_link(device, pin);
        }
        for record in records {
            self.apply_record(record, now);
        }
        if !tips.is_empty() {
            for (device, tip) in tips {
                if device == self.device.id() {
                    self.handed = tip.clone();
                }
                self.set_tip(device, tip);
            }
            self.drop_arrived();
        }
    }

    pub(super) fn set_tip(&mut self, device: DeviceId, tip: ChainTip) {
        self.dirty.extend([RowName::Heads, RowName::Seen(device)]);
        self.tips.insert(device, tip);
    }

    /// Keeps as withheld every head that a verified batch has seen and that has not come; whether there is any.
    ///
    /// The relay served it once, to whoever has seen it. Of a device that was revoked nothing is missed.
    pub fn keep_withheld_heads(&mut self) -> bool {
        let mut missing: SortedMap<DeviceId, (u64, DeviceId)> = SortedMap::new();
        for (author, tip) in &self.tips {
            for (device, seq) in &tip.seen {
                let held = self.tips.get(device).and_then(|tip| tip.pin).map(|pin| pin.seq);
                let counts = self.log.device(device).is_some_and(shared_types::log::DeviceState::is_active);
                let known = missing.get(device).map(|(seq, _)| *seq);
                if counts && held < Some(*seq) && known < Some(*seq) {
                    missing.insert(*device, (*seq, *author));
                }
            }
        }
        for (author, (batch_seq, witness)) in &missing {
            let (author, batch_seq, bytes) = (*author, *batch_seq, witness.0.to_vec());
            self.keep_trouble(OpTrouble {
                state: IntegrityState::Withheld,
                author,
                batch_seq,
                leaf_index: None,
                bytes,
            });
        }
        !missing.is_empty()
    }

    /// The relay does not have any more what this device read from it: the batch at this place of a chain.
    pub fn keep_rolled_back(&mut self, author: DeviceId, batch_seq: u64) {
        let bytes = self.hash_at(author, batch_seq).map(|hash| hash.0.to_vec()).unwrap_or_default();
        let state = IntegrityState::RolledBack;
        self.keep_trouble(OpTrouble { state, author, batch_seq, leaf_index: None, bytes });
    }

    /// Forgets what was withheld and has come since: it proves nothing against anyone.
    pub(super) fn drop_arrived(&mut self) {
        let own = self.device.id();
        let (tips, log_seq) = (&self.tips, u64::from(self.log.head().seq));
        let has_come = |trouble: &OpTrouble| {
            let pin = tips.get(&trouble.author).and_then(|tip| tip.pin);
            // A version before this one named itself for an entry of the log that does not come, without bytes.
            let is_of_log = trouble.author == own && trouble.bytes.is_empty();
            let come_to = if is_of_log { Some(log_seq) } else { pin.map(|pin| pin.seq) };
            let has_log = trouble.names_entry().is_some_and(|named| u64::from(named) <= log_seq);
            // Of what a device wrote beyond its cut nothing is missed.
            let is_cut = self.log.device(&trouble.author).is_some_and(|device| !device.counts(trouble.batch_seq));
            let is_there = has_log || is_cut || come_to.is_some_and(|seq| trouble.batch_seq <= seq);
            trouble.state == IntegrityState::Withheld && is_there
        };
        let (come, left) = std::mem::take(&mut self.troubles).into_iter().partition(has_come);
        self.troubles = left;
        let come: Vec<OpTrouble> = come;
        for trouble in come {
            self.dirty.insert(RowName::Evidence(trouble.evidence_hash()));
            self.changes.insert(Change::Status);
        }
    }

    pub(super) fn apply_record(&mut self, record: Record, now: Timestamp) {
        self.sync.clock.observe(&stamp_of(&record), now);
        self.dirty.insert(RowName::Sync);
        match record {
            Record::Directory(record) => self.apply_directory_record(record, now),
            Record::Settings(record) => self.apply_settings_record(record),
            Record::Chat(chat, record) => self.apply_chat_record(chat, record, now),
        }
    }

    /// Keeps a trouble and shows it; the same one twice is kept once.
    pub fn keep_trouble(&mut self, mut trouble: OpTrouble) {
        trouble.bytes.truncate(MAX_EVIDENCE_BYTES);
        let hash = trouble.evidence_hash();
        let is_new = self.troubles.iter().all(|other| other.evidence_hash() != hash);
        let has_room = self.troubles.len() < MAX_TROUBLES;
        if is_new && (has_room || self.integrity() < trouble.state) {
            self.troubles.push(trouble);
            self.dirty.insert(RowName::Evidence(hash));
            self.changes.insert(Change::Status);
        }
    }

    fn open_scope_key(&mut self, batch: &VerifiedBatch, index: u16, leaf: &VerifiedLeaf) -> Result<(), LeafFault> {
        let epoch = self.epoch_of(batch)?;
        let ring_key = self.ring.epoch_key(epoch).ok_or(LeafFault::NoKey)?;
        let place = self.place_of(batch, index, Scope::KEY_RING, epoch);
        let entry = ring_key.unwrap_scope_key(&place, &leaf.envelope).map_err(|_| LeafFault::Unreadable)?;
        let scope = Scope { kind: entry.scope_kind, id: entry.scope_id };
        // Somebody may have sealed with a key from beyond a cut before they heard of it.
        let usage = if batch.counts { KeyUsage::SealsAndOpens } else { KeyUsage::Opens };
        self.add_scope_key(scope, epoch, entry.key, usage);
        Ok(())
    }

    /// The key that an own batch brought.
    pub(super) fn minted_key(&self, batch: &VerifiedBatch, index: u16, leaf: &VerifiedLeaf) -> Option<KeyId> {
        let epoch = self.epoch_of(batch).ok()?;
        let place = self.place_of(batch, index, Scope::KEY_RING, epoch);
        let entry = self.ring.epoch_key(epoch)?.unwrap_scope_key(&place, &leaf.envelope).ok()?;
        Some(entry.key.id())
    }

    fn open_record(
        &self,
        batch: &VerifiedBatch,
        index: u16,
        leaf: &VerifiedLeaf,
        now: Timestamp,
    ) -> Result<Record, LeafFault> {
        let epoch = self.epoch_of(batch)?;
        let key_id = envelope::peek_key_id(&leaf.envelope).ok_or(LeafFault::Unreadable)?;
        let ring_key = self.ring.find_key(&key_id).ok_or(LeafFault::NoKey)?;
        let is_of_its_stream = self.tag_of(ring_key.scope) == leaf.tag;
        if ring_key.epoch != epoch || !is_of_its_stream {
            return Err(LeafFault::Unreadable);
        }
        let place = self.place_of(batch, index, ring_key.scope, epoch);
        let cbor = envelope::open_op(&ring_key.key, self.account_id, &place, &leaf.envelope);
        let record = Record::from_cbor(ring_key.scope, &cbor.map_err(|_| LeafFault::Unreadable)?);
        record.ok().filter(|record| can_say(batch.author, record, now)).ok_or(LeafFault::Unreadable)
    }

    fn epoch_of(&self, batch: &VerifiedBatch) -> Result<u32, LeafFault> {
        let epoch = self.log.epoch_at(batch.log_seq).ok_or(LeafFault::NoKey)?;
        Ok(epoch.part.number)
    }

    pub(super) fn tag_of(&self, scope: Scope) -> StreamTag {
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

fn trouble_of_leaf(batch: &VerifiedBatch, index: u16, leaf: &VerifiedLeaf, fault: LeafFault) -> OpTrouble {
    OpTrouble {
        state: match fault {
            LeafFault::NoKey => IntegrityState::Withheld,
            LeafFault::Unreadable => IntegrityState::Altered,
        },
        author: batch.author,
        batch_seq: batch.seq,
        leaf_index: Some(index),
        bytes: leaf.envelope.clone(),
    }
}

/// Whether a record is its author's to write: it speaks in its own name, and of no future in which nobody could
/// overrule it. Messages overrule nothing, so that one of a device whose clock is wrong is read.
fn can_say(author: DeviceId, record: &Record, now: Timestamp) -> bool {
    let stamp = stamp_of(record);
    let is_of_author = match record {
        Record::Settings(SettingsRecord::DeviceNamed { device, .. }) => *device == author,
        Record::Settings(SettingsRecord::MethodNoted { .. }) | Record::Directory(_) | Record::Chat(..) => true,
    };
    let overrules = !matches!(record, Record::Chat(..)) || matches!(record, Record::Chat(_, ChatRecord::Chosen { .. }));
    let can_be_overruled = !overrules || !stamp.is_far_ahead(now);
    stamp.device == author && is_of_author && can_be_overruled
}

fn stamp_of(record: &Record) -> Stamp {
    match record {
        Record::Directory(
            DirectoryRecord::Made { at, .. }
            | DirectoryRecord::Titled { at, .. }
            | DirectoryRecord::Deleted { at, .. }
            | DirectoryRecord::ModelChosen { at, .. }
            | DirectoryRecord::Restored { at, .. },
        )
        | Record::Settings(SettingsRecord::DeviceNamed { at, .. } | SettingsRecord::MethodNoted { at, .. })
        | Record::Chat(_, ChatRecord::Removed { at, .. } | ChatRecord::Chosen { at, .. }) => *at,
        Record::Chat(_, ChatRecord::Message(message)) => message.at,
        Record::Chat(_, ChatRecord::Receipt(receipt)) => receipt.at,
    }
}
