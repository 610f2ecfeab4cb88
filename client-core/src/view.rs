//! What the page draws: decrypted views, sent over the bridge, never stored.
//!
//! A view carries facts, not sentences: the words for them stand in the page.

pub mod blocks;
pub mod days;
pub mod hand_over;
pub mod highlight;
mod length;
pub mod markdown;
mod model;
mod notice;
mod password;
mod problem;
mod qr;
mod recover;
pub mod security;
pub mod seen;
pub mod storage;

use serde::{Deserialize, Serialize};
use shared_types::account::ModelOffer;
use shared_types::ids::DeviceId;
use shared_types::provider::ProvidersResponse;

pub use self::model::{ReceiptView, ShownModel};

use self::blocks::Block;
use self::hand_over::JoiningView;
use self::security::{NewcomerView, SecurityView};
use self::seen::SeenView;
use self::storage::StorageView;
use crate::intention::GestureRequest;

pub use self::length::{count_lines, is_long, is_too_long};
pub use self::notice::{LossView, NoticeView};
pub use self::password::{AccountCodeView, AuthenticatorView, SignView};
pub use self::problem::Problem;
pub use self::qr::{QUIET_SQUARES, QrView};
pub use self::recover::{Lead, RecoverStep, RecoverView};
/// Names a chat: the id of its scope.
pub use shared_types::ids::ScopeId as ChatId;
/// Names a question or an answer.
pub use shared_types::ids::TurnId as MessageId;

/// Which screen the core is at; the same in every tab.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ScreenView {
    /// The core is loading.
    Starting,
    /// No account on this device.
    Welcome(WelcomeView),
    /// A password was chosen: its authenticator app is set up. Nothing exists at the relay.
    Authenticator(AuthenticatorView),
    /// The words of a new account, not yet confirmed; nothing exists at the relay.
    RecoveryKit(KitView),
    /// A fresh device waits until one of the account lets it in.
    Joining(JoiningView),
    /// Signed in on a fresh device: is this your account as you left it?
    Agree(AgreeView),
    /// There is an account; its rows are sealed.
    Locked(LockedView),
    /// The vault is open.
    Open,
    /// The same, of somebody who came in with recovery words: what to do before anything else.
    Recover(RecoverView),
    /// This device was taken off the account; what it has never sent is shown once more.
    Revoked(RevokedView),
    /// This device cannot go on: a newer database, no storage.
    Stuck(Problem),
    /// Another tab is the live one, in a browser whose tabs share no workers.
    Elsewhere,
}

/// Welcome and sign in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WelcomeView {
    /// Whether the relay answers.
    pub online: bool,
    /// Whether this relay takes new accounts without an invitation.
    pub can_sign_up: bool,
    /// What is under way.
    pub busy: Option<Busy>,
    /// What went wrong last.
    pub problem: Option<Problem>,
}

/// What is under way on a screen with one main button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Busy {
    /// The authenticator asks its user.
    WaitingForPasskey,
    /// Keys are made, sealed or opened.
    Working,
    /// A password is stretched, which takes a moment on purpose.
    Stretching,
    /// The relay is asked.
    AskingRelay,
}

/// The recovery kit.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitView {
    /// The 24 words.
    pub words: Vec<String>,
    /// The account code that goes with a password, if there is one.
    pub account_code: Option<String>,
    /// Whether a password has one that this device does not know: its owner copies it from the older kit.
    pub copies_account_code: bool,
    /// The passphrase, if one was made.
    pub passphrase: Option<String>,
    /// Which three are asked again, counted from 1, ascending.
    pub asked: [u8; 3],
    /// Which of the asked ones were wrong at the last try, counted from 1.
    pub wrong: Vec<u8>,
    /// Whether they are the first of an account that is made with them.
    pub is_first: bool,
    /// What is under way.
    pub busy: Option<Busy>,
    /// What went wrong last.
    pub problem: Option<Problem>,
}

impl std::fmt::Debug for KitView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KitView").field("asked", &self.asked).field("problem", &self.problem).finish_non_exhaustive()
    }
}

/// A fresh device's question before it writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreeView {
    /// Active devices of the account.
    pub devices: Vec<DeviceView>,
    /// Time of the last entry of the account log, Unix seconds.
    pub last_change_s: u64,
    /// Device that made the last change.
    pub last_change_by: Option<DeviceId>,
    /// What is under way.
    pub busy: Option<Busy>,
    /// What went wrong last.
    pub problem: Option<Problem>,
}

/// One device of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Id.
    pub id: DeviceId,
    /// Name that its user gave it, sealed in the account; none if it has none or cannot be read yet.
    pub name: Option<String>,
    /// When it joined, Unix seconds.
    pub added_s: u64,
    /// Whether a trusted way has confirmed it.
    pub confirmed: bool,
    /// Whether it is the one this runs on.
    pub is_this: bool,
}

/// What a device that was taken off has never sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedView {
    /// Oldest first.
    pub unsent: Vec<UnsentView>,
}

/// A text that never left its device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsentView {
    /// Title of its chat, if that is known here.
    pub title: Option<String>,
    /// The text.
    pub text: String,
    /// When it was written, Unix milliseconds; none of a draft.
    pub written_ms: Option<u64>,
}

/// The unlock screen.
#[expect(clippy::struct_excessive_bools, reason = "any of the ways may be there")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockedView {
    /// Whether the relay answers.
    pub online: bool,
    /// What is under way.
    pub busy: Option<Busy>,
    /// What went wrong last.
    pub problem: Option<Problem>,
    /// Seconds to wait after too many tries; 0 = none.
    pub wait_s: u32,
    /// Whether a passkey unlocks it.
    pub has_passkey: bool,
    /// Whether the recovery words unlock it.
    pub has_words: bool,
    /// Whether the password unlocks it.
    pub has_password: bool,
}

/// What the core says to recovery words that were typed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WordsAnswer {
    /// They are recovery words, and the core has them: the page forgets them.
    Taken,
    /// A word is not in the list.
    NotInList {
        /// Which, from 1.
        nth: u8,
        /// The word as it was typed.
        word: String,
    },
    /// There are not 24.
    WrongCount {
        /// How many there are.
        found: u32,
    },
    /// Each is in the list, but they are not the words of any account.
    DoNotBelongTogether,
}

impl std::fmt::Debug for WordsAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Taken => "Taken",
            Self::NotInList { .. } => "NotInList(…)",
            Self::WrongCount { .. } => "WrongCount(…)",
            Self::DoNotBelongTogether => "DoNotBelongTogether",
        })
    }
}

/// One row of the chat list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatRowView {
    /// Chat.
    pub id: ChatId,
    /// Title; none until the first question has given one.
    pub title: Option<String>,
    /// Last change, Unix milliseconds.
    pub changed_ms: u64,
    /// What the row says besides.
    pub state: ChatRowState,
}

/// What a chat row says besides its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChatRowState {
    /// Nothing.
    Calm,
    /// An answer is being written.
    Writing,
    /// A question waits until the relay answers.
    Waiting,
    /// Something of it does not verify.
    NeedsLook(IntegrityState),
    /// A part of it is damaged on this device.
    Damaged,
}

/// Integrity of the account or of a chat (security.md §6), the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum IntegrityState {
    /// Everything shown was checked.
    Verified,
    /// Checking.
    Syncing,
    /// The relay holds back something that exists.
    Withheld,
    /// Something does not match what its author signed.
    Altered,
    /// One author, two histories.
    Forked,
    /// The relay shows an older copy than this device has seen.
    RolledBack,
}

/// One chat, opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConversationView {
    /// Chat.
    pub id: ChatId,
    /// Title.
    pub title: Option<String>,
    /// The newest messages, oldest first.
    pub messages: Vec<MessageView>,
    /// Whether earlier ones can be asked for.
    pub has_earlier: bool,
    /// Text that waits in the composer.
    pub draft: String,
    /// State of this chat.
    pub integrity: IntegrityState,
    /// What is wrong with this device's copy of it.
    pub problem: Option<Problem>,
    /// The model that it is for, if one was chosen.
    pub model: Option<ShownModel>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageView {
    /// Id.
    pub id: MessageId,
    /// Who wrote it.
    pub author: AuthorView,
    /// When, Unix milliseconds.
    pub written_ms: u64,
    /// As written; what Copy copies.
    pub text: String,
    /// As drawn.
    pub blocks: Vec<Block>,
    /// Where it is in its life.
    pub state: MessageState,
    /// Which version it is, if there are several.
    pub versions: Option<VersionsView>,
    /// What stands in its text box, if it is being edited.
    pub edit: Option<String>,
}

/// Which of several versions of a message is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionsView {
    /// From 1 on, oldest first.
    pub nth: u32,
    /// How many there are.
    pub n_versions: u32,
}

/// A step among versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// To the version before.
    Back,
    /// To the version after.
    On,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorView {
    /// The account's owner.
    You,
    /// A model.
    Model {
        /// Its offer as it was when asked; none if not known any more.
        offer: Option<ModelOffer>,
    },
}

/// Where a message is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageState {
    /// Saved on this device (a question), or whole (an answer).
    Done,
    /// A question that waits until the relay answers; it can be taken back.
    WaitingOffline,
    /// A question that waits for the model to be ready.
    WaitingForModel {
        /// Estimated wait, seconds.
        wait_s: u32,
    },
    /// An answer whose first word has not come.
    Thinking,
    /// An answer in writing.
    Writing,
    /// An answer that its reader stopped.
    Stopped,
    /// An answer that reached its longest length.
    CutAtLength,
    /// An answer that broke off; what came is kept, the turn can be retried.
    Failed(Problem),
}

impl MessageState {
    /// Whether a question in this state can be edited, or an answer written again.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Done | Self::Stopped | Self::CutAtLength)
    }
}

/// Foot of the chat list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// Whether the relay answers.
    pub online: bool,
    /// Batches that the relay has not accepted.
    pub n_unsent: u32,
    /// State of the account.
    pub integrity: IntegrityState,
    /// The last trouble of saving or syncing, if it lasts.
    pub problem: Option<Problem>,
    /// What the app would like its user to do.
    pub lead: Option<Lead>,
}

/// What a tab shows has changed: the core's side of the bridge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Delta {
    /// Another screen, or its state.
    Screen(ScreenView),
    /// The authenticator is needed in this tab.
    Gesture(GestureRequest),
    /// What the core says to recovery words that were typed in this tab.
    Words(WordsAnswer),
    /// All chats, newest first.
    ChatList(Vec<ChatRowView>),
    /// One chat is new or changed.
    ChatRow(ChatRowView),
    /// One chat is gone.
    ChatGone(ChatId),
    /// The open chat, whole.
    Conversation(ConversationView),
    /// No chat is open: an empty composer with what was left in it.
    NewChat {
        /// Text that waits in the composer.
        draft: String,
        /// The model that was chosen last, if one was.
        model: Option<ShownModel>,
    },
    /// Earlier messages of the open chat, oldest first.
    Earlier {
        /// Chat.
        chat: ChatId,
        /// Messages before those that the tab has.
        messages: Vec<MessageView>,
        /// Whether there are more.
        has_earlier: bool,
    },
    /// One message of the open chat is new or changed.
    Message {
        /// Chat.
        chat: ChatId,
        /// The message.
        message: MessageView,
    },
    /// An answer has grown: its blocks from `from_block` on are these.
    Grew {
        /// Chat.
        chat: ChatId,
        /// The answer.
        message: MessageId,
        /// First block that changed.
        from_block: usize,
        /// The blocks from there.
        blocks: Vec<Block>,
        /// State.
        state: MessageState,
    },
    /// One message of the open chat is gone.
    MessageGone {
        /// Chat.
        chat: ChatId,
        /// The message.
        message: MessageId,
    },
    /// Foot of the chat list.
    Status(StatusView),
    /// Whether single letters are shortcuts on this device.
    LetterKeys {
        /// Whether they are.
        on: bool,
    },
    /// The models of this relay.
    Models(Vec<ModelOffer>),
    /// What leaves for the question in the text box, or did for an answer.
    Receipt(ReceiptView),
    /// What came of the operator's wish.
    Providers(Result<ProvidersResponse, Problem>),
    /// Something that passes.
    Notice(NoticeView),
    /// Signing out was asked for and would lose something: sign out anyway, or stay?
    SignOutLoses(LossView),
    /// Settings, What the relay saw: for a tab that shows it.
    Seen(Box<SeenView>),
    /// The newest device that joined and that nobody has answered for; none = there is none.
    Newcomer(Option<NewcomerView>),
    /// The word of a way to sign in is wanted, and a password may give it; none = no longer.
    Sign(Option<SignView>),
    /// The account code, which was asked for.
    AccountCode(AccountCodeView),
    /// Settings, Security: for a tab that shows it.
    Security(SecurityView),
    /// The account log and what did not verify, as a file to keep.
    Evidence(String),
    /// Settings, Storage: for a tab that shows it.
    Storage(Box<StorageView>),
    /// Everything that this tab wanted is done: it can be loaded again.
    Reload,
    /// Locked: the page opens a core under a new name.
    Restart,
}
