//! What went wrong, for the page to say with what to do.

use serde::{Deserialize, Serialize};
use shared_types::error::ErrorCode;

/// What went wrong, for the page to say with what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// The relay cannot be reached.
    Offline,
    /// The relay refused.
    Relay {
        /// Why.
        code: ErrorCode,
        /// When to try again, seconds.
        retry_after_s: Option<u32>,
    },
    /// The relay's answer makes no sense.
    RelayConfused,
    /// The user cancelled, or the authenticator timed out.
    PasskeyCancelled,
    /// This browser or authenticator has no PRF: it cannot hold keys.
    PasskeyWithoutPrf,
    /// The authenticator failed.
    PasskeyFailed,
    /// The authenticator holds a passkey of this account already.
    PasskeyAlreadyThere,
    /// The account would keep fewer ways to sign in than it must.
    TooFewWays,
    /// The account would be without recovery words.
    LastWords,
    /// The way that signed may not sign this: one does not sign that it goes itself, but words do.
    WrongSigner,
    /// This device is not confirmed: it may not change who may enter.
    NotConfirmed,
    /// The passkey belongs to another account, or its method is not in the account's log.
    NotThisAccount,
    /// The relay shows an account that does not verify.
    AccountRefused,
    /// The relay shows less of the account than this device has seen.
    AccountRolledBack,
    /// The words are wrong.
    WordsWrong,
    /// That passkey does not open this device's rows.
    UnlockFailed,
    /// The recovery words do not open this device's rows.
    WordsDoNotUnlock,
    /// The recovery words are not those of this account.
    WordsOfAnother,
    /// The recovery words open no account at this relay.
    WordsUnknown,
    /// Name, password or code is wrong; nobody says which.
    PasswordRefused,
    /// That password does not unlock this device.
    PasswordDoesNotUnlock,
    /// A password of one's own is too short.
    PasswordTooShort,
    /// The password is empty, too long or has a character that not every device knows.
    PasswordUnreadable,
    /// The same of the name.
    NameUnreadable,
    /// The account code was not read right from the kit.
    AccountCodeUnreadable,
    /// What was wanted needs a passkey, and the account has none.
    NoPasskeyYet,
    /// What passwords need could not be loaded.
    PasswordModuleMissing,
    /// No room is left on this device.
    StorageFull,
    /// This browser keeps nothing (private mode, storage blocked).
    NoStorage,
    /// The database belongs to a newer release.
    NewerRelease,
    /// The store failed.
    StoreFailed,
    /// A stored row is damaged; it is kept.
    DamagedRow,
    /// The question is too long.
    QuestionTooLong,
    /// The title is too long.
    TitleTooLong,
    /// No model is chosen that this relay offers.
    NoModel,
    /// This device holds no receipt of that answer.
    NoReceipt,
    /// Another copy of this device has written: what was written here is kept, and goes nowhere.
    CopiedDevice,
    /// This device is not, or no longer, admitted to the account.
    NotAdmitted,
    /// This device was taken off the account: nothing of it is left here.
    DeviceRevoked,
    /// The account was deleted as its owner wished: nothing of it is left, at the relay or here.
    AccountDeleted,
    /// The answer stopped in the middle: the connection broke.
    AnswerCut,
    /// The provider answered with nothing.
    AnswerEmpty,
}

impl Problem {
    /// Whether another session mends it.
    pub fn is_mended_by_signing_in(self) -> bool {
        matches!(self, Self::Relay { code: ErrorCode::UnknownSession | ErrorCode::BadSignature, .. })
    }

    /// Whether a newer release of the app mends it.
    pub fn is_mended_by_a_newer_app(self) -> bool {
        matches!(self, Self::NewerRelease | Self::Relay { code: ErrorCode::OldProtocol, .. })
    }

    /// Whether this device shows what it has and writes nothing.
    pub fn keeps_from_writing(self) -> bool {
        matches!(self, Self::NewerRelease | Self::CopiedDevice)
    }

    /// Whether the relay refuses something, and the user may let it be tried again.
    pub fn is_refusal_to_try_again(self) -> bool {
        matches!(self, Self::Relay { .. }) && !self.is_mended_by_signing_in()
    }
}
