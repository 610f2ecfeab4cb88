//! Asks the questions that wait, oldest first, and turns frames into answers.
//!
//! A question waits in the store until its answer is written there. Its turn, once begun, keeps its id and its body,
//! so that asking again after a crash asks the same and is answered once.

use shared_types::ordered::SortedSet;

use futures_util::StreamExt;
use shared_types::account::{ModelOffer, ModelState};
use shared_types::error::ErrorCode;

use super::happening::Happening;
use super::opened::{LiveTurn, Opened};
use super::{Client, Stage};
use crate::ask::compose::compose;
use crate::ask::machine::{SHOW_EVERY_MS, Step, Turn};
use crate::records::{AskedRow, End, Message, Record, WaitingRow};
use crate::relay::{FrameStream, Relay, RelayError};
use crate::store::Store;
use crate::sync::engine::LONGEST_ASKED_S;
use crate::vault::{WINDOW_MESSAGES, WriteError, random_id};
use crate::view::{
    AuthorView, ChatId, ChatRowState, ChatRowView, ConversationView, Delta, MessageId, MessageState, MessageView,
    NoticeView, Problem, markdown,
};
use shared_types::ordered::{map_of, set_of};
use shared_types::prompt::PromptFrame;

/// How long to wait before a model that is not ready is looked at again, milliseconds.
const MODEL_LOOK_MS: u64 = 3_000;
/// How long to wait before a turn is taken up again that this device had no room for, milliseconds.
const STORE_RETRY_MS: u64 = 30_000;

impl Opened {
    /// A row of the chat list with what its turns and questions are doing.
    pub(super) fn chat_row(&self, chat: ChatId) -> Option<ChatRowView> {
        let mut row = self.vault.chat_row(chat)?;
        if self.turn_of(chat).is_some() {
            row.state = ChatRowState::Writing;
        }
        Some(row)
    }

    /// A message with what its question is waiting for.
    pub(super) fn message_view(&mut self, chat: ChatId, id: MessageId) -> Option<MessageView> {
        match self.vault.message_view(chat, id) {
            Some(view) => Some(self.dressed(chat, view)),
            None => self.turns.get(&id).filter(|live| self.shows(live)).map(|live| self.live_view(live)),
        }
    }

    /// A chat as a tab shows it: its end, with what its questions wait for and the answer in writing.
    pub(super) fn conversation(&mut self, chat: ChatId, n_messages: usize) -> Option<ConversationView> {
        let mut view = self.vault.conversation(chat, n_messages)?;
        view.messages = view.messages.into_iter().map(|message| self.dressed(chat, message)).collect();
        if let Some(live) = self.turn_of(chat).filter(|live| self.shows(live)) {
            let place = view.messages.iter().position(|message| message.id == live.turn.question);
            let place = place.map_or(view.messages.len(), |place| place + 1);
            view.messages.insert(place, self.live_view(live));
        }
        Some(view)
    }

    /// The messages before those that a tab shows.
    pub(super) fn earlier_messages(&mut self, chat: ChatId, n_shown: usize) -> (Vec<MessageView>, bool) {
        let (messages, has_earlier) = self.vault.earlier_messages(chat, n_shown);
        (messages.into_iter().map(|message| self.dressed(chat, message)).collect(), has_earlier)
    }

    fn dressed(&mut self, chat: ChatId, mut view: MessageView) -> MessageView {
        self.highlights.dress(chat, view.id, &mut view.blocks);
        if view.state == MessageState::WaitingOffline {
            view.state = match self.wait_of(view.id) {
                _ if self.is_asking(view.id) => MessageState::Done,
                Wait::ForRelay => MessageState::WaitingOffline,
                Wait::ForModel { wait_s } => MessageState::WaitingForModel { wait_s },
            };
        }
        view
    }

    /// Whether a question is being answered now.
    pub(super) fn is_asking(&self, question: MessageId) -> bool {
        self.turns.values().any(|live| live.turn.question == question)
    }

    fn shows(&self, live: &LiveTurn) -> bool {
        self.vault.shows_turn(live.turn.chat, live.turn.id, live.turn.question)
    }

    fn live_view(&self, live: &LiveTurn) -> MessageView {
        let turn = &live.turn;
        MessageView {
            id: turn.id,
            author: AuthorView::Model { offer: Some(turn.offer.clone()) },
            written_ms: turn.begun.0,
            text: turn.text().to_owned(),
            blocks: live.shown.clone(),
            state: if turn.text().is_empty() { MessageState::Thinking } else { MessageState::Writing },
            versions: self.vault.versions_of_turn(turn.chat, turn.id, turn.question),
            edit: None,
        }
    }

    fn wait_of(&self, question: MessageId) -> Wait {
        if !self.engine.is_online() {
            return Wait::ForRelay;
        }
        let row = self.vault.waiting().into_iter().find(|row| row.question == question);
        let state = row.and_then(|row| self.model_for(&row)).map(|offer| offer.state);
        Wait::ForModel { wait_s: if let Some(ModelState::Preparing { wait_s }) = state { wait_s } else { 0 } }
    }
}

/// What questions that were not asked yet wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// The relay.
    ForRelay,
    /// The model; 0 = the relay does not say how long.
    ForModel { wait_s: u32 },
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Begins a turn for every chat whose oldest question can be asked now.
    pub(super) async fn poll_asking(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let waiting = opened.vault.waiting();
        // An answer that could not be written down would be asked for again and again.
        if waiting.is_empty() || !opened.engine.is_online() || !opened.vault.can_write() || now < opened.ask_after {
            return;
        }
        // What comes after a question that waits for its model waits with it.
        let mut stuck: SortedSet<ChatId> = SortedSet::new();
        for row in waiting {
            let Stage::Open(opened) = &mut self.stage else { return };
            if opened.turn_of(row.chat).is_some() || stuck.contains(&row.chat) {
                continue;
            }
            if opened.vault.chat_row(row.chat).is_none() {
                // Deleted on another device: nothing of it leaves any more.
                opened.vault.end_waiting(row.question);
                self.commit_or_tell().await;
                continue;
            }
            let Some(offer) = opened.ready_model_for(&row).cloned() else {
                stuck.insert(row.chat);
                continue;
            };
            let begun = match &row.asked {
                Some(asked) => {
                    self.take_up(&row, asked);
                    Ok(())
                }
                None => self.begin_turn(&row, offer.clone()).await,
            };
            match begun {
                Ok(()) => {}
                Err(problem @ (Problem::QuestionTooLong | Problem::DamagedRow)) => {
                    self.give_up(&row, offer, problem).await;
                }
                Err(problem) => return self.ask_later(problem),
            }
        }
        let Stage::Open(opened) = &mut self.stage else { return };
        if !stuck.is_empty() && opened.look_after <= now {
            opened.look_after = now.after_ms(MODEL_LOOK_MS);
            self.ask_about();
        }
    }

    /// Shows questions that wait anew when what they wait for, or for how long, has changed.
    pub(super) fn show_waits(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let waiting = opened.vault.waiting().into_iter().filter(|row| !opened.is_asking(row.question));
        let waits: Vec<_> = waiting.map(|row| (row.chat, row.question, opened.wait_of(row.question))).collect();
        let changed = waits.iter().filter(|(_, question, wait)| opened.shown_waits.get(question) != Some(wait));
        let chats = set_of(changed.map(|(chat, _, _)| *chat));
        opened.shown_waits = map_of(waits.into_iter().map(|(_, question, wait)| (question, wait)));
        for chat in chats {
            self.show_conversation(chat);
        }
    }

    /// Nothing was asked, because this device cannot write it down now.
    fn ask_later(&mut self, problem: Problem) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.ask_after = now.after_ms(STORE_RETRY_MS);
        self.tabs.send_all(&Delta::Notice(NoticeView::Trouble(problem)));
    }

    /// Composes, keeps the receipt, asks.
    async fn begin_turn(&mut self, row: &WaitingRow, offer: ModelOffer) -> Result<(), Problem> {
        let now = self.now();
        let chat = row.chat;
        self.load_missing(|vault| vault.missing_up_to(chat, row.question, WINDOW_MESSAGES)).await?;
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let turn = row.turn.unwrap_or_else(|| MessageId(random_id(&mut *self.platform.rng)));
        let vault = &mut opened.vault;
        let messages = vault.messages_up_to(chat, row.question).ok_or(Problem::DamagedRow)?;
        let Some((question, history)) = messages.split_last() else { return Err(Problem::DamagedRow) };
        let request = compose(turn, &offer, history, &question.text).map_err(|_| Problem::QuestionTooLong)?;
        let body = serde_json::to_vec(&request).map_err(|_| Problem::QuestionTooLong)?;
        let receipt = vault.edit_receipt(chat, (turn, row.question), offer.clone(), body.clone(), now);
        vault.write(vec![receipt], now, &mut *self.platform.rng).map_err(|error| match error {
            WriteError::TooLarge => Problem::QuestionTooLong,
            WriteError::Forked => Problem::CopiedDevice,
            WriteError::NoEpochKey | WriteError::NotAdmitted => Problem::StoreFailed,
        })?;
        opened.engine.handle_written();
        let asked = Some(AskedRow { turn, offer: offer.clone() });
        opened.vault.set_waiting(WaitingRow { asked, ..row.clone() });
        self.commit().await?;
        self.show_turn(Turn::new(chat, (turn, row.question), offer, now));
        self.ask(turn, body);
        Ok(())
    }

    /// Takes up a turn that was begun before: its frames are read, and nothing leaves that has left already.
    fn take_up(&mut self, row: &WaitingRow, asked: &AskedRow) {
        let now = self.now();
        let Stage::Open(opened) = &self.stage else { return };
        let Some(session) = opened.session() else { return };
        let (id, relay) = (asked.turn, self.relay.clone());
        let turn = Turn::new(row.chat, (id, row.question), asked.offer.clone(), now).taken_up();
        self.show_turn(turn);
        self.begin(async move { Happening::AnswerOpened { turn: id, result: relay.resume(&session, id, None).await } });
    }

    /// The relay does not know a turn that was begun before: it is asked with the same body, under the same id.
    async fn ask_once_more(&mut self, id: MessageId) {
        let Stage::Open(opened) = &self.stage else { return };
        let Some(live) = opened.turns.get(&id) else { return };
        let chat = live.turn.chat;
        let receipt = match self.load_receipt(chat, id).await {
            Ok(receipt) => receipt,
            Err(problem) => {
                self.postpone(id);
                return self.ask_later(problem);
            }
        };
        match receipt {
            Some(receipt) => self.ask(id, receipt.body),
            None => self.finish_turn(id, End::Cut).await,
        }
    }

    fn show_turn(&mut self, turn: Turn) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let (id, chat) = (turn.id, turn.chat);
        opened.turns.insert(id, LiveTurn { turn, shown: Vec::new(), waits_to_show: false });
        self.show_conversation(chat);
        self.show_row(chat);
    }

    fn ask(&mut self, turn: MessageId, body: Vec<u8>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(session) = opened.session() else { return };
        let relay = self.relay.clone();
        self.begin(async move { Happening::AnswerOpened { turn, result: relay.ask(&session, body).await } });
    }

    /// A turn that has not begun at the relay waits on.
    fn postpone(&mut self, id: MessageId) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(live) = opened.turns.remove(&id) else { return };
        let chat = live.turn.chat;
        self.tabs.send_to_viewers(chat, &Delta::MessageGone { chat, message: id });
        self.show_conversation(chat);
        self.show_row(chat);
    }

    fn show_row(&self, chat: ChatId) {
        let Stage::Open(opened) = &self.stage else { return };
        if let Some(row) = opened.chat_row(chat) {
            self.tabs.send_all(&Delta::ChatRow(row));
        }
    }

    pub(super) async fn handle_answer_opened(&mut self, turn: MessageId, result: Result<FrameStream, RelayError>) {
        match result {
            Ok(stream) => self.read_on(turn, stream),
            Err(error) => self.handle_broken(turn, &error).await,
        }
    }

    fn read_on(&self, turn: MessageId, mut stream: FrameStream) {
        self.begin(async move {
            let frame = stream.next().await;
            Happening::Frame { turn, frame: frame.map(|frame| (frame, stream)) }
        });
    }

    pub(super) async fn handle_frame(
        &mut self,
        id: MessageId,
        frame: Option<(Result<PromptFrame, RelayError>, FrameStream)>,
    ) {
        let (frame, stream) = match frame {
            Some((Ok(frame), stream)) => (frame, stream),
            Some((Err(error), _)) => return self.handle_broken(id, &error).await,
            None => return self.handle_broken(id, &RelayError::Unreachable).await,
        };
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(live) = opened.turns.get_mut(&id) else { return };
        let step = live.turn.handle_frame(frame);
        if step == Step::Wait {
            if live.turn.poll_show(now) {
                self.show_growth(id);
            } else if !std::mem::replace(&mut live.waits_to_show, true) {
                self.wake_after(SHOW_EVERY_MS);
            }
            return self.read_on(id, stream);
        }
        self.follow(id, step).await;
    }

    async fn handle_broken(&mut self, id: MessageId, error: &RelayError) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(live) = opened.turns.get_mut(&id) else { return };
        let step = live.turn.handle_broken(error);
        if let (Step::Postpone, RelayError::Refused { retry_after_s, code, .. }) = (step, error) {
            let wait_ms = retry_after_s.map_or(MODEL_LOOK_MS, |asked_s| u64::from(asked_s.min(LONGEST_ASKED_S)) * 1000);
            opened.ask_after = (self.platform.now)().after_ms(wait_ms);
            if *code == ErrorCode::NoProvider {
                opened.models.clear();
            }
        }
        if step == Step::Postpone && *error == RelayError::Unreachable {
            opened.engine.handle_offline((self.platform.now)());
        }
        self.follow(id, step).await;
    }

    async fn follow(&mut self, id: MessageId, step: Step) {
        let Stage::Open(opened) = &mut self.stage else { return };
        match step {
            Step::Wait => {}
            Step::Resume { after } => {
                let (Some(session), Some(live)) = (opened.session(), opened.turns.get(&id)) else { return };
                let wait_ms = live.turn.resume_wait_ms();
                let waited = (wait_ms > 0).then(|| (self.platform.wait_ms)(wait_ms));
                let relay = self.relay.clone();
                self.begin(async move {
                    if let Some(waited) = waited {
                        waited.await;
                    }
                    Happening::AnswerOpened { turn: id, result: relay.resume(&session, id, after).await }
                });
            }
            Step::Ask => self.ask_once_more(id).await,
            Step::Postpone => self.postpone(id),
            Step::Over(end) => self.finish_turn(id, end).await,
        }
    }

    /// Writes the answer, as far as it came; the question waits no more.
    async fn finish_turn(&mut self, id: MessageId, end: End) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(LiveTurn { turn, .. }) = opened.turns.remove(&id) else { return };
        let (chat, question) = (turn.chat, turn.question);
        let answer = (turn.text().to_owned(), end);
        let record = opened.vault.edit_answer(chat, (id, question), turn.offer.clone(), answer, now);
        self.write_answer(question, record).await;
        self.show_row(chat);
    }

    /// A question that cannot be asked ends with an answer that says why.
    async fn give_up(&mut self, row: &WaitingRow, offer: ModelOffer, problem: Problem) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let is_too_long = problem == Problem::QuestionTooLong;
        let end = if is_too_long { End::Refused(ErrorCode::TooLarge) } else { End::Cut };
        let turn = MessageId(random_id(&mut *self.platform.rng));
        let record = opened.vault.edit_answer(row.chat, (turn, row.question), offer, (String::new(), end), now);
        self.write_answer(row.question, record).await;
    }

    async fn write_answer(&mut self, question: MessageId, record: Record) {
        let now = self.now();
        let records = vec![record];
        if self.load_missing_for(&records).await.is_err() {
            return;
        }
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.vault.write(records, now, &mut *self.platform.rng).is_err() {
            return self.ask_later(Problem::StoreFailed);
        }
        opened.vault.end_waiting(question);
        opened.engine.handle_written();
        if let Err(problem) = self.commit().await {
            // The question waits on, and its turn is taken up again.
            self.ask_later(problem);
        }
    }

    /// Shows what came since the last show, where that is due; without it the last words would wait for the next.
    pub(super) fn show_late_growth(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let waiting = opened.turns.values_mut().filter(|live| live.waits_to_show);
        let due: Vec<MessageId> = waiting.filter_map(|live| live.turn.poll_show(now).then_some(live.turn.id)).collect();
        for id in due {
            self.show_growth(id);
        }
    }

    pub(super) fn show_growth(&mut self, id: MessageId) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(live) = opened.turns.get_mut(&id) else { return };
        live.waits_to_show = false;
        let mut blocks = markdown::to_blocks(live.turn.text());
        // The last block may still grow; code is read once, when it is whole.
        if let Some((_, whole)) = blocks.split_last_mut() {
            opened.highlights.dress(live.turn.chat, id, whole);
        }
        let from_block = blocks.iter().zip(&live.shown).take_while(|(new, shown)| new == shown).count();
        let tail = blocks.iter().skip(from_block).cloned().collect();
        live.shown = blocks;
        let chat = live.turn.chat;
        let state = MessageState::Writing;
        self.tabs.send_to_viewers(chat, &Delta::Grew { chat, message: id, from_block, blocks: tail, state });
    }

    /// The reader has had enough: what came is kept, and the relay is told.
    pub(super) async fn stop(&mut self, chat: ChatId) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(id) = opened.turn_of(chat).map(|live| live.turn.id) else { return };
        if let Some(live) = opened.turns.get_mut(&id) {
            live.turn.handle_stop();
        }
        self.tell_stop(id);
        self.finish_turn(id, End::Stopped).await;
    }

    /// Tells the relay that nobody wants an answer any more; if it does not hear it, nobody reads what it sends.
    pub(super) fn tell_stop(&self, turn: MessageId) {
        let Stage::Open(opened) = &self.stage else { return };
        let Some(session) = opened.session() else { return };
        let relay = self.relay.clone();
        self.begin(async move {
            relay.stop(&session, turn).await.ok();
            Happening::Woke
        });
    }

    pub(super) async fn load_missing_for(&mut self, records: &[Record]) -> Result<(), Problem> {
        self.load_missing(|vault| vault.missing_row(records)).await
    }

    /// The newest question of a chat.
    pub(super) fn last_question(&self, chat: ChatId) -> Option<Message> {
        let Stage::Open(opened) = &self.stage else { return None };
        let messages = opened.vault.visible_messages(chat);
        let is_question = |message: &&&Message| matches!(message.author, crate::records::Author::Owner);
        messages.iter().rev().find(is_question).map(|message| (*message).clone())
    }
}
