//! Times and days as a person reads them.

use client_core::view::days::Stretch;

use crate::browser::LocalTime;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Today.
pub const TODAY: &str = "Today";
/// Yesterday.
pub const YESTERDAY: &str = "Yesterday";
/// The last seven days.
pub const THIS_WEEK: &str = "This week";

/// A stretch of the chat list.
pub fn stretch(stretch: Stretch) -> String {
    match stretch {
        Stretch::Today => TODAY.to_owned(),
        Stretch::Yesterday => YESTERDAY.to_owned(),
        Stretch::ThisWeek => THIS_WEEK.to_owned(),
        Stretch::Month(month) => month_name(month).to_owned(),
        Stretch::MonthOf { month, year } => format!("{} {year}", month_name(month)),
    }
}

/// The time of the day.
pub fn clock(at: LocalTime) -> String {
    format!("{:02}:{:02}", at.hour, at.minute)
}

/// A day, seen from today.
pub fn day(at: LocalTime, now: LocalTime) -> String {
    match now.day_number - at.day_number {
        0 => TODAY.to_owned(),
        1 => YESTERDAY.to_owned(),
        _ => date(at, now),
    }
}

/// A day inside a sentence.
pub fn day_in_sentence(at: LocalTime, now: LocalTime) -> String {
    match now.day_number - at.day_number {
        0 => format!("today at {}", clock(at)),
        1 => format!("yesterday at {}", clock(at)),
        _ => date(at, now),
    }
}

/// How long something takes, roughly.
pub fn about(wait_s: u32) -> String {
    match wait_s {
        0..=9 => "a few seconds".to_owned(),
        10..=89 => format!("about {} s", wait_s.next_multiple_of(10)),
        _ => format!("about {} minutes", wait_s.div_ceil(60)),
    }
}

/// A day that begins at midnight UTC, seen from today's.
pub fn utc_day(start_ms: u64, now_ms: u64) -> String {
    let (at, now) = (LocalTime::utc(start_ms), LocalTime::utc(now_ms));
    let date = date(at, now);
    match now.day_number - at.day_number {
        0 => format!("{TODAY}, {date}"),
        _ => date,
    }
}

/// A date that is read in any year.
pub fn whole_date(at: LocalTime) -> String {
    format!("{} {} {}", at.day, month_name(at.month), at.year)
}

fn date(at: LocalTime, now: LocalTime) -> String {
    if at.year == now.year { format!("{} {}", at.day, month_name(at.month)) } else { whole_date(at) }
}

fn month_name(month: u32) -> &'static str {
    MONTHS.get(month as usize).copied().unwrap_or_default()
}
