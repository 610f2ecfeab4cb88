//! Branches: an edited question, or an answer that was written again, is another version of a message. It begins a
//! branch, and what is said after it stands there. No message ever changes or goes for it.
//!
//! ```text
//! first branch:   q1 ─ a1 ─ q2 ─ a2
//!                        └─ q2' ─ a2'        branch of q2', instead of q2
//! ```

use serde::{Deserialize, Serialize};

use crate::time::Stamp;
use crate::view::MessageId;

/// Where a message stands that is not in the chat's first branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// In the branch that this version began.
    In(MessageId),
    /// It is another version, and begins a branch.
    Instead(Fork),
}

/// Where a branch leaves another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fork {
    /// The branch that it leaves, by the version that began it; `None` = the chat's first.
    pub branch: Option<MessageId>,
    /// Of an edited question, the first that was written there; of an answer, its question.
    pub question: MessageId,
    /// When that question was written.
    pub at: Stamp,
}

/// A place that can have several versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Spot {
    /// Where this question was the first.
    Question(MessageId),
    /// The answer to this question.
    Answer(MessageId),
}

/// What a chat knows of a version that began a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchRow {
    /// Where it stands.
    pub spot: Spot,
    /// Where its branch leaves another one.
    pub fork: Fork,
    /// When it was written.
    pub at: Stamp,
}
