//! Editing: what a user wants becomes records; nothing is applied or sealed here.

use rand_core::CryptoRng;
use shared_types::account::ModelOffer;
use shared_types::ids::{MethodId, ScopeId};
use shared_types::limits::{MAX_DEVICE_NAME_CHARS, MAX_QUESTION_BYTES, MAX_TITLE_CHARS};
use thiserror::Error;

use super::Vault;
use crate::records::{
    Author, ChatRecord, CheckNote, DirectoryRecord, End, Fork, Message, MethodNote, Receipt, Record, SettingsRecord,
    Spot, Standing, WaitingRow,
};
use crate::time::Timestamp;
use crate::view::{ChatId, MessageId, ShownModel};

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
        let text = question_text(text)?;
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
        let standing = self.last_branch(chat).map(Standing::In);
        let (question, waiting) = self.new_question(chat, text, standing, now, rng);
        records.push(question);
        Ok(NewQuestion { records, waiting })
    }

    /// A question in other words: another version, shown from now on, with an answer of its own.
    pub fn edit_version(
        &mut self,
        chat: ChatId,
        of: &Message,
        text: &str,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<NewQuestion, EditError> {
        let text = question_text(text)?;
        let fork = match of.standing {
            Some(Standing::Instead(fork)) => fork,
            Some(Standing::In(branch)) => Fork { branch: Some(branch), question: of.id, at: of.at },
            None => Fork { branch: None, question: of.id, at: of.at },
        };
        let (question, waiting) = self.new_question(chat, text, Some(Standing::Instead(fork)), now, rng);
        let choice = self.edit_choice(chat, Spot::Question(fork.question), Some(waiting.question), now);
        Ok(NewQuestion { records: vec![question, choice], waiting })
    }

    fn new_question(
        &mut self,
        chat: ChatId,
        text: &str,
        standing: Option<Standing>,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> (Record, WaitingRow) {
        let (question, at) = (MessageId(random_id(rng)), self.tick(now));
        let message = Message { id: question, at, text: text.to_owned(), author: Author::Owner, standing };
        let standing = branch_of(&message).map(Standing::In);
        let waiting = WaitingRow { chat, question, at, model: None, asked: None, standing, turn: None };
        (Record::Chat(chat, ChatRecord::Message(message)), waiting)
    }

    /// How a question waits to be asked again. What `instead_of` says is kept, and the new answer is another version;
    /// an answer that said nothing gives its place away.
    pub fn edit_asked_again(
        &mut self,
        chat: ChatId,
        question: &Message,
        instead_of: Option<&Message>,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> NewQuestion {
        let (at, branch) = (self.tick(now), branch_of(question));
        let is_version = |answer: &Message| matches!(answer.standing, Some(Standing::Instead(_)));
        let is_kept = instead_of.is_some_and(|answer| is_version(answer) || !answer.text.trim().is_empty());
        let turn = is_kept.then(|| MessageId(random_id(rng)));
        let fork = Fork { branch, question: question.id, at: question.at };
        let standing = if is_kept { Some(Standing::Instead(fork)) } else { branch.map(Standing::In) };
        let choice = turn.map(|turn| self.edit_choice(chat, Spot::Answer(question.id), Some(turn), now));
        let waiting = WaitingRow { chat, question: question.id, at, model: None, asked: None, standing, turn };
        NewQuestion { records: choice.into_iter().collect(), waiting }
    }

    /// Another version is shown.
    pub fn edit_choice(&mut self, chat: ChatId, spot: Spot, version: Option<MessageId>, now: Timestamp) -> Record {
        Record::Chat(chat, ChatRecord::Chosen { spot, version, at: self.tick(now) })
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

    /// A chat is for a model.
    pub fn edit_model(&mut self, chat: ChatId, model: ShownModel, now: Timestamp) -> Record {
        Record::Directory(DirectoryRecord::ModelChosen { chat, model, at: self.tick(now) })
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

    /// A way to sign in has a name; what else is known of it stays.
    pub fn edit_method_name(&mut self, method: MethodId, name: &str, now: Timestamp) -> Record {
        let note = self.method_note(&method).named(name);
        self.edit_method_note(method, note, now)
    }

    /// Something else is known of a way to sign in.
    pub fn edit_method_note(&mut self, method: MethodId, note: MethodNote, now: Timestamp) -> Record {
        Record::Settings(SettingsRecord::MethodNoted { method, note, at: self.tick(now) })
    }

    /// The recovery words were typed, and could be read.
    pub fn edit_words_checked(&mut self, words: MethodId, now: Timestamp) -> Record {
        let mut note = self.method_note(&words);
        let n_checks = note.check.n_checks.saturating_add(1);
        note.check = CheckNote { n_checks, checked_s: now.seconds(), put_off_s: 0 };
        self.edit_method_note(words, note, now)
    }

    /// Whoever was asked for the recovery words has no time now.
    pub fn edit_words_check_later(&mut self, now: Timestamp) -> Option<Record> {
        let words = self.newest_words()?.part.id;
        let mut note = self.method_note(&words);
        note.check.put_off_s = now.seconds();
        Some(self.edit_method_note(words, note, now))
    }

    pub(super) fn method_note(&self, method: &MethodId) -> MethodNote {
        self.method_notes.get(method).map(|(note, _)| note.clone()).unwrap_or_default()
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

    /// An answer, whole or as far as it came, to a question that waits.
    pub fn edit_answer(
        &mut self,
        chat: ChatId,
        (turn, question): (MessageId, MessageId),
        offer: ModelOffer,
        (text, end): (String, End),
        now: Timestamp,
    ) -> Record {
        let at = self.tick(now);
        let standing = self.waiting.get(&question).and_then(|row| row.standing);
        let author = Author::Model { question, offer, end };
        Record::Chat(chat, ChatRecord::Message(Message { id: turn, at, text, author, standing }))
    }
}

/// A random id of 16 bytes.
pub fn random_id(rng: &mut dyn CryptoRng) -> [u8; 16] {
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    id
}

/// A question without the space around it.
fn question_text(text: &str) -> Result<&str, EditError> {
    match text.trim() {
        "" => Err(EditError::Empty),
        text if text.len() > MAX_QUESTION_BYTES => Err(EditError::TooLong),
        text => Ok(text),
    }
}

/// The branch in which a question and what follows it stand.
fn branch_of(question: &Message) -> Option<MessageId> {
    match question.standing {
        None => None,
        Some(Standing::In(branch)) => Some(branch),
        Some(Standing::Instead(_)) => Some(question.id),
    }
}

/// Marks that do not end a title.
const TITLE_ENDS: [char; 6] = ['.', ':', ',', ';', '…', ' '];

/// The first line of a question, cut between words.
fn title_of(question: &str) -> String {
    let line = question.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line = line.trim_start_matches(['#', '>', '-', '*', ' ']);
    if line.chars().count() <= MADE_TITLE_CHARS {
        return line.trim_end_matches(TITLE_ENDS).to_owned();
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
    title.truncate(title.trim_end_matches(TITLE_ENDS).len());
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
        let sentence = "The heat pump in our cellar hums all night long. Why does it?";
        assert_eq!(title_of(sentence), "The heat pump in our cellar hums all night long…");
        assert_eq!(title_of("And then…"), "And then");
    }
}
