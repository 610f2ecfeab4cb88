//! What the database changes together with new entries of an account log.

use shared_types::account::AnchorPut;
use shared_types::ids::{DeviceId, Hash, MethodId};
use shared_types::log::LogHead;

use super::{Credential, NewEntry, NewEpoch, Password, WordsLookup};

/// Verified entries and what follows from them.
#[derive(Debug, Clone, Default)]
pub struct LogAppend {
    /// The head that was read before; none may have come since.
    pub after: Option<LogHead>,
    /// New entries, oldest first.
    pub entries: Vec<NewEntry>,
    /// The new epoch, if one begins.
    pub epoch: Option<NewEpoch>,
    /// Words methods that came.
    pub words: Vec<WordsLookup>,
    /// Passkeys and security keys that came.
    pub credentials: Vec<Credential>,
    /// Passwords that came.
    pub passwords: Vec<Password>,
    /// First anchors of the methods that came.
    pub anchors: Vec<AnchorPut>,
    /// Ceremonies that these use up, by the hash of their nonce.
    pub ceremonies: Vec<Hash>,
    /// Methods that went.
    pub removed_methods: Vec<MethodId>,
    /// Devices that went: their sessions end.
    pub revoked_devices: Vec<DeviceId>,
}

/// Whether entries were appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appending {
    /// They were.
    Appended,
    /// The head had moved, or what comes along is taken or used up.
    Conflict,
    /// The name of a password is somebody's.
    HandleTaken,
}
