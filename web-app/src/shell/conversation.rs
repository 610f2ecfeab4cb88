//! One open chat, as signals: a delta touches only what it changes, down to the growing block.

use client_core::view::{
    AuthorView, ChatId, ConversationView, IntegrityState, MessageId, MessageState, MessageView, Problem, VersionsView,
    blocks::Block,
};
use leptos::prelude::*;
use shared_types::account::{ModelOffer, ModelPlace};

/// One open chat.
#[derive(Clone)]
pub struct Conversation {
    /// Chat.
    pub id: ChatId,
    /// Title, if the chat's row does not give one.
    pub title: ArcRwSignal<Option<String>>,
    /// State of this chat.
    pub integrity: ArcRwSignal<IntegrityState>,
    /// What is wrong with this device's copy of it.
    pub problem: ArcRwSignal<Option<Problem>>,
    /// Whether there are older messages.
    pub has_earlier: ArcRwSignal<bool>,
    /// Messages, oldest first.
    pub messages: ArcRwSignal<Vec<Message>>,
}

/// One message of the open chat.
#[derive(Clone)]
pub struct Message {
    /// Id.
    pub id: MessageId,
    /// Who wrote it.
    pub author: AuthorView,
    /// When, Unix milliseconds.
    pub written_ms: u64,
    /// As written.
    pub text: ArcRwSignal<String>,
    /// Where it is in its life.
    pub state: ArcRwSignal<MessageState>,
    /// As drawn.
    pub blocks: ArcRwSignal<Vec<LiveBlock>>,
    /// Which version it is, if there are several.
    pub versions: ArcRwSignal<Option<VersionsView>>,
    /// What stands in its text box, if it is being edited.
    pub edit: ArcRwSignal<Option<String>>,
}

/// One block of a message; it keeps its place on the page while its text grows.
#[derive(Clone)]
pub struct LiveBlock {
    /// Tells it from its neighbours: its place, and its kind.
    pub key: (usize, std::mem::Discriminant<Block>),
    /// What it says now.
    pub block: ArcRwSignal<Block>,
}

impl Conversation {
    /// Opens what the core sent.
    pub fn new(view: ConversationView) -> Self {
        Self {
            id: view.id,
            title: ArcRwSignal::new(view.title),
            integrity: ArcRwSignal::new(view.integrity),
            problem: ArcRwSignal::new(view.problem),
            has_earlier: ArcRwSignal::new(view.has_earlier),
            messages: ArcRwSignal::new(view.messages.into_iter().map(Message::new).collect()),
        }
    }

    /// Takes a newer whole view of the same chat.
    pub fn take(&self, view: ConversationView) {
        self.title.set(view.title);
        self.integrity.set(view.integrity);
        self.problem.set(view.problem);
        self.has_earlier.set(view.has_earlier);
        let old = self.messages.get_untracked();
        let messages =
            view.messages.into_iter().map(|message| match old.iter().find(|known| known.is_the_same_as(&message)) {
                Some(known) => {
                    known.take(message);
                    known.clone()
                }
                None => Message::new(message),
            });
        self.messages.set(messages.collect());
    }

    /// Puts older messages before the others.
    pub fn put_earlier(&self, views: Vec<MessageView>, has_earlier: bool) {
        self.has_earlier.set(has_earlier);
        self.messages.update(|messages| {
            let known: Vec<_> = messages.iter().map(Message::key).collect();
            let earlier = views.into_iter().map(Message::new).filter(|message| !known.contains(&message.key()));
            messages.splice(0..0, earlier.collect::<Vec<_>>());
        });
    }

    /// Changes a message, or adds one at the end.
    pub fn put(&self, view: MessageView) {
        let known = self.messages.with_untracked(|all| all.iter().find(|known| known.is_the_same_as(&view)).cloned());
        match known {
            Some(known) => known.take(view),
            None => self.messages.update(|messages| messages.push(Message::new(view))),
        }
    }

    /// Lets an answer grow.
    pub fn grow(&self, id: MessageId, from_block: usize, blocks: Vec<Block>, state: MessageState) {
        let answer = self.messages.with_untracked(|all| all.iter().find(|one| one.id == id && !one.is_mine()).cloned());
        if let Some(answer) = answer {
            answer.put_blocks(from_block, blocks);
            answer.put_state(state);
        }
    }

    /// Removes a message.
    pub fn remove(&self, id: MessageId) {
        self.messages.update(|messages| messages.retain(|message| message.id != id));
    }

    /// Whether an answer of this chat is in the making.
    pub fn is_writing(&self) -> bool {
        self.messages.with(|messages| messages.iter().any(Message::is_in_the_making))
    }

    /// Whether this chat holds nothing yet. One whose messages are damaged does.
    pub fn is_empty(&self) -> bool {
        self.messages.with(Vec::is_empty) && self.problem.with(Option::is_none)
    }

    /// Whether its one answer is whole and came from the server's own model.
    pub fn has_begun_with_the_servers_model(&self) -> bool {
        let is_own = |message: &Message| {
            let by_own =
                message.offer().is_some_and(|offer| offer.place == ModelPlace::Server && offer.label.is_empty());
            by_own && message.state.with(|state| *state == MessageState::Done)
        };
        self.messages.with(|messages| messages.len() == 2 && messages.last().is_some_and(is_own))
    }

    /// Whether its last question waits until the relay answers.
    pub fn waits_for_the_relay(&self) -> bool {
        let waits = |message: &Message| message.state.with(|state| *state == MessageState::WaitingOffline);
        self.messages.with(|messages| messages.last().is_some_and(waits))
    }
}

impl Message {
    fn new(view: MessageView) -> Self {
        let message = Self {
            id: view.id,
            author: view.author,
            written_ms: view.written_ms,
            text: ArcRwSignal::new(view.text),
            state: ArcRwSignal::new(view.state),
            blocks: ArcRwSignal::new(Vec::new()),
            versions: ArcRwSignal::new(view.versions),
            edit: ArcRwSignal::new(view.edit),
        };
        message.put_blocks(0, view.blocks);
        message
    }

    /// Tells a message from all others: a turn's question and answer may share an id.
    pub fn key(&self) -> (MessageId, bool) {
        (self.id, self.is_mine())
    }

    /// Whether the account's owner wrote it.
    pub fn is_mine(&self) -> bool {
        self.author == AuthorView::You
    }

    /// Whose model wrote it, if one did and is still known.
    pub fn offer(&self) -> Option<&ModelOffer> {
        match &self.author {
            AuthorView::You => None,
            AuthorView::Model { offer } => offer.as_ref(),
        }
    }

    /// Whether more words are to come.
    pub fn is_in_the_making(&self) -> bool {
        self.state.with(|state| matches!(state, MessageState::Thinking | MessageState::Writing))
    }

    fn is_the_same_as(&self, view: &MessageView) -> bool {
        self.key() == (view.id, view.author == AuthorView::You)
    }

    fn take(&self, view: MessageView) {
        self.text.set(view.text);
        self.put_blocks(0, view.blocks);
        self.put_state(view.state);
        if self.versions.with_untracked(|old| *old != view.versions) {
            self.versions.set(view.versions);
        }
        // Whoever is writing goes on.
        if view.edit.is_some() && self.edit.with_untracked(Option::is_none) {
            self.edit.set(view.edit);
        }
    }

    fn put_state(&self, state: MessageState) {
        if self.state.with_untracked(|old| *old != state) {
            self.state.set(state);
        }
    }

    /// Replaces the blocks from a place on; those that only changed their words stay where they are.
    fn put_blocks(&self, from_block: usize, blocks: Vec<Block>) {
        let old = self.blocks.get_untracked();
        let mut shown: Vec<LiveBlock> = old.iter().take(from_block).cloned().collect();
        for block in blocks {
            let key = (shown.len(), std::mem::discriminant(&block));
            match old.get(shown.len()).filter(|live| live.key == key) {
                Some(live) => {
                    if live.block.with_untracked(|old| *old != block) {
                        live.block.set(block);
                    }
                    shown.push(live.clone());
                }
                None => shown.push(LiveBlock { key, block: ArcRwSignal::new(block) }),
            }
        }
        if shown.len() != old.len() || shown.iter().zip(&old).any(|(new, old)| new.key != old.key) {
            self.blocks.set(shown);
        }
    }
}
