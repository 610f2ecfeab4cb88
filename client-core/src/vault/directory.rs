//! The chat list and the settings: fields whose last writer wins. What an unconfirmed device deletes is held until the
//! account log confirms it: on every device but its own the chat stays.

use shared_types::ids::DeviceId;

use super::{Change, RowName, Vault};
use crate::records::{ChatEntry, DirectoryRecord, SettingsRecord};
use crate::time::{Stamp, Timestamp};
use crate::view::ChatId;

impl Vault {
    pub(super) fn apply_directory_record(&mut self, record: DirectoryRecord, now: Timestamp) {
        match record {
            DirectoryRecord::Made { chat, at } => {
                let entry = self.entry_mut(chat, at, now);
                entry.made = Some(entry.made.map_or(at, |made| made.min(at)));
            }
            DirectoryRecord::Titled { chat, title, at } => {
                let entry = self.entry_mut(chat, at, now);
                if entry.title.as_ref().is_none_or(|(_, before)| *before < at) {
                    entry.title = Some((title, at));
                }
            }
            DirectoryRecord::Deleted { chat, at } if self.may_erase(&at.device) => {
                self.set_deleted(chat, (true, at), now);
            }
            DirectoryRecord::Deleted { chat, at } => {
                let held = self.entry_mut(chat, at, now).held.entry(at.device).or_insert(at);
                *held = at.max(*held);
            }
            DirectoryRecord::ModelChosen { chat, model, at } => {
                self.changes.insert(Change::Conversation(chat));
                let entry = self.entry_mut(chat, at, now);
                if entry.model.as_ref().is_none_or(|(_, before)| *before < at) {
                    entry.model = Some((model, at));
                }
            }
            DirectoryRecord::Restored { chat, at } => self.set_deleted(chat, (false, at), now),
        }
    }

    pub(super) fn apply_settings_record(&mut self, record: SettingsRecord) {
        match record {
            SettingsRecord::DeviceNamed { device, name, at } => {
                if self.device_names.get(&device).is_none_or(|(_, before)| *before < at) {
                    self.device_names.insert(device, (name, at));
                    self.dirty.insert(RowName::DeviceName(device));
                }
            }
            // What a device that may not change who enters says of that misleads nobody.
            SettingsRecord::MethodNoted { method, note, at } => {
                let may_say = self.may_erase(&at.device);
                if may_say && self.method_notes.get(&method).is_none_or(|(_, before)| *before < at) {
                    self.method_notes.insert(method, (note, at));
                    self.dirty.insert(RowName::MethodNote(method));
                }
            }
        }
    }

    fn set_deleted(&mut self, chat: ChatId, deleted: (bool, Stamp), now: Timestamp) {
        let (_, at) = deleted;
        let entry = self.entry_mut(chat, at, now);
        if entry.deleted.is_none_or(|(_, before)| before < at) {
            entry.deleted = Some(deleted);
        }
    }

    /// Whether what a device deletes is gone here: it is confirmed, or it is this one.
    pub(super) fn may_erase(&self, device: &DeviceId) -> bool {
        *device == self.device.id() || self.log.device(device).is_some_and(|device| device.confirmed.is_some())
    }

    /// Whether the chat list shows a chat. A deletion covers nothing that its owner wrote after it: what was written
    /// where the deletion was not known brings the chat back.
    pub(super) fn is_listed(&self, entry: &ChatEntry) -> bool {
        let held = entry.held.iter().filter(|(device, _)| self.may_erase(device)).map(|(_, at)| (true, *at));
        let newest = entry.deleted.into_iter().chain(held).max_by_key(|(_, at)| *at);
        newest.is_none_or(|(is_deleted, at)| !is_deleted || entry.written.is_some_and(|written| at < written))
    }

    /// The log has grown: what was held of a device may count now.
    pub(super) fn show_held(&mut self) {
        let entries = self.directory.values().filter(|entry| !entry.held.is_empty()).map(|entry| entry.chat);
        let chats = self.chats.iter().filter(|(_, chat)| !chat.outline.held.is_empty()).map(|(chat, _)| *chat);
        for chat in entries.chain(chats) {
            self.changes.extend([Change::ChatRow(chat), Change::Conversation(chat)]);
        }
    }

    /// Moves a chat up in the list: something in it is as new as `at`.
    pub(super) fn touch_chat(&mut self, chat: ChatId, at: Stamp, now: Timestamp) {
        let entry = self.entry_mut(chat, at, now);
        entry.changed = entry.changed.max(at.not_far_ahead(now));
    }

    /// The owner wrote into a chat; a moment that nothing could follow is none.
    pub(super) fn mark_written(&mut self, chat: ChatId, at: Stamp, now: Timestamp) {
        if !at.is_far_ahead(now) {
            let entry = self.entry_mut(chat, at, now);
            entry.written = entry.written.max(Some(at));
        }
    }

    fn entry_mut(&mut self, chat: ChatId, at: Stamp, now: Timestamp) -> &mut ChatEntry {
        self.dirty.insert(RowName::Chat(chat));
        self.changes.insert(Change::ChatRow(chat));
        self.directory.entry(chat).or_insert_with(|| ChatEntry::unknown(chat, at.not_far_ahead(now)))
    }
}
