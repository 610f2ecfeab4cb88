//! Why the relay refused, in words: what happened, then what is safe and what to do.

use shared_types::error::ErrorCode;

use super::problem::{
    Sentence,
    Weight::{Grave, Mendable, Passes},
};

/// Says why the relay refused.
pub(super) fn say(code: ErrorCode) -> Sentence {
    match code {
        ErrorCode::Malformed => MALFORMED,
        ErrorCode::UnknownVersion => UNKNOWN_VERSION,
        ErrorCode::BadSignature => BAD_SIGNATURE,
        ErrorCode::ExpiredRequest => EXPIRED_REQUEST,
        ErrorCode::ReplayedRequest => REPLAYED_REQUEST,
        ErrorCode::UnknownSession => UNKNOWN_SESSION,
        ErrorCode::SignInRefused => SIGN_IN_REFUSED,
        ErrorCode::WrongCode => WRONG_CODE,
        ErrorCode::SignUpClosed => SIGN_UP_CLOSED,
        ErrorCode::NotAllowed => NOT_ALLOWED,
        ErrorCode::NotFound => NOT_FOUND,
        ErrorCode::UnknownModel => UNKNOWN_MODEL,
        ErrorCode::MethodNotAllowed => METHOD_NOT_ALLOWED,
        ErrorCode::AccountExists => ACCOUNT_EXISTS,
        ErrorCode::HandleTaken => HANDLE_TAKEN,
        ErrorCode::LogConflict => LOG_CONFLICT,
        ErrorCode::WrongSequence => WRONG_SEQUENCE,
        ErrorCode::ConflictingBatch => CONFLICTING_BATCH,
        ErrorCode::AnchorConflict => ANCHOR_CONFLICT,
        ErrorCode::TurnExists => TURN_EXISTS,
        ErrorCode::TooLarge => TOO_LARGE,
        ErrorCode::QuotaExceeded => QUOTA_EXCEEDED,
        ErrorCode::LogRefused => LOG_REFUSED,
        ErrorCode::BatchRefused => BATCH_REFUSED,
        ErrorCode::OldProtocol => OLD_PROTOCOL,
        ErrorCode::RateLimited => RATE_LIMITED,
        ErrorCode::PromptLimit => PROMPT_LIMIT,
        ErrorCode::Internal => INTERNAL,
        ErrorCode::ProviderDown => PROVIDER_DOWN,
        ErrorCode::ProviderGarbage => PROVIDER_GARBAGE,
        ErrorCode::ProviderRefused => PROVIDER_REFUSED,
        ErrorCode::NoProvider => NO_PROVIDER,
        ErrorCode::ProviderBusy => PROVIDER_BUSY,
        ErrorCode::ProviderSlow => PROVIDER_SLOW,
        ErrorCode::StorageFull => STORAGE_FULL,
    }
}

const MALFORMED: Sentence = Sentence {
    what: "The server did not understand this app",
    then: "What you wrote is safe on this device. Load the page again.",
    weight: Grave,
};
const UNKNOWN_VERSION: Sentence = Sentence {
    what: "The server does not know this version of the app",
    then: "What you wrote is safe on this device. Tell whoever runs the server that it is too old.",
    weight: Grave,
};
const BAD_SIGNATURE: Sentence = Sentence {
    what: "The server did not recognise this device",
    then: "What you wrote is safe on this device. Sign in again.",
    weight: Grave,
};
const EXPIRED_REQUEST: Sentence = Sentence {
    what: "This device’s clock does not match the server’s",
    then: "What you wrote is safe on this device. Set the clock, then try again.",
    weight: Mendable,
};
const REPLAYED_REQUEST: Sentence =
    Sentence { what: "The server had this already", then: "Nothing was done twice. Try again.", weight: Passes };
const UNKNOWN_SESSION: Sentence = Sentence {
    what: "You are signed out on the server",
    then: "Your chats on this device are safe. Sign in again.",
    weight: Mendable,
};
const SIGN_IN_REFUSED: Sentence = Sentence {
    what: "The server did not let you in",
    then: "Nothing was changed. Try again with a passkey of this account, or use another way.",
    weight: Mendable,
};
const WRONG_CODE: Sentence = Sentence {
    what: "That code is not right",
    then: "Use the next one of your app. If it stays, check that your phone sets its clock by itself.",
    weight: Mendable,
};
const HANDLE_TAKEN: Sentence = Sentence {
    what: "Somebody has this name already",
    then: "Nothing was made. Choose another name.",
    weight: Mendable,
};
const SIGN_UP_CLOSED: Sentence = Sentence {
    what: "This server takes no new accounts",
    then: "Nothing was made. Ask whoever runs it for an invitation.",
    weight: Mendable,
};
const NOT_ALLOWED: Sentence = Sentence {
    what: "This device may not do that any more",
    then: "It may have been taken off your account. Your chats here are safe to read. Look at the list of devices in Security on another device.",
    weight: Grave,
};
const NOT_FOUND: Sentence = Sentence {
    what: "The server has nothing there",
    then: "Nothing was changed. Load the page again.",
    weight: Mendable,
};
const UNKNOWN_MODEL: Sentence = Sentence {
    what: "This server does not offer that model any more",
    then: "Your question is safe on this device and went to no other. Choose a model, then ask again.",
    weight: Mendable,
};
const METHOD_NOT_ALLOWED: Sentence = Sentence {
    what: "The server does not know what this app asks for",
    then: "Nothing was changed. Load the page again to get the matching version.",
    weight: Grave,
};
const ACCOUNT_EXISTS: Sentence = Sentence {
    what: "This account exists already",
    then: "Nothing was changed. Sign in to it instead.",
    weight: Mendable,
};
const LOG_CONFLICT: Sentence = Sentence {
    what: "Another device changed the account at the same moment",
    then: "Its change stands, yours was not made. Try again.",
    weight: Passes,
};
const WRONG_SEQUENCE: Sentence = Sentence {
    what: "The server misses an earlier change of this device",
    then: "Your changes are safe here and wait. Do not sign out of this device; tell whoever runs the server.",
    weight: Grave,
};
const CONFLICTING_BATCH: Sentence = Sentence {
    what: "The server holds another change in the place of this one",
    then: "Both are kept. Do not sign out of this device; tell whoever runs the server.",
    weight: Grave,
};
const ANCHOR_CONFLICT: Sentence = Sentence {
    what: "Another device was faster",
    then: "Nothing is lost. This device catches up by itself.",
    weight: Passes,
};
const TURN_EXISTS: Sentence = Sentence {
    what: "This question was asked already",
    then: "Its answer comes by itself. Nothing was sent twice.",
    weight: Passes,
};
const TOO_LARGE: Sentence = Sentence {
    what: "This is too large for the server",
    then: "It is safe on this device. Send it in smaller parts.",
    weight: Mendable,
};
const QUOTA_EXCEEDED: Sentence = Sentence {
    what: "Your room on the server is used up",
    then: "New changes stay safe on this device. Delete chats you do not need, or ask for more room.",
    weight: Mendable,
};
const LOG_REFUSED: Sentence = Sentence {
    what: "The server refused this change of the account",
    then: "The account is as it was. Load the page again and look at it before you try again.",
    weight: Grave,
};
const BATCH_REFUSED: Sentence = Sentence {
    what: "The server refused a change of this device",
    then: "It is kept here. Load the page again; if it stays, tell whoever runs the server.",
    weight: Grave,
};
const OLD_PROTOCOL: Sentence = Sentence {
    what: "This app is too old to save",
    then: "You can still read. What you wrote is safe here: load the page again to save it.",
    weight: Mendable,
};
const RATE_LIMITED: Sentence = Sentence {
    what: "Too much at once for this server",
    then: "Nothing is lost. Wait a little, then try again.",
    weight: Passes,
};
const PROMPT_LIMIT: Sentence = Sentence {
    what: "Today’s questions are used up",
    then: "Your question is safe on this device. You can ask it tomorrow.",
    weight: Mendable,
};
const INTERNAL: Sentence = Sentence {
    what: "The server failed",
    then: "What you wrote is safe on this device. Try again in a moment.",
    weight: Passes,
};
const PROVIDER_DOWN: Sentence = Sentence {
    what: "The model does not answer",
    then: "What came is kept, and your question is safe. Try again in a moment.",
    weight: Passes,
};
const PROVIDER_GARBAGE: Sentence = Sentence {
    what: "The model sent no readable answer",
    then: "What came is kept, and your question is safe. Try again.",
    weight: Passes,
};
const PROVIDER_REFUSED: Sentence = Sentence {
    what: "The model’s owner refused this question",
    then: "It is safe on this device. Ask in other words.",
    weight: Mendable,
};
const NO_PROVIDER: Sentence = Sentence {
    what: "No model is ready on this server",
    then: "Your question is safe on this device. Try again in a few minutes.",
    weight: Passes,
};
const PROVIDER_BUSY: Sentence = Sentence {
    what: "The model is busy with other questions",
    then: "Yours is safe on this device. Try again in a moment.",
    weight: Passes,
};
const PROVIDER_SLOW: Sentence = Sentence {
    what: "The model took too long",
    then: "What came is kept, and your question is safe. Try again.",
    weight: Passes,
};
const STORAGE_FULL: Sentence = Sentence {
    what: "The server is full",
    then: "Nothing is lost: your changes stay on this device and go out by themselves when there is room. Tell whoever runs the server.",
    weight: Grave,
};
