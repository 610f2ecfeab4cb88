//! The messages of one chat, in pages: only what is looked at is loaded, only the page that changes is written.
//!
//! Pages follow one another in the order of stamps and never overlap; a full page is split in two. What a page holds
//! depends on the order of arrival; what all pages hold together does not.

use shared_types::ordered::{SortedMap, sort_by_key};

use shared_types::ids::DeviceId;

use super::{Change, RowName, Vault};
use crate::records::{Author, ChatOutline, ChatRecord, Message, PageSlot, to_cbor};
use crate::time::{Stamp, Timestamp};
use crate::view::{ChatId, MessageId};

/// Messages of a full page.
const MAX_PAGE_MESSAGES: usize = 40;
/// A full page as it is written, bytes; one message of the largest size stands on a page of its own.
const MAX_PAGE_BYTES: usize = 256 * 1024;

/// A chat as far as it is loaded.
#[derive(Debug, Default)]
pub(super) struct Chat {
    pub(super) outline: ChatOutline,
    pub(super) pages: SortedMap<u32, Vec<Message>>,
    /// The outline is damaged and is made anew from the pages: the next one to look for.
    looks_for: Option<u32>,
}

impl Chat {
    /// Place among the slots of the page that holds, or would hold, a message of this stamp.
    fn slot_of(&self, at: Stamp) -> Option<usize> {
        let n_before = self.outline.pages.partition_point(|slot| slot.first <= at);
        (!self.outline.pages.is_empty()).then_some(n_before.saturating_sub(1))
    }

    /// The page that must be loaded before a message of this stamp can be placed.
    fn missing_page(&self, at: Stamp) -> Option<u32> {
        let slot = self.outline.pages.get(self.slot_of(at)?)?;
        (!self.pages.contains_key(&slot.page)).then_some(slot.page)
    }

    /// Places a message; returns the pages that changed.
    fn insert(&mut self, message: Message) -> Vec<u32> {
        self.note_branch(&message);
        let Some(index) = self.slot_of(message.at) else {
            let page = self.add_page(0, message.at);
            self.pages.insert(page, vec![message]);
            return vec![page];
        };
        let Some(slot) = self.outline.pages.get_mut(index) else { return Vec::new() };
        let page = slot.page;
        slot.first = slot.first.min(message.at);
        let messages = self.pages.entry(page).or_default();
        let place = messages.partition_point(|other| (other.at, other.id) < (message.at, message.id));
        if messages.get(place).is_some_and(|other| other.id == message.id) {
            return Vec::new();
        }
        messages.insert(place, message);
        if is_page(messages) {
            return vec![page];
        }
        // A chat mostly grows at its end: there the full page stays as it is and a new one begins.
        let is_last = place + 1 == messages.len();
        let moved = messages.split_off(if is_last { messages.len() - 1 } else { messages.len() / 2 });
        let mut parts = halve(std::mem::take(messages));
        parts.extend(halve(moved));
        let mut parts = parts.into_iter();
        self.pages.insert(page, parts.next().unwrap_or_default());
        let mut changed = vec![page];
        for (index, part) in (index + 1..).zip(parts) {
            let first = part.first().map(|message| message.at).expect("a part that was split off holds a message");
            let new_page = self.add_page(index, first);
            self.pages.insert(new_page, part);
            changed.push(new_page);
        }
        changed
    }

    fn add_page(&mut self, index: usize, first: Stamp) -> u32 {
        let page = self.outline.next_page;
        self.outline.next_page += 1;
        self.outline.pages.insert(index, PageSlot { page, first });
        page
    }

    /// Loaded messages in order, from the newest page down to the first that is not loaded.
    fn loaded_tail(&self) -> impl DoubleEndedIterator<Item = &Message> {
        let slots = self.outline.pages.iter();
        let n_loaded = slots.clone().rev().take_while(|slot| self.pages.contains_key(&slot.page)).count();
        let first = self.outline.pages.len() - n_loaded;
        let pages = slots.skip(first).filter_map(|slot| self.pages.get(&slot.page));
        pages.flatten()
    }

    /// The newest page that is not loaded.
    fn earlier_page(&self) -> Option<u32> {
        self.outline.pages.iter().rev().map(|slot| slot.page).find(|page| !self.pages.contains_key(page))
    }

    /// A page was looked for to make the outline anew; `None` = there is none of this number, nor any after it.
    /// One without messages stays out: what it held comes into the others.
    fn take_found(&mut self, page: u32, messages: Option<Vec<Message>>) {
        let Some(messages) = messages else {
            self.looks_for = None;
            return sort_by_key(&mut self.outline.pages, |slot| slot.first);
        };
        self.looks_for = Some(page + 1);
        self.outline.next_page = page + 1;
        if let Some(first) = messages.first() {
            self.outline.pages.push(PageSlot { page, first: first.at });
            for message in &messages {
                self.note_branch(message);
            }
            self.pages.insert(page, messages);
        }
    }

    pub(super) fn find_message(&self, id: &MessageId) -> Option<&Message> {
        self.pages.values().flatten().find(|message| message.id == *id)
    }
}

/// Whether messages fit one page.
fn is_page(messages: &[Message]) -> bool {
    messages.len() <= 1 || (messages.len() <= MAX_PAGE_MESSAGES && to_cbor(&messages).len() <= MAX_PAGE_BYTES)
}

/// Halves messages until every part fits a page.
fn halve(mut messages: Vec<Message>) -> Vec<Vec<Message>> {
    if is_page(&messages) {
        return vec![messages];
    }
    let moved = messages.split_off(messages.len() / 2);
    [halve(messages), halve(moved)].concat()
}

impl Vault {
    /// Loaded messages that were not taken back, in order, from the newest page down to the first that is not loaded.
    pub(super) fn shown_tail<'a>(&'a self, chat: &'a Chat) -> impl DoubleEndedIterator<Item = &'a Message> {
        chat.loaded_tail().filter(|message| !self.is_taken_back(&chat.outline, message.id, message.at.device))
    }

    /// An unconfirmed device takes back its own messages only.
    pub(super) fn is_taken_back(&self, outline: &ChatOutline, message: MessageId, author: DeviceId) -> bool {
        let by_any = (message, DeviceId([0; 16]))..=(message, DeviceId([0xff; 16]));
        let counts = |device: &DeviceId| *device == author || self.may_erase(device);
        outline.removed.contains_key(&message) || outline.held.range(by_any).any(|(_, device)| counts(device))
    }

    pub(super) fn missing_for_chat(&self, chat: ChatId, record: &ChatRecord) -> Option<RowName> {
        let loaded = match self.outline_of(chat) {
            Ok(loaded) => loaded,
            Err(missing) => return Some(missing),
        };
        match record {
            ChatRecord::Message(message) => loaded.missing_page(message.at).map(|page| RowName::Page(chat, page)),
            ChatRecord::Removed { .. } | ChatRecord::Receipt(_) | ChatRecord::Chosen { .. } => None,
        }
    }

    /// The next row that must be loaded before at least `n_messages` of what is shown of a chat's end are there.
    pub fn missing_for_tail(&self, chat: ChatId, n_messages: usize) -> Option<RowName> {
        let loaded = match self.outline_of(chat) {
            Ok(loaded) => loaded,
            Err(missing) => return Some(missing),
        };
        let earlier = loaded.earlier_page()?;
        let is_there = n_messages < usize::MAX && self.visible_messages(chat).len() >= n_messages;
        (!is_there).then_some(RowName::Page(chat, earlier))
    }

    /// The next row that must be loaded before a question is there, and up to `n_messages` before it.
    pub fn missing_up_to(&self, chat: ChatId, question: MessageId, n_messages: usize) -> Option<RowName> {
        let loaded = match self.outline_of(chat) {
            Ok(loaded) => loaded,
            Err(missing) => return Some(missing),
        };
        let earlier = loaded.earlier_page()?;
        let is_there = self.messages_up_to(chat, question).is_some_and(|messages| messages.len() > n_messages);
        (!is_there).then_some(RowName::Page(chat, earlier))
    }

    /// The row that must be loaded before it is known where the messages of a chat lie.
    pub fn missing_outline(&self, chat: ChatId) -> Option<RowName> {
        self.outline_of(chat).err()
    }

    /// A chat whose outline is there, or the row that must be loaded for it.
    fn outline_of(&self, chat: ChatId) -> Result<&Chat, RowName> {
        let loaded = self.chats.get(&chat).ok_or(RowName::Outline(chat))?;
        loaded.looks_for.map_or(Ok(loaded), |page| Err(RowName::Page(chat, page)))
    }

    /// Takes the outline of a chat as the store has it; if a damaged one stands there, it is made from the pages.
    pub(super) fn insert_outline(&mut self, chat: ChatId, outline: Option<ChatOutline>) {
        let looks_for = (outline.is_none() && self.stands_beside(RowName::Outline(chat))).then_some(0);
        let loaded = self.chats.entry(chat).or_default();
        (loaded.outline, loaded.looks_for) = (outline.unwrap_or_default(), looks_for);
    }

    /// Takes a page of a chat as the store has it; what is damaged stands empty until it is read again.
    pub(super) fn insert_page(&mut self, chat: ChatId, page: u32, messages: Option<Vec<Message>>) {
        let is_there = messages.is_some() || self.stands_beside(RowName::Page(chat, page));
        let loaded = self.chats.entry(chat).or_default();
        if loaded.looks_for != Some(page) {
            loaded.pages.insert(page, messages.unwrap_or_default());
            return;
        }
        loaded.take_found(page, is_there.then(|| messages.unwrap_or_default()));
        if loaded.looks_for.is_none() {
            self.dirty.insert(RowName::Outline(chat));
        }
    }

    pub(super) fn apply_chat_record(&mut self, chat: ChatId, record: ChatRecord, now: Timestamp) {
        let is_held = matches!(&record, ChatRecord::Removed { at, .. } if !self.may_erase(&at.device));
        let loaded = self.chats.entry(chat).or_default();
        match record {
            ChatRecord::Message(message) => {
                let (id, at) = (message.id, message.at);
                let is_of_owner = message.author == Author::Owner;
                let changed = loaded.insert(message);
                self.dirty.insert(RowName::Outline(chat));
                self.dirty.extend(changed.into_iter().map(|page| RowName::Page(chat, page)));
                self.changes.insert(Change::Message(chat, id));
                self.touch_chat(chat, at, now);
                if is_of_owner {
                    self.mark_written(chat, at, now);
                }
            }
            ChatRecord::Removed { message, at } => {
                if is_held {
                    loaded.outline.held.insert((message, at.device));
                } else {
                    loaded.outline.removed.entry(message).or_insert(at);
                }
                self.dirty.insert(RowName::Outline(chat));
                self.changes.insert(Change::Message(chat, message));
            }
            ChatRecord::Chosen { spot, version, at } => {
                if loaded.outline.chosen.get(&spot).is_none_or(|(_, before)| *before < at) {
                    loaded.outline.chosen.insert(spot, (version, at));
                    self.dirty.insert(RowName::Outline(chat));
                    self.changes.insert(Change::Conversation(chat));
                }
            }
            ChatRecord::Receipt(receipt) => {
                self.dirty.insert(RowName::Receipt(chat, receipt.turn));
                self.receipts.insert(receipt.turn, (chat, receipt));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use shared_types::limits::MAX_MESSAGE_BYTES;

    use super::*;
    use crate::records::Author;

    fn message(ms: u64, n_bytes: usize) -> Message {
        let at = Stamp { ms, n: 0, device: DeviceId([1; 16]) };
        let id = MessageId([u8::try_from(ms % 251).unwrap(); 16].map(|byte| byte ^ u8::try_from(ms / 251).unwrap()));
        Message { id, at, text: "x".repeat(n_bytes), author: Author::Owner, standing: None }
    }

    fn stamps(chat: &Chat) -> Vec<u64> {
        chat.loaded_tail().map(|message| message.at.ms).collect()
    }

    #[test]
    fn messages_stand_in_order_whatever_the_order_of_arrival() {
        let mut forwards = Chat::default();
        let mut backwards = Chat::default();
        let mut shuffled = Chat::default();
        for ms in 0..300 {
            forwards.insert(message(ms, 10));
            backwards.insert(message(299 - ms, 10));
            shuffled.insert(message((ms * 7) % 300, 10));
        }
        let expected: Vec<u64> = (0..300).collect();
        assert_eq!(stamps(&forwards), expected);
        assert_eq!(stamps(&backwards), expected);
        assert_eq!(stamps(&shuffled), expected);
        assert!(shuffled.pages.values().all(|page| page.len() <= MAX_PAGE_MESSAGES));
        assert_eq!(forwards.pages.len(), 8, "a chat that grows at its end has full pages");
    }

    #[test]
    fn a_message_twice_is_a_message_once() {
        let mut chat = Chat::default();
        chat.insert(message(5, 1));
        assert_eq!(chat.insert(message(5, 1)), Vec::<u32>::new());
        assert_eq!(stamps(&chat), [5]);
    }

    #[test]
    fn a_page_of_long_messages_is_split_before_it_outgrows_its_row() {
        let mut chat = Chat::default();
        for ms in 0..10 {
            chat.insert(message(ms, 100 * 1024));
        }
        assert!(chat.pages.values().all(|page| page.len() <= 2));
    }

    // Adversary: a device of the account, or a relay with long names of models, writes messages between others.
    // Invariant: whatever the sizes and the order of arrival, a page as it is written stays far below the limit of a row.
    // Regression caught: half of a page that is split holds a message of the largest size and outgrows its row.
    #[test]
    fn no_order_of_large_and_small_messages_makes_a_page_that_outgrows_its_row() {
        let mut chat = Chat::default();
        for ms in 0..60 {
            let n_bytes = if ms % 3 == 0 { MAX_MESSAGE_BYTES } else { 9 * 1024 };
            chat.insert(message((ms * 7) % 60, n_bytes));
        }
        assert_eq!(stamps(&chat), (0..60).collect::<Vec<u64>>());
        let longest = chat.pages.values().map(|page| to_cbor(page).len()).max().unwrap();
        assert!(longest < MAX_MESSAGE_BYTES + 1024, "{longest}");
    }
}
