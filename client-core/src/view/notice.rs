//! Short words of the core to its user.

use serde::{Deserialize, Serialize};

use super::{ChatId, Problem};

/// What signing out now would lose, because it could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossView {
    /// Batches that only this device has.
    pub n_unsent: u32,
    /// Why they could not be sent.
    pub problem: Problem,
}

/// A short word to the user that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeView {
    /// A chat was deleted; it can be brought back.
    ChatDeleted(ChatId),
    /// Recovery words were typed, and are those of this account.
    WordsRight,
    /// Something went wrong.
    Trouble(Problem),
}
