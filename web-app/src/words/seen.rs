//! Words of the page that shows what the relay saw.

use client_core::view::seen::Verdict;
use shared_types::seen::{N_SIZES, SEEN_DAYS, SeenCounts};

/// Heading, link and menu item.
pub const HEADING: &str = "What the relay saw";
/// Under the heading.
pub const LEAD: &str = "The relay is our server. These are the counts it keeps of your account for this day.";
/// Heading.
pub const SAW: &str = "It saw these counts";
/// Under it.
pub const SAW_LEAD: &str = "Saves are counted by the hour and in steps of size, days from midnight UTC. Sign-ins and device changes carry their time.";
/// Columns.
pub const COLUMNS: [&str; 3] = ["What", "Count", "In detail"];
/// Row.
pub const SAVES: &str = "Sealed saves";
/// Row.
pub const SIZES: &str = "Sizes of saves";
/// Row.
pub const QUESTIONS: &str = "Questions passed on";
/// What is said of questions.
pub const QUESTIONS_DETAIL: &str =
    "Seen in memory while each passed to its model. 0 kept. The model provider reads the messages you send to it.";
/// Row.
pub const SIGN_INS: &str = "Sign-ins";
/// What is said of sign-ins.
pub const SIGN_INS_DETAIL: &str = "After the one that made your account";
/// Heading.
pub const CANNOT: &str = "It cannot see";
/// Under it.
pub const CANNOT_LEAD: &str = "This stays under the line, on your devices.";
/// What it cannot see: what, and in detail.
pub const HIDDEN: [(&str, &str); 4] = [
    ("What you wrote", "Chats, titles, drafts; a question only while it passes to its model"),
    ("What you call things", "Names of chats and of devices"),
    ("What unlocks them", "Your keys, your passkey’s secret, your recovery words"),
    ("What you did not send", "History that was not part of a question"),
];
/// What it also holds, which is no count of a day.
pub const ALSO: &str = "It also holds, for as long as your account is there: its number and day of creation; how many ways to sign in and devices there are, with their public keys; the account log; for each sealed stream how many records it has and their padded sizes; which device wrote and which others it had heard of. By timing it can tell to which sealed stream a question belongs. Network addresses are in memory only, for limits.";
/// Button.
pub const BEFORE: &str = "Day before";
/// Button.
pub const AFTER: &str = "Day after";
/// Button.
pub const DOWNLOAD: &str = "Download these counts";
/// Name of the file.
pub const FILE_NAME: &str = "sotto-relay-counts.txt";
/// Nothing was counted today.
pub const NOTHING_TODAY: &str = "Nothing yet today";
/// Nothing was counted on an earlier day.
pub const NOTHING_THEN: &str = "Nothing on this day";
/// While the relay is asked.
pub const LOADING: &str = "Asking the server";

/// Ends of the size steps.
pub const STEPS: [&str; N_SIZES] = ["1 KB", "4 KB", "16 KB", "64 KB", "more"];

/// Says whether the relay's counts can be true.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Matches => "Matches this device’s own count",
        Verdict::Fits => "Fits what this device knows",
        Verdict::Differs => "Does not match",
        Verdict::Checking => "Checking",
        Verdict::NotKnown => "Not counted here",
        Verdict::ClocksDiffer => "Clocks differ",
    }
}

/// Says what that means.
pub fn explain(verdict: Verdict, n_own: u64) -> String {
    match verdict {
        Verdict::Matches => format!("This device made {n_own} saves on this day, and counted the same sizes."),
        Verdict::Fits => {
            format!("This device made {n_own} saves; what else was counted fits what came from your other devices.")
        }
        Verdict::Differs => format!(
            "This device made {n_own} saves, and what came from your other devices does not explain the rest. Your chats are safe; tell whoever runs the server."
        ),
        Verdict::Checking => "This device is fetching what is new, then it compares.".to_owned(),
        Verdict::NotKnown => "This device had not begun to count on this day.".to_owned(),
        Verdict::ClocksDiffer => {
            "This device and the server do not agree what time it is, so days cannot be compared.".to_owned()
        }
    }
}

/// When the counts were fetched.
pub fn as_of(clock: &str) -> String {
    format!("As of {clock}")
}

/// What the row of hours shows.
pub fn hours(counts: &SeenCounts) -> String {
    let most = counts.saves.iter().enumerate().max_by_key(|(hour, saves)| (**saves, std::cmp::Reverse(*hour)));
    match most {
        Some((hour, saves)) if *saves > 0 => format!("Saves by hour UTC, most at {hour:02}:00 with {saves}"),
        _ => "Saves by hour UTC, none".to_owned(),
    }
}

/// Records and bytes of the saves.
pub fn records(counts: &SeenCounts) -> String {
    format!("{} records, {} KB", counts.records, counts.bytes.div_ceil(1024))
}

/// Tokens, where a provider counted them.
pub fn tokens(counts: &SeenCounts) -> String {
    format!("{} tokens in questions, {} in answers.", counts.input_tokens, counts.output_tokens)
}

/// What stands in the file.
pub fn file(day: &str, counts: &SeenCounts) -> String {
    let hours = counts.saves.map(|saves| saves.to_string()).join(" ");
    let sizes = STEPS.iter().zip(counts.sizes).map(|(step, n)| format!("{step}: {n}")).collect::<Vec<_>>().join(", ");
    format!(
        "What the relay counted of this account on {day} (UTC; it keeps {SEEN_DAYS} days)\n\
         saves by hour: {hours}\nsizes of saves: {sizes}\nrecords: {}\nbytes: {}\nsign-ins: {}\nquestions: {}\n\
         tokens in questions: {}\ntokens in answers: {}\n",
        counts.records, counts.bytes, counts.sign_ins, counts.prompts, counts.input_tokens, counts.output_tokens
    )
}
