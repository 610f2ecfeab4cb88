//! Days of the chat list: today, yesterday, this week, then months.

/// A day on a device's wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallDay {
    /// Year.
    pub year: u32,
    /// Month, from 0.
    pub month: u32,
    /// Days since a fixed day, counted where the device is.
    pub number: i64,
}

/// A stretch of time in which chats are listed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stretch {
    /// Today.
    Today,
    /// Yesterday.
    Yesterday,
    /// The five days before.
    ThisWeek,
    /// A month, from 0, of this year.
    Month(u32),
    /// A month of an earlier year.
    MonthOf {
        /// Month, from 0.
        month: u32,
        /// Year.
        year: u32,
    },
}

/// The stretch of a day, seen from today. What is ahead of the device's own clock is of today.
pub fn stretch(of: WallDay, today: WallDay) -> Stretch {
    match today.number - of.number {
        ..=0 => Stretch::Today,
        1 => Stretch::Yesterday,
        2..=6 => Stretch::ThisWeek,
        _ if of.year == today.year => Stretch::Month(of.month),
        _ => Stretch::MonthOf { month: of.month, year: of.year },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: u32, month: u32, number: i64) -> WallDay {
        WallDay { year, month, number }
    }

    #[test]
    fn chats_are_listed_by_days_then_by_months() {
        let today = day(2026, 0, 1_000);
        let cases = [
            (day(2026, 0, 1_001), Stretch::Today),
            (day(2026, 0, 1_000), Stretch::Today),
            (day(2026, 0, 999), Stretch::Yesterday),
            (day(2026, 0, 998), Stretch::ThisWeek),
            (day(2025, 11, 994), Stretch::ThisWeek),
            (day(2026, 0, 993), Stretch::Month(0)),
            (day(2025, 11, 993), Stretch::MonthOf { month: 11, year: 2025 }),
            (day(2025, 0, 700), Stretch::MonthOf { month: 0, year: 2025 }),
        ];
        for (of, expected) in cases {
            assert_eq!(stretch(of, today), expected, "{of:?}");
        }
    }
}
