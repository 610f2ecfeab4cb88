//! Records: the plaintexts that ops seal, as CBOR maps; the schema number stands in the envelope.
//!
//! A record says what became so, when, and nothing about where it lies: its place is authenticated by the envelope.
//! Every mutable field carries its stamp, so that the last writer wins and order of arrival does not matter.

mod branches;
mod cbor;
mod local;

use serde::{Deserialize, Serialize};
use shared_types::account::ModelOffer;
use shared_types::error::ErrorCode;
use shared_types::ids::{DeviceId, MethodId, ScopeId, ScopeKind};
use shared_types::limits::{
    MAX_DEVICE_NAME_CHARS, MAX_MESSAGE_BYTES, MAX_METHOD_NAME_CHARS, MAX_OFFER_TEXT_BYTES, MAX_POLICY_BYTES,
    MAX_RECEIPT_BODY_BYTES, MAX_TITLE_CHARS,
};

pub use branches::{BranchRow, Fork, Spot, Standing};
pub use cbor::{DecodeError, from_cbor, to_cbor};
pub use local::{
    AskedRow, ChatEntry, ChatOutline, EnrolmentRow, HeadsRow, LastPageRow, LinksRow, MadeEpochRow, MendedRow,
    OutboxRow, PageSlot, PasswordRow, PreferencesRow, ScopePlaceRow, SeenRow, SessionRow, SyncRow, TipRow, WaitingRow,
};

use crate::time::Stamp;
use crate::view::{ChatId, MessageId, ShownModel};

/// A scope of this account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// What it holds.
    pub kind: ScopeKind,
    /// Zero for the kinds that exist once.
    pub id: ScopeId,
}

impl Scope {
    /// The chat list.
    pub const DIRECTORY: Self = Self { kind: ScopeKind::Directory, id: ScopeId::ZERO };
    /// The account's settings.
    pub const SETTINGS: Self = Self { kind: ScopeKind::Settings, id: ScopeId::ZERO };
    /// The scope keys.
    pub const KEY_RING: Self = Self { kind: ScopeKind::KeyRing, id: ScopeId::ZERO };

    /// A chat's own scope.
    pub fn chat(id: ChatId) -> Self {
        Self { kind: ScopeKind::Chat, id }
    }
}

/// One record with the scope that it belongs to.
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::large_enum_variant, reason = "almost all records are of chats, and none lives for long")
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Of the chat list.
    Directory(DirectoryRecord),
    /// Of the settings.
    Settings(SettingsRecord),
    /// Of a chat.
    Chat(ChatId, ChatRecord),
}

impl Record {
    /// The scope whose key seals it.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Directory(_) => Scope::DIRECTORY,
            Self::Settings(_) => Scope::SETTINGS,
            Self::Chat(chat, _) => Scope::chat(*chat),
        }
    }

    /// Writes the record as CBOR.
    pub fn to_cbor(&self) -> Vec<u8> {
        match self {
            Self::Directory(record) => to_cbor(record),
            Self::Settings(record) => to_cbor(record),
            Self::Chat(_, record) => to_cbor(record),
        }
    }

    /// Reads a record of a scope; kinds of scope that this version does not write hold none, and one with a field
    /// over its limit is none: whoever wrote it, every reader can keep what it takes.
    pub fn from_cbor(scope: Scope, bytes: &[u8]) -> Result<Self, DecodeError> {
        let record = match scope.kind {
            ScopeKind::Directory => from_cbor(bytes).map(Self::Directory),
            ScopeKind::Settings => from_cbor(bytes).map(Self::Settings),
            ScopeKind::Chat => from_cbor(bytes).map(|record| Self::Chat(scope.id, record)),
            ScopeKind::KeyRing | ScopeKind::App | ScopeKind::SearchIndex | ScopeKind::Share => Err(DecodeError),
        };
        record.and_then(|record| if record.is_within_limits() { Ok(record) } else { Err(DecodeError) })
    }

    /// Whether every field keeps its limit, so that what is made of it fits a row.
    pub fn is_within_limits(&self) -> bool {
        match self {
            Self::Directory(DirectoryRecord::Titled { title, .. }) => title.chars().count() <= MAX_TITLE_CHARS,
            Self::Directory(DirectoryRecord::ModelChosen { model, .. }) => {
                model.id.len() <= MAX_OFFER_TEXT_BYTES && model.owner.len() <= MAX_OFFER_TEXT_BYTES
            }
            Self::Settings(SettingsRecord::DeviceNamed { name, .. }) => name.chars().count() <= MAX_DEVICE_NAME_CHARS,
            Self::Settings(SettingsRecord::MethodNoted { note, .. }) => {
                note.name.chars().count() <= MAX_METHOD_NAME_CHARS
            }
            Self::Chat(_, ChatRecord::Message(message)) => {
                let is_offered_so = match &message.author {
                    Author::Owner => true,
                    Author::Model { offer, .. } => is_offer_within_limits(offer),
                };
                is_offered_so && message.text.len() <= MAX_MESSAGE_BYTES
            }
            Self::Chat(_, ChatRecord::Receipt(receipt)) => {
                is_offer_within_limits(&receipt.offer) && receipt.body.len() <= MAX_RECEIPT_BODY_BYTES
            }
            Self::Directory(
                DirectoryRecord::Made { .. } | DirectoryRecord::Deleted { .. } | DirectoryRecord::Restored { .. },
            )
            | Self::Chat(_, ChatRecord::Removed { .. } | ChatRecord::Chosen { .. }) => true,
        }
    }
}

/// Whether a model's offer can be kept in records; one over its limits is not taken from the relay either.
pub fn is_offer_within_limits(offer: &ModelOffer) -> bool {
    let is_short = |text: &String, max: usize| text.len() <= max;
    let is_absent_or_short = |text: &Option<String>, max| text.as_ref().is_none_or(|text| is_short(text, max));
    [&offer.id, &offer.label, &offer.owner].into_iter().all(|text| is_short(text, MAX_OFFER_TEXT_BYTES))
        && is_absent_or_short(&offer.region, MAX_OFFER_TEXT_BYTES)
        && is_absent_or_short(&offer.policy, MAX_POLICY_BYTES)
}

/// A change of the chat list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DirectoryRecord {
    /// A chat was made.
    Made {
        /// Which.
        chat: ChatId,
        /// When.
        at: Stamp,
    },
    /// A chat has a title.
    Titled {
        /// Which.
        chat: ChatId,
        /// The title.
        title: String,
        /// When.
        at: Stamp,
    },
    /// A chat was deleted.
    Deleted {
        /// Which.
        chat: ChatId,
        /// When.
        at: Stamp,
    },
    /// A chat is for a model from now on.
    ModelChosen {
        /// Which.
        chat: ChatId,
        /// The model as it was shown.
        model: ShownModel,
        /// When.
        at: Stamp,
    },
    /// A deleted chat was brought back.
    Restored {
        /// Which.
        chat: ChatId,
        /// When.
        at: Stamp,
    },
}

/// A change of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettingsRecord {
    /// A device has a name.
    DeviceNamed {
        /// Which.
        device: DeviceId,
        /// The name.
        name: String,
        /// When.
        at: Stamp,
    },
    /// A way to sign in has a name, or something else is known of it.
    MethodNoted {
        /// Which.
        method: MethodId,
        /// What is known.
        note: MethodNote,
        /// When.
        at: Stamp,
    },
}

/// What an account's owner knows of a way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MethodNote {
    /// The name; empty = none.
    pub name: String,
    /// It signs in only where its credential id is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unlisted: bool,
    /// Of words: when they were looked at.
    #[serde(default, skip_serializing_if = "CheckNote::is_none")]
    pub check: CheckNote,
}

impl MethodNote {
    /// The same with a name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.trim().chars().take(MAX_METHOD_NAME_CHARS).collect(), ..self }
    }
}

/// When recovery words were typed again, to see that they can still be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CheckNote {
    /// How often.
    pub n_checks: u32,
    /// The last time, Unix seconds; 0 = never.
    pub checked_s: u64,
    /// When it was put off, Unix seconds; 0 = it was not.
    pub put_off_s: u64,
}

impl CheckNote {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A change of a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ChatRecord {
    /// A message was written.
    Message(Message),
    /// A message was taken back.
    Removed {
        /// Which.
        message: MessageId,
        /// When.
        at: Stamp,
    },
    /// A prompt was about to leave this device.
    Receipt(Receipt),
    /// One of several versions is shown from now on.
    Chosen {
        /// Where.
        spot: Spot,
        /// The version that began a branch; `None` = the first one.
        version: Option<MessageId>,
        /// When.
        at: Stamp,
    },
}

/// One message; it never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Names it; of an answer it is the turn's id.
    pub id: MessageId,
    /// When it was written.
    pub at: Stamp,
    /// What it says.
    pub text: String,
    /// Who says it.
    pub author: Author,
    /// Where it stands; `None` = in the chat's first branch, as all messages did before there were others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// Who says a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Author {
    /// The account's owner.
    Owner,
    /// A model, answering a question.
    Model {
        /// The question.
        question: MessageId,
        /// The model as it was offered.
        offer: ModelOffer,
        /// How the answer ended.
        end: End,
    },
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// Whole.
    Done,
    /// At its longest length.
    Length,
    /// By its reader.
    Stopped,
    /// Broken off by the relay or the provider.
    Refused(ErrorCode),
    /// Broken off with the connection.
    Cut,
    /// Over without a word.
    Empty,
}

/// What left this device for one turn: the body of the request, byte for byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The turn.
    pub turn: MessageId,
    /// The question.
    pub question: MessageId,
    /// The model as it was offered.
    pub offer: ModelOffer,
    /// When.
    pub at: Stamp,
    /// The bytes.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}
