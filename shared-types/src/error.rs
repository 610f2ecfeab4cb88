//! Error codes of the relay: one number of HTTP, one word, one sentence in the app.

use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $status:literal $word:literal,)*) => {
        /// Why the relay refused, as it stands in [`ErrorBody`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)*
        }

        impl ErrorCode {
            /// All codes, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The HTTP status that carries this code.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The code as it stands on the wire.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

error_codes! {
    /// The body or query is not what the route takes.
    Malformed = 400 "malformed",
    /// A format version or kind that this relay does not know.
    UnknownVersion = 400 "unknown_version",
    /// No request signature, or it does not verify.
    BadSignature = 401 "bad_signature",
    /// The request's `created` is outside the window; `now` is the relay's time.
    ExpiredRequest = 401 "expired_request",
    /// The request's nonce was used before.
    ReplayedRequest = 401 "replayed_request",
    /// The session is unknown, over or revoked.
    UnknownSession = 401 "unknown_session",
    /// The passkey, words or statement did not prove what they must.
    SignInRefused = 401 "sign_in_refused",
    /// The authenticator app's code is wrong, or was used.
    WrongCode = 401 "wrong_code",
    /// Sign-up is closed or wants an invitation on this relay.
    SignUpClosed = 403 "sign_up_closed",
    /// The device may not do this: it is not (or no longer) in the account log.
    NotAllowed = 403 "not_allowed",
    /// Nothing is there.
    NotFound = 404 "not_found",
    /// No provider of this relay offers the model that a prompt names.
    UnknownModel = 404 "unknown_model",
    /// The route does not know this method.
    MethodNotAllowed = 405 "method_not_allowed",
    /// The account exists already.
    AccountExists = 409 "account_exists",
    /// Another account has this name.
    HandleTaken = 409 "handle_taken",
    /// Another entry took this place in the account log.
    LogConflict = 409 "log_conflict",
    /// A batch does not follow the device's last one.
    WrongSequence = 409 "wrong_sequence",
    /// Another batch stands at this place of the device's chain.
    ConflictingBatch = 409 "conflicting_batch",
    /// An anchor with this or a higher counter stands already.
    AnchorConflict = 409 "anchor_conflict",
    /// The turn was asked already.
    TurnExists = 409 "turn_exists",
    /// The body is over its limit.
    TooLarge = 413 "too_large",
    /// The account's storage is used up.
    QuotaExceeded = 413 "quota_exceeded",
    /// A log entry breaks the rules of the account log.
    LogRefused = 422 "log_refused",
    /// A batch breaks the rules of batches.
    BatchRefused = 422 "batch_refused",
    /// The app is too old to write.
    OldProtocol = 426 "old_protocol",
    /// Too many requests.
    RateLimited = 429 "rate_limited",
    /// The day's prompts are used up.
    PromptLimit = 429 "prompt_limit",
    /// The relay failed; the request id is in its log.
    Internal = 500 "internal",
    /// The provider could not be reached or answered with an error.
    ProviderDown = 502 "provider_down",
    /// The provider sent what is no answer.
    ProviderGarbage = 502 "provider_garbage",
    /// The provider refused the prompt.
    ProviderRefused = 502 "provider_refused",
    /// No provider is configured, or the model is not ready yet.
    NoProvider = 503 "no_provider",
    /// The provider works on too many prompts.
    ProviderBusy = 503 "provider_busy",
    /// The provider did not answer in time.
    ProviderSlow = 504 "provider_slow",
    /// The relay's disk is full; nothing was stored.
    StorageFull = 507 "storage_full",
}

/// The JSON body of every refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// Why.
    pub code: ErrorCode,
    /// Names the request in the relay's log.
    pub request_id: String,
    /// When to try again, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// The relay's time, Unix seconds; only with `expired_request`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_from_its_word() {
        for code in ErrorCode::ALL {
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("\"{}\"", code.word()));
            assert_eq!(serde_json::from_str::<ErrorCode>(&json).unwrap(), *code);
        }
    }
}
