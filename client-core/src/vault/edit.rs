//! Editing: what a user wants becomes records; nothing is applied or sealed here.

use rand_core::CryptoRng;
use shared_types::account::ModelOffer;
use shared_types::ids::ScopeId;
use shared_types::limits::{MAX_DEVICE_NAME_CHARS, MAX_QUESTION_BYTES, MAX_TITLE_CHARS};
use thiserror::Error;

use super::Vault;
use crate::records::{Author, ChatRecord, DirectoryRecord, End, Message, Receipt, Record, SettingsRecord, WaitingRow};
use crate::time::Timestamp;
use crate::view::{ChatId, MessageId};

/// Characters of a title that is made from a question.
const MADE_TITLE_CHARS: usize = 48;

/// Why an edit is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EditError {
    /// Nothing but space.
    #[error("there is nothing to write")]
    Empty,
    /// Over its limit.
    #[error("the text is too long")]
    TooLong,
}

/// A question as records, and how it waits to be asked.
#[derive(Debug)]
pub struct NewQuestion {
    /// What to write.
    pub records: Vec<Record>,
    /// What to keep until it is answered.
    pub waiting: WaitingRow,
}

impl Vault {
    /// A question in a chat; without a chat one is made, and the first question titles it.
    pub fn edit_question(
        &mut self,
        chat: Option<ChatId>,
        text: &str,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<NewQuestion, EditError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EditError::Empty);
        }
        if text.len() > MAX_QUESTION_BYTES {
            return Err(EditError::TooLong);
        }
        let mut records = Vec::new();
        let is_new = chat.is_none();
        let chat = chat.unwrap_or_else(|| ScopeId(random_id(rng)));
        if is_new {
            records.push(Record::Directory(DirectoryRecord::Made { chat, at: self.tick(now) }));
        }
        // The title of a damaged chat is somewhere still.
        if !self.has_title(chat) && !self.is_damaged(chat) {
            let title = title_of(text);
            records.push(Record::Directory(DirectoryRecord::Titled { chat, title, at: self.tick(now) }));
        }
        let at = self.tick(now);
        let question = MessageId(random_id(rng));
        let message = Message { id: question, at, text: text.to_owned(), author: Author::Owner };
        records.push(Record::Chat(chat, ChatRecord::Message(message)));
        Ok(NewQuestion { records, waiting: WaitingRow { chat, question, at, model: None, asked: None } })
    }

    /// Another title.
    pub fn edit_title(&mut self, chat: ChatId, title: &str, now: Timestamp) -> Result<Record, EditError> {
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() {
            return Err(EditError::Empty);
        }
        if title.chars().count() > MAX_TITLE_CHARS {
            return Err(EditError::TooLong);
        }
        Ok(Record::Directory(DirectoryRecord::Titled { chat, title, at: self.tick(now) }))
    }

    /// A chat goes.
    pub fn edit_delete(&mut self, chat: ChatId, now: Timestamp) -> Record {
        Record::Directory(DirectoryRecord::Deleted { chat, at: self.tick(now) })
    }

    /// A chat comes back.
    pub fn edit_restore(&mut self, chat: ChatId, now: Timestamp) -> Record {
        Record::Directory(DirectoryRecord::Restored { chat, at: self.tick(now) })
    }

    /// A question that was not asked yet is taken back.
    pub fn edit_take_back(&mut self, chat: ChatId, message: MessageId, now: Timestamp) -> Record {
        Record::Chat(chat, ChatRecord::Removed { message, at: self.tick(now) })
    }

    /// This device has a name.
    pub fn edit_device_name(&mut self, name: &str, now: Timestamp) -> Record {
        let name = name.trim().chars().take(MAX_DEVICE_NAME_CHARS).collect();
        Record::Settings(SettingsRecord::DeviceNamed { device: self.device.id(), name, at: self.tick(now) })
    }

    /// What is about to leave for a turn.
    pub fn edit_receipt(
        &mut self,
        chat: ChatId,
        (turn, question): (MessageId, MessageId),
        offer: ModelOffer,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Record {
        let at = self.tick(now);
        Record::Chat(chat, ChatRecord::Receipt(Receipt { turn, question, offer, at, body }))
    }

    /// An answer, whole or as far as it came.
    pub fn edit_answer(
        &mut self,
        chat: ChatId,
        (turn, question): (MessageId, MessageId),
        offer: ModelOffer,
        (text, end): (String, End),
        now: Timestamp,
    ) -> Record {
        let at = self.tick(now);
        let author = Author::Model { question, offer, end };
        Record::Chat(chat, ChatRecord::Message(Message { id: turn, at, text, author }))
    }
}

/// A random id of 16 bytes.
pub fn random_id(rng: &mut dyn CryptoRng) -> [u8; 16] {
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    id
}

/// The first line of a question, cut between words.
fn title_of(question: &str) -> String {
    let line = question.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line = line.trim_start_matches(['#', '>', '-', '*', ' ']);
    if line.chars().count() <= MADE_TITLE_CHARS {
        return line.trim_end_matches(['.', ':', ',', ';']).to_owned();
    }
    let mut title = String::new();
    for word in line.split_whitespace() {
        if title.chars().count() + 1 + word.chars().count() > MADE_TITLE_CHARS {
            break;
        }
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
    }
    if title.is_empty() {
        title = line.chars().take(MADE_TITLE_CHARS).collect();
    }
    title.push('…');
    title
}

#[cfg(test)]
mod tests {
    use super::title_of;

    #[test]
    fn a_title_is_the_first_line_cut_between_words() {
        assert_eq!(title_of("\n  What is a heat pump?\nI mean it"), "What is a heat pump?");
        assert_eq!(
            title_of("Please explain in detail how the heat pump in my grandmother's house works"),
            "Please explain in detail how the heat pump in my…"
        );
        assert_eq!(title_of(&"x".repeat(100)), format!("{}…", "x".repeat(48)));
        assert_eq!(title_of("# Notes:"), "Notes");
    }
}
