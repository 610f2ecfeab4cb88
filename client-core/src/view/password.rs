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
    /// What is under way.
    pub busy: Option<Busy>,
    /// What went wrong last.
    pub problem: Option<Problem>,
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
