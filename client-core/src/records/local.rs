//! Rows of this device's own store: what is kept besides the records themselves.

use shared_types::ordered::{SortedMap, SortedSet};

use serde::{Deserialize, Serialize};
use shared_types::account::ModelOffer;
use shared_types::batch::{ChainPin, ChainTip};
use shared_types::ids::{AccountId, DeviceId, Hash, KeyId, MethodId, ScopeId, ScopeKind};
use shared_types::sync::Cursor;

use super::{BranchRow, Spot, Standing};
use crate::time::{HybridClock, Stamp};
use crate::view::{ChatId, MessageId, ShownModel};
use shared_types::ordered::map_of;

/// What must be readable before unlocking; lies open beside the unlock rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentRow {
    /// The account.
    pub account_id: AccountId,
    /// This device.
    pub device_id: DeviceId,
    /// Relying party id of the passkeys.
    pub rp_id: String,
    /// Passkeys that unlock this device: method, credential id.
    pub passkeys: Vec<(MethodId, Vec<u8>)>,
}

/// The session that the relay granted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Token.
    #[serde(with = "serde_bytes")]
    pub token: Vec<u8>,
    /// Unix seconds.
    pub expires_at: u64,
}

impl std::fmt::Debug for SessionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionRow").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// With what this device signed in by password, and what its owner need not type again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordRow {
    /// The name, as it was typed.
    pub handle: String,
    /// A passphrase that was made: it needs no account secret.
    pub is_portable: bool,
}

impl std::fmt::Debug for PasswordRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordRow").field("is_portable", &self.is_portable).finish_non_exhaustive()
    }
}

/// How far syncing is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SyncRow {
    /// Batches before it are applied.
    pub cursor: Cursor,
    /// Orders changes.
    pub clock: HybridClock,
    /// What was read last.
    #[serde(default)]
    pub last_page: LastPageRow,
    /// Newest batch of this device that the relay has shown.
    #[serde(default)]
    pub own_shown: Option<u64>,
    /// Own batches before this number may have left this device; none = nobody knows.
    #[serde(default)]
    pub n_handed: Option<u64>,
    /// Something was merged that does not count any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_to_cut: bool,
}

/// An epoch that a device has made and the log does not have yet: number, commitment.
pub type MadeEpochRow = (u32, Hash);

/// The newest page that brought something: a relay that still has everything has this too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LastPageRow {
    /// Where it began.
    pub after: Cursor,
    /// The newest batch of each author in it.
    pub heads: Vec<(DeviceId, u64)>,
}

/// How far a chain is verified.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TipRow {
    /// Newest batch: seq, hash.
    pub pin: Option<(u64, Hash)>,
    /// The log seq that it names.
    pub log_seq: u32,
    /// What older versions kept here; [`SeenRow`] is a row of its own, so that this one stays small.
    pub seen: SeenRow,
}

/// The highest seq that a chain has seen of each other device.
pub type SeenRow = Vec<(DeviceId, u64)>;

impl From<&ChainTip> for TipRow {
    fn from(tip: &ChainTip) -> Self {
        Self { pin: tip.pin.map(|pin| (pin.seq, pin.hash)), log_seq: tip.log_seq, seen: Vec::new() }
    }
}

impl From<TipRow> for ChainTip {
    fn from(row: TipRow) -> Self {
        Self { pin: row.pin.map(|(seq, hash)| ChainPin { seq, hash }), log_seq: row.log_seq, seen: map_of(row.seen) }
    }
}

/// Tips of all chains.
pub type HeadsRow = Vec<(DeviceId, TipRow)>;

/// Hashes of batches of one chain: seq, hash.
pub type LinksRow = Vec<(u64, Hash)>;

/// An own batch on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Signed batch.
    #[serde(with = "serde_bytes")]
    pub batch: Vec<u8>,
    /// Envelopes of its leaves, in order.
    pub envelopes: Vec<serde_bytes::ByteBuf>,
}

/// Where a scope key belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopePlaceRow {
    /// The key.
    pub key_id: KeyId,
    /// Kind of its scope.
    pub kind: ScopeKind,
    /// Its scope.
    pub scope: ScopeId,
    /// The epoch that brought it.
    pub epoch: u32,
    /// It seals nothing: it came with a batch that does not count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_opens: bool,
}

/// Damaged rows whose content was read again and written beside them: table number, key.
pub type MendedRow = Vec<(u16, serde_bytes::ByteBuf)>;

/// What the chat list knows of a chat; every field with the stamp of its last writer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatEntry {
    /// The chat.
    pub chat: ChatId,
    /// When it was made, as far as known.
    pub made: Option<Stamp>,
    /// Title.
    pub title: Option<(String, Stamp)>,
    /// Whether it is deleted, and since when it is or is not.
    pub deleted: Option<(bool, Stamp)>,
    /// The newest deletion by each device that was not confirmed then: it counts from its confirmation on.
    #[serde(default)]
    pub held: SortedMap<DeviceId, Stamp>,
    /// When its owner wrote into it last.
    #[serde(default)]
    pub written: Option<Stamp>,
    /// The newest change of it.
    pub changed: Stamp,
    /// The model that it is for, if one was chosen.
    #[serde(default)]
    pub model: Option<(ShownModel, Stamp)>,
}

impl ChatEntry {
    /// The stamps of all that is known of it.
    pub fn stamps(&self) -> impl Iterator<Item = &Stamp> {
        let title = self.title.as_ref().map(|(_, at)| at);
        let deleted = self.deleted.as_ref().map(|(_, at)| at);
        let model = self.model.as_ref().map(|(_, at)| at);
        [Some(&self.changed), self.made.as_ref(), self.written.as_ref(), title, deleted, model].into_iter().flatten()
    }

    /// A chat of which nothing is known but that it is there.
    pub fn unknown(chat: ChatId, changed: Stamp) -> Self {
        Self {
            chat,
            made: None,
            title: None,
            deleted: None,
            held: SortedMap::new(),
            written: None,
            changed,
            model: None,
        }
    }
}

/// Where the messages of a chat lie.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChatOutline {
    /// Pages in the order of their messages.
    pub pages: Vec<PageSlot>,
    /// Number of the next page to be made.
    pub next_page: u32,
    /// Messages that were taken back.
    pub removed: SortedMap<MessageId, Stamp>,
    /// The same by devices that were not confirmed then: it counts from the confirmation on.
    #[serde(default)]
    pub held: SortedSet<(MessageId, DeviceId)>,
    /// Versions that began a branch.
    #[serde(default)]
    pub branches: SortedMap<MessageId, BranchRow>,
    /// The version that was chosen last of each spot; `None` = the first one.
    #[serde(default)]
    pub chosen: SortedMap<Spot, (Option<MessageId>, Stamp)>,
}

/// One page of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSlot {
    /// Names its row.
    pub page: u32,
    /// Stamp of its first message.
    pub first: Stamp,
}

/// A question that this device has to see answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRow {
    /// Its chat.
    pub chat: ChatId,
    /// The question.
    pub question: MessageId,
    /// Orders the queue.
    pub at: Stamp,
    /// The model that was shown when it was sent: it is asked and no other. Without one, only a model of the server is.
    #[serde(default)]
    pub model: Option<ShownModel>,
    /// The turn that asks it, once its receipt is written: it may have left.
    pub asked: Option<AskedRow>,
    /// Where its answer will stand.
    #[serde(default)]
    pub standing: Option<Standing>,
    /// The turn to come, if it is named already: that of an answer which is written again.
    #[serde(default)]
    pub turn: Option<MessageId>,
}

/// A turn that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedRow {
    /// The turn.
    pub turn: MessageId,
    /// The model that is asked.
    pub offer: ModelOffer,
}

/// How its user wants this device to be, and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreferencesRow {
    /// Whether single letters are shortcuts.
    pub letter_keys: bool,
    /// Nobody else knows the recovery words with which this device came in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps_words: bool,
}

impl Default for PreferencesRow {
    fn default() -> Self {
        Self { letter_keys: true, keeps_words: false }
    }
}
