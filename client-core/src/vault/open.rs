//! Opening a vault: from the rows of this device's store, or from an enrolment that just happened.

use shared_types::ordered::{SortedMap, SortedSet, sort_by_key};
use std::rc::Rc;

use serde::de::DeserializeOwned;
use shared_types::batch::ChainTip;
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId};
use shared_types::log::LogState;
use thiserror::Error;
use zeroize::Zeroizing;

use super::damage::Damage;
use super::epochs::MadeEpoch;
use super::links::{Links, row_of};
use super::ring::KeyRing;
use super::ring::KeyUsage;
use super::{Change, OpTrouble, RowName, Vault};
use crate::account::EpochKeys;
use crate::envelope::OpenError;
use crate::keys::{DeviceKeys, EpochKey, LocalStoreKey, RowSealer, ScopeKey};
use crate::records::{
    ChatEntry, HeadsRow, MadeEpochRow, MethodNote, OutboxRow, PreferencesRow, Scope, ScopePlaceRow, SeenRow,
    SessionRow, SyncRow, WaitingRow, from_cbor,
};
use crate::store::{Row, Table};
use crate::sync::counts::KnownDays;
use crate::time::Stamp;
use crate::view::ChatId;
use shared_types::ordered::map_of;

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

/// Those of them of which each row is read by itself.
const OPENED_AS_THEY_COME: [Table; 6] =
    [Table::Log, Table::Scopes, Table::Directory, Table::Waiting, Table::Drafts, Table::Evidence];

/// Sealed rows of the tables that are read whole, as the store gave them, ascending by key.
#[derive(Default)]
pub struct LockedRows(SortedMap<Table, Vec<LockedRow>>);

struct LockedRow {
    row: Row,
    /// What is in it, where every row of its table is opened.
    opened: Option<Result<Zeroizing<Vec<u8>>, OpenError>>,
}

impl LockedRows {
    /// The tables to read.
    pub const TABLES: [Table; 10] = TABLES_AT_OPEN;

    /// Adds the next row of a table. Where every row is opened it is opened now, while the store reads on.
    pub fn add(&mut self, table: Table, row: Row, sealer: &RowSealer) {
        let opened = OPENED_AS_THEY_COME.contains(&table).then(|| open_row(sealer, table, &row).map(Zeroizing::new));
        self.0.entry(table).or_default().push(LockedRow { row, opened });
    }

    fn find(&self, name: RowName, sealer: &RowSealer) -> Option<&[u8]> {
        self.find_at(name.table(), &name.key_beside(0, sealer))
    }

    fn find_at(&self, table: Table, key: &[u8]) -> Option<&[u8]> {
        let rows = self.0.get(&table)?;
        let place = rows.binary_search_by(|locked| locked.row.key.as_slice().cmp(key)).ok()?;
        rows.get(place).map(|locked| locked.row.value.as_slice())
    }

    fn of(&self, table: Table) -> &[LockedRow] {
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
    /// The relay's session, if its grant has come.
    pub session: Option<SessionRow>,
}

impl Vault {
    /// A vault of a device that just joined; every row of it is dirty.
    pub fn enrol(store_key: &LocalStoreKey, enrolment: Enrolment) -> Result<Self, OpenVaultError> {
        let Enrolment { account_id, device, log, entries, epochs, session } = enrolment;
        let sealer = store_key.row_sealer(account_id, device.id());
        let mut vault = Self::empty(account_id, Rc::new(device), sealer, log, entries, epochs)?;
        vault.sync.n_handed = Some(0);
        vault.dirty.insert(RowName::DeviceKeys);
        vault.dirty.insert(RowName::Sync);
        vault.dirty.insert(RowName::KnownDays);
        vault.dirty.extend(vault.epochs.iter().map(|(number, _)| RowName::Epoch(number)));
        vault.dirty.extend((0..=vault.log.head().seq).map(RowName::Log));
        vault.set_session(session);
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
            made: None,
            tag_key,
            ring,
            tips: SortedMap::new(),
            links: Links::new(),
            stored_heads: None,
            sync: SyncRow::default(),
            known_days: KnownDays::from_the_first(),
            session: None,
            preferences: PreferencesRow::default(),
            password: None,
            account_secret: None,
            outbox: SortedMap::new(),
            handed: ChainTip::default(),
            directory: SortedMap::new(),
            chats: SortedMap::new(),
            device_names: SortedMap::new(),
            method_notes: SortedMap::new(),
            waiting: SortedMap::new(),
            drafts: SortedMap::new(),
            held_drafts: SortedSet::new(),
            receipts: SortedMap::new(),
            troubles: Vec::new(),
            damage: Damage::default(),
            dirty: SortedSet::new(),
            changes: SortedSet::new(),
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
        let row_key = name.row_key_beside(0);
        let device = DeviceKeys::from_row(&sealer, name.table().number(), &row_key, envelope).map_err(to_error)?;

        let mut entries: Vec<(u32, Vec<u8>)> = Vec::new();
        for row in rows.of(Table::Log) {
            let bytes: serde_bytes::ByteBuf = read_opened(row)?;
            let (entry, _) = shared_types::log::Entry::parse(&bytes).map_err(|_| OpenVaultError::Damaged)?;
            entries.push((entry.seq, bytes.into_vec()));
        }
        sort_by_key(&mut entries, |(seq, _)| *seq);
        let entries: Vec<Vec<u8>> = entries.into_iter().map(|(_, bytes)| bytes).collect();
        let log =
            LogState::verify(account_id, entries.iter().map(Vec::as_slice)).map_err(|_| OpenVaultError::Damaged)?;

        let mut epochs = EpochKeys::new();
        for epoch in log.epochs() {
            let name = RowName::Epoch(epoch.part.number);
            let Some(envelope) = rows.find(name, &sealer) else { continue };
            let (table, row_key) = (name.table().number(), name.row_key_beside(0));
            let key = EpochKey::from_row(&sealer, table, &row_key, envelope, &epoch.part.commitment);
            epochs.insert(epoch.part.number, key.map_err(to_error)?);
        }
        let mut vault = Self::empty(account_id, Rc::new(device), sealer, log, entries, epochs)?;
        vault.read_state(rows)?;
        vault.read_lists(rows)?;
        vault.list_damaged_chats();
        vault.changes.insert(Change::Status);
        Ok(vault)
    }

    fn read_state(&mut self, rows: &LockedRows) -> Result<(), OpenVaultError> {
        if let Some(mended) = self.read_named(rows, RowName::Mended)? {
            self.damage.set_mended(mended);
        }
        // A damaged cursor begins anew: what was applied before is passed over.
        self.sync = self.read_named(rows, RowName::Sync)?.unwrap_or_default();
        self.session = self.read_named(rows, RowName::Session)?;
        self.preferences = self.read_named(rows, RowName::Preferences)?.unwrap_or_default();
        self.read_password(rows)?;
        // A release before this one did not count.
        self.known_days = self.read_named(rows, RowName::KnownDays)?.unwrap_or_default();
        if let Some(value) = rows.find(RowName::Heads, &self.sealer) {
            let heads: HeadsRow = self.open_named(RowName::Heads, value)?;
            self.tips = map_of(heads.into_iter().map(|(device, tip)| (device, tip.into())));
            self.stored_heads = Some(value.to_vec());
        }
        let devices: Vec<DeviceId> = self.tips.keys().copied().collect();
        for device in devices {
            let seen = self.read_named::<SeenRow>(rows, RowName::Seen(device))?;
            if let (Some(seen), Some(tip)) = (seen, self.tips.get_mut(&device)) {
                tip.seen = map_of(seen);
            }
            if let Some(pin) = self.tips.get(&device).and_then(|tip| tip.pin) {
                let row = row_of(pin.seq);
                let links = self.read_named(rows, RowName::Links(device, row))?;
                self.insert_links(device, row, links);
            }
        }
        for row in rows.of(Table::Outbox) {
            let row = &row.row;
            let seq = row.key.as_slice().try_into().map(u64::from_be_bytes);
            let opened = seq.map(|seq| (seq, self.open_named::<OutboxRow>(RowName::Outbox(seq), &row.value)));
            match opened {
                Ok((seq, Ok(outbox))) => drop(self.outbox.insert(seq, outbox)),
                Ok((_, Err(OpenVaultError::Newer))) => return Err(OpenVaultError::Newer),
                Ok((_, Err(OpenVaultError::Damaged))) | Err(_) => self.damage.mark(Table::Outbox, &row.key, None),
            }
        }
        self.read_handed();
        self.read_made(rows)
    }

    /// An epoch that was made and, as far as is known, not accepted; the log may have it meanwhile.
    fn read_made(&mut self, rows: &LockedRows) -> Result<(), OpenVaultError> {
        let Some((number, commitment)) = self.read_named::<MadeEpochRow>(rows, RowName::MadeEpoch)? else {
            return Ok(());
        };
        let name = RowName::MadeKey;
        let key = self.read_best(rows, name, |vault, envelope| {
            let (table, row_key) = (name.table().number(), vault.row_key(name));
            EpochKey::from_row(&vault.sealer, table, &row_key, envelope, &commitment).map_err(to_error)
        })?;
        self.made = key.map(|key| MadeEpoch { number, commitment, key });
        self.adopt_made();
        Ok(())
    }

    /// Reads rows of which each stands for itself: a damaged one is counted and kept, the others go on.
    fn read_lists(&mut self, rows: &LockedRows) -> Result<(), OpenVaultError> {
        for row in rows.of(Table::Scopes) {
            let Some(place) = self.read_listed::<ScopePlaceRow>(Table::Scopes, row)? else { continue };
            match self.read_scope_key(rows, &place)? {
                Some(key) => {
                    let usage = if place.only_opens { KeyUsage::Opens } else { KeyUsage::SealsAndOpens };
                    self.ring.add(Scope { kind: place.kind, id: place.scope }, place.epoch, key, usage);
                }
                None => self.damage.mark(Table::Scopes, &row.row.key, None),
            }
        }
        for row in rows.of(Table::Directory) {
            if let Some(entry) = self.read_listed::<ChatEntry>(Table::Directory, row)? {
                self.directory.insert(entry.chat, entry);
            }
        }
        for row in rows.of(Table::Waiting) {
            if let Some(waiting) = self.read_listed::<WaitingRow>(Table::Waiting, row)? {
                self.waiting.insert(waiting.question, waiting);
            }
        }
        for row in rows.of(Table::Drafts) {
            if let Some((chat, text)) = self.read_listed::<(Option<ChatId>, String)>(Table::Drafts, row)? {
                self.drafts.insert(chat, text);
            }
        }
        for row in rows.of(Table::Evidence) {
            if let Some(trouble) = self.read_listed::<OpTrouble>(Table::Evidence, row)? {
                self.troubles.push(trouble);
            }
        }
        let devices: Vec<DeviceId> = self.log.devices().map(|device| device.part.id).collect();
        for device in devices {
            let name = RowName::DeviceName(device);
            if let Some((_, label, at)) = self.read_named::<(DeviceId, String, Stamp)>(rows, name)? {
                self.device_names.insert(device, (label, at));
            }
        }
        let methods: Vec<MethodId> = self.log.methods().map(|method| method.part.id).collect();
        for method in methods {
            let name = RowName::MethodNote(method);
            if let Some((_, note, at)) = self.read_named::<(MethodId, MethodNote, Stamp)>(rows, name)? {
                self.method_notes.insert(method, (note, at));
            }
        }
        Ok(())
    }

    fn read_scope_key(&mut self, rows: &LockedRows, place: &ScopePlaceRow) -> Result<Option<ScopeKey>, OpenVaultError> {
        let name = RowName::ScopeKey(place.key_id);
        self.read_best(rows, name, |vault, envelope| {
            ScopeKey::from_row(&vault.sealer, name.table().number(), &vault.row_key(name), envelope).map_err(to_error)
        })
    }

    /// Takes a row that [`Self::missing_row`], [`Self::missing_for_tail`] or [`Self::missing_link`] named; `None` = the store has none.
    ///
    /// A damaged row is counted and kept in the store; the row that is missing then stands beside it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only rows of chats and chains are loaded one by one")]
    pub fn insert_row(&mut self, name: RowName, value: Option<&[u8]>) {
        match name {
            RowName::Outline(chat) => match value.map(|value| self.open_named(name, value)).transpose() {
                Ok(outline) => self.insert_outline(chat, outline),
                Err(_) => self.mark_damaged(name),
            },
            RowName::Page(chat, page) => match value.map(|value| self.open_named(name, value)).transpose() {
                Ok(messages) => self.insert_page(chat, page, messages),
                Err(_) => self.mark_damaged(name),
            },
            RowName::Links(device, row) => match value.map(|value| self.open_named(name, value)).transpose() {
                Ok(links) => self.insert_links(device, row, links),
                Err(_) => self.mark_damaged(name),
            },
            _ => {}
        }
    }

    /// Opens a row that the vault does not hold; `None` = it is damaged.
    pub fn open_value(&self, name: RowName, value: &[u8]) -> Option<Vec<u8>> {
        self.sealer.open_row(name.table().number(), &self.row_key(name), value).ok()
    }

    pub(super) fn open_named<T: DeserializeOwned>(&self, name: RowName, value: &[u8]) -> Result<T, OpenVaultError> {
        let cbor = self.sealer.open_row(name.table().number(), &self.row_key(name), value).map_err(to_error)?;
        from_cbor(&cbor).map_err(|_| OpenVaultError::Damaged)
    }

    /// Reads a row by its name: the first that opens of the damaged ones and what stands beside them.
    pub(super) fn read_named<T: DeserializeOwned>(
        &mut self,
        rows: &LockedRows,
        name: RowName,
    ) -> Result<Option<T>, OpenVaultError> {
        self.read_best(rows, name, |vault, value| vault.open_named(name, value))
    }

    pub(super) fn read_best<T>(
        &mut self,
        rows: &LockedRows,
        name: RowName,
        open: impl Fn(&Self, &[u8]) -> Result<T, OpenVaultError>,
    ) -> Result<Option<T>, OpenVaultError> {
        loop {
            let key = self.stored_key(name);
            let Some(value) = rows.find_at(name.table(), &key) else { return Ok(None) };
            match open(self, value) {
                Ok(opened) => return Ok(Some(opened)),
                Err(OpenVaultError::Damaged) => self.damage.mark(name.table(), &key, name.chat()),
                Err(error @ OpenVaultError::Newer) => return Err(error),
            }
        }
    }

    /// Opens one row of a table that is read whole; `None` = it is damaged.
    fn read_listed<T: DeserializeOwned>(&mut self, table: Table, row: &LockedRow) -> Result<Option<T>, OpenVaultError> {
        match read_opened(row) {
            Ok(opened) => Ok(Some(opened)),
            Err(OpenVaultError::Damaged) => {
                self.damage.mark(table, &row.row.key, None);
                Ok(None)
            }
            Err(error @ OpenVaultError::Newer) => Err(error),
        }
    }
}

fn read_opened<T: DeserializeOwned>(row: &LockedRow) -> Result<T, OpenVaultError> {
    match &row.opened {
        Some(Ok(cbor)) => from_cbor(cbor).map_err(|_| OpenVaultError::Damaged),
        Some(Err(error)) => Err(to_error(*error)),
        None => Err(OpenVaultError::Damaged),
    }
}

fn open_row(sealer: &RowSealer, table: Table, row: &Row) -> Result<Vec<u8>, OpenError> {
    let key_hash = row.key.as_slice().try_into().map(Hash).map_err(|_| OpenError::Refused)?;
    sealer.open_row_at(table.number(), key_hash, &row.value)
}

pub(super) fn to_error(error: OpenError) -> OpenVaultError {
    match error {
        OpenError::Refused => OpenVaultError::Damaged,
        OpenError::NewerSchema(_) => OpenVaultError::Newer,
    }
}
