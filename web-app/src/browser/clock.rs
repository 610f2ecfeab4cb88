//! The time on this device's wall, for dates that a person reads.

use client_core::view::days::WallDay;
use js_sys::Date;

/// A moment as the wall shows it here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// Year.
    pub year: u32,
    /// Month, from 0.
    pub month: u32,
    /// Day of the month, from 1.
    pub day: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute.
    pub minute: u32,
    /// Days since a fixed day, counted here.
    pub day_number: i64,
}

impl LocalTime {
    /// The moment of some Unix milliseconds.
    pub fn of_ms(unix_ms: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium fit into 53 bits")]
        let date = Date::new(&(unix_ms as f64).into());
        let (year, month, day) = (date.get_full_year(), date.get_month(), date.get_date());
        Self {
            year,
            month,
            day,
            hour: date.get_hours(),
            minute: date.get_minutes(),
            day_number: day_number(year, month, day),
        }
    }

    /// Its day.
    pub fn day(self) -> WallDay {
        WallDay { year: self.year, month: self.month, number: self.day_number }
    }

    /// The same as the wall shows it in Greenwich.
    pub fn utc(unix_ms: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium fit into 53 bits")]
        let date = Date::new(&(unix_ms as f64).into());
        let (year, month, day) = (date.get_utc_full_year(), date.get_utc_month(), date.get_utc_date());
        Self {
            year,
            month,
            day,
            hour: date.get_utc_hours(),
            minute: date.get_utc_minutes(),
            day_number: day_number(year, month, day),
        }
    }
}

/// Unix milliseconds now.
pub fn now_ms() -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a clock after 1970 and before the year 285000"
    )]
    let now = Date::now() as u64;
    now
}

fn day_number(year: u32, month: u32, day: u32) -> i64 {
    // Counted in UTC, where every day has 24 hours.
    let first_ms = Date::utc(f64::from(year), f64::from(month));
    #[expect(clippy::cast_possible_truncation, reason = "a number of days is small")]
    let first = (first_ms / 86_400_000.0) as i64;
    first + i64::from(day)
}
