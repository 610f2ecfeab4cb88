//! Words about deleting the account.

/// Heading.
pub const HEADING: &str = "Delete account";
/// Under it.
pub const LEAD: &str =
    "Everything that this server keeps of your account is erased, keys first, and this browser forgets it.";
/// Button.
pub const DELETE: &str = "Delete account";
/// The same while its owner is asked to sign.
pub const WAITING: &str = "Waiting for you to sign…";
/// The same while the server is at it.
pub const DELETING: &str = "Deleting…";
/// Heading of the question.
pub const QUESTION: &str = "Delete your account and all its chats?";
/// Under it.
pub const QUESTION_TEXT: &str = "Nobody can bring it back, not even with your recovery words. Your other devices are signed out; they still show what they hold until you sign out there. Copies that whoever runs this server made before are theirs to delete. You sign for it.";
/// Button.
pub const DELETE_EVERYTHING: &str = "Delete everything";
