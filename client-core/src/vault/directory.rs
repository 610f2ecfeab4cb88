//! The chat list and the settings: fields whose last writer wins.

use super::{Change, RowName, Vault};
use crate::records::{ChatEntry, DirectoryRecord, SettingsRecord};
use crate::time::Stamp;
use crate::view::ChatId;

impl Vault {
    pub(super) fn apply_directory_record(&mut self, record: DirectoryRecord) {
        match record {
            DirectoryRecord::Made { chat, at } => {
                let entry = self.entry_mut(chat, at);
                entry.made = Some(entry.made.map_or(at, |made| made.min(at)));
            }
            DirectoryRecord::Titled { chat, title, at } => {
                let entry = self.entry_mut(chat, at);
                if entry.title.as_ref().is_none_or(|(_, before)| *before < at) {
                    entry.title = Some((title, at));
                }
            }
            DirectoryRecord::Deleted { chat, at } => self.set_deleted(chat, at, true),
            DirectoryRecord::Restored { chat, at } => self.set_deleted(chat, at, false),
        }
    }

    pub(super) fn apply_settings_record(&mut self, record: SettingsRecord) {
        let SettingsRecord::DeviceNamed { device, name, at } = record;
        if self.device_names.get(&device).is_none_or(|(_, before)| *before < at) {
            self.device_names.insert(device, (name, at));
            self.dirty.insert(RowName::DeviceName(device));
        }
    }

    fn set_deleted(&mut self, chat: ChatId, at: Stamp, is_deleted: bool) {
        let entry = self.entry_mut(chat, at);
        if entry.deleted.is_none_or(|(_, before)| before < at) {
            entry.deleted = Some((is_deleted, at));
        }
    }

    /// Moves a chat up in the list: something in it is as new as `at`.
    pub(super) fn touch_chat(&mut self, chat: ChatId, at: Stamp) {
        let entry = self.entry_mut(chat, at);
        entry.changed = entry.changed.max(at);
    }

    fn entry_mut(&mut self, chat: ChatId, at: Stamp) -> &mut ChatEntry {
        self.dirty.insert(RowName::Chat(chat));
        self.changes.insert(Change::ChatRow(chat));
        let fresh = ChatEntry { chat, made: None, title: None, deleted: None, changed: at };
        self.directory.entry(chat).or_insert(fresh)
    }
}
