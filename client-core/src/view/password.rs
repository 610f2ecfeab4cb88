//! What is shown while a password is made.

use serde::{Deserialize, Serialize};

use super::{Busy, Problem, QrView};

/// Setting up an authenticator app for a new account.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticatorView {
    /// What the app reads.
    pub uri: String,
    /// The same as a QR code.
    pub qr: Option<QrView>,
    /// The same to type in.
    pub secret: String,
    /// The passphrase, if one was made.
    pub passphrase: Option<String>,
    /// Of an account that is there: the account code that goes with the password. A new account's kit shows it.
    pub account_code: Option<String>,
    /// Whether the account is there already.
    pub is_added: bool,
    /// What is under way.
    pub busy: Option<Busy>,
    /// What went wrong last.
    pub problem: Option<Problem>,
}

/// What goes with the account's password, for its owner to keep.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountCodeView {
    /// The name to sign in with, as far as this device knows.
    pub handle: Option<String>,
    /// The account code.
    pub account_code: String,
}

impl std::fmt::Debug for AccountCodeView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountCodeView(…)")
    }
}

/// The word of a way to sign in is wanted, and the account has a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignView {
    /// Whether this device knows name and account code, so that they are not asked for.
    pub is_known: bool,
    /// Whether a passkey would do as well.
    pub by_passkey: bool,
    /// What is under way.
    pub busy: Option<Busy>,
    /// What went wrong last.
    pub problem: Option<Problem>,
}

impl std::fmt::Debug for AuthenticatorView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthenticatorView").field("problem", &self.problem).finish_non_exhaustive()
    }
}
