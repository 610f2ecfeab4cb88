//! Has code read by the highlighter, and shows it again when that is done.

use std::rc::Rc;

use super::happening::Happening;
use super::{Client, Stage};
use crate::relay::Relay;
use crate::store::Store;
use crate::view::highlight::{Code, Pieces};
use crate::view::{ChatId, Delta, MessageId};

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Begins to read what was shown plain and is of a known language.
    pub(super) fn poll_highlights(&mut self) {
        while let Stage::Open(opened) = &mut self.stage
            && let Some(codes) = opened.highlights.poll_wanted()
        {
            let highlight = Rc::clone(&self.platform.highlight);
            self.begin(async move {
                let mut read = Vec::with_capacity(codes.len());
                for code in codes {
                    let pieces = highlight(code.clone()).await;
                    read.push((code, pieces));
                }
                Happening::CodeRead(read)
            });
        }
    }

    pub(super) fn handle_code_read(&mut self, read: Vec<(Code, Option<Pieces>)>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        for (chat, message) in opened.highlights.handle_read(read) {
            self.show_in_classes(chat, message);
        }
    }

    fn show_in_classes(&mut self, chat: ChatId, message: MessageId) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.turns.contains_key(&message) {
            return self.show_growth(message);
        }
        let shown = opened.vault.visible_messages(chat);
        let Some(n_after) = shown.iter().rev().position(|other| other.id == message) else { return };
        let Some(view) = opened.message_view(chat, message) else { return };
        // A tab puts what it does not know at the end, so it is sent only what it has.
        for tab in self.tabs.ids() {
            if self.tabs.chat_of(tab) == Some(chat) && n_after < self.tabs.n_shown(tab) {
                self.tabs.send(tab, Delta::Message { chat, message: view.clone() });
            }
        }
    }
}
