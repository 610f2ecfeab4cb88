//! What the relay saw of a day, beside what this device knows.

use serde::{Deserialize, Serialize};
use shared_types::seen::SeenCounts;

use super::Problem;

/// Everything that the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenView {
    /// Which day, in days since 1970; it begins at midnight UTC.
    pub day: u64,
    /// Whether an earlier day can be asked for.
    pub has_before: bool,
    /// Whether a later day can be asked for; today has none.
    pub has_after: bool,
    /// What the relay said, once it did.
    pub seen: Option<SeenByRelay>,
    /// Saves of that day that this device made itself.
    pub n_own: u64,
    /// Why nothing, or nothing newer, came.
    pub problem: Option<Problem>,
}

/// What the relay said, and whether it can be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenByRelay {
    /// Its counts.
    pub counts: SeenCounts,
    /// When it said so, Unix milliseconds.
    pub at_ms: u64,
    /// Whether it can be true.
    pub verdict: Verdict,
}

/// Whether the relay's counts of saves can be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// They are exactly this device's own.
    Matches,
    /// They fit what this device knows: its own saves and what came from others.
    Fits,
    /// They do not.
    Differs,
    /// What has not come yet may explain them.
    Checking,
    /// This device has not counted that day.
    NotKnown,
    /// This device and the relay do not agree what time it is.
    ClocksDiffer,
}
