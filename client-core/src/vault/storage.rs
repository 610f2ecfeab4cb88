//! How much is stored: rows are opened to count what is in them, and nothing of it is kept.

use super::{RowName, Vault};
use crate::records::{ChatOutline, Message};
use crate::view::ChatId;

impl Vault {
    /// Every chat that is known here, and whether the chat list shows it.
    pub fn known_chats(&self) -> Vec<(ChatId, bool)> {
        self.directory.values().map(|entry| (entry.chat, self.is_listed(entry))).collect()
    }

    /// Where the messages of a chat lie, as its row says; nowhere if that does not open.
    pub fn read_outline(&self, chat: ChatId, row: &[u8]) -> ChatOutline {
        self.open_named(RowName::Outline(chat), row).unwrap_or_default()
    }

    /// The messages of a page that were not taken back, as its row says; none if that does not open.
    pub fn read_page(&self, chat: ChatId, outline: &ChatOutline, page: u32, row: &[u8]) -> Vec<Message> {
        let mut messages: Vec<Message> = self.open_named(RowName::Page(chat, page), row).unwrap_or_default();
        messages.retain(|message| !self.is_taken_back(outline, message.id, message.at.device));
        messages
    }
}
