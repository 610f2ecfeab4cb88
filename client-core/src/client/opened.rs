//! The open stage: a vault, its syncing, its turns; and how what changed is committed and shown.

use shared_types::ordered::{SortedMap, SortedSet};
use std::rc::Rc;

use shared_types::account::{AnchorPut, ModelOffer, ModelPlace, ModelState};

use super::again::Again;
use super::asking::Wait;
use super::ended::Ending;
use super::happening::Happening;
use super::leaving::Leaving;
use super::letting_in::LettingIn;
use super::members::MemberChange;
use super::mending::Mending;
use super::receipts::Composed;
use super::seen::Seen;
use super::settings::Settings;
use super::signing::Asked;
use super::storage::Storage;
use super::tabs::TabId;
use super::unlock_ways::UnlockWays;
use super::ways::WayChange;
use super::{Client, ENROLMENT_KEY, Stage, problem_of_store};
use crate::ask::machine::Turn;
use crate::keys::{LocalStoreKey, LocalUnlockSecret, MethodKeys};
use crate::records::{EnrolmentRow, WaitingRow, to_cbor};
use crate::relay::{Relay, Session};
use crate::store::{Access, Row, Store, StoreBatch, Table, Write};
use crate::sync::engine::{Engine, Obstacle};
use crate::sync::reading::Reading;
use crate::time::Timestamp;
use crate::vault::{Change, Enrolment, RowName, Vault};
use crate::view::blocks::Block;
use crate::view::highlight::Highlights;
use crate::view::security::{ChangeState, NewcomerView};
use crate::view::{
    ChatId, Delta, KitView, Lead, MessageId, NoticeView, Problem, RecoverView, ScreenView, ShownModel, StatusView,
};

/// An unlocked account.
pub(super) struct Opened {
    pub(super) vault: Vault,
    pub(super) engine: Engine,
    /// Where the next page is read.
    pub(super) reading: Reading,
    /// Reading everything once more, for what is damaged here.
    pub(super) mending: Mending,
    /// Turns under way, with the blocks that were shown of each.
    pub(super) turns: SortedMap<MessageId, LiveTurn>,
    pub(super) highlights: Highlights,
    pub(super) models: Vec<ModelOffer>,
    /// What tabs were shown that would leave, and has not.
    pub(super) composed: SortedMap<TabId, Composed>,
    /// No question is asked before.
    pub(super) ask_after: Timestamp,
    /// The models are not looked at again before.
    pub(super) look_after: Timestamp,
    pub(super) leaving: Leaving,
    pub(super) again: Option<Again>,
    /// A tab that is asked for the word of a way to sign in.
    pub(super) asked: Option<Asked>,
    pub(super) n_asked: u32,
    pub(super) shown_waits: SortedMap<MessageId, Wait>,
    /// What is known of the end of this device's session.
    pub(super) ending: Ending,
    /// The relay refused a passkey that this device knows: any of the account may sign in again.
    pub(super) takes_any_passkey: bool,
    /// The words that its user came in with, until what that leads to is done.
    pub(super) came_in_with: Option<Rc<MethodKeys>>,
    /// Its user does that later.
    pub(super) recovers_later: bool,
    shown_recover: Option<RecoverView>,
    /// A change of keys that the user asked for.
    pub(super) key_change: Option<ChangeState>,
    /// A change of who is in.
    pub(super) member_change: Option<MemberChange>,
    /// A change of the ways to sign in.
    pub(super) way_change: Option<WayChange>,
    pub(super) n_way_changes: u32,
    /// What unlocks this device.
    pub(super) unlock: UnlockWays,
    /// Where the deletion of the account is, if it was asked for.
    pub(super) deletion: Option<ChangeState>,
    /// A new device that this one lets in.
    pub(super) letting_in: LettingIn,
    pub(super) settings: Settings,
    pub(super) seen: Seen,
    pub(super) storage: Storage,
    /// Since when what is unsent may have reached the relay.
    pub(super) sent_since: Option<Timestamp>,
    pub(super) store_key: LocalStoreKey,
    pub(super) enrolment: EnrolmentRow,
    /// What may be done with the store: nothing is sent or fetched that could not be written down.
    pub(super) access: Access,
    shown_status: Option<StatusView>,
    shown_newcomer: Option<NewcomerView>,
    shown_wake: Option<Timestamp>,
}

/// A turn under way.
pub(super) struct LiveTurn {
    pub(super) turn: Turn,
    pub(super) shown: Vec<Block>,
    /// Something came that is not shown yet, and a wake for it is set.
    pub(super) waits_to_show: bool,
}

/// What unlocks a device that has just joined.
pub(super) struct UnlockParts {
    pub(super) row: EnrolmentRow,
    pub(super) secrets: Vec<LocalUnlockSecret>,
}

impl Opened {
    pub(super) fn new(vault: Vault, store_key: LocalStoreKey, enrolment: EnrolmentRow, access: Access) -> Self {
        let engine = Engine::new(vault.n_unsent() > 0);
        let reading = Reading::new(vault.cursor(), vault.last_page(), vault.own_head());
        // Whether any of it was sent before is not known any more.
        let sent_since = (vault.n_unsent() > 0).then(Timestamp::default);
        Self {
            vault,
            engine,
            reading,
            mending: Mending::default(),
            turns: SortedMap::new(),
            highlights: Highlights::default(),
            models: Vec::new(),
            composed: SortedMap::new(),
            ask_after: Timestamp::default(),
            look_after: Timestamp::default(),
            leaving: Leaving::default(),
            again: None,
            asked: None,
            n_asked: 0,
            shown_waits: SortedMap::new(),
            ending: Ending::default(),
            takes_any_passkey: false,
            came_in_with: None,
            recovers_later: false,
            shown_recover: None,
            key_change: None,
            member_change: None,
            way_change: None,
            n_way_changes: 0,
            unlock: UnlockWays::default(),
            deletion: None,
            letting_in: LettingIn::default(),
            settings: Settings::default(),
            seen: Seen::default(),
            storage: Storage::default(),
            sent_since,
            store_key,
            enrolment,
            access,
            shown_status: None,
            shown_newcomer: None,
            shown_wake: None,
        }
    }

    /// The session for a call, if the relay granted one.
    pub(super) fn session(&self) -> Option<Session> {
        let row = self.vault.session()?;
        Some(Session { token: row.token.clone(), device: self.vault.device().clone() })
    }

    /// The offer of the model that a question is for, ready or not: the one that was begun, the one that was shown,
    /// or, if none was shown, the first of this server. Another is never asked instead: that would be for the user.
    pub(super) fn model_for(&self, row: &WaitingRow) -> Option<&ModelOffer> {
        let asked = row.asked.as_ref().map(|asked| ShownModel::of(&asked.offer));
        match asked.or_else(|| row.model.clone()) {
            Some(model) => self.models.iter().find(|offer| ShownModel::of(offer) == model),
            None => self.models.iter().find(|offer| offer.place == ModelPlace::Server),
        }
    }

    /// The model that a chat's text box names: the one that was chosen for it, or the first.
    pub(super) fn shown_model(&self, chat: ChatId) -> Option<ShownModel> {
        self.vault.model_of(chat).or_else(|| self.models.first().map(ShownModel::of))
    }

    /// A model that a question in a chat is for, if the chat does not say so already.
    pub(super) fn model_to_keep(&self, chat: ChatId, model: Option<&ShownModel>) -> Option<ShownModel> {
        model.filter(|model| self.shown_model(chat).as_ref() != Some(*model)).cloned()
    }

    /// [`Self::model_for`], if it can answer now.
    pub(super) fn ready_model_for(&self, row: &WaitingRow) -> Option<&ModelOffer> {
        self.model_for(row).filter(|offer| offer.state == ModelState::Ready)
    }

    /// The live turn of a chat.
    pub(super) fn turn_of(&self, chat: ChatId) -> Option<&LiveTurn> {
        self.turns.values().find(|live| live.turn.chat == chat)
    }

    /// What is still to be done by whoever came in with words, unless they do it later.
    pub(super) fn recover(&self) -> Option<RecoverView> {
        let step = self.vault.recovery().filter(|_| !self.recovers_later)?;
        let change = self.way_change.as_ref().map(|change| change.view().state);
        Some(RecoverView { step, needs_words: self.came_in_with.is_none(), change })
    }

    /// What a tab shows of it: what one of its ways is made of is shown where that is asked.
    pub(super) fn screen(&self, tab: TabId) -> ScreenView {
        let change = self.way_change.as_ref();
        if let Some(kit) = change.and_then(|change| change.kit(tab)) {
            let has_password = self.vault.has_password_beside(None);
            let secret = self.vault.account_secret().filter(|_| has_password);
            let account_code = secret.map(|secret| secret.to_text().to_string());
            let copies_account_code = has_password && account_code.is_none() && !self.vault.knows_password();
            return ScreenView::RecoveryKit(KitView { account_code, copies_account_code, ..kit });
        }
        match change.and_then(|change| change.authenticator(tab)) {
            Some(view) => ScreenView::Authenticator(view),
            None => self.recover().map_or(ScreenView::Open, ScreenView::Recover),
        }
    }

    fn status(&self, now: Timestamp) -> StatusView {
        let damaged = (self.vault.n_damaged() > 0).then_some(Problem::DamagedRow);
        let obstacle = self.engine.obstacle().map(problem_of_obstacle);
        let copied = self.vault.is_forked_from_itself().then_some(Problem::CopiedDevice);
        let newer = (self.access == Access::ReadOnly).then_some(Problem::NewerRelease);
        StatusView {
            // Nobody asks whether the relay answers where nothing can be written down.
            online: self.engine.is_reachable() || newer.is_some(),
            n_unsent: u32::try_from(self.vault.n_unsent()).unwrap_or(u32::MAX),
            integrity: self.vault.integrity(),
            problem: newer.or(copied).or(obstacle).or(damaged),
            lead: match self.vault.recovery() {
                Some(_) => Some(Lead::Recover),
                None => self.vault.is_words_check_due(now).then_some(Lead::CheckWords),
            },
        }
    }
}

fn problem_of_obstacle(obstacle: Obstacle) -> Problem {
    match obstacle {
        Obstacle::Stopped(code) | Obstacle::SendingStopped(code) => Problem::Relay { code, retry_after_s: None },
        Obstacle::Waits { code, retry_after_s } => Problem::Relay { code, retry_after_s },
        Obstacle::Confused => Problem::RelayConfused,
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Makes this device hold the account: everything in one transaction, then open.
    pub(super) async fn enrol(
        &mut self,
        tab: TabId,
        enrolment: Enrolment,
        unlock: UnlockParts,
        device_name: Option<String>,
    ) {
        let now = self.now();
        let rng = &mut *self.platform.rng;
        let store_key = LocalStoreKey::generate(rng);
        let account_id = enrolment.account_id;
        let Ok(mut vault) = Vault::enrol(&store_key, enrolment) else {
            return self.return_to_welcome(Some(Problem::AccountRefused));
        };
        if let Some(name) = device_name {
            let record = vault.edit_device_name(&name, now);
            // Only a name: an account without it is whole.
            vault.write(vec![record], now, rng).ok();
        }
        let mut batch = vault.take_writes(rng);
        let row = Row { key: ENROLMENT_KEY.to_vec(), value: to_cbor(&unlock.row) };
        batch.writes.push(Write::Put { table: Table::Unlock, row });
        for secret in &unlock.secrets {
            let sealed = secret.wrap(&store_key, account_id, rng);
            let row = Row { key: sealed.key_hash.0.to_vec(), value: sealed.envelope };
            batch.writes.push(Write::Put { table: Table::Unlock, row });
        }
        match self.store.commit(batch).await {
            Ok(()) => {
                let mut opened = Opened::new(vault, store_key, unlock.row, Access::Full);
                // What it has written so far was never sent.
                opened.sent_since = None;
                self.enter(tab, opened).await;
            }
            Err(error) => {
                self.stage = Stage::Stuck(problem_of_store(error));
                self.show_screen();
            }
        }
    }

    pub(super) async fn enter(&mut self, tab: TabId, mut opened: Opened) {
        opened.vault.take_changes();
        if opened.is_ended() {
            // It was told so before, and its owner has not looked yet at what was never sent.
            self.stage = Stage::Open(Box::new(opened));
            return self.end_device().await;
        }
        let newest = opened.vault.chat_list().first().map(|row| row.id);
        let rows = self.store.list_rows(Table::Unlock).await.unwrap_or_default();
        opened.find_unlock_ways(&rows);
        opened.forget_gone_methods();
        self.stage = Stage::Open(Box::new(opened));
        self.show_screen();
        for tab in self.tabs.ids() {
            self.show_everything(tab).await;
        }
        // The others say themselves which chat they are at.
        self.tabs.show(tab, newest);
        match newest {
            Some(chat) => self.show_chat(tab, chat).await,
            None => self.show_new_chat(tab),
        }
    }

    /// Sends a tab everything that it shows.
    pub(super) fn attach(&mut self, tab: TabId) {
        if let Stage::SigningUp(signing_up) = &mut self.stage {
            signing_up.handle_tab(tab, &self.tabs);
        }
        let screen = self.screen(tab);
        self.tabs.send(tab, Delta::Screen(screen));
        let Stage::Open(opened) = &self.stage else { return };
        self.tabs.send(tab, Delta::ChatList(opened.vault.chat_list()));
        self.tabs.send(tab, Delta::LetterKeys { on: opened.vault.preferences().letter_keys });
        self.tabs.send(tab, Delta::Models(opened.models.clone()));
        self.tabs.send(tab, Delta::Newcomer(opened.vault.newcomer()));
        self.tabs.send(tab, Delta::Status(opened.status(self.now())));
    }

    /// The same with the chat that it is at. One that is at none keeps its empty chat and what stands in it.
    async fn show_everything(&mut self, tab: TabId) {
        self.attach(tab);
        if let Some(chat) = self.tabs.chat_of(tab) {
            self.show_chat(tab, chat).await;
        }
    }

    /// Commits, and tells the user what the store refuses; nobody waits for this commit.
    pub(super) async fn commit_or_tell(&mut self) {
        if let Err(problem) = self.commit().await {
            self.tabs.send_all(&Delta::Notice(NoticeView::Trouble(problem)));
        }
    }

    /// Commits what changed in the vault and shows it. If the store refuses, the vault is opened anew from what the
    /// store holds, and the caller tells the user.
    pub(super) async fn commit(&mut self) -> Result<(), Problem> {
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let mut batch = opened.vault.take_writes(&mut *self.platform.rng);
        batch.writes.append(&mut opened.unlock.writes);
        if batch != StoreBatch::default()
            && let Err(error) = self.store.commit(batch).await
        {
            let problem = problem_of_store(error);
            self.reopen().await;
            return Err(problem);
        }
        self.show_changes();
        Ok(())
    }

    pub(super) async fn reopen(&mut self) {
        let Stage::Open(opened) = &self.stage else { return };
        match self.load_vault(&opened.enrolment, &opened.store_key).await {
            Ok(mut vault) => {
                if let Stage::Open(opened) = &mut self.stage {
                    vault.take_over_drafts(&mut opened.vault);
                    opened.reading = Reading::new(vault.cursor(), vault.last_page(), vault.own_head());
                    opened.mending = Mending::default();
                    opened.vault = vault;
                }
                for tab in self.tabs.ids() {
                    self.show_everything(tab).await;
                }
            }
            Err(problem) => {
                self.stage = Stage::Stuck(problem);
                self.show_screen();
            }
        }
    }

    /// Loads rows until the vault misses none of what `missing` names.
    pub(super) async fn load_missing(&mut self, missing: impl Fn(&Vault) -> Option<RowName>) -> Result<(), Problem> {
        while let Stage::Open(opened) = &mut self.stage
            && let Some(name) = missing(&opened.vault)
        {
            let key = opened.vault.stored_key(name);
            let value = self.store.load_row(name.table(), &key).await.map_err(problem_of_store)?;
            opened.vault.insert_row(name, value.as_deref());
        }
        Ok(())
    }

    fn show_changes(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let changes = opened.vault.take_changes();
        let mut messages: SortedMap<ChatId, Vec<MessageId>> = SortedMap::new();
        let mut whole: SortedSet<ChatId> = SortedSet::new();
        for change in changes {
            match change {
                Change::ChatRow(chat) => match opened.chat_row(chat) {
                    Some(row) => self.tabs.send_all(&Delta::ChatRow(row)),
                    None => self.tabs.send_all(&Delta::ChatGone(chat)),
                },
                Change::Message(chat, message) if self.tabs.has_viewer(chat) => {
                    messages.entry(chat).or_default().push(message);
                }
                Change::Conversation(chat) => drop(whole.insert(chat)),
                Change::Message(..) | Change::Status => {}
            }
        }
        for (chat, changed) in messages.into_iter().filter(|(chat, _)| !whole.contains(chat)) {
            self.show_messages(chat, &changed);
        }
        for chat in whole {
            self.show_conversation(chat);
        }
        self.show_status();
        self.show_security_again();
        self.show_seen_again();
        self.show_storage_again();
    }

    /// Shows changed messages. A tab puts what it does not know at the end, so a change that may stand elsewhere, or
    /// that hides another message, is shown with the whole chat.
    fn show_messages(&mut self, chat: ChatId, changed: &[MessageId]) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let last = opened.vault.visible_messages(chat).last().map(|message| message.id);
        if let [message] = *changed
            && Some(message) == last
            && !opened.vault.hides_another(chat, message)
            && let Some(message) = opened.message_view(chat, message)
        {
            return self.tabs.send_to_viewers(chat, &Delta::Message { chat, message });
        }
        self.show_conversation(chat);
    }

    /// Sends a chat to every tab that shows it, as much of it as the tab has.
    pub(super) fn show_conversation(&mut self, chat: ChatId) {
        let Stage::Open(opened) = &mut self.stage else { return };
        for tab in self.tabs.ids().into_iter().filter(|tab| self.tabs.chat_of(*tab) == Some(chat)) {
            if let Some(view) = opened.conversation(chat, self.tabs.n_shown(tab)) {
                self.tabs.send(tab, Delta::Conversation(view));
            }
        }
    }

    pub(super) fn show_status(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.vault.recovery().is_none() || opened.recovers_later {
            opened.came_in_with = None;
        }
        let recover = opened.recover();
        if opened.shown_recover != recover {
            opened.shown_recover = recover;
            self.show_screen();
        }
        let Stage::Open(opened) = &mut self.stage else { return };
        let status = opened.status(now);
        if opened.shown_status != Some(status) {
            opened.shown_status = Some(status);
            self.tabs.send_all(&Delta::Status(status));
        }
        let newcomer = opened.vault.newcomer();
        if opened.shown_newcomer != newcomer {
            opened.shown_newcomer.clone_from(&newcomer);
            self.tabs.send_all(&Delta::Newcomer(newcomer));
        }
    }

    /// Sees to it that this client wakes at a moment, once.
    pub(super) fn wake_at(&mut self, at: Timestamp) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.shown_wake.is_none_or(|wake| wake <= now || at < wake) {
            opened.shown_wake = Some(at);
            self.wake_after(at.0.saturating_sub(now.0).max(1));
        }
    }

    /// Keeps an anchor at the relay; the next sign-in makes another if this one is lost.
    pub(super) fn put_anchor(&mut self, anchor: AnchorPut) {
        let Stage::Open(opened) = &self.stage else { return };
        let Some(session) = opened.session() else { return };
        let relay = self.relay.clone();
        self.begin(async move {
            relay.put_anchor(&session, anchor).await.ok();
            Happening::Woke
        });
    }
}
