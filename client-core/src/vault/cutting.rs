//! Cutting back: what a device wrote after its cut and what was merged before its end was known here leaves again.
//!
//! The newest writer of a field is kept and no other, so what stood there without those batches is not here. The
//! account is read once more from the start, and only when all of it is there does it take the place of what was
//! merged: a relay that keeps something back loses nobody anything.
//!
//! ```text
//! end heard of, cut below what is held ──► everything read once more ──► all there: put in its place
//!                        ▲                              │
//!                        └────── something is missing ──┘
//! ```

use shared_types::ids::{DeviceId, StreamTag};
use shared_types::log::LogState;
use shared_types::ordered::{SortedMap, SortedSet, set_of};

use super::chat::Chat;
use super::{Change, OpenedBatches, RowName, Vault, VerifiedBatch};
use crate::records::{Author, ChatEntry, ChatRecord, Record, Scope};
use crate::sync::verify::Tips;
use crate::time::Timestamp;
use crate::view::ChatId;

/// The account's own batches, read once more from the start.
#[derive(Debug, Default)]
pub struct Reread {
    /// How far each chain has come again.
    tips: Tips,
    /// What those batches say, in order.
    records: Vec<Record>,
    /// Streams that batches after a cut wrote to.
    cut_tags: SortedSet<StreamTag>,
}

impl Reread {
    /// How far each chain has come again.
    pub fn tips(&self) -> &Tips {
        &self.tips
    }

    /// Takes a page: `opened` is what the batches hold, kept if all of it is needed in the end.
    pub fn take_page(&mut self, batches: &[VerifiedBatch], opened: &OpenedBatches, keeps: bool) {
        self.tips.extend(opened.tips.iter().map(|(device, tip)| (*device, tip.clone())));
        if !keeps {
            return;
        }
        let after_cut = batches.iter().filter(|batch| !batch.counts);
        self.cut_tags.extend(after_cut.flat_map(|batch| &batch.leaves).map(|leaf| leaf.tag));
        // A receipt is written once and never again.
        let is_kept = |record: &Record| !matches!(record, Record::Chat(_, ChatRecord::Receipt(_)));
        self.records.extend(opened.records.iter().filter(|record| is_kept(record)).cloned());
    }

    fn has_come_to(&self, device: DeviceId, seq: u64) -> bool {
        self.tips.get(&device).and_then(|tip| tip.pin).is_some_and(|pin| seq <= pin.seq)
    }
}

/// What stands in a chat's place while it is put together anew.
type Before = (SortedMap<ChatId, ChatEntry>, SortedSet<RowName>, SortedSet<Change>);

impl Vault {
    /// A log is about to be adopted: whether it ends a device of which more was merged than counts.
    pub(super) fn note_cut(&mut self, log: &LogState) {
        let own = self.device.id();
        let ends_here = log.devices().any(|device| {
            let id = device.part.id;
            let is_news = self.log.device(&id).is_some_and(shared_types::log::DeviceState::is_active);
            let held = self.tips.get(&id).and_then(|tip| tip.pin);
            id != own && is_news && held.is_some_and(|pin| !device.counts(pin.seq))
        });
        if ends_here {
            self.set_to_cut(true);
        }
    }

    /// Whether something was merged that does not count any more.
    pub fn is_to_cut(&self) -> bool {
        self.sync.is_to_cut
    }

    fn set_to_cut(&mut self, is_to_cut: bool) {
        self.sync.is_to_cut = is_to_cut;
        self.dirty.insert(RowName::Sync);
    }

    /// Whether everything has come again that is held and counts, besides what waits to be sent.
    pub fn has_come_again(&self, reread: &Reread) -> bool {
        let own = self.device.id();
        self.tips.iter().filter_map(|(device, tip)| Some((*device, tip.pin?))).all(|(device, pin)| {
            let needed = if device == own { self.newest_sent() } else { Some(pin) };
            let end = self.log.device(&device).and_then(|device| device.revoked);
            let needed = match (end, needed) {
                (Some(end), Some(pin)) => end.cut.map(|cut| cut.seq.min(pin.seq)),
                (None, needed) => needed.map(|pin| pin.seq),
                (Some(_), None) => None,
            };
            needed.is_none_or(|seq| reread.has_come_to(device, seq))
        })
    }

    /// Chats that a device wrote to after its cut; all, unless every such batch has come again. Their outlines must be
    /// loaded before [`Self::cut_back`] knows what to take away.
    pub fn list_cut_chats(&self, reread: &Reread) -> SortedSet<ChatId> {
        let is_ended = |device: &DeviceId| self.log.device(device).is_some_and(|device| !device.is_active());
        let ended = self.tips.iter().filter(|(device, _)| is_ended(device));
        let knows_all = ended.filter_map(|(device, tip)| Some((*device, tip.pin?.seq)));
        let knows_all = knows_all.collect::<Vec<_>>().into_iter().all(|(device, seq)| reread.has_come_to(device, seq));
        let chats = self.directory.keys().copied();
        set_of(chats.filter(|chat| !knows_all || reread.cut_tags.contains(&self.tag_of(Scope::chat(*chat)))))
    }

    /// Puts what was read once more, and what waits to be sent, in the place of what was merged in these chats, in the
    /// chat list and in the settings.
    pub fn cut_back(&mut self, reread: Reread, chats: &SortedSet<ChatId>, now: Timestamp) {
        let before = self.take_merged(chats);
        let unsent = self.open_unsent(now);
        for record in reread.records.into_iter().chain(unsent) {
            match &record {
                Record::Chat(chat, record) if !chats.contains(chat) => self.touch_with(*chat, record, now),
                Record::Chat(..) | Record::Directory(_) | Record::Settings(_) => self.apply_record(record, now),
            }
        }
        self.keep_unchanged(before);
        for chat in chats.iter().copied() {
            if !self.directory.contains_key(&chat) {
                self.chats.remove(&chat);
            }
            self.changes.extend([Change::ChatRow(chat), Change::Conversation(chat)]);
        }
        self.set_to_cut(false);
    }

    /// Empties what records make: the chat list, names, and the messages of these chats.
    fn take_merged(&mut self, chats: &SortedSet<ChatId>) -> Before {
        for chat in chats {
            let Some(Chat { outline, .. }) = self.chats.insert(*chat, Chat::default()) else { continue };
            self.dirty.insert(RowName::Outline(*chat));
            self.dirty.extend(outline.pages.iter().map(|slot| RowName::Page(*chat, slot.page)));
        }
        self.dirty.extend(std::mem::take(&mut self.device_names).into_keys().map(RowName::DeviceName));
        self.dirty.extend(std::mem::take(&mut self.method_notes).into_keys().map(RowName::MethodNote));
        (std::mem::take(&mut self.directory), self.dirty.clone(), std::mem::take(&mut self.changes))
    }

    /// What the chat list says of a chat because of a record that stays in it.
    fn touch_with(&mut self, chat: ChatId, record: &ChatRecord, now: Timestamp) {
        if let ChatRecord::Message(message) = record {
            self.touch_chat(chat, message.at, now);
            if message.author == Author::Owner {
                self.mark_written(chat, message.at, now);
            }
        }
    }

    /// Rows of the chat list that came out as they were need neither be written nor shown.
    fn keep_unchanged(&mut self, (directory, dirty, changes): Before) {
        let all = set_of(directory.keys().chain(self.directory.keys()).copied());
        for chat in all {
            let name = RowName::Chat(chat);
            if directory.get(&chat) == self.directory.get(&chat) {
                if !dirty.contains(&name) {
                    self.dirty.remove(&name);
                }
                self.changes.remove(&Change::ChatRow(chat));
            } else {
                self.dirty.insert(name);
                self.changes.extend([Change::ChatRow(chat), Change::Conversation(chat)]);
            }
        }
        self.changes.extend(changes);
        self.changes.insert(Change::Status);
    }
}
