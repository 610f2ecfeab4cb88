//! Asking once more: a question in other words, an answer written again, and which version is shown.

use super::tabs::TabId;
use super::{Client, Stage};
use crate::records::{Author, WaitingRow};
use crate::relay::Relay;
use crate::store::Store;
use crate::vault::{EditError, NewQuestion, WINDOW_MESSAGES};
use crate::view::{ChatId, Delta, MessageId, MessageState, Problem, ShownModel, Step};

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Asks a question again, of the model that is shown now.
    pub(super) async fn ask_again(
        &mut self,
        chat: ChatId,
        message: MessageId,
        model: Option<ShownModel>,
    ) -> Result<(), Problem> {
        let Some(question) = self.load_question(chat, message).await? else { return Ok(()) };
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        if opened.is_asking(question) {
            return Ok(());
        }
        if let Some(row) = opened.vault.waiting().into_iter().find(|row| row.question == question) {
            // If it may have left already it keeps its turn, and is asked as soon as the relay answers.
            if row.asked.is_none() && model.is_some() {
                opened.vault.set_waiting(WaitingRow { model, ..row });
            }
            opened.ask_after = now;
            opened.engine.handle_try_now();
            return self.commit().await;
        }
        self.stop(chat).await;
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let vault = &mut opened.vault;
        let Some(asked) = vault.find_message(chat, question).cloned() else { return Ok(()) };
        let shown = vault.find_answer(chat, question).cloned();
        let rng = &mut *self.platform.rng;
        let NewQuestion { records, waiting } = vault.edit_asked_again(chat, &asked, shown.as_ref(), now, rng);
        self.begin_to_wait(records, WaitingRow { model, ..waiting }).await
    }

    /// Asks a question in other words. What was asked before, and all that followed, stays beside it.
    pub(super) async fn edit_question(
        &mut self,
        tab: TabId,
        chat: ChatId,
        question: MessageId,
        text: &str,
        model: Option<ShownModel>,
    ) -> Result<(), Problem> {
        if self.load_question(chat, question).await? != Some(question) {
            return Ok(());
        }
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let waits = opened.vault.waiting().iter().any(|row| row.question == question);
        let Some(asked) = opened.vault.find_message(chat, question).cloned() else { return Ok(()) };
        let is_unchanged = asked.text == text.trim();
        if is_unchanged {
            self.keep_edit(question, String::new()).await?;
            return self.ask_again(chat, question, model).await;
        }
        if waits && !opened.is_asking(question) {
            return Ok(());
        }
        self.stop(chat).await;
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let version = opened.vault.edit_version(chat, &asked, text, now, &mut *self.platform.rng);
        let NewQuestion { records, waiting } = match version {
            Ok(version) => version,
            Err(EditError::Empty) => return Ok(()),
            Err(EditError::TooLong) => return self.give_edit_back(tab, chat, question, text, Problem::QuestionTooLong),
        };
        opened.vault.set_edit_draft(question, String::new());
        match self.begin_to_wait(records, WaitingRow { model, ..waiting }).await {
            Ok(()) => Ok(()),
            Err(problem) => self.give_edit_back(tab, chat, question, text, problem),
        }
    }

    /// The question of a message that is shown, with what stands before it.
    async fn load_question(&mut self, chat: ChatId, message: MessageId) -> Result<Option<MessageId>, Problem> {
        self.load_missing(|vault| vault.missing_for_tail(chat, WINDOW_MESSAGES)).await?;
        let Stage::Open(opened) = &self.stage else { return Ok(None) };
        Ok(opened.vault.find_message(chat, message).map(|message| match &message.author {
            Author::Owner => message.id,
            Author::Model { question, .. } => *question,
        }))
    }

    async fn begin_to_wait(
        &mut self,
        records: Vec<crate::records::Record>,
        waiting: WaitingRow,
    ) -> Result<(), Problem> {
        if !records.is_empty() {
            self.apply(records).await?;
        }
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        opened.vault.set_waiting(waiting);
        opened.engine.handle_try_now();
        self.commit().await
    }

    /// Gives an edit that could not be saved back to its text box.
    fn give_edit_back(
        &mut self,
        tab: TabId,
        chat: ChatId,
        question: MessageId,
        text: &str,
        problem: Problem,
    ) -> Result<(), Problem> {
        let n_shown = self.tabs.n_shown(tab);
        let Stage::Open(opened) = &mut self.stage else { return Err(problem) };
        if let Some(mut view) = opened.conversation(chat, n_shown) {
            let mut shown = view.messages.iter_mut();
            if let Some(message) = shown.find(|message| message.id == question && message.state == MessageState::Done) {
                message.edit = Some(text.to_owned());
            }
            self.tabs.send(tab, Delta::Conversation(view));
        }
        Err(problem)
    }

    pub(super) async fn keep_edit(&mut self, question: MessageId, text: String) -> Result<(), Problem> {
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        if text.len() > shared_types::limits::MAX_DRAFT_BYTES {
            return Err(Problem::QuestionTooLong);
        }
        opened.vault.set_edit_draft(question, text);
        self.commit().await
    }

    /// Shows another version of a message, here and on every device.
    pub(super) async fn show_version(&mut self, chat: ChatId, message: MessageId, step: Step) -> Result<(), Problem> {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let Some((spot, version)) = opened.vault.find_version(chat, message, step) else { return Ok(()) };
        let choice = opened.vault.edit_choice(chat, spot, version, now);
        self.write(vec![choice]).await?;
        self.load_missing(|vault| vault.missing_for_tail(chat, WINDOW_MESSAGES)).await?;
        self.show_conversation(chat);
        Ok(())
    }
}
