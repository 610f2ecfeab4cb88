//! What a user does with chats: open, write, rename, delete, take back.

use super::receipts::Composed;
use super::tabs::TabId;
use super::{Client, Stage};
use crate::intention::Intention;
use crate::records::{AskedRow, PreferencesRow, Record, WaitingRow};
use crate::relay::Relay;
use crate::store::Store;
use crate::vault::{EditError, NewQuestion, WINDOW_MESSAGES, WriteError};
use shared_types::limits::MAX_DRAFT_BYTES;

use crate::view::{ChatId, Delta, MessageId, NoticeView, Problem, ShownModel};

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) async fn handle_chat_intention(&mut self, tab: TabId, intention: Intention) {
        let Stage::Open(_) = self.stage else { return };
        let done = match intention {
            Intention::OpenChat(chat) => {
                self.tabs.show(tab, Some(chat));
                self.show_chat(tab, chat).await;
                Ok(())
            }
            Intention::NewChat => {
                self.open_new_chat(tab);
                Ok(())
            }
            Intention::ShowEarlier(chat) => self.show_earlier(tab, chat).await,
            Intention::KeepDraft { chat, text } => self.keep_draft(chat, text).await,
            Intention::Send { chat, text, model } => self.send_question(tab, chat, &text, model).await,
            Intention::Compose { chat, text, model } => self.compose_for(tab, chat, &text, model).await,
            Intention::SendComposed { turn } => self.send_composed(tab, turn).await,
            Intention::ShowReceipt { chat, answer } => self.show_receipt(tab, chat, answer).await,
            Intention::ChooseModel { chat, model } => self.choose_model(chat, model).await,
            Intention::Stop(chat) => {
                self.stop(chat).await;
                Ok(())
            }
            Intention::AskAgain { chat, message, model } => self.ask_again(chat, message, model).await,
            Intention::EditQuestion { chat, question, text, model } => {
                self.edit_question(tab, chat, question, &text, model).await
            }
            Intention::SetLetterKeys { on } => self.set_letter_keys(on).await,
            Intention::KeepEdit { question, text } => self.keep_edit(question, text).await,
            Intention::ShowVersion { chat, message, step } => self.show_version(chat, message, step).await,
            Intention::TakeBack(chat) => self.take_back(tab, chat).await,
            Intention::Rename { chat, title } => self.rename(chat, &title).await,
            Intention::DeleteChat(chat) => self.delete(chat).await,
            Intention::UndoDelete(chat) => self.undo_delete(chat).await,
            Intention::Attach
            | Intention::UseHere
            | Intention::Reload
            | Intention::SignUp { .. }
            | Intention::SignUpWithKey { .. }
            | Intention::Password(_)
            | Intention::SignInWithPasskey
            | Intention::SignInWithWords(_)
            | Intention::HandOver(_)
            | Intention::UnlockWithWords(_)
            | Intention::GestureDone(_)
            | Intention::GestureFailed(_)
            | Intention::ConfirmWords { .. }
            | Intention::Abandon
            | Intention::Agree
            | Intention::Disagree
            | Intention::UnlockWithPasskey
            | Intention::SignInAgain
            | Intention::DeleteAccount
            | Intention::SaveEvidence
            | Intention::ShowSecurity
            | Intention::ShowStorage
            | Intention::ChangeKeysNow
            | Intention::ForgetDevice
            | Intention::ChangeMember(..)
            | Intention::AddWay { .. }
            | Intention::RemoveWay { .. }
            | Intention::RenameWay { .. }
            | Intention::MakeWords { .. }
            | Intention::KeepWords
            | Intention::Recover { .. }
            | Intention::CheckWords(_)
            | Intention::CheckWordsLater
            | Intention::ShowSeen { .. }
            | Intention::Lock
            | Intention::SignOut
            | Intention::SignOutAnyway
            | Intention::Providers(_)
            | Intention::NetworkChanged { .. }
            | Intention::TryNow => Ok(()),
        };
        if let Err(problem) = done {
            self.tabs.send(tab, Delta::Notice(NoticeView::Trouble(problem)));
        }
    }

    pub(super) async fn show_chat(&mut self, tab: TabId, chat: ChatId) {
        if let Err(problem) = self.load_missing(|vault| vault.missing_for_tail(chat, WINDOW_MESSAGES)).await {
            return self.tabs.send(tab, Delta::Notice(NoticeView::Trouble(problem)));
        }
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(view) = opened.conversation(chat, WINDOW_MESSAGES) else {
            self.tabs.show(tab, None);
            return self.show_new_chat(tab);
        };
        self.tabs.send(tab, Delta::Conversation(view));
    }

    fn open_new_chat(&mut self, tab: TabId) {
        self.tabs.show(tab, None);
        self.show_new_chat(tab);
    }

    pub(super) fn show_new_chat(&self, tab: TabId) {
        let Stage::Open(opened) = &self.stage else { return };
        let (draft, model) = (opened.vault.draft(None).to_owned(), opened.vault.last_model());
        self.tabs.send(tab, Delta::NewChat { draft, model });
    }

    async fn show_earlier(&mut self, tab: TabId, chat: ChatId) -> Result<(), Problem> {
        let n_shown = self.tabs.n_shown(tab);
        self.load_missing(|vault| vault.missing_for_tail(chat, n_shown + WINDOW_MESSAGES)).await?;
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let (messages, has_earlier) = opened.earlier_messages(chat, n_shown);
        self.tabs.show_more(tab, messages.len());
        self.tabs.send(tab, Delta::Earlier { chat, messages, has_earlier });
        Ok(())
    }

    async fn set_letter_keys(&mut self, on: bool) -> Result<(), Problem> {
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let before = opened.vault.preferences();
        opened.vault.set_preferences(PreferencesRow { letter_keys: on, ..before });
        self.commit().await?;
        self.tabs.send_all(&Delta::LetterKeys { on });
        Ok(())
    }

    async fn keep_draft(&mut self, chat: Option<ChatId>, text: String) -> Result<(), Problem> {
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        if text.len() > MAX_DRAFT_BYTES {
            return Err(Problem::QuestionTooLong);
        }
        opened.vault.set_draft(chat, text);
        self.commit().await
    }

    async fn send_question(
        &mut self,
        tab: TabId,
        chat: Option<ChatId>,
        text: &str,
        model: Option<ShownModel>,
    ) -> Result<(), Problem> {
        self.write_question(tab, chat, text, (model, None)).await
    }

    /// Writes a question that waits from then on; with what was composed for it, exactly that will leave.
    pub(super) async fn write_question(
        &mut self,
        tab: TabId,
        chat: Option<ChatId>,
        text: &str,
        (model, composed): (Option<ShownModel>, Option<Composed>),
    ) -> Result<(), Problem> {
        let now = self.now();
        if let Some(chat) = chat {
            self.load_missing(|vault| vault.missing_for_tail(chat, 1)).await?;
        }
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let question = opened.vault.edit_question(chat, text, now, &mut *self.platform.rng);
        let NewQuestion { mut records, waiting } = match question {
            Ok(question) => question,
            Err(EditError::Empty) => return Ok(()),
            Err(EditError::TooLong) => return Err(Problem::QuestionTooLong),
        };
        let in_chat = waiting.chat;
        let mut asked = None;
        if let Some(Composed { turn, offer, body, .. }) = composed {
            let ids = (turn, waiting.question);
            records.push(opened.vault.edit_receipt(in_chat, ids, offer.clone(), body, now));
            asked = Some(AskedRow { turn, offer });
        }
        if let Some(model) = opened.model_to_keep(in_chat, model.as_ref()) {
            records.push(opened.vault.edit_model(in_chat, model, now));
        }
        let mut done = self.apply(records).await;
        if let (Ok(()), Stage::Open(opened)) = (done, &mut self.stage) {
            opened.vault.set_draft(chat, String::new());
            opened.vault.set_waiting(WaitingRow { model, asked, ..waiting });
            done = self.commit().await;
        }
        if let Err(problem) = done {
            self.restore_draft(tab, chat, text);
            return Err(problem);
        }
        if chat.is_none() {
            self.tabs.show(tab, Some(in_chat));
            self.show_chat(tab, in_chat).await;
        }
        Ok(())
    }

    /// Gives a text that could not be saved back to its composer.
    fn restore_draft(&mut self, tab: TabId, chat: Option<ChatId>, text: &str) {
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.vault.hold_draft(chat, text.to_owned());
        let delta = match chat.and_then(|chat| opened.conversation(chat, self.tabs.n_shown(tab))) {
            Some(view) => Delta::Conversation(view),
            None => Delta::NewChat { draft: text.to_owned(), model: opened.vault.last_model() },
        };
        self.tabs.send(tab, delta);
    }

    /// A question that waits goes back into the composer, or, if it has been answered before, is not asked again.
    /// It may have left before; its answer is wanted no more.
    async fn take_back(&mut self, tab: TabId, chat: ChatId) -> Result<(), Problem> {
        let now = self.now();
        let Some(question) = self.last_question(chat) else { return Ok(()) };
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let row = opened.vault.waiting().into_iter().find(|row| row.question == question.id);
        let Some(row) = row.filter(|row| !opened.is_asking(row.question)) else { return Ok(()) };
        if !opened.vault.is_answered(chat, question.id) {
            let record = opened.vault.edit_take_back(chat, question.id, now);
            self.apply(vec![record]).await?;
            let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
            opened.vault.set_draft(Some(chat), question.text.clone());
        }
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        opened.vault.end_waiting(question.id);
        self.commit().await?;
        if let Some(asked) = row.asked {
            self.tell_stop(asked.turn);
        }
        self.show_chat(tab, chat).await;
        Ok(())
    }

    async fn rename(&mut self, chat: ChatId, title: &str) -> Result<(), Problem> {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        match opened.vault.edit_title(chat, title, now) {
            Ok(record) => self.write(vec![record]).await,
            Err(EditError::Empty) => Ok(()),
            Err(EditError::TooLong) => Err(Problem::TitleTooLong),
        }
    }

    async fn delete(&mut self, chat: ChatId) -> Result<(), Problem> {
        let now = self.now();
        self.stop(chat).await;
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let questions: Vec<MessageId> =
            opened.vault.waiting().iter().filter(|row| row.chat == chat).map(|row| row.question).collect();
        let record = opened.vault.edit_delete(chat, now);
        self.apply(vec![record]).await?;
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        for question in questions {
            opened.vault.end_waiting(question);
        }
        self.commit().await?;
        self.tabs.send_all(&Delta::Notice(NoticeView::ChatDeleted(chat)));
        for tab in self.tabs.ids() {
            if self.tabs.chat_of(tab) == Some(chat) {
                self.tabs.show(tab, None);
                self.show_new_chat(tab);
            }
        }
        Ok(())
    }

    async fn undo_delete(&mut self, chat: ChatId) -> Result<(), Problem> {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let record = opened.vault.edit_restore(chat, now);
        self.write(vec![record]).await
    }

    /// Writes one batch of records and commits it.
    pub(super) async fn write(&mut self, records: Vec<Record>) -> Result<(), Problem> {
        self.apply(records).await?;
        self.commit().await
    }

    /// Makes one batch of records, to be committed with what else changes; nothing has changed if it fails.
    pub(super) async fn apply(&mut self, records: Vec<Record>) -> Result<(), Problem> {
        self.load_missing_for(&records).await?;
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let written = opened.vault.write(records, now, &mut *self.platform.rng);
        written.map_err(|error| match error {
            WriteError::TooLarge => Problem::QuestionTooLong,
            WriteError::Forked => Problem::CopiedDevice,
            WriteError::NoEpochKey | WriteError::NotAdmitted => Problem::NotAdmitted,
        })?;
        opened.engine.handle_written();
        Ok(())
    }
}
