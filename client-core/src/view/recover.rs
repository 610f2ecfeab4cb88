//! What recovery words lead to, and what the app asks of its user calmly.

use serde::{Deserialize, Serialize};

use super::security::WayState;

/// What whoever came in with recovery words is led through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoverView {
    /// Which step.
    pub step: RecoverStep,
    /// Whether the words must be typed for it: they are not here any more.
    pub needs_words: bool,
    /// Where the change is that was asked for.
    pub change: Option<WayState>,
}

/// What is still to be done after coming in with recovery words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecoverStep {
    /// A new way to sign in.
    NewWay,
    /// New words, if somebody else may know the old ones.
    OldWords,
}

/// What the app would like its user to do, calmly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lead {
    /// To go on with what coming in with words leads to.
    Recover,
    /// To look whether the recovery words can still be read.
    CheckWords,
}
