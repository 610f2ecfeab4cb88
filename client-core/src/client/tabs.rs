//! Tabs: who draws, which chat each of them shows, and what it is sent.

use shared_types::ordered::SortedMap;

use futures_channel::mpsc::UnboundedSender;

use super::{Client, Stage};
use crate::intention::Intention;
use crate::relay::Relay;
use crate::store::Store;
use crate::view::{ChatId, Delta};

/// Names a tab for the life of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(pub u32);

/// What comes from the tabs.
#[derive(Debug)]
pub enum TabMessage {
    /// A tab came and listens here.
    Came(TabId, UnboundedSender<Delta>),
    /// A tab wants something.
    Wants(TabId, Intention),
    /// A tab is gone.
    Gone(TabId),
    /// No tab that can speak with this client is left, and tabs of another release wait for its end.
    Abandoned,
}

struct Tab {
    sender: UnboundedSender<Delta>,
    chat: Option<ChatId>,
    /// Messages of the chat that the tab shows, counted from its end.
    n_shown: usize,
    /// The settings page that it shows, if it shows no chat.
    settings: Option<SettingsPlace>,
}

/// A settings page whose views the core sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SettingsPlace {
    Security,
    Seen,
    Storage,
}

/// All tabs.
#[derive(Default)]
pub(super) struct Tabs(SortedMap<TabId, Tab>);

impl Tabs {
    pub(super) fn add(&mut self, id: TabId, sender: UnboundedSender<Delta>) {
        self.0.insert(id, Tab { sender, chat: None, n_shown: 0, settings: None });
    }

    pub(super) fn remove(&mut self, id: TabId) {
        self.0.remove(&id);
    }

    pub(super) fn show(&mut self, id: TabId, chat: Option<ChatId>) {
        if let Some(tab) = self.0.get_mut(&id) {
            tab.chat = chat;
            tab.settings = None;
            tab.n_shown = crate::vault::WINDOW_MESSAGES;
        }
    }

    /// The tab shows a settings page, until it shows a chat.
    pub(super) fn show_settings(&mut self, id: TabId, place: SettingsPlace) {
        if let Some(tab) = self.0.get_mut(&id) {
            tab.settings = Some(place);
        }
    }

    pub(super) fn has_settings(&self, place: SettingsPlace) -> bool {
        self.0.values().any(|tab| tab.settings == Some(place))
    }

    pub(super) fn chat_of(&self, id: TabId) -> Option<ChatId> {
        self.0.get(&id)?.chat
    }

    pub(super) fn ids(&self) -> Vec<TabId> {
        self.0.keys().copied().collect()
    }

    pub(super) fn has_viewer(&self, chat: ChatId) -> bool {
        self.0.values().any(|tab| tab.chat == Some(chat))
    }

    pub(super) fn n_shown(&self, id: TabId) -> usize {
        self.0.get(&id).map_or(0, |tab| tab.n_shown)
    }

    pub(super) fn show_more(&mut self, id: TabId, n_messages: usize) {
        if let Some(tab) = self.0.get_mut(&id) {
            tab.n_shown += n_messages;
        }
    }

    // A tab whose receiver is gone is about to be removed; what it misses nobody sees.

    pub(super) fn send(&self, id: TabId, delta: Delta) {
        if let Some(tab) = self.0.get(&id) {
            drop(tab.sender.unbounded_send(delta));
        }
    }

    pub(super) fn send_all(&self, delta: &Delta) {
        for tab in self.0.values() {
            drop(tab.sender.unbounded_send(delta.clone()));
        }
    }

    pub(super) fn send_to_settings(&self, place: SettingsPlace, delta: &Delta) {
        for tab in self.0.values().filter(|tab| tab.settings == Some(place)) {
            drop(tab.sender.unbounded_send(delta.clone()));
        }
    }

    pub(super) fn send_to_viewers(&self, chat: ChatId, delta: &Delta) {
        for tab in self.0.values().filter(|tab| tab.chat == Some(chat)) {
            drop(tab.sender.unbounded_send(delta.clone()));
        }
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// A tab was closed; whatever only it could go on with is given up, so that the others are free.
    pub(super) fn handle_gone(&mut self, tab: TabId) {
        self.tabs.remove(tab);
        match &mut self.stage {
            Stage::Locked(locked) => {
                locked.handle_gone(tab);
                self.show_screen();
            }
            Stage::Open(opened) => {
                opened.give_up_unsigned(tab);
                drop(opened.way_change.take_if(|change| change.ends_with(tab)));
            }
            Stage::SigningIn(signing_in) if signing_in.ends_with(tab) => self.abandon(),
            Stage::Joining(joining) if joining.ends_with(tab) => self.abandon(),
            Stage::SigningUp(signing_up) if signing_up.ends_with(tab) => self.abandon(),
            Stage::SigningIn(_)
            | Stage::SigningUp(_)
            | Stage::Joining(_)
            | Stage::Starting
            | Stage::Welcome(_)
            | Stage::Revoked(_)
            | Stage::Stuck(_)
            | Stage::Ended => {}
        }
    }
}
