//! Wire messages of signing in with a password and the code of an authenticator app (OPAQUE, RFC 9807; TOTP, RFC 6238).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, Nonce, WireBytes};

/// The client's first message of a registration, bytes.
pub const REGISTRATION_REQUEST_BYTES: usize = 32;
/// What the client's registration ends with, bytes.
pub const REGISTRATION_UPLOAD_BYTES: usize = 192;
/// The client's first message of a sign-in, bytes.
pub const KE1_BYTES: usize = 96;
/// The relay's answer to it, bytes.
pub const KE2_BYTES: usize = 320;
/// The client's second message, bytes.
pub const KE3_BYTES: usize = 64;
/// Secret of an authenticator app, bytes.
pub const TOTP_SECRET_BYTES: usize = 20;

/// Text that a person typed: on the wire, in no log.
macro_rules! mute_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

mute_text!(
    /// The name that an account is found by, normalised by the client.
    Handle
);
mute_text!(
    /// Six digits of an authenticator app.
    Code
);

/// Begins to register a password: part of a sign-up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordStart {
    /// The name.
    pub handle: Handle,
    /// OPAQUE's first message.
    pub request: WireBytes,
    /// What the authenticator app was given.
    pub totp_secret: WireBytes,
    /// What it says now.
    pub code: Code,
}

impl fmt::Debug for PasswordStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordStart(…)")
    }
}

/// `POST /v1/sign-in/prove`, unsigned: the end of OPAQUE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInProveRequest {
    /// The nonce of the start.
    pub nonce: Nonce,
    /// OPAQUE's last message.
    pub ke3: WireBytes,
}

/// Answer to [`SignInProveRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInProveResponse {
    /// The account that the relay names; believed only by its log.
    pub account_id: AccountId,
    /// Goes into the sign-in statement in place of the first one.
    pub nonce: Nonce,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_typed_is_not_seen_in_debug() {
        let start = PasswordStart {
            handle: Handle("noor".to_owned()),
            request: WireBytes(vec![1; REGISTRATION_REQUEST_BYTES]),
            totp_secret: WireBytes(vec![0xa7; TOTP_SECRET_BYTES]),
            code: Code("123456".to_owned()),
        };
        let written = format!("{start:?} {:?} {:?}", start.handle, start.code);
        assert_eq!(written, "PasswordStart(…) Handle(…) Code(…)");
    }
}
