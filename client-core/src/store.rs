//! Where a device keeps its rows: tables of sealed bytes, changed by one transaction at a time.
//!
//! Everything is sealed before [`Store::commit`] is called; a commit is one strict transaction and is durable when
//! it returns. A store decides nothing and reads nothing inside the rows.

#[cfg(feature = "test-support")]
pub mod conformance;
#[cfg(target_arch = "wasm32")]
pub mod device_key;
#[cfg(target_arch = "wasm32")]
pub mod indexed_db;
pub mod memory;
#[cfg(not(target_arch = "wasm32"))]
pub mod sqlite;

use std::ops::RangeInclusive;

use thiserror::Error;

/// Schema that this release makes.
pub const SCHEMA: u32 = 100;
/// Schemas that this release reads and writes; databases of any other are read, as far as that goes, and left untouched.
pub const COMPATIBLE_SCHEMAS: RangeInclusive<u32> = 100..=199;

/// A table of rows; its number goes into the place of every sealed row (security.md §5, type 0x04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum Table {
    /// Ways of unlocking, and what must be readable before: account id, device id, credential ids.
    Unlock = 0,
    /// Device keys, session, pins, clock, cursor.
    Device = 1,
    /// Entries of the account log.
    Log = 2,
    /// Epoch keys and scope keys.
    Keys = 3,
    /// Newest verified head of every device.
    Heads = 4,
    /// Own batches that the relay has not accepted.
    Outbox = 5,
    /// One row a chat: what the chat list shows.
    Directory = 6,
    /// Pages of messages and their outline, by chat.
    Messages = 7,
    /// Questions that wait to be asked.
    Waiting = 8,
    /// Drafts, by chat.
    Drafts = 9,
    /// What did not verify, kept.
    Evidence = 10,
    /// Where each scope key belongs.
    Scopes = 11,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 12] = [
        Self::Unlock,
        Self::Device,
        Self::Log,
        Self::Keys,
        Self::Heads,
        Self::Outbox,
        Self::Directory,
        Self::Messages,
        Self::Waiting,
        Self::Drafts,
        Self::Evidence,
        Self::Scopes,
    ];

    /// Number in sealed places.
    pub fn number(self) -> u16 {
        self as u16
    }

    /// Name of the object store or SQL table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unlock => "unlock",
            Self::Device => "device",
            Self::Log => "log",
            Self::Keys => "keys",
            Self::Heads => "heads",
            Self::Outbox => "outbox",
            Self::Directory => "directory",
            Self::Messages => "messages",
            Self::Waiting => "waiting",
            Self::Drafts => "drafts",
            Self::Evidence => "evidence",
            Self::Scopes => "scopes",
        }
    }
}

/// One stored row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// HMAC of the row's name, or a big-endian number.
    pub key: Vec<u8>,
    /// An envelope; in [`Table::Unlock`] also open bytes.
    pub value: Vec<u8>,
}

/// One change of a [`StoreBatch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Sets a row.
    Put {
        /// Table.
        table: Table,
        /// Row.
        row: Row,
    },
    /// Removes a row if it is there.
    Delete {
        /// Table.
        table: Table,
        /// Key of the row.
        key: Vec<u8>,
    },
}

/// What a row must hold, byte for byte, for a commit to happen; `None` = it must be absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Table.
    pub table: Table,
    /// Key of the row.
    pub key: Vec<u8>,
    /// Its value.
    pub value: Option<Vec<u8>>,
}

/// Changes that happen all or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreBatch {
    /// Read again inside the transaction; any other value aborts it.
    pub expectations: Vec<Expectation>,
    /// In order.
    pub writes: Vec<Write>,
}

/// Why a store did not do it; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StoreError {
    /// An expectation did not hold: somebody else wrote.
    #[error("a row moved under the transaction")]
    Moved,
    /// No room is left.
    #[error("the store is full")]
    Full,
    /// The database was made by a newer release.
    #[error("the store belongs to a newer release")]
    Newer,
    /// The store is closed or was closed by another release.
    #[error("the store is closed")]
    Closed,
    /// The store failed.
    #[error("the store failed")]
    Failed,
}

/// What may be done with a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Everything.
    #[default]
    Full,
    /// Reading: it belongs to another release, which may have tables and rows that this one does not know.
    ReadOnly,
}

/// A device's database.
#[expect(async_fn_in_trait, reason = "drivers are !Send by design; no bound is wanted")]
pub trait Store {
    /// What may be done with it: one that is read only refuses every change as [`StoreError::Newer`].
    fn access(&self) -> Access;

    /// Loads one row.
    async fn load_row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Hands over all rows of a table, ascending by key, as they were at one moment; more of them are on their way while
    /// some are taken.
    async fn read_rows(&self, table: Table, take: &mut dyn FnMut(Row)) -> Result<(), StoreError>;

    /// Loads all rows of a table, ascending by key.
    async fn list_rows(&self, table: Table) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.read_rows(table, &mut |row| rows.push(row)).await?;
        Ok(rows)
    }

    /// Commits all changes in one strict transaction.
    async fn commit(&self, batch: StoreBatch) -> Result<(), StoreError>;

    /// Removes every row of every table: this device forgets the account.
    async fn erase(&self) -> Result<(), StoreError>;
}
