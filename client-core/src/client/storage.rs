//! Settings, Storage: asks the browser what it keeps, and counts the rows of this account, a few chats at a time.

use super::happening::Happening;
use super::tabs::{SettingsPlace, TabId};
use super::{Client, Stage, problem_of_store};
use crate::relay::Relay;
use crate::store::{Store, StoreError, Table};
use crate::vault::RowName;
use crate::view::storage::{BrowserStorage, StorageView};
use crate::view::{ChatId, Delta, NoticeView};

/// Chats that are counted before anything else has its turn.
const CHATS_AT_ONCE: usize = 8;

/// What was counted since the account was opened.
#[derive(Default)]
pub(super) struct Storage {
    counting: Option<Counting>,
    /// Something changed while it was counted.
    is_stale: bool,
    shown: Option<StorageView>,
}

/// A count under way.
#[derive(Default)]
struct Counting {
    /// Chats that are still to be counted, and whether the chat list shows them.
    left: Vec<(ChatId, bool)>,
    view: StorageView,
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Shows the page in a tab: at once what was counted last, then what is counted now.
    pub(super) fn show_storage(&mut self, tab: TabId) {
        self.tabs.show_settings(tab, SettingsPlace::Storage);
        let Stage::Open(opened) = &self.stage else { return };
        if let Some(view) = &opened.storage.shown {
            self.tabs.send(tab, Delta::Storage(Box::new(view.clone())));
        }
        self.show_storage_again();
    }

    /// Counts anew, if a tab shows the page.
    pub(super) fn show_storage_again(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if !self.tabs.has_settings(SettingsPlace::Storage) {
            return;
        }
        opened.storage.is_stale = true;
        if opened.storage.counting.is_none() {
            opened.storage.counting = Some(Counting::default());
            let ask = (self.platform.storage)();
            self.begin(async move { Happening::StorageTold(ask.await) });
        }
    }

    /// The browser said what it keeps: the count begins.
    pub(super) async fn handle_storage(&mut self, browser: Option<BrowserStorage>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.storage.is_stale = false;
        let view = StorageView { browser, ..StorageView::default() };
        opened.storage.counting = Some(Counting { left: opened.vault.known_chats(), view });
        self.count_on().await;
    }

    /// Counts a few more chats; after the last one, the rows of every other kind.
    pub(super) async fn count_on(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(mut counting) = opened.storage.counting.take() else { return };
        let is_last = counting.left.is_empty();
        let counted = match counting.left.len().min(CHATS_AT_ONCE) {
            0 => self.count_tables(&mut counting.view).await,
            n_chats => self.count_chats(counting.left.drain(..n_chats), &mut counting.view).await,
        };
        let Stage::Open(opened) = &mut self.stage else { return };
        if let Err(error) = counted {
            let trouble = NoticeView::Trouble(problem_of_store(error));
            return self.tabs.send_to_settings(SettingsPlace::Storage, &Delta::Notice(trouble));
        }
        if !is_last {
            opened.storage.counting = Some(counting);
            return self.begin(std::future::ready(Happening::CountOn));
        }
        if opened.storage.shown.as_ref() != Some(&counting.view) {
            opened.storage.shown = Some(counting.view.clone());
            self.tabs.send_to_settings(SettingsPlace::Storage, &Delta::Storage(Box::new(counting.view)));
        }
        if std::mem::take(&mut opened.storage.is_stale) {
            self.show_storage_again();
        }
    }

    async fn count_chats(
        &self,
        chats: impl Iterator<Item = (ChatId, bool)>,
        view: &mut StorageView,
    ) -> Result<(), StoreError> {
        for (chat, is_listed) in chats {
            let kept = if is_listed { &mut view.chats } else { &mut view.deleted };
            let row = self.load_counted(RowName::Chat(chat)).await?;
            kept.add(1, row.as_deref().unwrap_or_default());
            self.count_chat(chat, view).await?;
        }
        Ok(())
    }

    async fn count_chat(&self, chat: ChatId, view: &mut StorageView) -> Result<(), StoreError> {
        let Stage::Open(opened) = &self.stage else { return Ok(()) };
        let Some(row) = self.load_counted(RowName::Outline(chat)).await? else { return Ok(()) };
        view.messages.add(0, &row);
        let outline = opened.vault.read_outline(chat, &row);
        for slot in &outline.pages {
            let Some(row) = self.load_counted(RowName::Page(chat, slot.page)).await? else { continue };
            let messages = opened.vault.read_page(chat, &outline, slot.page, &row);
            view.messages.add(messages.len(), &row);
            for message in &messages {
                if let Some(row) = self.load_counted(RowName::Receipt(chat, message.id)).await? {
                    view.receipts.add(1, &row);
                }
            }
        }
        Ok(())
    }

    async fn load_counted(&self, name: RowName) -> Result<Option<Vec<u8>>, StoreError> {
        let Stage::Open(opened) = &self.stage else { return Ok(None) };
        self.store.load_row(name.table(), &opened.vault.stored_key(name)).await
    }

    /// Counts what does not belong to a chat.
    async fn count_tables(&self, view: &mut StorageView) -> Result<(), StoreError> {
        let tables = Table::ALL.into_iter().filter(|table| !matches!(table, Table::Directory | Table::Messages));
        for table in tables {
            for row in self.store.list_rows(table).await? {
                #[expect(clippy::wildcard_enum_match_arm, reason = "two tables are told apart from the rest")]
                let kept = match table {
                    Table::Drafts => &mut view.drafts,
                    Table::Outbox => &mut view.waiting,
                    _ => &mut view.other,
                };
                kept.add(1, &row.value);
            }
        }
        Ok(())
    }
}
