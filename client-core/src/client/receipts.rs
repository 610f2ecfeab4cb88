//! Receipts: what would leave for a question before it is sent, and what did leave for an answer.
//!
//! What was shown before sending is kept with its turn, and sending it writes those very bytes as the receipt that the
//! turn is asked from. So what a person saw is what leaves, also after a crash or a day offline.

use shared_types::account::ModelOffer;
use shared_types::prompt::PromptRequest;

use super::tabs::TabId;
use super::{Client, Stage, problem_of_store};
use crate::ask::compose::compose;
use crate::records::{Receipt, from_cbor};
use crate::relay::Relay;
use crate::store::Store;
use crate::time::Timestamp;
use crate::vault::{RowName, WINDOW_MESSAGES, random_id};
use crate::view::{ChatId, Delta, MessageId, Problem, ReceiptView, ShownModel};

/// What was composed for a question and has not left.
pub(super) struct Composed {
    chat: Option<ChatId>,
    text: String,
    pub(super) turn: MessageId,
    pub(super) offer: ModelOffer,
    pub(super) body: Vec<u8>,
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Composes what would leave for the text, keeps it, and shows it.
    pub(super) async fn compose_for(
        &mut self,
        tab: TabId,
        chat: Option<ChatId>,
        text: &str,
        model: Option<ShownModel>,
    ) -> Result<(), Problem> {
        if let Some(chat) = chat {
            self.load_missing(|vault| vault.missing_for_tail(chat, WINDOW_MESSAGES)).await?;
        }
        let turn = MessageId(random_id(&mut *self.platform.rng));
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let offer = model.and_then(|model| opened.models.iter().find(|offer| ShownModel::of(offer) == model));
        let offer = offer.ok_or(Problem::NoModel)?.clone();
        let text = text.trim();
        let history = chat.map(|chat| opened.vault.visible_messages(chat)).unwrap_or_default();
        let request = compose(turn, &offer, &history, text).map_err(|_| Problem::QuestionTooLong)?;
        let body = serde_json::to_vec(&request).map_err(|_| Problem::QuestionTooLong)?;
        self.tabs.send(tab, Delta::Receipt(view_of(turn, &offer, &body, None)));
        opened.composed.insert(tab, Composed { chat, text: text.to_owned(), turn, offer, body });
        Ok(())
    }

    /// Sends what a tab was shown: its bytes and no others.
    pub(super) async fn send_composed(&mut self, tab: TabId, turn: MessageId) -> Result<(), Problem> {
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        if opened.composed.get(&tab).is_none_or(|composed| composed.turn != turn) {
            return Ok(());
        }
        let Some(composed) = opened.composed.remove(&tab) else { return Ok(()) };
        let (chat, text, model) = (composed.chat, composed.text.clone(), ShownModel::of(&composed.offer));
        self.write_question(tab, chat, &text, (Some(model), Some(composed))).await
    }

    /// Shows what left for an answer.
    pub(super) async fn show_receipt(&mut self, tab: TabId, chat: ChatId, answer: MessageId) -> Result<(), Problem> {
        let receipt = self.load_receipt(chat, answer).await?.ok_or(Problem::NoReceipt)?;
        let sent = Some(Timestamp(receipt.at.ms));
        self.tabs.send(tab, Delta::Receipt(view_of(receipt.turn, &receipt.offer, &receipt.body, sent)));
        Ok(())
    }

    /// The receipt of a turn as the store has it.
    pub(super) async fn load_receipt(&self, chat: ChatId, turn: MessageId) -> Result<Option<Receipt>, Problem> {
        let name = RowName::Receipt(chat, turn);
        let Stage::Open(opened) = &self.stage else { return Ok(None) };
        let key = opened.vault.stored_key(name);
        let value = self.store.load_row(name.table(), &key).await.map_err(problem_of_store)?;
        let opened_value = value.and_then(|value| opened.vault.open_value(name, &value));
        Ok(opened_value.and_then(|cbor| from_cbor(&cbor).ok()))
    }

    pub(super) async fn choose_model(&mut self, chat: ChatId, model: ShownModel) -> Result<(), Problem> {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let record = opened.vault.edit_model(chat, model, now);
        self.write(vec![record]).await
    }
}

fn view_of(turn: MessageId, offer: &ModelOffer, body: &[u8], sent: Option<Timestamp>) -> ReceiptView {
    let items = serde_json::from_slice::<PromptRequest>(body).map(|request| request.messages).unwrap_or_default();
    let body = String::from_utf8_lossy(body).into_owned();
    ReceiptView { turn, offer: offer.clone(), body, items, sent_ms: sent.map(|sent| sent.0) }
}
