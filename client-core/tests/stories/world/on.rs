//! Somebody at a device: what they do, and what they see.

use client_core::intention::Intention;
use client_core::view::{
    ChatId, ConversationView, IntegrityState, KitView, MessageState, MessageView, NoticeView, Problem, ScreenView,
    ShownModel, StatusView, Step,
};

use client_core::view::security::SecurityView;
use shared_types::ids::DeviceId;

use super::{Tab, World};

/// One device of a world, in the hands of its user.
pub(crate) struct On<'a> {
    world: &'a mut World,
    name: String,
}

impl<'a> On<'a> {
    pub(super) fn new(world: &'a mut World, name: &str) -> Self {
        Self { world, name: name.to_owned() }
    }

    /// Wants something, and waits until it is done; no time passes.
    pub(crate) fn want(&mut self, intention: Intention) -> &mut Self {
        self.world.device_mut(&self.name).want(intention);
        self.world.run();
        self
    }

    fn tab(&self) -> &Tab {
        self.world.tab(&self.name)
    }

    // What they do.

    /// Makes an account and confirms its words.
    pub(crate) fn sign_up(&mut self) {
        let device_name = Some(self.name.clone());
        self.want(Intention::SignUp { device_name });
        let words = self.asked_words();
        self.want(Intention::ConfirmWords { words: words.into() });
        assert_eq!(*self.screen(), ScreenView::Open);
    }

    /// Joins the account with the passkey and agrees to what is shown.
    pub(crate) fn sign_in(&mut self) {
        self.want(Intention::SignInWithPasskey);
        assert!(matches!(self.screen(), ScreenView::Agree(_)), "{:?}", self.screen());
        self.want(Intention::Agree);
        assert_eq!(*self.screen(), ScreenView::Open);
    }

    pub(crate) fn unlock(&mut self) {
        self.want(Intention::UnlockWithPasskey);
        assert_eq!(*self.screen(), ScreenView::Open);
    }

    /// Asks in the chat that is shown, or in a new one.
    pub(crate) fn send(&mut self, text: &str) -> &mut Self {
        let chat = self.tab().open.as_ref().map(|open| open.id);
        self.send_to(chat, text)
    }

    /// Leaves the shown chat for an empty one and asks there.
    pub(crate) fn send_in_new_chat(&mut self, text: &str) -> &mut Self {
        self.want(Intention::NewChat).send_to(None, text)
    }

    fn send_to(&mut self, chat: Option<ChatId>, text: &str) -> &mut Self {
        let model = self.tab().models.first().map(ShownModel::of);
        self.want(Intention::Send { chat, text: text.to_owned(), model })
    }

    /// The message that says this, where it is shown.
    fn message(&self, text: &str) -> &MessageView {
        self.views().iter().rfind(|message| message.text == text).expect("a message that says this")
    }

    fn shown_model(&self) -> Option<ShownModel> {
        self.tab().models.first().map(ShownModel::of)
    }

    /// Asks the last question once more.
    pub(crate) fn ask_again(&mut self) -> &mut Self {
        let message = self.views().last().expect("there is a message").id;
        let (chat, model) = (self.chat(), self.shown_model());
        self.want(Intention::AskAgain { chat, message, model })
    }

    /// Has the answer that says this written again.
    pub(crate) fn write_again(&mut self, text: &str) -> &mut Self {
        let (chat, message, model) = (self.chat(), self.message(text).id, self.shown_model());
        self.want(Intention::AskAgain { chat, message, model })
    }

    /// Puts a question in other words.
    pub(crate) fn edit(&mut self, question: &str, text: &str) -> &mut Self {
        let (chat, question, model) = (self.chat(), self.message(question).id, self.shown_model());
        self.want(Intention::EditQuestion { chat, question, text: text.to_owned(), model })
    }

    /// Leaves a question half edited.
    pub(crate) fn keep_edit(&mut self, question: &str, text: &str) -> &mut Self {
        let question = self.message(question).id;
        self.want(Intention::KeepEdit { question, text: text.to_owned() })
    }

    /// Shows the version beside the one that says this.
    pub(crate) fn step(&mut self, text: &str, step: Step) -> &mut Self {
        let (chat, message) = (self.chat(), self.message(text).id);
        self.want(Intention::ShowVersion { chat, message, step })
    }

    pub(crate) fn keep_draft(&mut self, text: &str) -> &mut Self {
        let chat = self.tab().open.as_ref().map(|open| open.id);
        self.want(Intention::KeepDraft { chat, text: text.to_owned() })
    }

    pub(crate) fn rename(&mut self, title: &str) -> &mut Self {
        let chat = self.chat();
        self.want(Intention::Rename { chat, title: title.to_owned() })
    }

    pub(crate) fn open(&mut self, chat: ChatId) -> &mut Self {
        self.want(Intention::OpenChat(chat))
    }

    /// Opens the first chat of the list.
    pub(crate) fn open_newest(&mut self) -> &mut Self {
        let newest = self.tab().chats.first().expect("there is a chat").id;
        self.open(newest)
    }

    // What they see.

    pub(crate) fn screen(&self) -> &ScreenView {
        &self.tab().screen
    }

    pub(crate) fn kit(&self) -> KitView {
        let ScreenView::RecoveryKit(kit) = self.screen() else {
            panic!("no recovery kit is shown, but {:?}", self.screen());
        };
        kit.clone()
    }

    /// The three words that are asked again.
    pub(crate) fn asked_words(&self) -> [String; 3] {
        let kit = self.kit();
        kit.asked.map(|place| kit.words.get(usize::from(place) - 1).expect("a place of 24").clone())
    }

    /// The problem on a screen before the chats.
    pub(crate) fn problem(&self) -> Option<Problem> {
        match self.screen() {
            ScreenView::Welcome(view) => view.problem,
            ScreenView::Authenticator(view) => view.problem,
            ScreenView::RecoveryKit(view) => view.problem,
            ScreenView::Agree(view) => view.problem,
            ScreenView::Locked(view) => view.problem,
            ScreenView::Stuck(problem) => Some(*problem),
            ScreenView::Starting
            | ScreenView::Joining(_)
            | ScreenView::Open
            | ScreenView::Recover(_)
            | ScreenView::Revoked(_)
            | ScreenView::Elsewhere => None,
        }
    }

    pub(crate) fn chat(&self) -> ChatId {
        self.conversation().id
    }

    pub(crate) fn conversation(&self) -> &ConversationView {
        self.tab().open.as_ref().expect("a chat is shown")
    }

    /// Titles of all chats, newest first.
    pub(crate) fn titles(&self) -> Vec<String> {
        self.tab().chats.iter().map(|row| row.title.clone().unwrap_or_default()).collect()
    }

    pub(crate) fn views(&self) -> &[MessageView] {
        &self.conversation().messages
    }

    /// Texts of the chat that is shown; if none is, of the newest one, which is opened.
    pub(crate) fn messages(&mut self) -> Vec<String> {
        if self.tab().open.is_none() {
            if self.tab().chats.is_empty() {
                return Vec::new();
            }
            self.open_newest();
        }
        self.views().iter().map(|message| message.text.clone()).collect()
    }

    /// Which version the message that says this is, of how many.
    pub(crate) fn version(&self, text: &str) -> Option<(u32, u32)> {
        self.message(text).versions.map(|versions| (versions.nth, versions.n_versions))
    }

    /// What stands in the text box of a question.
    pub(crate) fn edit_draft(&self, question: &str) -> Option<&str> {
        self.message(question).edit.as_deref()
    }

    pub(crate) fn states(&self) -> Vec<MessageState> {
        self.views().iter().map(|message| message.state.clone()).collect()
    }

    /// Words of the last message as they are drawn.
    pub(crate) fn last_drawn(&self) -> String {
        Tab::drawn(self.views().last().expect("there is a message"))
    }

    /// What waits in the composer.
    pub(crate) fn draft(&self) -> &str {
        self.tab().open.as_ref().map_or(&self.tab().new_draft, |open| &open.draft)
    }

    pub(crate) fn status(&self) -> StatusView {
        self.tab().status.expect("the vault is open")
    }

    pub(crate) fn integrity(&self) -> IntegrityState {
        self.status().integrity
    }

    /// What Settings say of who may enter.
    pub(crate) fn security(&mut self) -> SecurityView {
        self.want(Intention::ShowSecurity);
        self.tab().security.clone().expect("the page is shown")
    }

    /// The id of this device.
    pub(crate) fn device_id(&mut self) -> DeviceId {
        self.security().devices.iter().find(|device| device.is_this).expect("it stands in its log").id
    }

    pub(crate) fn notices(&self) -> &[NoticeView] {
        &self.tab().notices
    }
}
