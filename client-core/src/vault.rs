//! The vault: everything that one account owns on this device, decrypted, while it is unlocked.
//!
//! ```text
//! edit ──► records ──► write: seal, sign ──► parcel ──┐
//! verified batches ──► apply: open ───────────────────┴─► state ──► dirty rows (one StoreBatch) + changes (views)
//! ```
//! It does no I/O: whoever holds it commits [`Vault::take_writes`] and, where a row is [missing](Vault::missing_row),
//! loads it first. After a commit that failed the vault is ahead of its store and must be opened anew.

mod apply;
mod branches;
mod chat;
mod cutting;
mod damage;
mod directory;
mod edit;
mod epochs;
mod evidence;
mod links;
mod open;
mod own_chain;
mod passwords;
mod ring;
mod rows;
mod security;
mod storage;
#[cfg(test)]
mod tests;
mod unsent;
mod views;
mod write;

use shared_types::ordered::{SortedMap, SortedSet};
use std::rc::Rc;

use shared_types::batch::{ChainPin, ChainTip, SignedBatch};
use shared_types::ids::{AccountId, DeviceId, MethodId, ScopeId};
use shared_types::log::LogState;
use shared_types::sync::{BatchParcel, Cursor};

pub use apply::{OpTrouble, OpenedBatches, VerifiedBatch, VerifiedLeaf};
pub use cutting::Reread;
pub use damage::DamagedPlace;
pub use edit::{EditError, NewQuestion, random_id};
pub use open::{Enrolment, LockedRows, OpenVaultError};
pub use rows::RowName;
pub(crate) use security::way_of;
pub use views::WINDOW_MESSAGES;
pub use write::WriteError;

use crate::account::EpochKeys;
use crate::keys::{AccountSecret, DeviceKeys, RowSealer, TagKey};
use crate::records::{
    ChatEntry, LastPageRow, MethodNote, OutboxRow, PasswordRow, PreferencesRow, Record, SessionRow, SyncRow, WaitingRow,
};
use crate::sync::counts::KnownDays;
use crate::sync::reading::OwnHead;
use crate::time::{Stamp, Timestamp};
use crate::view::{ChatId, IntegrityState, MessageId};
use chat::Chat;
use damage::Damage;
use epochs::MadeEpoch;
use links::Links;
use ring::KeyRing;
use shared_types::ordered::{set_of, sort_by_key};

/// Everything of one account, open.
pub struct Vault {
    account_id: AccountId,
    device: Rc<DeviceKeys>,
    sealer: RowSealer,
    log: LogState,
    entries: Vec<Vec<u8>>,
    epochs: EpochKeys,
    /// An epoch that this device has made and the log does not have yet.
    made: Option<MadeEpoch>,
    tag_key: TagKey,
    ring: KeyRing,
    tips: SortedMap<DeviceId, ChainTip>,
    links: Links,
    stored_heads: Option<Vec<u8>>,
    sync: SyncRow,
    known_days: KnownDays,
    session: Option<SessionRow>,
    preferences: PreferencesRow,
    password: Option<PasswordRow>,
    account_secret: Option<Rc<AccountSecret>>,
    outbox: SortedMap<u64, OutboxRow>,
    /// The own chain as far as it may have left this device.
    handed: ChainTip,
    directory: SortedMap<ChatId, ChatEntry>,
    chats: SortedMap<ChatId, Chat>,
    device_names: SortedMap<DeviceId, (String, Stamp)>,
    method_notes: SortedMap<MethodId, (MethodNote, Stamp)>,
    waiting: SortedMap<MessageId, WaitingRow>,
    drafts: SortedMap<Option<ChatId>, String>,
    /// Drafts that could not be written so far.
    held_drafts: SortedSet<RowName>,
    receipts: SortedMap<MessageId, (ChatId, crate::records::Receipt)>,
    troubles: Vec<OpTrouble>,
    damage: Damage,
    dirty: SortedSet<RowName>,
    changes: SortedSet<Change>,
}

/// What a view may have to show anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A row of the chat list.
    ChatRow(ChatId),
    /// A message.
    Message(ChatId, MessageId),
    /// A chat as a whole.
    Conversation(ChatId),
    /// The foot of the chat list.
    Status,
}

impl Vault {
    /// The account.
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// This device's keys.
    pub fn device(&self) -> &Rc<DeviceKeys> {
        &self.device
    }

    /// The account log as far as this device has verified it.
    pub fn log(&self) -> &LogState {
        &self.log
    }

    /// The session, if the relay granted one.
    pub fn session(&self) -> Option<&SessionRow> {
        self.session.as_ref()
    }

    /// Keeps or forgets the session.
    pub fn set_session(&mut self, session: Option<SessionRow>) {
        self.session = session;
        self.dirty.insert(RowName::Session);
    }

    /// How its user wants this device to be.
    pub fn preferences(&self) -> PreferencesRow {
        self.preferences
    }

    /// Keeps how its user wants this device to be.
    pub fn set_preferences(&mut self, preferences: PreferencesRow) {
        self.preferences = preferences;
        self.dirty.insert(RowName::Preferences);
    }

    /// How far the relay's order is applied.
    pub fn cursor(&self) -> Cursor {
        self.sync.cursor
    }

    /// What was read last.
    pub fn last_page(&self) -> &LastPageRow {
        &self.sync.last_page
    }

    /// How far the relay has this device's own chain, as far as is known.
    pub fn own_head(&self) -> OwnHead {
        let device = self.device.id();
        let newest = self.tips.get(&device).and_then(|tip| tip.pin).map(|pin| pin.seq);
        // What waits here follows what was accepted.
        let accepted = match self.outbox.first_key_value() {
            Some((waiting, _)) => waiting.checked_sub(1),
            None => newest,
        };
        OwnHead { device, accepted, shown: self.sync.own_shown }
    }

    /// The relay has shown this device's own chain up to there.
    pub fn set_own_shown(&mut self, shown: Option<u64>) {
        if self.sync.own_shown != shown {
            self.sync.own_shown = shown;
            self.dirty.insert(RowName::Sync);
        }
    }

    /// Moves on in the relay's order.
    pub fn set_cursor(&mut self, cursor: Cursor, last_page: LastPageRow) {
        self.sync.cursor = cursor;
        self.sync.last_page = last_page;
        self.dirty.insert(RowName::Sync);
    }

    /// How far each chain is verified.
    pub fn tips(&self) -> &SortedMap<DeviceId, ChainTip> {
        &self.tips
    }

    /// Adopts a verified log that extends this one.
    pub fn set_log(&mut self, log: LogState, entries: Vec<Vec<u8>>) {
        let known = usize::try_from(self.log.head().seq).expect("a log has at most 4,096 entries") + 1;
        for (seq, _) in entries.iter().enumerate().skip(known) {
            self.dirty.insert(RowName::Log(u32::try_from(seq).expect("a log has at most 4,096 entries")));
        }
        self.note_cut(&log);
        self.log = log;
        if entries.len() > known {
            self.show_held();
        }
        self.entries = entries;
        self.adopt_made();
        self.drop_arrived();
        self.changes.insert(Change::Status);
    }

    /// What this device knows of the saves of the last days.
    pub fn known_days(&self) -> &KnownDays {
        &self.known_days
    }

    /// Counts batches of others that came.
    pub fn count_others(&mut self, n_batches: usize, now: Timestamp) {
        if n_batches > 0 {
            self.known_days.count_others(to_count(n_batches), now);
            self.dirty.insert(RowName::KnownDays);
        }
    }

    /// Own batches that the relay has not accepted, oldest first.
    pub fn unsent(&self) -> Vec<(u64, BatchParcel)> {
        let to_parcel = |row: &OutboxRow| BatchParcel {
            batch: row.batch.clone(),
            envelopes: (0..).zip(row.envelopes.iter().map(|envelope| envelope.to_vec())).collect(),
        };
        self.outbox.iter().map(|(seq, row)| (*seq, to_parcel(row))).collect()
    }

    /// Number of own batches that the relay has not accepted.
    pub fn n_unsent(&self) -> usize {
        self.outbox.len()
    }

    /// The newest own batch that the relay has accepted.
    pub fn newest_sent(&self) -> Option<ChainPin> {
        match self.outbox.first_key_value() {
            Some((seq, row)) => {
                let first = SignedBatch::parse(&row.batch).ok()?;
                seq.checked_sub(1).map(|seq| ChainPin { seq, hash: first.batch.previous })
            }
            None => self.tips.get(&self.device.id()).and_then(|tip| tip.pin),
        }
    }

    /// Forgets own batches up to `seq`: the relay has them, since some time between two moments.
    pub fn handle_sent(&mut self, seq: u64, between: (Timestamp, Timestamp)) {
        let sent: Vec<u64> = self.outbox.range(..=seq).map(|(seq, _)| *seq).collect();
        for seq in sent {
            if let Some(row) = self.outbox.remove(&seq) {
                let n_bytes = row.batch.len() + row.envelopes.iter().map(|envelope| envelope.len()).sum::<usize>();
                self.known_days.count_own(between, to_count(row.envelopes.len()), to_count(n_bytes));
                self.dirty.insert(RowName::KnownDays);
            }
            self.dirty.insert(RowName::Outbox(seq));
        }
        self.changes.insert(Change::Status);
    }

    /// Questions that wait to be asked or whose answer is not whole, oldest first.
    pub fn waiting(&self) -> Vec<WaitingRow> {
        let mut rows: Vec<WaitingRow> = self.waiting.values().cloned().collect();
        sort_by_key(&mut rows, |row| row.at);
        rows
    }

    /// Lets a question wait, or changes how it does.
    pub fn set_waiting(&mut self, row: WaitingRow) {
        self.touch_waiting(&row);
        self.waiting.insert(row.question, row);
    }

    /// The question waits no more.
    pub fn end_waiting(&mut self, question: MessageId) {
        if let Some(row) = self.waiting.remove(&question) {
            self.touch_waiting(&row);
        }
    }

    fn touch_waiting(&mut self, row: &WaitingRow) {
        self.dirty.insert(RowName::Waiting(row.question));
        // An answer that is to come may stand in the place of others.
        let is_alone = row.turn.is_none();
        let message = Change::Message(row.chat, row.question);
        self.changes.insert(if is_alone { message } else { Change::Conversation(row.chat) });
        self.changes.insert(Change::ChatRow(row.chat));
    }

    /// The text that waits in a composer.
    pub fn draft(&self, chat: Option<ChatId>) -> &str {
        self.drafts.get(&chat).map_or("", String::as_str)
    }

    /// Keeps the text that waits in a composer; an empty one is forgotten.
    pub fn set_draft(&mut self, chat: Option<ChatId>, text: String) {
        if text.is_empty() {
            self.drafts.remove(&chat);
        } else {
            self.drafts.insert(chat, text);
        }
        self.dirty.insert(RowName::Draft(chat));
    }

    /// The text that waits in the text box of a question that is being edited.
    pub fn edit_draft(&self, question: MessageId) -> Option<&str> {
        self.drafts.get(&Some(draft_of(question))).map(String::as_str)
    }

    /// Keeps that text; an empty one is forgotten.
    pub fn set_edit_draft(&mut self, question: MessageId, text: String) {
        self.set_draft(Some(draft_of(question)), text);
    }

    /// Holds a text that could not be written: it is written together with whatever is written next.
    pub fn hold_draft(&mut self, chat: Option<ChatId>, text: String) {
        self.set_draft(chat, text);
        self.dirty.remove(&RowName::Draft(chat));
        self.held_drafts.insert(RowName::Draft(chat));
    }

    /// Holds what stood in the composers of a vault that could not be written.
    pub fn take_over_drafts(&mut self, unwritten: &mut Self) {
        let drafts = std::mem::take(&mut unwritten.drafts);
        let chats = set_of(self.drafts.keys().chain(drafts.keys()).copied());
        for chat in chats {
            let text = drafts.get(&chat).map_or("", String::as_str);
            if self.draft(chat) != text {
                self.hold_draft(chat, text.to_owned());
            }
        }
    }

    /// Lets the texts that are held be written now; whether there are any.
    pub fn release_drafts(&mut self) -> bool {
        let has_held = !self.held_drafts.is_empty();
        self.dirty.append(&mut self.held_drafts);
        has_held
    }

    /// The next stamp of this device.
    pub fn tick(&mut self, now: Timestamp) -> Stamp {
        self.dirty.insert(RowName::Sync);
        self.sync.clock.tick(self.device.id(), now)
    }

    /// The state of the account: the worst that was found.
    pub fn integrity(&self) -> IntegrityState {
        self.troubles.iter().map(|trouble| trouble.state).max().unwrap_or(IntegrityState::Verified)
    }

    /// What views may have to show anew since the last call.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes).into_iter().collect()
    }

    /// The next row that must be loaded before these records can be applied.
    pub fn missing_row<'a>(&self, records: impl IntoIterator<Item = &'a Record>) -> Option<RowName> {
        records.into_iter().find_map(|record| match record {
            Record::Chat(chat, record) => self.missing_for_chat(*chat, record),
            Record::Directory(_) | Record::Settings(_) => None,
        })
    }
}

/// The draft of an edited question is named by it as that of a chat is by the chat: ids are random, and all unlike.
fn draft_of(question: MessageId) -> ChatId {
    ScopeId(question.0)
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("account_id", &self.account_id).finish_non_exhaustive()
    }
}

fn to_count(n: usize) -> u64 {
    u64::try_from(n).expect("what is in memory can be counted")
}
