//! What the relay saw of an account on one day, in counts (JSON).

use serde::{Deserialize, Serialize};

use crate::sync::Cursor;

/// Days for which the relay keeps its counts, today among them.
pub const SEEN_DAYS: u64 = 14;
/// Upper ends of the size steps of saves, bytes; what is larger is the last step.
pub const SIZE_STEPS_BYTES: [u64; N_SIZES - 1] = [1 << 10, 4 << 10, 16 << 10, 64 << 10];
/// Number of size steps.
pub const N_SIZES: usize = 5;
/// Hours of a day.
pub const N_HOURS: usize = 24;

/// Answer to `GET /v1/seen?day=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenResponse {
    /// The relay's time, Unix seconds.
    pub now: u64,
    /// The newest cursor of the account, read after the counts.
    pub cursor: Cursor,
    /// What it counted.
    pub counts: SeenCounts,
}

/// Counts of one day, which begins at midnight UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SeenCounts {
    /// Batches that were saved, by hour.
    pub saves: [u64; N_HOURS],
    /// Records in them.
    pub records: u64,
    /// Bytes of batches and records.
    pub bytes: u64,
    /// Saves by size step.
    pub sizes: [u64; N_SIZES],
    /// Sign-ins after the one that made the account.
    pub sign_ins: u64,
    /// Questions that were passed on.
    pub prompts: u64,
    /// Tokens of questions, as their providers counted.
    pub input_tokens: u64,
    /// Tokens of answers, as their providers counted.
    pub output_tokens: u64,
}

impl SeenCounts {
    /// Counts one save.
    pub fn add_save(&mut self, hour: usize, n_records: u64, n_bytes: u64) {
        if let Some(saves) = self.saves.get_mut(hour) {
            *saves += 1;
        }
        self.records += n_records;
        self.bytes += n_bytes;
        let step = SIZE_STEPS_BYTES.iter().take_while(|end| n_bytes > **end).count();
        if let Some(size) = self.sizes.get_mut(step) {
            *size += 1;
        }
    }

    /// All saves of the day.
    pub fn n_saves(&self) -> u64 {
        self.saves.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_stands_in_the_smallest_step_that_holds_it() {
        let mut counts = SeenCounts::default();
        for (n_bytes, step) in [(1, 0), (1024, 0), (1025, 1), (65_536, 3), (65_537, 4)] {
            let before = counts.sizes[step];
            counts.add_save(23, 2, n_bytes);
            assert_eq!(counts.sizes[step], before + 1, "{n_bytes} bytes");
        }
        assert_eq!((counts.n_saves(), counts.records, counts.saves[23]), (5, 10, 5));
    }
}
