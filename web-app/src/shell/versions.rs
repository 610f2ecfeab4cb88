//! What the person asks once more: a question in other words, an answer written again.

use super::Page;
use client_core::{
    intention::Intention,
    view::{ChatId, MessageId},
};

impl Page {
    /// Asks the question of a message again, of the model that is shown now.
    pub fn ask_again(self, chat: ChatId, message: MessageId) {
        self.want(Intention::AskAgain { chat, message, model: self.shown_model() });
    }

    /// Asks a question in other words.
    pub fn ask_edited(self, chat: ChatId, question: MessageId, text: String) {
        self.forget_edit();
        self.want(Intention::EditQuestion { chat, question, text, model: self.shown_model() });
    }
}
