//! What a device has and the account has not: questions, answers, titles that were never sent, and drafts.

use super::Vault;
use crate::records::{ChatRecord, DirectoryRecord, Record};
use crate::time::Timestamp;
use crate::view::{ChatId, UnsentView};

impl Vault {
    /// Texts that were written here and are nowhere else, oldest first.
    pub fn list_unsent(&mut self, now: Timestamp) -> Vec<UnsentView> {
        let title = |vault: &Self, chat: ChatId| -> Option<String> {
            vault.directory.get(&chat)?.title.as_ref().map(|(title, _)| title.clone())
        };
        let records = self.open_unsent(now);
        let of_record = |record: Record| match record {
            Record::Chat(chat, ChatRecord::Message(message)) => {
                Some((title(self, chat), message.text, Some(message.at.ms)))
            }
            Record::Directory(DirectoryRecord::Titled { chat, title: text, at }) => {
                Some((title(self, chat), text, Some(at.ms)))
            }
            Record::Chat(..) | Record::Directory(_) | Record::Settings(_) => None,
        };
        let written = records.into_iter().filter_map(of_record);
        let drafts =
            self.drafts.iter().map(|(chat, text)| (chat.and_then(|chat| title(self, chat)), text.clone(), None));
        let mut all: Vec<UnsentView> = Vec::new();
        for (title, text, written_ms) in written.chain(drafts) {
            // The title of a new chat is its first question.
            let is_new = !text.trim().is_empty() && all.iter().all(|other| other.text != text);
            all.extend(is_new.then_some(UnsentView { title, text, written_ms }));
        }
        all
    }
}
