//! A password as it is stored.

use shared_types::ids::{AccountId, Hash, MethodId};

/// A password as the relay needs it to check one, and the codes that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {
    /// The name, as its keyed hash.
    pub handle: Hash,
    /// Whose.
    pub account: AccountId,
    /// The method it stands for.
    pub method: MethodId,
    /// What OPAQUE's registration ended with.
    pub record: Vec<u8>,
    /// What the authenticator app was given, sealed.
    pub totp_secret: Vec<u8>,
    /// The step of the last code that was used.
    pub totp_step: u64,
}
