//! What this device knows of a day's saves, and whether what the relay says it counted can be true.
//!
//! The relay counts for the whole account; a device knows its own saves, and those of others only from when they came
//! to it. So it knows for each count of a day the least and the most that is possible, and no more.
//!
//! ```text
//! least = own saves of the day
//! most  = least + own saves that may be of this day or another + whatever came from others on this day or later
//! ```

use shared_types::ordered::SortedMap;

use serde::{Deserialize, Serialize};
use shared_types::seen::{N_SIZES, SEEN_DAYS, SeenCounts, SeenResponse};
use shared_types::sync::Cursor;

use crate::time::Timestamp;
use crate::view::seen::Verdict;

const DAY_S: u64 = 24 * 60 * 60;
/// How far the relay's clock may be from this device's, seconds; requests are refused beyond less.
const CLOCK_SLACK_S: u64 = 120;

/// Counts of saves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Batches.
    pub saves: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of both.
    pub bytes: u64,
    /// Batches by size step.
    pub sizes: [u64; N_SIZES],
}

/// What is known of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KnownDay {
    /// Own saves of that day.
    pub own: Tally,
    /// Own saves of that day or of another.
    pub unsure: Tally,
    /// Batches of others that came on that day.
    pub others: u64,
}

/// What this device knows of the last days; a row of its store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KnownDays {
    /// Nothing is known of saves before this day; `None` = nothing was counted yet.
    from_day: Option<u64>,
    days: SortedMap<u64, KnownDay>,
}

/// The day of a moment, in days since 1970.
pub fn day_of(now: Timestamp) -> u64 {
    now.seconds() / DAY_S
}

impl KnownDays {
    /// Of a device that counts from when it joined: what was before comes to it from others.
    pub fn from_the_first() -> Self {
        Self { from_day: Some(0), days: SortedMap::new() }
    }

    /// Whoever begins to count in the middle of a day knows only the next ones.
    fn begin(&mut self, now: Timestamp) {
        self.from_day.get_or_insert(day_of(now) + 1);
    }

    /// Counts an own batch that the relay has accepted at some time between two moments.
    pub fn count_own(&mut self, between: (Timestamp, Timestamp), n_records: u64, n_bytes: u64) {
        let (first, last) = between;
        self.begin(last);
        let today = day_of(last);
        let oldest = today.saturating_sub(SEEN_DAYS - 1);
        let from = (first.seconds().saturating_sub(CLOCK_SLACK_S) / DAY_S).max(oldest);
        let to = (last.seconds() + CLOCK_SLACK_S) / DAY_S;
        for day in from..=to {
            let known = self.days.entry(day).or_default();
            let tally = if from == to { &mut known.own } else { &mut known.unsure };
            tally.add(n_records, n_bytes);
        }
        self.days.retain(|day, _| *day >= oldest);
    }

    /// Counts batches of others that came now.
    pub fn count_others(&mut self, n_batches: u64, now: Timestamp) {
        self.begin(now);
        self.days.entry(day_of(now)).or_default().others += n_batches;
    }

    /// What this device has counted of a day by itself.
    pub fn own(&self, day: u64) -> Tally {
        self.days.get(&day).map(|known| known.own).unwrap_or_default()
    }

    /// Whether what the relay says of a day can be true.
    pub fn judge(&self, day: u64, seen: &SeenResponse, applied: Cursor, fetched: Timestamp) -> Verdict {
        if seen.now.abs_diff(fetched.seconds()) > CLOCK_SLACK_S {
            return Verdict::ClocksDiffer;
        }
        if self.from_day.is_none_or(|from_day| day < from_day) {
            return Verdict::NotKnown;
        }
        let known = self.days.get(&day).copied().unwrap_or_default();
        let others: u64 = self.days.range(day..).map(|(_, known)| known.others).sum();
        let (said, own, unsure) = (Tally::of(&seen.counts), known.own, known.unsure);
        let too_few = said.counts().iter().zip(own.counts()).any(|(said, own)| *said < own);
        // Of what others save only the number is known, and that it came.
        let bounded = if others == 0 { 3 + N_SIZES } else { 1 };
        let most = own.counts().into_iter().zip(unsure.counts()).map(|(own, unsure)| own + unsure + others);
        let too_many = said.counts().iter().zip(most).take(bounded).any(|(said, most)| *said > most);
        // What has not come yet may explain too many.
        let may_come = applied < seen.cursor;
        match too_many {
            _ if too_few => Verdict::Differs,
            true if may_come => Verdict::Checking,
            true => Verdict::Differs,
            false if others == 0 && unsure == Tally::default() => Verdict::Matches,
            false => Verdict::Fits,
        }
    }
}

impl Tally {
    fn of(counts: &SeenCounts) -> Self {
        Self { saves: counts.n_saves(), records: counts.records, bytes: counts.bytes, sizes: counts.sizes }
    }

    fn add(&mut self, n_records: u64, n_bytes: u64) {
        let mut counts = SeenCounts::default();
        counts.add_save(0, n_records, n_bytes);
        let one = Self::of(&counts);
        self.saves += one.saves;
        self.records += one.records;
        self.bytes += one.bytes;
        self.sizes.iter_mut().zip(one.sizes).for_each(|(sum, one)| *sum += one);
    }

    /// Saves first, then what is only known of own ones.
    fn counts(&self) -> [u64; 3 + N_SIZES] {
        let mut counts = [0; 3 + N_SIZES];
        let all = [self.saves, self.records, self.bytes].into_iter().chain(self.sizes);
        counts.iter_mut().zip(all).for_each(|(count, one)| *count = one);
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp((20_000 * DAY_S + DAY_S / 2) * 1000);
    const DAY: u64 = 20_000;

    /// A device that has saved twice today, and what an honest relay has counted of that.
    fn device() -> (KnownDays, SeenResponse) {
        let mut known = KnownDays::from_the_first();
        let mut counts = SeenCounts::default();
        for n_bytes in [700, 5_000] {
            known.count_own((NOON, NOON), 1, n_bytes);
            counts.add_save(12, 1, n_bytes);
        }
        (known, SeenResponse { now: NOON.seconds(), cursor: Cursor(2), counts })
    }

    fn judge(known: &KnownDays, seen: &SeenResponse) -> Verdict {
        known.judge(DAY, seen, Cursor(2), NOON)
    }

    #[test]
    fn what_is_counted_right_matches_and_whatever_differs_is_seen() {
        let (known, seen) = device();
        assert_eq!(judge(&known, &seen), Verdict::Matches);
        let bends: [fn(&mut SeenCounts); 6] = [
            |counts| counts.saves[12] -= 1,
            |counts| counts.saves[3] += 1,
            |counts| counts.records += 1,
            |counts| counts.bytes -= 1,
            |counts| counts.sizes.swap(0, 1),
            |counts| (counts.sizes[0], counts.sizes[1]) = (0, 2),
        ];
        for (nth, bend) in bends.into_iter().enumerate() {
            let mut bent = seen.clone();
            bend(&mut bent.counts);
            let is_same = bent == seen;
            assert_eq!(judge(&known, &bent), if is_same { Verdict::Matches } else { Verdict::Differs }, "bend {nth}");
        }
    }

    #[test]
    fn saves_of_others_are_bounded_by_what_came_from_them() {
        let (mut known, mut seen) = device();
        seen.counts.add_save(9, 1, 700);
        assert_eq!(known.judge(DAY, &seen, Cursor(1), NOON), Verdict::Checking, "it may still come");
        assert_eq!(judge(&known, &seen), Verdict::Differs, "everything came, and nothing of others");
        known.count_others(1, NOON);
        assert_eq!(judge(&known, &seen), Verdict::Fits);
        seen.counts.add_save(9, 1, 700);
        assert_eq!(judge(&known, &seen), Verdict::Differs, "one more than came");
        seen.counts = SeenCounts::default();
        assert_eq!(judge(&known, &seen), Verdict::Differs, "less than this device alone saved");
    }

    #[test]
    fn what_came_later_may_be_of_an_earlier_day_and_never_the_other_way_round() {
        let mut known = KnownDays::from_the_first();
        known.count_others(1, NOON.after_ms(3 * DAY_S * 1000));
        let mut counts = SeenCounts::default();
        counts.add_save(1, 1, 10);
        let seen = SeenResponse { now: NOON.seconds(), cursor: Cursor(1), counts };
        assert_eq!(known.judge(DAY, &seen, Cursor(1), NOON), Verdict::Fits);
        assert_eq!(known.judge(DAY + 4, &seen, Cursor(1), NOON), Verdict::Differs);
    }

    #[test]
    fn a_save_around_midnight_may_be_of_either_day() {
        let mut known = KnownDays::from_the_first();
        let midnight = Timestamp((DAY + 1) * DAY_S * 1000);
        known.count_own((midnight, midnight), 1, 10);
        let mut counts = SeenCounts::default();
        let none = SeenResponse { now: midnight.seconds(), cursor: Cursor(1), counts };
        counts.add_save(0, 1, 10);
        let one = SeenResponse { counts, ..none.clone() };
        for (day, seen) in [(DAY, &none), (DAY, &one), (DAY + 1, &none), (DAY + 1, &one)] {
            assert_eq!(known.judge(day, seen, Cursor(1), midnight), Verdict::Fits, "day {day}");
        }
    }

    #[test]
    fn nothing_is_said_of_days_before_it_counted_or_by_another_clock() {
        let (_, seen) = device();
        let mut known = KnownDays::default();
        assert_eq!(judge(&known, &seen), Verdict::NotKnown);
        known.count_own((NOON, NOON), 1, 700);
        assert_eq!(judge(&known, &seen), Verdict::NotKnown, "it began in the middle of this day");
        let (known, seen) = device();
        let late = NOON.after_ms(10 * 60 * 1000);
        assert_eq!(known.judge(DAY, &seen, Cursor(2), late), Verdict::ClocksDiffer);
    }

    #[test]
    fn days_that_nobody_can_ask_for_are_forgotten() {
        let (mut known, seen) = device();
        let later = NOON.after_ms(SEEN_DAYS * DAY_S * 1000);
        known.count_own((later, later), 1, 10);
        assert_eq!(known.own(DAY), Tally::default());
        assert_eq!(judge(&known, &seen), Verdict::Differs);
    }
}
