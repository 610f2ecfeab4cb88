//! What the page may say to the core: a user's intentions, and what the authenticator gave.

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::view::{ChatId, ShownModel};

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
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    pub prf: [Option<Vec<u8>>; 2],
    /// Whether the authenticator says that it can do PRF at all.
    pub prf_enabled: bool,
}

/// What the authenticator computed is overwritten when nobody needs it any more.
impl Drop for GestureAnswer {
    fn drop(&mut self) {
        self.prf.iter_mut().flatten().for_each(Zeroize::zeroize);
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

/// What a user wants: the page's side of the bridge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intention {
    /// A tab came: send it everything that it shows.
    Attach,
    /// Make an account.
    SignUp {
        /// Name on this device, if one was given.
        device_name: Option<String>,
    },
    /// Sign in with any passkey of this relay.
    SignInWithPasskey,
    /// The authenticator answered.
    GestureDone(GestureAnswer),
    /// The authenticator did not.
    GestureFailed(GestureFailure),
    /// The three words that were asked.
    ConfirmWords {
        /// In the order of `KitView::asked`.
        words: [String; 3],
    },
    /// Leave sign-up or sign-in; nothing was kept.
    Abandon,
    /// Yes, this is my account as I left it.
    Agree,
    /// No, stop here: forget what was fetched.
    Disagree,
    /// Unlock with this device's passkey.
    UnlockWithPasskey,
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
    /// Stop the answer in writing.
    Stop(ChatId),
    /// Ask the chat's last question again.
    Retry(ChatId),
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
