//! Damaged rows: a row that does not open stays in the store as it is, byte for byte, as evidence and for a better
//! reader. What takes its place is written beside it, under the next name of the same row.
//!
//! ```text
//! page 3 of a chat:   bytes that do not open   ◄─ kept
//!           beside 1: what was read again      ◄─ read and written from now on
//! ```

use shared_types::ordered::{SortedMap, SortedSet};

use serde_bytes::ByteBuf;
use shared_types::batch::{ChainTip, SignedBatch};

use super::{Change, RowName, Vault, VerifiedBatch, VerifiedLeaf};
use crate::keys::RowSealer;
use crate::records::{ChatEntry, MendedRow, OutboxRow, Record};
use crate::store::Table;
use crate::time::{Stamp, Timestamp};
use crate::view::ChatId;
use shared_types::ordered::set_of;

/// Where a damaged row lies: table number, key.
pub type DamagedPlace = (u16, Vec<u8>);

/// All rows that did not open.
#[derive(Debug, Default)]
pub(super) struct Damage {
    /// With the chat that each belongs to, where that is known.
    rows: SortedMap<DamagedPlace, Option<ChatId>>,
    /// Rows whose content was read again from the account's batches.
    mended: SortedSet<DamagedPlace>,
    /// Rows that became too large to be written: the store has them as they were before.
    outgrown: SortedSet<RowName>,
    was_found: bool,
}

impl Damage {
    pub(super) fn mark(&mut self, table: Table, key: &[u8], chat: Option<ChatId>) {
        let place = (table.number(), key.to_vec());
        let is_known = self.rows.get(&place).is_some_and(|known| known.is_some() || chat.is_none());
        if !is_known {
            self.was_found |= can_be_mended(table.number()) && !self.mended.contains(&place);
            self.rows.insert(place, chat);
        }
    }

    /// How many damaged rows stand at the names of a row.
    fn n_at(&self, name: RowName, sealer: &RowSealer) -> u32 {
        let is_damaged = |n_damaged: &u32| {
            let key = name.key_beside(*n_damaged, sealer);
            self.rows.contains_key(&(name.table().number(), key))
        };
        let none = if self.rows.is_empty() { Some(0) } else { None };
        none.or_else(|| (0..u32::MAX).find(|n_damaged| !is_damaged(n_damaged))).unwrap_or(u32::MAX)
    }

    fn is_damaged(&self, chat: ChatId) -> bool {
        let is_outgrown = self.outgrown.iter().any(|name| name.chat() == Some(chat));
        is_outgrown || self.unmended().any(|(_, of)| *of == Some(chat))
    }

    pub(super) fn unmark_outgrown(&mut self, name: RowName) {
        self.outgrown.remove(&name);
    }

    fn unmended(&self) -> impl Iterator<Item = (&DamagedPlace, &Option<ChatId>)> {
        self.rows.iter().filter(|(place, _)| !self.mended.contains(*place))
    }

    pub(super) fn set_mended(&mut self, row: MendedRow) {
        self.mended = set_of(row.into_iter().map(|(table, key)| (table, key.into_vec())));
    }

    pub(super) fn to_row(&self) -> MendedRow {
        self.mended.iter().map(|(table, key)| (*table, ByteBuf::from(key.clone()))).collect()
    }
}

/// Whether the content of a table can come from the account's batches.
fn can_be_mended(table: u16) -> bool {
    [Table::Outbox, Table::Waiting, Table::Drafts, Table::Evidence].iter().all(|local| local.number() != table)
}

impl Vault {
    /// The name under which a row is sealed: beside the damaged ones that stand at its other names.
    pub(super) fn row_key(&self, name: RowName) -> Vec<u8> {
        name.row_key_beside(self.damage.n_at(name, &self.sealer))
    }

    /// The key under which a row is stored.
    pub fn stored_key(&self, name: RowName) -> Vec<u8> {
        name.key_beside(self.damage.n_at(name, &self.sealer), &self.sealer)
    }

    /// Whether something damaged stands at a name of this row.
    pub(super) fn stands_beside(&self, name: RowName) -> bool {
        self.damage.n_at(name, &self.sealer) > 0
    }

    /// The row that was read for a name does not open: it is kept, and [`Self::stored_key`] names the next one.
    pub fn mark_damaged(&mut self, name: RowName) {
        let key = self.stored_key(name);
        self.damage.mark(name.table(), &key, name.chat());
        self.show_damage(name);
    }

    /// A row became too large to be written.
    pub(super) fn mark_outgrown(&mut self, name: RowName) {
        self.damage.outgrown.insert(name);
        self.show_damage(name);
    }

    fn show_damage(&mut self, name: RowName) {
        self.changes.insert(Change::Status);
        if let Some(chat) = name.chat() {
            self.changes.extend([Change::ChatRow(chat), Change::Conversation(chat)]);
        }
    }

    /// How many rows of this device's store did not open and could not be read again; all of them are kept.
    pub fn n_damaged(&self) -> u32 {
        u32::try_from(self.damage.unmended().count() + self.damage.outgrown.len()).unwrap_or(u32::MAX)
    }

    /// Whether a part of a chat is damaged here.
    pub fn is_damaged(&self, chat: ChatId) -> bool {
        self.damage.is_damaged(chat)
    }

    /// Whether damage was found since the last call that the account's batches may mend.
    pub fn take_damage_found(&mut self) -> bool {
        std::mem::take(&mut self.damage.was_found)
    }

    /// All damaged rows known now that the account's batches may mend.
    pub fn list_damaged(&self) -> SortedSet<DamagedPlace> {
        set_of(self.damage.unmended().map(|(place, _)| place.clone()).filter(|(table, _)| can_be_mended(*table)))
    }

    /// Whether a record belongs to what may be damaged.
    pub fn can_mend_with(&self, record: &Record) -> bool {
        let of_keys = [Table::Scopes.number(), Table::Keys.number()];
        match record {
            Record::Directory(_) | Record::Settings(_) => true,
            Record::Chat(chat, _) => {
                self.is_damaged(*chat) || self.damage.unmended().any(|((table, _), _)| of_keys.contains(table))
            }
        }
    }

    /// Every batch of the account was read once more: these rows have all their content again, beside the damage.
    pub fn handle_mended(&mut self, places: SortedSet<DamagedPlace>) {
        let chats = set_of(places.iter().filter_map(|place| *self.damage.rows.get(place)?));
        for chat in chats {
            self.changes.extend([Change::ChatRow(chat), Change::Conversation(chat)]);
        }
        self.damage.mended.extend(places);
        self.dirty.insert(RowName::Mended);
        self.changes.insert(Change::Status);
    }

    /// Lists chats whose row of the chat list is damaged: nothing is known of them but that they are there.
    pub(super) fn list_damaged_chats(&mut self) {
        let chats: Vec<ChatId> = self.ring.list_chats().into_iter().chain(self.directory.keys().copied()).collect();
        for chat in chats {
            let name = RowName::Chat(chat);
            for n_damaged in 0..self.damage.n_at(name, &self.sealer) {
                let key = name.key_beside(n_damaged, &self.sealer);
                self.damage.mark(name.table(), &key, Some(chat));
                let changed = Stamp { ms: 0, n: 0, device: self.device.id() };
                self.directory.entry(chat).or_insert_with(|| ChatEntry::unknown(chat, changed));
            }
        }
    }

    /// Records of own batches that the relay does not have yet, as far as their keys are here.
    pub fn open_unsent(&mut self, now: Timestamp) -> Vec<Record> {
        let batches = self.outbox.values().filter_map(own_batch).collect::<Vec<_>>();
        self.open_batches(&batches, now).records
    }
}

/// An own batch as it waits in the outbox.
pub(super) fn own_batch(row: &OutboxRow) -> Option<VerifiedBatch> {
    let signed = SignedBatch::parse(&row.batch).ok()?;
    let leaves = signed.batch.leaves.iter().zip(&row.envelopes);
    let leaves = leaves.map(|(leaf, envelope)| VerifiedLeaf { tag: leaf.tag, envelope: envelope.to_vec() }).collect();
    let (author, seq, log_seq) = (signed.batch.device_id, signed.batch.seq, signed.batch.log.seq);
    Some(VerifiedBatch { author, seq, log_seq, counts: true, leaves, tip: ChainTip::at(signed.pin()) })
}
