//! Settings, Storage: how much of this browser the account takes.

use serde::{Deserialize, Serialize};

/// Everything that the page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageView {
    /// What the browser says of this origin, if it says anything.
    pub browser: Option<BrowserStorage>,
    /// Chats of the list.
    pub chats: KeptView,
    /// Chats that were deleted and of which rows are left.
    pub deleted: KeptView,
    /// Questions and answers of all of them, with every version and without what was taken back.
    pub messages: KeptView,
    /// What did leave for an answer.
    pub receipts: KeptView,
    /// Texts that wait in text boxes.
    pub drafts: KeptView,
    /// Changes that the relay does not have yet.
    pub waiting: KeptView,
    /// Keys, account log, heads of chains and whatever else is no content.
    pub other: KeptView,
}

/// What the browser says of an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserStorage {
    /// What it takes, files of the page included.
    pub used_bytes: u64,
    /// What it may take.
    pub quota_bytes: u64,
    /// Whether it stays when the disk is full.
    pub persisted: bool,
}

/// What is kept of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptView {
    /// How many.
    pub n: u64,
    /// Their rows as they are stored.
    pub bytes: u64,
}

impl KeptView {
    /// Counts so many more in a row of this size.
    pub(crate) fn add(&mut self, n: usize, row: &[u8]) {
        self.n += n as u64;
        self.bytes += row.len() as u64;
    }
}
