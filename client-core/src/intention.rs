//! What the page may say to the core: a user's intentions, and what the authenticator gave.

mod password;

use serde::{Deserialize, Serialize};
use shared_types::ids::{DeviceId, MethodId};
use shared_types::provider::ProvidersRequest;
use zeroize::Zeroize;

pub use password::{NewPassword, PasswordForm, PasswordWish, TypedText};

use crate::account::PrfKind;
use crate::view::hand_over::{CameraFrame, HandOverWay};
use crate::view::security::{MemberAction, WayReason};
use crate::view::{ChatId, MessageId, ShownModel, Step};

/// What the authenticator is asked; the page only turns it into a WebAuthn call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GestureRequest {
    /// `navigator.credentials.create`.
    Create {
        /// From the relay.
        challenge: Vec<u8>,
        /// Relying party id.
        rp_id: String,
        /// The account id.
        user_handle: Vec<u8>,
        /// Label of the passkey.
        label: String,
        /// Where it is to be kept.
        kind: PrfKind,
        /// PRF inputs: account, local.
        prf: [Vec<u8>; 2],
        /// Credentials that must not be made again.
        exclude: Vec<Vec<u8>>,
    },
    /// `navigator.credentials.get`.
    Get {
        /// From the relay, or random for an unlock.
        challenge: Vec<u8>,
        /// Relying party id.
        rp_id: String,
        /// Credentials to choose from; empty = any of this relying party.
        allow: Vec<Vec<u8>>,
        /// First PRF input.
        prf_first: Vec<u8>,
        /// Second PRF input, if two are wanted.
        prf_second: Option<Vec<u8>>,
    },
    /// `PublicKeyCredential.signalUnknownCredential`, where it exists.
    Forget {
        /// Relying party id.
        rp_id: String,
        /// The orphan.
        credential_id: Vec<u8>,
    },
}

/// What the authenticator gave.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
pub struct GestureAnswer {
    /// The credential as JSON for the relay, extension results removed.
    pub credential_json: String,
    /// Credential id.
    pub credential_id: Vec<u8>,
    /// User handle, if the authenticator gave one.
    pub user_handle: Option<Vec<u8>>,
    /// SHA-256 input: clientDataJSON.
    pub client_data_json: Vec<u8>,
    /// PRF results, as far as given: first, second.
    pub prf: [Option<PrfBytes>; 2],
    /// Whether the authenticator says that it can do PRF at all.
    pub prf_enabled: bool,
    /// Whether the authenticator says of a new credential that it does not list it by itself.
    pub is_unlisted: bool,
}

/// What an authenticator's PRF gave out, on its way to the core: there is one of it, never shown, and it is
/// overwritten when nobody needs it any more.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PrfBytes(#[serde(with = "serde_bytes")] Vec<u8>);

impl PrfBytes {
    /// Takes the output over.
    pub fn take(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The output.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for PrfBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for PrfBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrfBytes(…)")
    }
}

/// Three recovery words as somebody typed them: never shown, and overwritten when nobody needs them any more.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypedWords([String; 3]);

impl TypedWords {
    /// The words in the order of `KitView::asked`.
    pub fn as_array(&self) -> &[String; 3] {
        &self.0
    }
}

impl From<[String; 3]> for TypedWords {
    fn from(words: [String; 3]) -> Self {
        Self(words)
    }
}

impl Drop for TypedWords {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for TypedWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedWords(…)")
    }
}

/// All recovery words as somebody typed or pasted them: never shown, and overwritten when nobody needs them any more.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypedPhrase(String);

impl TypedPhrase {
    /// The text as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for TypedPhrase {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Drop for TypedPhrase {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for TypedPhrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedPhrase(…)")
    }
}

impl std::fmt::Debug for GestureAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GestureAnswer(…)")
    }
}

/// Why the authenticator gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GestureFailure {
    /// Cancelled or timed out.
    Cancelled,
    /// The authenticator holds a passkey of this account already.
    AlreadyThere,
    /// This browser has no WebAuthn or refuses it here.
    Unsupported,
    /// Anything else.
    Failed,
}

/// What a user wants while one device lets another one in.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandOverWish {
    /// Show a secret, so that a device of an account lets this one in.
    Join(HandOverWay),
    /// Find the new device that shows these six words.
    Find(TypedPhrase),
    /// Find the new device whose code is in this picture, if there is one in it.
    Scan(CameraFrame),
    /// Let the device in that was found.
    LetIn,
    /// Do not, or show nothing of it any more.
    KeepOut,
}

/// What a user wants: the page's side of the bridge.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intention {
    /// A tab came: send it everything that it shows.
    Attach,
    /// Live in this tab: where browsers share no workers, one tab does.
    UseHere,
    /// This tab is about to be loaded again: say when everything that it wanted is done.
    Reload,
    /// Make an account.
    SignUp {
        /// Name on this device, if one was given.
        device_name: Option<String>,
    },
    /// Make an account with a security key.
    SignUpWithKey {
        /// Name on this device, if one was given.
        device_name: Option<String>,
    },
    /// Sign up, in or unlock with a password.
    Password(PasswordWish),
    /// Sign in with any passkey of this relay.
    SignInWithPasskey,
    /// Sign in with recovery words.
    SignInWithWords(TypedPhrase),
    /// Let another device in, or be let in by one.
    HandOver(HandOverWish),
    /// The authenticator answered.
    GestureDone(GestureAnswer),
    /// The authenticator did not.
    GestureFailed(GestureFailure),
    /// The three words that were asked.
    ConfirmWords {
        /// In the order of `KitView::asked`.
        words: TypedWords,
    },
    /// Leave sign-up or sign-in; nothing was kept.
    Abandon,
    /// Yes, this is my account as I left it.
    Agree,
    /// No, stop here: forget what was fetched.
    Disagree,
    /// Unlock with this device's passkey.
    UnlockWithPasskey,
    /// Unlock with the recovery words.
    UnlockWithWords(TypedPhrase),
    /// Begin another session with the relay; the account is open and stays so.
    SignInAgain,
    /// Lock now.
    Lock,
    /// Sign this device out and forget its rows, once everything is at the relay.
    SignOut,
    /// The same, giving up what is not at the relay.
    SignOutAnyway,
    /// Show a chat in this tab.
    OpenChat(ChatId),
    /// Show an empty chat in this tab.
    NewChat,
    /// Show who may enter the account in this tab, until it shows a chat again.
    ShowSecurity,
    /// Show how much this browser keeps in this tab, until it shows a chat again.
    ShowStorage,
    /// This device was taken off: forget what it still has, which was never sent.
    ForgetDevice,
    /// Save the account log, and what did not verify, as a file.
    SaveEvidence,
    /// Delete the account with everything in it.
    DeleteAccount,
    /// Change the account's keys now, before their time.
    ChangeKeysNow,
    /// Do something to a device of the account.
    ChangeMember(DeviceId, MemberAction),
    /// Add a passkey or security key.
    AddWay {
        /// Which of them.
        kind: PrfKind,
        /// What its owner calls it.
        name: String,
        /// The recovery words, if they sign instead of a passkey.
        words: Option<TypedPhrase>,
    },
    /// A way to sign in goes.
    RemoveWay {
        /// Which.
        way: MethodId,
        /// Why.
        reason: WayReason,
        /// The recovery words, if they sign instead of a passkey.
        words: Option<TypedPhrase>,
    },
    /// Make new recovery words; the old ones go if they sign it.
    MakeWords {
        /// Whether somebody else may know the old ones.
        are_known: bool,
        /// The old ones, if they are not here and are still to be had.
        old: Option<TypedPhrase>,
    },
    /// Nobody else knows the words with which this device came in: they stay.
    KeepWords,
    /// Go on with what coming in with words leads to, or do it later.
    Recover {
        /// Later.
        later: bool,
    },
    /// Look whether these are the account's recovery words.
    CheckWords(TypedPhrase),
    /// Not now.
    CheckWordsLater,
    /// Call a way to sign in something else.
    RenameWay {
        /// Which.
        way: MethodId,
        /// Its name.
        name: String,
    },
    /// Show what the relay counted of a day (days since 1970; `None` = today) in this tab, until it shows a chat again.
    ShowSeen {
        /// Which day.
        day: Option<u64>,
    },
    /// Send messages before those that this tab has.
    ShowEarlier(ChatId),
    /// Keep what stands in the composer; `None` = the new chat's.
    KeepDraft {
        /// Chat.
        chat: Option<ChatId>,
        /// Text.
        text: String,
    },
    /// Ask.
    Send {
        /// Chat; `None` = make one.
        chat: Option<ChatId>,
        /// The question.
        text: String,
        /// The model that was shown then, if one was: no other is ever asked instead.
        model: Option<ShownModel>,
    },
    /// See exactly what would leave for a question; it does not leave yet.
    Compose {
        /// Chat; `None` = the new one.
        chat: Option<ChatId>,
        /// The question.
        text: String,
        /// The model that is shown.
        model: Option<ShownModel>,
    },
    /// Send what [`Self::Compose`] showed, byte for byte.
    SendComposed {
        /// Its turn.
        turn: MessageId,
    },
    /// See what left for an answer.
    ShowReceipt {
        /// Chat.
        chat: ChatId,
        /// The answer.
        answer: MessageId,
    },
    /// A chat is for this model from now on.
    ChooseModel {
        /// Chat.
        chat: ChatId,
        /// The model as it is shown.
        model: ShownModel,
    },
    /// See, try, attach or remove the relay's providers, as its operator.
    Providers(ProvidersRequest),
    /// Stop the answer in writing.
    Stop(ChatId),
    /// Let single letters be shortcuts on this device, or not.
    SetLetterKeys {
        /// Whether they are.
        on: bool,
    },
    /// Ask a question again: that of an answer, or one that waits.
    AskAgain {
        /// Chat.
        chat: ChatId,
        /// The question or its answer.
        message: MessageId,
        /// The model that was shown then, if one was.
        model: Option<ShownModel>,
    },
    /// Ask a question in other words; what was asked before stays beside it.
    EditQuestion {
        /// Chat.
        chat: ChatId,
        /// The question.
        question: MessageId,
        /// What it says now.
        text: String,
        /// The model that was shown then, if one was.
        model: Option<ShownModel>,
    },
    /// Keep what stands in the text box of a question that is being edited; nothing = it is not edited any more.
    KeepEdit {
        /// The question.
        question: MessageId,
        /// Text.
        text: String,
    },
    /// Show the version before or after a message.
    ShowVersion {
        /// Chat.
        chat: ChatId,
        /// The version that is shown.
        message: MessageId,
        /// Which way.
        step: Step,
    },
    /// Take a waiting question back into the composer.
    TakeBack(ChatId),
    /// Give a chat another title.
    Rename {
        /// Chat.
        chat: ChatId,
        /// Title.
        title: String,
    },
    /// Delete a chat.
    DeleteChat(ChatId),
    /// Bring a deleted chat back.
    UndoDelete(ChatId),
    /// The browser says that the network is there, or is not.
    NetworkChanged {
        /// What it says.
        online: bool,
    },
    /// Try the network now.
    TryNow,
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use shared_types::account::{SessionGrant, TicketResponse};
    use shared_types::ids::WireBytes;

    use super::*;
    use crate::keys::DeviceKeys;
    use crate::keys::seeded::SeededRng;
    use crate::records::SessionRow;
    use crate::relay::Session;
    use crate::view::hand_over::ShownSecret;
    use crate::view::{AuthenticatorView, Delta, KitView, ScreenView, WordsAnswer};

    const SECRET: [u8; 32] = [0xa7; 32];
    const WORD: &str = "abandon";

    // Adversary: whoever reads a log, a panic or a bug report, to which a value was written for debugging.
    // Invariant: no token, ticket, PRF output or recovery word is in what Debug writes.
    // Regression caught: a derived Debug prints a secret into whatever somebody formats.
    #[test]
    fn no_secret_is_seen_in_debug() {
        let answer = GestureAnswer {
            credential_json: "{}".to_owned(),
            credential_id: vec![1],
            user_handle: None,
            client_data_json: Vec::new(),
            prf: [Some(PrfBytes::take(SECRET.to_vec())), Some(PrfBytes::take(SECRET.to_vec()))],
            prf_enabled: true,
            is_unlisted: false,
        };
        let words = [WORD; 3].map(str::to_owned);
        let kit =
            KitView { words: vec![WORD.to_owned(); 24], account_code: Some(WORD.to_owned()), ..KitView::default() };
        let app = AuthenticatorView { uri: WORD.to_owned(), secret: WORD.to_owned(), ..AuthenticatorView::default() };
        let device = Rc::new(DeviceKeys::generate(&mut SeededRng::new(1)));
        let token = || WireBytes(SECRET.to_vec());
        let grant = SessionGrant { token: token(), expires_at: 9 };
        let written = [
            format!("{:?}", answer.prf),
            format!("{:?}", Intention::GestureDone(answer)),
            format!("{:?}", Intention::ConfirmWords { words: words.into() }),
            format!("{:?}", Delta::Screen(ScreenView::RecoveryKit(kit))),
            format!("{:?}", Intention::SignInWithWords(WORD.to_owned().into())),
            format!("{:?}", Intention::UnlockWithWords(WORD.to_owned().into())),
            format!("{:?}", Intention::Password(PasswordWish::Unlock(WORD.to_owned().into()))),
            format!("{:?}", Delta::Screen(ScreenView::Authenticator(app))),
            format!("{:?}", Delta::Words(WordsAnswer::NotInList { nth: 1, word: WORD.to_owned() })),
            format!("{:?}", Session { token: SECRET.to_vec(), device }),
            format!("{:?}", SessionRow { token: SECRET.to_vec(), expires_at: 9 }),
            format!("{:?}", Intention::HandOver(HandOverWish::Find(WORD.to_owned().into()))),
            format!("{:?}", ShownSecret::Words(vec![WORD.to_owned()])),
            format!("{:?}", CameraFrame { width: 4, height: 8, luma: SECRET.to_vec() }),
            format!("{grant:?}"),
            format!("{:?}", TicketResponse { ticket: token() }),
        ];
        for text in written {
            let shown = text.to_lowercase();
            let is_seen = [WORD, "167, 167", "a7a7a7", "p6enp6en"].iter().any(|secret| shown.contains(secret));
            assert!(!is_seen, "{text}");
        }
    }
}
