//! What one tab shows: a model of the page, changed by deltas as the page changes.

use client_core::intention::GestureRequest;
use client_core::view::blocks::{Block, Inline};
use client_core::view::security::{NewcomerView, SecurityView};
use client_core::view::seen::SeenView;
use client_core::view::storage::StorageView;
use client_core::view::{
    AccountCodeView, ChatRowView, ConversationView, Delta, LossView, MessageId, MessageView, NoticeView, Problem,
    ReceiptView, ScreenView, ShownModel, SignView, StatusView, WordsAnswer,
};
use shared_types::account::ModelOffer;
use shared_types::provider::ProvidersResponse;

/// One tab.
pub(crate) struct Tab {
    pub(crate) screen: ScreenView,
    pub(crate) chats: Vec<ChatRowView>,
    pub(crate) open: Option<ConversationView>,
    pub(crate) new_draft: String,
    pub(crate) status: Option<StatusView>,
    pub(crate) notices: Vec<NoticeView>,
    pub(crate) models: Vec<ModelOffer>,
    /// The model that a new chat is for.
    pub(crate) new_model: Option<ShownModel>,
    pub(crate) receipt: Option<ReceiptView>,
    pub(crate) providers: Option<Result<ProvidersResponse, Problem>>,
    /// What signing out would lose, if that was asked.
    pub(crate) loss: Option<LossView>,
    /// What the core said of recovery words that were typed.
    pub(crate) words: Option<WordsAnswer>,
    pub(crate) security: Option<SecurityView>,
    /// The word of a way to sign in that it is asked for.
    pub(crate) sign: Option<SignView>,
    pub(crate) account_code: Option<AccountCodeView>,
    /// A file that was saved.
    pub(crate) evidence: Option<String>,
    pub(crate) newcomer: Option<NewcomerView>,
    pub(crate) letter_keys: bool,
    pub(crate) seen: Option<SeenView>,
    pub(crate) storage: Option<StorageView>,
    pub(crate) gestures: Vec<GestureRequest>,
    /// How often an answer grew before the reader's eyes.
    pub(crate) n_grown: usize,
}

impl Tab {
    pub(crate) fn new() -> Self {
        Self {
            screen: ScreenView::Starting,
            chats: Vec::new(),
            open: None,
            new_draft: String::new(),
            status: None,
            notices: Vec::new(),
            models: Vec::new(),
            new_model: None,
            receipt: None,
            providers: None,
            loss: None,
            words: None,
            security: None,
            sign: None,
            account_code: None,
            evidence: None,
            newcomer: None,
            letter_keys: true,
            seen: None,
            storage: None,
            gestures: Vec::new(),
            n_grown: 0,
        }
    }

    /// Changes what is shown; a gesture comes back to be made.
    pub(crate) fn take(&mut self, delta: Delta) -> Option<GestureRequest> {
        match delta {
            Delta::Screen(screen) => self.screen = screen,
            Delta::Gesture(request) => {
                self.gestures.push(request.clone());
                return Some(request);
            }
            Delta::ChatList(chats) => self.chats = chats,
            Delta::ChatRow(row) => {
                self.chats.retain(|other| other.id != row.id);
                self.chats.push(row);
                self.chats.sort_by_key(|row| (std::cmp::Reverse(row.changed_ms), row.id));
            }
            Delta::ChatGone(chat) => self.chats.retain(|row| row.id != chat),
            Delta::Conversation(view) => self.open = Some(view),
            Delta::NewChat { draft, model } => {
                (self.open, self.new_draft, self.new_model) = (None, draft, model);
            }
            Delta::Receipt(receipt) => self.receipt = Some(receipt),
            Delta::Providers(result) => self.providers = Some(result),
            Delta::Earlier { chat, messages, has_earlier } => {
                let open = self.open.as_mut().filter(|open| open.id == chat).expect("earlier messages of an open chat");
                open.has_earlier = has_earlier;
                open.messages.splice(0..0, messages);
            }
            Delta::Message { chat, message } => {
                let open = self.open.as_mut().filter(|open| open.id == chat).expect("a message of an open chat");
                match open.messages.iter_mut().find(|other| other.id == message.id) {
                    Some(known) => *known = message,
                    None => open.messages.push(message),
                }
            }
            Delta::Grew { chat, message, from_block, blocks, state } => {
                let open = self.open.as_mut().filter(|open| open.id == chat).expect("an answer of an open chat");
                let known = open.messages.iter_mut().find(|other| other.id == message).expect("a known answer grows");
                known.blocks.truncate(from_block);
                known.blocks.extend(blocks);
                known.state = state;
                self.n_grown += 1;
            }
            Delta::MessageGone { chat, message } => self.drop_message(chat, message),
            Delta::Status(status) => self.status = Some(status),
            Delta::Notice(notice) => self.notices.push(notice),
            Delta::SignOutLoses(loss) => self.loss = Some(loss),
            Delta::Words(answer) => self.words = Some(answer),
            Delta::Seen(view) => self.seen = Some(*view),
            Delta::Storage(view) => self.storage = Some(*view),
            Delta::Newcomer(newcomer) => self.newcomer = newcomer,
            Delta::Evidence(file) => self.evidence = Some(file),
            Delta::Security(view) => self.security = Some(view),
            Delta::Sign(view) => self.sign = view,
            Delta::AccountCode(view) => self.account_code = Some(view),
            Delta::LetterKeys { on } => self.letter_keys = on,
            Delta::Models(models) => self.models = models,
            Delta::Reload | Delta::Restart => {}
        }
        None
    }

    fn drop_message(&mut self, chat: client_core::view::ChatId, message: MessageId) {
        if let Some(open) = self.open.as_mut().filter(|open| open.id == chat) {
            open.messages.retain(|other| other.id != message);
        }
    }

    /// The words of a message as they are drawn, an answer in writing included.
    pub(crate) fn drawn(message: &MessageView) -> String {
        let mut text = String::new();
        message.blocks.iter().for_each(|block| draw_block(block, &mut text));
        text.trim().to_owned()
    }
}

fn draw_block(block: &Block, text: &mut String) {
    if let Block::Paragraph(inlines) = block {
        for inline in inlines {
            draw_inline(inline, text);
        }
    }
}

fn draw_inline(inline: &Inline, text: &mut String) {
    if let Inline::Text(words) = inline {
        text.push_str(words);
    }
}
