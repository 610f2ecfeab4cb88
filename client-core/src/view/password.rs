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

impl std::fmt::Debug for AuthenticatorView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthenticatorView").field("problem", &self.problem).finish_non_exhaustive()
    }
}
