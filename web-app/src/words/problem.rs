//! What went wrong, in words: what happened, what is safe, what to do.

use client_core::view::Problem;

use self::Weight::{Grave, Mendable, Passes};
use super::{refusal, time};

/// What is said about a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What happened.
    pub what: &'static str,
    /// What is safe and what to do.
    pub then: String,
    /// How grave it is.
    pub weight: Weight,
}

/// How grave a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It passes by itself.
    Passes,
    /// The person can mend it.
    Mendable,
    /// Something is broken, or somebody is cheating.
    Grave,
}

/// What can be said without looking at the case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sentence {
    /// What happened.
    pub(super) what: &'static str,
    /// What is safe and what to do.
    pub(super) then: &'static str,
    /// How grave it is.
    pub(super) weight: Weight,
}

impl Sentence {
    /// The same for a note.
    pub(super) fn said(self) -> Said {
        Said { what: self.what, then: self.then.to_owned(), weight: self.weight }
    }
}

/// Says what went wrong.
pub fn say(problem: Problem) -> Said {
    let (sentence, retry_after_s) = match problem {
        Problem::Relay { code, retry_after_s } => (refusal::say(code), retry_after_s),
        Problem::Offline => (OFFLINE, None),
        Problem::RelayConfused => (RELAY_CONFUSED, None),
        Problem::PasskeyCancelled => (PASSKEY_CANCELLED, None),
        Problem::PasskeyWithoutPrf => (PASSKEY_WITHOUT_PRF, None),
        Problem::PasskeyFailed => (PASSKEY_FAILED, None),
        Problem::PasskeyAlreadyThere => (PASSKEY_ALREADY_THERE, None),
        Problem::TooFewWays => (TOO_FEW_WAYS, None),
        Problem::LastWords => (LAST_WORDS, None),
        Problem::WrongSigner => (WRONG_SIGNER, None),
        Problem::NotConfirmed => (NOT_CONFIRMED, None),
        Problem::NotThisAccount => (NOT_THIS_ACCOUNT, None),
        Problem::AccountRefused => (ACCOUNT_REFUSED, None),
        Problem::AccountRolledBack => (ACCOUNT_ROLLED_BACK, None),
        Problem::WordsWrong => (WORDS_WRONG, None),
        Problem::UnlockFailed => (UNLOCK_FAILED, None),
        Problem::WordsDoNotUnlock => (WORDS_DO_NOT_UNLOCK, None),
        Problem::WordsOfAnother => (WORDS_OF_ANOTHER, None),
        Problem::WordsUnknown => (WORDS_UNKNOWN, None),
        Problem::PasswordRefused => (PASSWORD_REFUSED, None),
        Problem::PasswordDoesNotUnlock => (PASSWORD_DOES_NOT_UNLOCK, None),
        Problem::PasswordTooShort => (PASSWORD_TOO_SHORT, None),
        Problem::PasswordUnreadable => (PASSWORD_UNREADABLE, None),
        Problem::NameUnreadable => (NAME_UNREADABLE, None),
        Problem::AccountCodeUnreadable => (ACCOUNT_CODE_UNREADABLE, None),
        Problem::NoPasskeyYet => (NO_PASSKEY_YET, None),
        Problem::PasswordModuleMissing => (PASSWORD_MODULE_MISSING, None),
        Problem::StorageFull => (STORAGE_FULL, None),
        Problem::NoStorage => (NO_STORAGE, None),
        Problem::NewerRelease => (NEWER_RELEASE, None),
        Problem::StoreFailed => (STORE_FAILED, None),
        Problem::DamagedRow => (DAMAGED_ROW, None),
        Problem::QuestionTooLong => (QUESTION_TOO_LONG, None),
        Problem::NoModel => (NO_MODEL, None),
        Problem::NoReceipt => (NO_RECEIPT, None),
        Problem::TitleTooLong => (TITLE_TOO_LONG, None),
        Problem::CopiedDevice => (COPIED_DEVICE, None),
        Problem::NotAdmitted => (NOT_ADMITTED, None),
        Problem::DeviceRevoked => (DEVICE_REVOKED, None),
        Problem::AccountDeleted => (ACCOUNT_DELETED, None),
        Problem::AnswerCut => (ANSWER_CUT, None),
        Problem::AnswerEmpty => (ANSWER_EMPTY, None),
    };
    let then = match retry_after_s {
        Some(wait_s) => format!("{} It may work again in {}.", sentence.then, time::about(wait_s)),
        None => sentence.then.to_owned(),
    };
    Said { what: sentence.what, then, weight: sentence.weight }
}

const OFFLINE: Sentence = Sentence {
    what: "The server cannot be reached",
    then: "What you wrote is safe on this device. It goes out by itself once the server answers.",
    weight: Passes,
};
const RELAY_CONFUSED: Sentence = Sentence {
    what: "The server’s answer makes no sense",
    then: "Nothing was changed here. Try again; if it stays, tell whoever runs the server.",
    weight: Grave,
};
const PASSKEY_CANCELLED: Sentence = Sentence {
    what: "The passkey was not used",
    then: "Nothing was changed. It was cancelled, or nobody answered in time. Try again; if yours is not offered, use another way.",
    weight: Mendable,
};
const PASSKEY_WITHOUT_PRF: Sentence = Sentence {
    what: "This passkey cannot lock your chats",
    then: "Nothing was made. Use the passkeys of your phone or computer, a newer browser, or a security key that can.",
    weight: Mendable,
};
const PASSKEY_FAILED: Sentence = Sentence {
    what: "The passkey did not work",
    then: "Nothing was changed. Try again; if it stays, restart the browser.",
    weight: Mendable,
};
const PASSKEY_ALREADY_THERE: Sentence = Sentence {
    what: "There is a passkey of this account already",
    then: "That one stays and goes on working. To have another way in, choose another device, provider or key.",
    weight: Mendable,
};
const TOO_FEW_WAYS: Sentence = Sentence {
    what: "This is one of your last two ways in",
    then: "Nothing was changed. Add another way first, then remove this one.",
    weight: Mendable,
};
const LAST_WORDS: Sentence = Sentence {
    what: "An account keeps recovery words",
    then: "Nothing was changed. Make new recovery words; they take the place of these.",
    weight: Mendable,
};
const WRONG_SIGNER: Sentence = Sentence {
    what: "Another of your ways must vouch for this",
    then: "Nothing was changed. Choose a way that is not the one to go; to put recovery words out of use, type them here.",
    weight: Mendable,
};
const NOT_CONFIRMED: Sentence = Sentence {
    what: "This device is not confirmed",
    then: "Nothing was changed. Confirm it from another of your devices, then it may change who gets in.",
    weight: Mendable,
};
const NOT_THIS_ACCOUNT: Sentence = Sentence {
    what: "This passkey belongs to no account here",
    then: "Nothing was changed. Choose another passkey, or make a new account.",
    weight: Mendable,
};
const ACCOUNT_REFUSED: Sentence = Sentence {
    what: "The server shows an account that does not check out",
    then: "This device stopped and kept nothing of it. Do not go on from here; tell whoever runs the server.",
    weight: Grave,
};
const ACCOUNT_ROLLED_BACK: Sentence = Sentence {
    what: "The server shows an older copy of your account",
    then: "This device has seen a newer one and keeps it. Do not remove this device; tell whoever runs the server.",
    weight: Grave,
};
const WORDS_WRONG: Sentence = Sentence {
    what: "One of the words is different",
    then: "Nothing was made yet. Look at your copy again; the words can be shown once more.",
    weight: Mendable,
};
const UNLOCK_FAILED: Sentence = Sentence {
    what: "That passkey does not open this device",
    then: "Your chats are safe and stay locked. Try again with the passkey you used here.",
    weight: Mendable,
};
const WORDS_DO_NOT_UNLOCK: Sentence = Sentence {
    what: "These words do not open this device",
    then: "They are recovery words, but of another account or older ones. Your chats are safe and stay locked. Look for the right copy, or use another way.",
    weight: Mendable,
};
const WORDS_OF_ANOTHER: Sentence = Sentence {
    what: "These are not the recovery words of this account",
    then: "They are recovery words, but of another account, or older ones. Look for the right copy, or make new ones in Security.",
    weight: Mendable,
};
const WORDS_UNKNOWN: Sentence = Sentence {
    what: "These words open no account here",
    then: "They are recovery words, but of no account on this server, or older ones. Nothing was changed. Look for the newest copy, and whether this is the right server.",
    weight: Mendable,
};
const PASSWORD_REFUSED: Sentence = Sentence {
    what: "Name, password or code is wrong",
    then: "Use the next code of your app. If it stays, check that your phone sets its clock by itself, and your account code.",
    weight: Mendable,
};
const PASSWORD_DOES_NOT_UNLOCK: Sentence = Sentence {
    what: "That password does not open this device",
    then: "Your chats are safe and stay locked. Try again, or use another way.",
    weight: Mendable,
};
const PASSWORD_TOO_SHORT: Sentence = Sentence {
    what: "This password is too short",
    then: "Nothing was made. Use at least 10 characters, or have a passphrase made.",
    weight: Mendable,
};
const PASSWORD_UNREADABLE: Sentence = Sentence {
    what: "This password cannot be used",
    then: "It is empty, very long, or has a character that some devices do not know. Choose another.",
    weight: Mendable,
};
const NAME_UNREADABLE: Sentence = Sentence {
    what: "This name cannot be used",
    then: "It is empty, very long, or has a character that some devices do not know. Choose another.",
    weight: Mendable,
};
const ACCOUNT_CODE_UNREADABLE: Sentence = Sentence {
    what: "The account code is not right",
    then: "Look at your recovery kit again: seven groups of four letters and digits from 2 to 7.",
    weight: Mendable,
};
const NO_PASSKEY_YET: Sentence = Sentence {
    what: "No way to sign in can sign this here",
    then: "Nothing was changed. Add a passkey or a password first, in Settings, Security, with your recovery words.",
    weight: Mendable,
};
const PASSWORD_MODULE_MISSING: Sentence = Sentence {
    what: "Passwords do not work here right now",
    then: "Their part of the app did not load, or there is too little memory. Nothing was changed. Close other tabs and try again.",
    weight: Mendable,
};
const STORAGE_FULL: Sentence = Sentence {
    what: "There is no room left on this device",
    then: "What is saved stays. The last change was not saved: free some space, then do it again.",
    weight: Grave,
};
const NO_STORAGE: Sentence = Sentence {
    what: "This browser keeps nothing",
    then: "Sotto keeps your chats on this device, locked. Leave private browsing, or let this page store data.",
    weight: Mendable,
};
const NEWER_RELEASE: Sentence = Sentence {
    what: "This device was used by a newer Sotto",
    then: "Your chats are safe and can be read; nothing is changed here. Load the page again to get the new version.",
    weight: Mendable,
};
const STORE_FAILED: Sentence = Sentence {
    what: "This device could not save",
    then: "What was saved before is safe. Load the page again and look whether your last change is there.",
    weight: Grave,
};
const DAMAGED_ROW: Sentence = Sentence {
    what: "Something saved here is damaged",
    then: "It is kept as it is, and everything else can be read. Look on your other devices: they may have a good copy.",
    weight: Grave,
};
const QUESTION_TOO_LONG: Sentence = Sentence {
    what: "The question is too long",
    then: "It is still in the text box. Make it shorter, or send it in parts.",
    weight: Mendable,
};
const NO_MODEL: Sentence = Sentence {
    what: "No model is chosen that this server offers",
    then: "Nothing has left. Choose a model below the text box.",
    weight: Mendable,
};
const NO_RECEIPT: Sentence = Sentence {
    what: "This device has no receipt of that answer",
    then: "It may still be on its way from the device that asked. Try again when everything is saved.",
    weight: Passes,
};
const TITLE_TOO_LONG: Sentence = Sentence {
    what: "The title is too long",
    then: "The chat keeps its old title. Choose a shorter one.",
    weight: Mendable,
};
const COPIED_DEVICE: Sentence = Sentence {
    what: "Another copy of this browser has written",
    then: "What you wrote here is kept on this device and is not sent. Go on in the other copy; to use this one again, sign out and sign in.",
    weight: Grave,
};
const NOT_ADMITTED: Sentence = Sentence {
    what: "This device does not belong to the account any more",
    then: "It can show what it has and changes nothing. Sign out, then sign in again to add it.",
    weight: Grave,
};
const ACCOUNT_DELETED: Sentence = Sentence {
    what: "Your account is deleted",
    then: "Nothing of it is left on this server or in this browser. Your other devices keep what they hold until you sign out there; after that, remove the passkey where you keep it.",
    weight: Mendable,
};
const DEVICE_REVOKED: Sentence = Sentence {
    what: "This device was taken off your account",
    then: "Another of your devices did that. Nothing of the account is left here; you can sign in again.",
    weight: Mendable,
};
const ANSWER_CUT: Sentence = Sentence {
    what: "The answer broke off",
    then: "What came is kept, and your question is safe. Try again for a whole answer.",
    weight: Passes,
};
const ANSWER_EMPTY: Sentence = Sentence {
    what: "The model answered with nothing",
    then: "Your question is safe. Try again, or ask in other words.",
    weight: Passes,
};
