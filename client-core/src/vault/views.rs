//! Views of an open vault: what the page draws, made from state and never kept.

use super::Vault;
use super::branches::Branches;
use shared_types::ordered::sort_by_key;

use crate::records::{Author, ChatEntry, End, Message, Standing};
use crate::view::{
    AuthorView, ChatId, ChatRowState, ChatRowView, ConversationView, DeviceView, MessageId, MessageState, MessageView,
    Problem, ShownModel, is_long, markdown,
};

/// Messages that a conversation shows at first and more at a time.
pub const WINDOW_MESSAGES: usize = 40;

impl Vault {
    /// The chat list, newest first, without deleted chats.
    pub fn chat_list(&self) -> Vec<ChatRowView> {
        let mut entries: Vec<&ChatEntry> = self.directory.values().filter(|entry| self.is_listed(entry)).collect();
        sort_by_key(&mut entries, |entry| std::cmp::Reverse((entry.changed, entry.chat)));
        entries.into_iter().map(|entry| self.row_of(entry)).collect()
    }

    /// One row of the chat list; `None` if the chat is deleted or unknown.
    pub fn chat_row(&self, chat: ChatId) -> Option<ChatRowView> {
        self.directory.get(&chat).filter(|entry| self.is_listed(entry)).map(|entry| self.row_of(entry))
    }

    /// Whether a chat has a title of its own already.
    pub fn has_title(&self, chat: ChatId) -> bool {
        self.directory.get(&chat).is_some_and(|entry| entry.title.is_some())
    }

    /// The newest messages of a chat as far as they are loaded; `None` if the chat is deleted or unknown.
    pub fn conversation(&self, chat: ChatId, n_messages: usize) -> Option<ConversationView> {
        let entry = self.directory.get(&chat).filter(|entry| self.is_listed(entry))?;
        let messages = self.visible_messages(chat);
        let first = messages.len().saturating_sub(n_messages);
        Some(ConversationView {
            id: chat,
            title: entry.title.as_ref().map(|(title, _)| title.clone()),
            messages: self.views_of(chat, messages.iter().copied().skip(first)),
            has_earlier: first > 0 || self.missing_for_tail(chat, usize::MAX).is_some(),
            draft: self.draft(Some(chat)).to_owned(),
            integrity: self.integrity(),
            problem: self.is_damaged(chat).then_some(Problem::DamagedRow),
            model: self.model_of(chat),
        })
    }

    /// The model that was chosen for a chat.
    pub fn model_of(&self, chat: ChatId) -> Option<ShownModel> {
        self.directory.get(&chat)?.model.as_ref().map(|(model, _)| model.clone())
    }

    /// The model that was chosen last, for whatever chat.
    pub fn last_model(&self) -> Option<ShownModel> {
        let chosen = self.directory.values().filter_map(|entry| entry.model.as_ref());
        chosen.max_by_key(|(_, at)| *at).map(|(model, _)| model.clone())
    }

    /// The window of messages before the `n_shown` newest ones, oldest first, and whether there are more.
    pub fn earlier_messages(&self, chat: ChatId, n_shown: usize) -> (Vec<MessageView>, bool) {
        let messages = self.visible_messages(chat);
        let end = messages.len().saturating_sub(n_shown);
        let start = end.saturating_sub(WINDOW_MESSAGES);
        let views = self.views_of(chat, messages.iter().copied().take(end).skip(start));
        (views, start > 0 || self.missing_for_tail(chat, usize::MAX).is_some())
    }

    /// One message, if it is loaded and shown.
    pub fn message_view(&self, chat: ChatId, id: MessageId) -> Option<MessageView> {
        let shown = self.visible_messages(chat).into_iter().find(|message| message.id == id);
        self.views_of(chat, shown.into_iter()).pop()
    }

    /// Whether a shown message stands in the place of another one.
    pub fn hides_another(&self, chat: ChatId, id: MessageId) -> bool {
        let Some(chat) = self.chats.get(&chat) else { return false };
        let Some(message) = chat.find_message(&id) else { return false };
        if matches!(message.standing, Some(Standing::Instead(_))) {
            return true;
        }
        let Author::Model { question, .. } = &message.author else { return false };
        let mut others = self.shown_tail(chat).filter(|message| message.id != id);
        others.any(|other| matches!(&other.author, Author::Model { question: of, .. } if of == question))
    }

    /// The loaded messages of a chat that are shown, in order: each question, then the newest of its answers.
    pub fn visible_messages(&self, chat: ChatId) -> Vec<&Message> {
        let Some(loaded) = self.chats.get(&chat) else { return Vec::new() };
        let branches = self.branches(chat, loaded);
        self.messages_on(loaded, &branches, &branches.shown())
    }

    fn views_of<'a>(&'a self, chat: ChatId, messages: impl Iterator<Item = &'a Message>) -> Vec<MessageView> {
        let Some(loaded) = self.chats.get(&chat) else { return Vec::new() };
        let branches = self.branches(chat, loaded);
        messages.map(|message| self.message_view_of(&branches, message)).collect()
    }

    /// Whether a loaded answer to a question is there, also one that is not shown.
    pub fn is_answered(&self, chat: ChatId, question: MessageId) -> bool {
        let is_it =
            |message: &Message| matches!(&message.author, Author::Model { question: of, .. } if *of == question);
        self.chats.get(&chat).is_some_and(|chat| self.shown_tail(chat).any(is_it))
    }

    /// The answer to a question that is shown, if one is.
    pub fn find_answer(&self, chat: ChatId, question: MessageId) -> Option<&Message> {
        let is_it =
            |message: &&Message| matches!(&message.author, Author::Model { question: of, .. } if *of == question);
        self.visible_messages(chat).into_iter().find(is_it)
    }

    /// A loaded message, also one that is not shown.
    pub fn find_message(&self, chat: ChatId, id: MessageId) -> Option<&Message> {
        self.chats.get(&chat)?.find_message(&id)
    }

    /// The active devices of the account.
    pub fn devices(&self) -> Vec<DeviceView> {
        let view = |device: &shared_types::log::DeviceState| DeviceView {
            id: device.part.id,
            name: self.device_names.get(&device.part.id).map(|(name, _)| name.clone()),
            added_s: self.log.entry_at(device.added_seq).map_or(0, |entry| entry.time_s),
            confirmed: device.confirmed.is_some(),
            is_this: device.part.id == self.device.id(),
        };
        self.log.active_devices().map(view).collect()
    }

    fn row_of(&self, entry: &ChatEntry) -> ChatRowView {
        let is_waiting = self.waiting.values().any(|row| row.chat == entry.chat);
        ChatRowView {
            id: entry.chat,
            title: entry.title.as_ref().map(|(title, _)| title.clone()),
            changed_ms: entry.changed.ms,
            state: match (is_waiting, self.is_damaged(entry.chat)) {
                (true, _) => ChatRowState::Waiting,
                (false, true) => ChatRowState::Damaged,
                (false, false) => ChatRowState::Calm,
            },
        }
    }

    fn message_view_of(&self, branches: &Branches<'_>, message: &Message) -> MessageView {
        let (author, state) = match &message.author {
            Author::Owner if self.waiting.contains_key(&message.id) => (AuthorView::You, MessageState::WaitingOffline),
            Author::Owner => (AuthorView::You, MessageState::Done),
            Author::Model { offer, end, .. } => (AuthorView::Model { offer: Some(offer.clone()) }, state_of(*end)),
        };
        MessageView {
            id: message.id,
            author,
            written_ms: message.at.ms,
            text: message.text.clone(),
            // A long question is drawn as it was written.
            blocks: if message.author == Author::Owner && is_long(&message.text) {
                Vec::new()
            } else {
                markdown::to_blocks(&message.text)
            },
            state,
            versions: branches.versions_of(message),
            edit: self.edit_draft(message.id).map(str::to_owned),
        }
    }
}

fn state_of(end: End) -> MessageState {
    match end {
        End::Done => MessageState::Done,
        End::Length => MessageState::CutAtLength,
        End::Stopped => MessageState::Stopped,
        End::Refused(code) => MessageState::Failed(Problem::Relay { code, retry_after_s: None }),
        End::Cut => MessageState::Failed(Problem::AnswerCut),
        End::Empty => MessageState::Failed(Problem::AnswerEmpty),
    }
}
