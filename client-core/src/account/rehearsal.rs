//! When recovery words are looked at again: ever more seldom, as long as they could be read each time.

use crate::records::CheckNote;

const DAY_S: u64 = 24 * 60 * 60;
/// From when they were written down to the first look.
const FIRST_WAIT_S: u64 = 30 * DAY_S;
/// The wait is doubled with each look, and no more after so many.
const MAX_DOUBLINGS: u32 = 3;
/// Whoever has no time now is asked again after this.
const PUT_OFF_S: u64 = 7 * DAY_S;

/// When words that came at some time are to be looked at next, Unix seconds.
pub fn next_check_s(added_s: u64, note: &CheckNote) -> u64 {
    let wait_s = FIRST_WAIT_S << note.n_checks.min(MAX_DOUBLINGS);
    let due_s = added_s.max(note.checked_s).saturating_add(wait_s);
    if note.put_off_s == 0 { due_s } else { due_s.max(note.put_off_s.saturating_add(PUT_OFF_S)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDED_S: u64 = 1_700_000_000;

    fn days(note: &CheckNote) -> u64 {
        (next_check_s(ADDED_S, note) - ADDED_S) / DAY_S
    }

    #[test]
    fn the_wait_grows_with_each_look_up_to_eight_months() {
        let mut note = CheckNote::default();
        let mut waits = Vec::new();
        for _ in 0..6 {
            let due_s = next_check_s(ADDED_S, &note);
            waits.push((due_s - ADDED_S.max(note.checked_s)) / DAY_S);
            note = CheckNote { n_checks: note.n_checks + 1, checked_s: due_s, put_off_s: 0 };
        }
        assert_eq!(waits, [30, 60, 120, 240, 240, 240]);
    }

    #[test]
    fn whoever_puts_it_off_is_left_alone_for_a_week_and_no_more() {
        let mut note = CheckNote { put_off_s: ADDED_S + 40 * DAY_S, ..CheckNote::default() };
        assert_eq!(days(&note), 47);
        note.put_off_s = ADDED_S + DAY_S;
        assert_eq!(days(&note), 30, "what was put off before it was due makes it no later");
        note.checked_s = u64::MAX;
        assert_eq!(next_check_s(ADDED_S, &note), u64::MAX, "a record of the far future is no panic");
    }
}
