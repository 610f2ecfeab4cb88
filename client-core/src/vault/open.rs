//! Opening a vault: from the rows of this device's store, or from an enrolment that just happened.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::de::DeserializeOwned;
use shared_types::ids::{AccountId, DeviceId, Hash};
use shared_types::log::LogState;
use thiserror::Error;

use super::ring::KeyRing;
use super::{Change, OpTrouble, RowName, Vault};
use crate::account::EpochKeys;
use crate::envelope::OpenError;
use crate::keys::{DeviceKeys, EpochKey, LocalStoreKey, RowSealer, ScopeKey};
use crate::records::{
    ChatEntry, ChatOutline, HeadsRow, Message, OutboxRow, Scope, ScopePlaceRow, SessionRow, SyncRow, WaitingRow,
    from_cbor,
};
use crate::store::{Row, Table};
use crate::time::Stamp;
use crate::view::ChatId;

/// Tables that are read whole when a vault opens.
const TABLES_AT_OPEN: [Table; 10] = [
    Table::Device,
    Table::Log,
    Table::Keys,
    Table::Scopes,
    Table::Heads,
    Table::Outbox,
    Table::Directory,
    Table::Waiting,
    Table::Drafts,
    Table::Evidence,
];

/// Sealed rows of the tables that are read whole, as the store gave them.
#[derive(Debug, Default)]
pub struct LockedRows(BTreeMap<Table, Vec<Row>>);

impl LockedRows {
    /// The tables to read.
    pub const TABLES: [Table; 10] = TABLES_AT_OPEN;

    /// Adds the rows of one table.
    pub fn insert(&mut self, table: Table, rows: Vec<Row>) {
        self.0.insert(table, rows);
    }

    fn find(&self, name: RowName, sealer: &RowSealer) -> Option<&[u8]> {
        let key = name.stored_key(sealer);
        self.0.get(&name.table())?.iter().find(|row| row.key == key).map(|row| row.value.as_slice())
    }

    fn of(&self, table: Table) -> &[Row] {
        self.0.get(&table).map_or(&[], Vec::as_slice)
    }
}

/// Why a vault does not open. The rows are kept as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpenVaultError {
    /// A row without which nothing can be read is missing or damaged.
    #[error("a row that every other row depends on is missing or damaged")]
    Damaged,
    /// A newer version of the app wrote here.
    #[error("a newer version wrote here")]
    Newer,
}

/// Everything that a new device has once it may hold the account.
pub struct Enrolment {
    /// The account.
    pub account_id: AccountId,
    /// This device's keys.
    pub device: DeviceKeys,
    /// The verified log.
    pub log: LogState,
    /// Its entries as they came.
    pub entries: Vec<Vec<u8>>,
    /// Epoch keys that opened, by number; that of epoch 1 among them.
    pub epochs: EpochKeys,
    /// The relay's session.
    pub session: SessionRow,
}

impl Vault {
    /// A vault of a device that just joined; every row of it is dirty.
    pub fn enrol(store_key: &LocalStoreKey, enrolment: Enrolment) -> Result<Self, OpenVaultError> {
        let Enrolment { account_id, device, log, entries, epochs, session } = enrolment;
        let sealer = store_key.row_sealer(account_id, device.id());
        let mut vault = Self::empty(account_id, Rc::new(device), sealer, log, entries, epochs)?;
        vault.dirty.insert(RowName::DeviceKeys);
        vault.dirty.insert(RowName::Sync);
        vault.dirty.extend(vault.epochs.iter().map(|(number, _)| RowName::Epoch(number)));
        vault.dirty.extend((0..=vault.log.head().seq).map(RowName::Log));
        vault.set_session(Some(session));
        Ok(vault)
    }

    fn empty(
        account_id: AccountId,
        device: Rc<DeviceKeys>,
        sealer: RowSealer,
        log: LogState,
        entries: Vec<Vec<u8>>,
        epochs: EpochKeys,
    ) -> Result<Self, OpenVaultError> {
        let tag_key = epochs.key(1).ok_or(OpenVaultError::Damaged)?.tag_key(account_id);
        let mut ring = KeyRing::default();
        for (number, key) in epochs.iter() {
            ring.add_epoch(number, key.key_ring_key(account_id));
        }
        Ok(Self {
            account_id,
            device,
            sealer,
            log,
            entries,
            epochs,
            tag_key,
            ring,
            tips: BTreeMap::new(),
            stored_heads: None,
            sync: SyncRow::default(),
            session: None,
            outbox: BTreeMap::new(),
            directory: BTreeMap::new(),
            chats: BTreeMap::new(),
            device_names: BTreeMap::new(),
            waiting: BTreeMap::new(),
            drafts: BTreeMap::new(),
            receipts: BTreeMap::new(),
            troubles: Vec::new(),
            n_damaged: 0,
            dirty: BTreeSet::new(),
            changes: BTreeSet::new(),
        })
    }

    /// Opens the vault of this device.
    pub fn open(
        store_key: &LocalStoreKey,
        account_id: AccountId,
        device_id: DeviceId,
        rows: &LockedRows,
    ) -> Result<Self, OpenVaultError> {
        let sealer = store_key.row_sealer(account_id, device_id);
        let name = RowName::DeviceKeys;
        let envelope = rows.find(name, &sealer).ok_or(OpenVaultError::Damaged)?;
        let device =
            DeviceKeys::from_row(&sealer, name.table().number(), &name.row_key(), envelope).map_err(to_error)?;

        let mut entries: Vec<(u32, Vec<u8>)> = Vec::new();
        for row in rows.of(Table::Log) {
            let bytes: serde_bytes::ByteBuf = open_at(&sealer, Table::Log, row)?;
            let (entry, _) = shared_types::log::Entry::parse(&bytes).map_err(|_| OpenVaultError::Damaged)?;
            entries.push((entry.seq, bytes.into_vec()));
        }
        entries.sort_by_key(|(seq, _)| *seq);
        let entries: Vec<Vec<u8>> = entries.into_iter().map(|(_, bytes)| bytes).collect();
        let log =
            LogState::verify(account_id, entries.iter().map(Vec::as_slice)).map_err(|_| OpenVaultError::Damaged)?;

        let mut epochs = EpochKeys::new();
        for epoch in log.epochs() {
            let name = RowName::Epoch(epoch.part.number);
            let Some(envelope) = rows.find(name, &sealer) else { continue };
            let (table, row_key) = (name.table().number(), name.row_key());
            let key = EpochKey::from_row(&sealer, table, &row_key, envelope, &epoch.part.commitment);
            epochs.insert(epoch.part.number, key.map_err(to_error)?);
        }
        let mut vault = Self::empty(account_id, Rc::new(device), sealer, log, entries, epochs)?;
        vault.read_state(rows)?;
        vault.read_lists(rows);
        vault.changes.insert(Change::Status);
        Ok(vault)
    }

    fn read_state(&mut self, rows: &LockedRows) -> Result<(), OpenVaultError> {
        if let Some(value) = rows.find(RowName::Sync, &self.sealer) {
            self.sync = self.open_named(RowName::Sync, value)?;
        }
        if let Some(value) = rows.find(RowName::Session, &self.sealer) {
            self.session = Some(self.open_named::<SessionRow>(RowName::Session, value)?);
        }
        if let Some(value) = rows.find(RowName::Heads, &self.sealer) {
            let heads: HeadsRow = self.open_named(RowName::Heads, value)?;
            self.tips = heads.into_iter().map(|(device, tip)| (device, tip.into())).collect();
            self.stored_heads = Some(value.to_vec());
        }
        for row in rows.of(Table::Outbox) {
            let seq = row.key.as_slice().try_into().map(u64::from_be_bytes).map_err(|_| OpenVaultError::Damaged)?;
            let outbox: OutboxRow = self.open_named(RowName::Outbox(seq), &row.value)?;
            self.outbox.insert(seq, outbox);
        }
        Ok(())
    }

    /// Reads rows of which each stands for itself: a damaged one is counted and kept, the others go on.
    fn read_lists(&mut self, rows: &LockedRows) {
        for row in rows.of(Table::Scopes) {
            let place: Option<ScopePlaceRow> = self.open_or_count(Table::Scopes, row);
            let key = place.and_then(|place| Some((place, self.open_scope_key_row(rows, &place)?)));
            match key {
                Some((place, key)) => self.ring.add(Scope { kind: place.kind, id: place.scope }, place.epoch, key),
                None => self.n_damaged += u32::from(place.is_some()),
            }
        }
        for row in rows.of(Table::Directory) {
            if let Some(entry) = self.open_or_count::<ChatEntry>(Table::Directory, row) {
                self.directory.insert(entry.chat, entry);
            }
        }
        for row in rows.of(Table::Waiting) {
            if let Some(waiting) = self.open_or_count::<WaitingRow>(Table::Waiting, row) {
                self.waiting.insert(waiting.question, waiting);
            }
        }
        for row in rows.of(Table::Drafts) {
            if let Some((chat, text)) = self.open_or_count::<(Option<ChatId>, String)>(Table::Drafts, row) {
                self.drafts.insert(chat, text);
            }
        }
        for row in rows.of(Table::Evidence) {
            if let Some(trouble) = self.open_or_count::<OpTrouble>(Table::Evidence, row) {
                self.troubles.push(trouble);
            }
        }
        let devices: Vec<DeviceId> = self.log.devices().map(|device| device.part.id).collect();
        for device in devices {
            let name = RowName::DeviceName(device);
            if let Some(value) = rows.find(name, &self.sealer)
                && let Ok((_, label, at)) = self.open_named::<(DeviceId, String, Stamp)>(name, value)
            {
                self.device_names.insert(device, (label, at));
            }
        }
    }

    fn open_scope_key_row(&self, rows: &LockedRows, place: &ScopePlaceRow) -> Option<ScopeKey> {
        let name = RowName::ScopeKey(place.key_id);
        let envelope = rows.find(name, &self.sealer)?;
        ScopeKey::from_row(&self.sealer, name.table().number(), &name.row_key(), envelope).ok()
    }

    /// Takes a row that [`Self::missing_row`] or [`Self::missing_for_tail`] named; `None` = the store has none.
    ///
    /// A damaged row is counted, kept in the store under its name, and stands here as empty and never written.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only rows of chats are loaded one by one")]
    pub fn insert_row(&mut self, name: RowName, value: Option<&[u8]>) {
        match name {
            RowName::Outline(chat) => {
                let outline = self.open_loaded::<ChatOutline>(name, value);
                let loaded = self.chats.entry(chat).or_default();
                loaded.is_outline_damaged = outline.is_none();
                loaded.outline = outline.unwrap_or_default();
            }
            RowName::Page(chat, page) => {
                let messages = self.open_loaded::<Vec<Message>>(name, value);
                let loaded = self.chats.entry(chat).or_default();
                if messages.is_none() {
                    loaded.damaged.insert(page);
                }
                loaded.pages.insert(page, messages.unwrap_or_default());
            }
            _ => {}
        }
    }

    /// Opens a loaded row; `None` = it is damaged.
    fn open_loaded<T: DeserializeOwned + Default>(&mut self, name: RowName, value: Option<&[u8]>) -> Option<T> {
        let Some(value) = value else { return Some(T::default()) };
        let opened = self.open_named(name, value).ok();
        if opened.is_none() {
            self.n_damaged += 1;
            self.changes.insert(Change::Status);
        }
        opened
    }

    /// Opens a row that the vault does not hold; `None` = it is damaged.
    pub fn open_value(&self, name: RowName, value: &[u8]) -> Option<Vec<u8>> {
        self.sealer.open_row(name.table().number(), &name.row_key(), value).ok()
    }

    fn open_named<T: DeserializeOwned>(&self, name: RowName, value: &[u8]) -> Result<T, OpenVaultError> {
        let cbor = self.sealer.open_row(name.table().number(), &name.row_key(), value).map_err(to_error)?;
        from_cbor(&cbor).map_err(|_| OpenVaultError::Damaged)
    }

    fn open_or_count<T: DeserializeOwned>(&mut self, table: Table, row: &Row) -> Option<T> {
        let opened = open_at(&self.sealer, table, row).ok();
        self.n_damaged += u32::from(opened.is_none());
        opened
    }
}

fn open_at<T: DeserializeOwned>(sealer: &RowSealer, table: Table, row: &Row) -> Result<T, OpenVaultError> {
    let key_hash = row.key.as_slice().try_into().map(Hash).map_err(|_| OpenVaultError::Damaged)?;
    let cbor = sealer.open_row_at(table.number(), key_hash, &row.value).map_err(to_error)?;
    from_cbor(&cbor).map_err(|_| OpenVaultError::Damaged)
}

fn to_error(error: OpenError) -> OpenVaultError {
    match error {
        OpenError::Refused => OpenVaultError::Damaged,
        OpenError::NewerSchema(_) => OpenVaultError::Newer,
    }
}
