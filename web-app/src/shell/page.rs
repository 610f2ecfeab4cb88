//! What a tab knows: the views that the core sent, as signals, and the way back to the core.

use client_core::{
    intention::Intention,
    view::{
        AccountCodeView, ChatId, ChatRowView, ConversationView, Delta, IntegrityState, LossView, MessageId, NoticeView,
        ScreenView, ShownModel, SignView, StatusView, WordsAnswer, is_too_long,
        security::{NewcomerView, SecurityView},
        seen::SeenView,
        storage::StorageView,
    },
};
use leptos::{prelude::*, task::spawn_local};
use shared_types::account::ModelOffer;

use super::{conversation::Conversation, models::Asking, rows::put_row};
use crate::{
    bridge::ToCore,
    browser::{self, CorePort, FromCore, Route},
};

/// Whether there is a core to speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreState {
    /// It has not said anything yet.
    Starting,
    /// It answers.
    Ready,
    /// It is of an older build, which other tabs still run.
    OtherBuild,
    /// It is of a newer build than this tab.
    Outdated,
    /// Its files did not load.
    Failed,
}

/// Which chat the tab shows.
#[derive(Clone)]
pub enum OpenChat {
    /// An empty one that does not exist yet.
    New,
    /// One that was asked for and has not come.
    Awaited(ChatId),
    /// One that is here.
    Here(Conversation),
}

/// What the core was asked for and told of what is being written, and what it was not.
#[derive(Default)]
struct Kept {
    /// The draft that it has.
    draft: String,
    /// What was typed into the text box of an edited question and not handed over yet.
    edit: Option<(MessageId, String)>,
    /// How many answers to "show an empty chat" are still to come.
    n_new_asked: u32,
}

/// What the settings pages show, each once it was asked for, and what they ask.
#[derive(Clone, Default)]
pub struct SettingsViews {
    /// Who may enter the account.
    pub security: Option<SecurityView>,
    /// What the relay counted of a day.
    pub seen: Option<SeenView>,
    /// What this browser keeps.
    pub storage: Option<StorageView>,
    /// A password is wanted here, to sign something.
    pub sign: Option<SignView>,
    /// The account code, which was asked for.
    pub account_code: Option<AccountCodeView>,
}

/// One tab: copied freely, it is only a handful of handles.
#[derive(Clone, Copy)]
pub struct Page {
    /// Whether there is a core.
    pub core: RwSignal<CoreState>,
    /// Which screen the core is at.
    pub screen: RwSignal<ScreenView>,
    /// Where this tab is.
    pub route: RwSignal<Route>,
    /// All chats, newest first; none until they have come.
    pub rows: RwSignal<Option<Vec<ChatRowView>>>,
    /// The chat that this tab shows.
    pub open: RwSignal<OpenChat>,
    /// Foot of the chat list.
    pub status: RwSignal<StatusView>,
    /// The models of this relay.
    pub models: RwSignal<Vec<ModelOffer>>,
    /// What is known of models beside their offers.
    pub(super) asking: StoredValue<Asking>,
    /// What signing out would lose, if that was asked and not answered yet.
    pub loss: RwSignal<Option<LossView>>,
    /// What the core says to recovery words that were typed here.
    pub words: RwSignal<Option<WordsAnswer>>,
    /// The newest device that nobody has answered for.
    pub newcomer: RwSignal<Option<NewcomerView>>,
    /// What the settings pages show.
    pub settings: RwSignal<SettingsViews>,
    /// Something that passes, with a number that tells it from the one before.
    pub notice: RwSignal<Option<(u32, NoticeView)>>,
    /// A newer shell waits.
    pub update: RwSignal<bool>,
    /// What stands in the text box.
    pub draft: RwSignal<String>,
    /// A long text that was pasted: it stands folded above the text box, and before what is written there.
    pub folded: RwSignal<String>,
    /// Whether single letters are shortcuts.
    pub letter_keys: RwSignal<bool>,
    kept: StoredValue<Kept>,
    port: StoredValue<Option<CorePort>, LocalStorage>,
    generation: StoredValue<u32>,
    /// A core of this build has answered here.
    has_joined: StoredValue<bool>,
}

impl Page {
    /// Makes the tab's state and opens its port to the core.
    pub fn open() -> Self {
        let page = Self {
            core: RwSignal::new(CoreState::Starting),
            screen: RwSignal::new(ScreenView::Starting),
            route: RwSignal::new(Route::here()),
            rows: RwSignal::new(None),
            open: RwSignal::new(OpenChat::New),
            status: RwSignal::new(CALM),
            models: RwSignal::new(Vec::new()),
            asking: StoredValue::new(Asking::new()),
            loss: RwSignal::new(None),
            words: RwSignal::new(None),
            newcomer: RwSignal::new(None),
            settings: RwSignal::new(SettingsViews::default()),
            notice: RwSignal::new(None),
            update: RwSignal::new(false),
            draft: RwSignal::new(String::new()),
            folded: RwSignal::new(String::new()),
            letter_keys: RwSignal::new(true),
            kept: StoredValue::new(Kept::default()),
            port: StoredValue::new_local(None),
            generation: StoredValue::new(browser::first_generation()),
            has_joined: StoredValue::new(false),
        };
        page.call_core();
        browser::on_update(move || page.update.set(true));
        page
    }

    /// The tab that a component stands in.
    pub fn here() -> Self {
        expect_context()
    }

    /// Tells the core what the person wants.
    pub fn want(self, intention: Intention) {
        self.say(&ToCore::Want(intention));
    }

    fn say(self, word: &ToCore) {
        self.port.with_value(|port| {
            if let Some(port) = port {
                port.say(word);
            }
        });
    }

    /// The chat that this tab shows, if it exists.
    pub fn open_id(self) -> Option<ChatId> {
        self.open.with(OpenChat::id)
    }

    /// Shows where the tab's address points.
    pub fn follow_route(self) {
        self.keep_draft();
        let route = Route::here();
        self.route.set(route);
        self.receipt().set(None);
        if !matches!(self.screen.get_untracked(), ScreenView::Open) {
            return;
        }
        match route {
            Route::Home | Route::SignIn | Route::Words | Route::Password | Route::NewPassword => {
                self.forget_draft();
                Route::Home.show();
                self.open.set(OpenChat::New);
                self.kept.update_value(|kept| kept.n_new_asked += 1);
                self.want(Intention::NewChat);
            }
            Route::Chat(chat) => {
                self.forget_draft();
                self.open.set(OpenChat::Awaited(chat));
                self.want(Intention::OpenChat(chat));
            }
            Route::Security => self.want(Intention::ShowSecurity),
            Route::Models => {}
            Route::Storage => self.want(Intention::ShowStorage),
            Route::Seen => self.want(Intention::ShowSeen { day: None }),
        }
    }

    /// Sends what stands in the text box.
    pub fn send(self) {
        let text = untrack(|| self.text()).trim().to_owned();
        if text.is_empty() || is_too_long(&text) {
            return;
        }
        self.forget_draft();
        self.on_its_way().set(Some(text.clone()));
        let model = self.shown_model();
        self.want(Intention::Send { chat: self.open.with_untracked(OpenChat::id), text, model });
    }

    /// Whether the chat that this tab shows has an answer in the making, without following it.
    pub fn is_writing(self) -> bool {
        let open = self.open.get_untracked();
        untrack(|| if let OpenChat::Here(open) = open { open.is_writing() } else { false })
    }

    /// Whether the last question of the chat that this tab shows waits until the relay answers.
    pub fn waits_for_the_relay(self) -> bool {
        self.open.with(|open| if let OpenChat::Here(open) = open { open.waits_for_the_relay() } else { false })
    }

    /// Stops the answer that is being written here.
    pub fn stop(self) {
        if let Some(chat) = self.open.with_untracked(OpenChat::id) {
            self.want(Intention::Stop(chat));
        }
    }

    /// Something was typed into the text box of an edited question; nothing stands there when it is closed.
    pub fn edit(self, question: MessageId, text: String) {
        self.kept.update_value(|kept| kept.edit = Some((question, text)));
    }

    /// Hands what was typed there to the core.
    pub fn keep_edit(self) {
        if let Some((question, text)) = self.kept.try_update_value(|kept| kept.edit.take()).flatten() {
            self.want(Intention::KeepEdit { question, text });
        }
    }

    pub(super) fn forget_edit(self) {
        self.kept.update_value(|kept| kept.edit = None);
    }

    /// Hands the drafts to the core, if they have changed.
    pub fn keep_draft(self) {
        self.keep_edit();
        let text = untrack(|| self.text());
        if self.kept.with_value(|kept| text != kept.draft) {
            self.kept.update_value(|kept| kept.draft.clone_from(&text));
            self.want(Intention::KeepDraft { chat: self.open.with_untracked(OpenChat::id), text });
        }
    }

    /// Tells the core that this tab is gone; what stands in its text box stays.
    pub fn leave(self) {
        self.keep_draft();
        self.say(&ToCore::Gone);
    }

    /// Takes the newer shell, once everything that was done here is kept.
    pub fn take_update(self) {
        if matches!(self.screen.get_untracked(), ScreenView::Open) {
            self.keep_draft();
            self.want(Intention::Reload);
        } else {
            browser::take_update();
        }
    }

    /// Locks every tab of this profile.
    pub fn lock(self) {
        self.keep_draft();
        self.want(Intention::Lock);
    }

    pub(super) fn forget_draft(self) {
        self.put_text("");
        self.kept.update_value(|kept| kept.draft.clear());
    }

    fn call_core(self) {
        let name = browser::core_name(self.generation.get_value());
        let port = CorePort::open(&name, move |word| self.hear(word));
        self.port.set_value(Some(port));
        self.want(Intention::Attach);
    }

    fn hear(self, word: FromCore) {
        word.mark_root();
        match word {
            // Behind a core of an older build this one waits; what it shows says that it runs.
            FromCore::Ready if self.core.get_untracked() == CoreState::OtherBuild => {}
            FromCore::Ready => self.join(),
            FromCore::OtherBuild if self.has_joined.get_value() => self.core.set(CoreState::Outdated),
            FromCore::OtherBuild if self.core.get_untracked() == CoreState::OtherBuild => {}
            FromCore::OtherBuild => {
                self.core.set(CoreState::OtherBuild);
                self.call_next_core();
            }
            FromCore::Failed => self.core.set(CoreState::Failed),
            FromCore::Delta(delta) => {
                if self.core.get_untracked() == CoreState::OtherBuild {
                    self.join();
                }
                self.apply(*delta);
            }
        }
    }

    fn join(self) {
        self.has_joined.set_value(true);
        self.core.set(CoreState::Ready);
    }

    fn apply(self, delta: Delta) {
        match delta {
            Delta::Screen(screen) => self.show_screen(screen),
            Delta::Gesture(request) => spawn_local(async move {
                if let Some(intention) = browser::answer_gesture(request).await {
                    self.want(intention);
                }
            }),
            Delta::ChatList(rows) => self.rows.set(Some(rows)),
            Delta::ChatRow(row) => self.rows.update(|rows| put_row(rows.get_or_insert_default(), row)),
            Delta::ChatGone(chat) => self.drop_chat(chat),
            Delta::Conversation(view) => self.show_conversation(view),
            Delta::NewChat { draft, model } => self.show_new_chat(&draft, model),
            Delta::Receipt(receipt) => self.receipt().set(Some(receipt)),
            Delta::Earlier { chat, messages, has_earlier } => {
                self.with_chat(chat, |open| open.put_earlier(messages, has_earlier));
            }
            Delta::Message { chat, message } => {
                self.on_its_way().set(None);
                self.with_chat(chat, |open| open.put(message));
            }
            Delta::Grew { chat, message, from_block, blocks, state } => {
                self.with_chat(chat, |open| open.grow(message, from_block, blocks, state));
            }
            Delta::MessageGone { chat, message } => self.with_chat(chat, |open| open.remove(message)),
            Delta::Status(status) => self.status.set(status),
            Delta::LetterKeys { on } => self.letter_keys.set(on),
            Delta::Models(models) => self.models.set(models),
            Delta::Notice(notice) => self.show_notice(notice),
            Delta::Words(answer) => self.words.set(Some(answer)),
            Delta::Seen(view) => self.settings.update(|views| views.seen = Some(*view)),
            Delta::Storage(view) => self.settings.update(|views| views.storage = Some(*view)),
            Delta::Newcomer(newcomer) => self.newcomer.set(newcomer),
            Delta::Sign(view) => self.settings.update(|views| views.sign = view),
            Delta::AccountCode(view) => self.settings.update(|views| views.account_code = Some(view)),
            Delta::Security(view) => self.settings.update(|views| views.security = Some(view)),
            Delta::Evidence(file) => browser::save_text(crate::words::security::LOG_FILE, &file),
            Delta::SignOutLoses(loss) => self.loss.set(Some(loss)),
            Delta::Reload => browser::take_update(),
            Delta::Providers(result) => self.providers().set(Some(result)),
            Delta::Restart => self.restart(),
        }
    }

    fn show_screen(self, screen: ScreenView) {
        let was_open = matches!(self.screen.get_untracked(), ScreenView::Open);
        let is_open = matches!(screen, ScreenView::Open);
        self.screen.set(screen);
        if is_open && !was_open {
            self.follow_route();
        }
    }

    fn show_conversation(self, view: ConversationView) {
        let is_empty = view.messages.is_empty() && view.problem.is_none();
        let is_wanted = match self.open.with_untracked(OpenChat::id) {
            Some(open) => open == view.id,
            // The core has made the chat that a first question was for, or shows the empty one's draft.
            None => is_empty || self.on_its_way().with_untracked(Option::is_some),
        };
        if !is_wanted {
            return;
        }
        self.on_its_way().set(None);
        self.chosen().set(view.model.clone());
        self.take_draft(&view.draft);
        if !is_empty && self.route.get_untracked().is_of_chats() {
            Route::Chat(view.id).show();
            self.route.set(Route::Chat(view.id));
        }
        let open = self.open.get_untracked();
        match open {
            OpenChat::Here(open) if open.id == view.id => open.take(view),
            OpenChat::New | OpenChat::Awaited(_) | OpenChat::Here(_) => {
                self.open.set(OpenChat::Here(Conversation::new(view)));
            }
        }
    }

    /// The core shows no chat: as was asked, or because the one that was shown is not there.
    fn show_new_chat(self, draft: &str, model: Option<ShownModel>) {
        let was_asked = self.kept.with_value(|kept| kept.n_new_asked > 0);
        if was_asked {
            self.kept.update_value(|kept| kept.n_new_asked -= 1);
        }
        let is_elsewhere = self.open.with_untracked(OpenChat::id).is_some();
        if was_asked && is_elsewhere {
            return;
        }
        self.chosen().set(model);
        if is_elsewhere {
            self.forget_draft();
            Route::Home.show();
            self.route.set(Route::Home);
            self.open.set(OpenChat::New);
        }
        self.take_draft(draft);
    }

    /// Shows the draft that the core kept, unless the person has gone on writing.
    fn take_draft(self, draft: &str) {
        if self.kept.with_value(|kept| untrack(|| self.text()) == kept.draft) {
            self.put_text(draft);
            self.kept.update_value(|kept| draft.clone_into(&mut kept.draft));
        }
    }

    fn with_chat(self, chat: ChatId, act: impl FnOnce(&Conversation)) {
        if let OpenChat::Here(open) = self.open.get_untracked()
            && open.id == chat
        {
            act(&open);
        }
    }

    fn drop_chat(self, chat: ChatId) {
        self.rows.update(|rows| rows.get_or_insert_default().retain(|row| row.id != chat));
        if self.open.with_untracked(OpenChat::id) != Some(chat) {
            return;
        }
        if self.route.get_untracked().is_of_chats() {
            Route::Home.go();
        } else {
            self.open.set(OpenChat::New);
        }
    }

    fn show_notice(self, notice: NoticeView) {
        if matches!(notice, NoticeView::Trouble(_)) && untrack(|| self.text()).is_empty() {
            // The question was not taken: it goes back to where it can be sent again.
            if let Some(text) = self.on_its_way().get_untracked() {
                self.put_text(&text);
            }
        }
        self.on_its_way().set(None);
        self.notice.update(|shown| {
            let nth = shown.map_or(0, |(nth, _)| nth.wrapping_add(1));
            *shown = Some((nth, notice));
        });
    }

    /// After a lock: forgets everything shown and goes on to the core of the next generation.
    fn restart(self) {
        self.screen.set(ScreenView::Starting);
        self.core.set(CoreState::Starting);
        self.rows.set(None);
        self.open.set(OpenChat::New);
        self.models.set(Vec::new());
        self.chosen().set(None);
        self.providers().set(None);
        self.receipt().set(None);
        self.loss.set(None);
        self.settings.set(SettingsViews::default());
        self.notice.set(None);
        self.status.set(CALM);
        self.on_its_way().set(None);
        self.forget_draft();
        self.kept.update_value(|kept| kept.n_new_asked = 0);
        self.call_next_core();
    }

    fn call_next_core(self) {
        self.generation.update_value(|generation| *generation += 1);
        browser::remember_generation(self.generation.get_value());
        self.call_core();
    }
}

impl OpenChat {
    /// The chat's id, if it exists.
    pub fn id(&self) -> Option<ChatId> {
        match self {
            Self::New => None,
            Self::Awaited(chat) => Some(*chat),
            Self::Here(conversation) => Some(conversation.id),
        }
    }
}

/// What the foot says until the core has spoken.
const CALM: StatusView =
    StatusView { online: true, n_unsent: 0, integrity: IntegrityState::Syncing, problem: None, lead: None };
