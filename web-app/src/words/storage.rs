//! Words of the page about what this browser keeps.

use client_core::view::storage::{BrowserStorage, StorageView};

const MB: u64 = 1024 * 1024;
const GB: u64 = 1024 * MB;

/// Page and link.
pub const STORAGE: &str = "Storage";
/// Under the heading.
pub const LEAD: &str =
    "What this browser keeps, so that your chats open without a connection. Whatever you wrote is stored sealed.";
/// While it is counted.
pub const COUNTING: &str = "Counting";
/// Where the browser does not say how much it keeps.
pub const SILENT: &str = "This browser does not say how much it keeps. Your own count is below.";
/// What stays when the disk is full.
pub const KEPT: &str = "Kept";
/// Beside it.
pub const KEPT_THEN: &str = "It stays when the disk is full, until you sign out or clear this site yourself.";
/// What may not stay.
pub const MAY_GO: &str = "May be cleared";
/// Beside it.
pub const MAY_GO_THEN: &str = "If the disk gets full, the browser may clear it. What the server has comes back when you sign in again; waiting changes and drafts would be lost.";
/// Button.
pub const KEEP: &str = "Ask the browser to keep it";
/// After it was asked in vain.
pub const NOT_YET: &str = "The browser did not agree. It decides by how often you use Sotto; try again later.";
/// Heading.
pub const BY_KIND: &str = "What you have here";
/// Columns.
pub const COLUMNS: [&str; 3] = ["What", "Count", "Stored"];
/// Row.
const CHATS: (&str, &str) = ("Chats", "Titles and order");
/// Row.
const DELETED: (&str, &str) = ("Deleted chats", "Off your list, still stored");
/// Row.
const MESSAGES: (&str, &str) = ("Messages", "Questions and answers, every version");
/// Row.
const RECEIPTS: (&str, &str) = ("Receipts", "What was sent for each answer");
/// Row.
const DRAFTS: (&str, &str) = ("Drafts", "Begun and not sent");
/// Row.
const WAITING: (&str, &str) = ("Waiting changes", "Not at the server yet");
/// Row.
const OTHER: (&str, &str) = ("Keys and account", "Keys, account log and what checks your history");

/// The rows: what, in detail, how many, bytes.
pub fn rows(view: &StorageView) -> [((&'static str, &'static str), u64, u64); 7] {
    [
        (CHATS, view.chats),
        (DELETED, view.deleted),
        (MESSAGES, view.messages),
        (RECEIPTS, view.receipts),
        (DRAFTS, view.drafts),
        (WAITING, view.waiting),
        (OTHER, view.other),
    ]
    .map(|(what, kept)| (what, kept.n, kept.bytes))
}

/// How much is used.
pub fn used(storage: BrowserStorage) -> String {
    format!("{} used", size(storage.used_bytes))
}

/// Of how much.
pub fn quota(storage: BrowserStorage) -> String {
    format!("Of {} that this browser allows. The files of the app are part of it.", size(storage.quota_bytes))
}

/// Bytes as a person reads them.
pub fn size(n_bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", n_bytes / unit, n_bytes % unit * 10 / unit);
    match n_bytes {
        0..MB => format!("{} KB", n_bytes.div_ceil(1024)),
        MB..GB => format!("{} MB", tenths(MB)),
        GB.. => format!("{} GB", tenths(GB)),
    }
}
