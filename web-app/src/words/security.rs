//! Words of the page about who may enter the account.

use client_core::view::security::{By, Event, EventView, KeysView, WayKind};

use super::agree::NAMELESS;

/// Under the heading.
pub const LEAD: &str = "How you get in, what can open your chats, and what happened lately.";
/// Heading.
pub const WAYS: &str = "Ways to sign in";
/// Heading.
pub const DEVICES: &str = "Devices";
/// Heading.
pub const CODE: &str = "Security code";
/// Under it.
pub const CODE_LEAD: &str = "Compare it on two of your devices that show «All changes saved». Same eight words: both hold the same, and the server shows both the same.";
/// Heading.
pub const LOG: &str = "Account log";
/// Button.
pub const SEE_ALL: &str = "See all";
/// On the row of a way that unlocks this device.
pub const OPENS_THIS: &str = "Unlocks this device";
/// On the row of a confirmed device.
pub const CONFIRMED: &str = "Confirmed";

/// How many ways fill the meter.
pub const WAYS_FULL: usize = 4;

/// What the meter shows.
pub fn meter(n_ways: usize) -> String {
    format!("{n_ways} of {WAYS_FULL} ways back in")
}

/// Heading of the meter's card.
pub fn ways_back(n_ways: usize) -> String {
    match n_ways {
        0 | 1 => "One way back in. Too few.".to_owned(),
        2 => "Two ways back in. Good.".to_owned(),
        3 => "Three ways back in. Good.".to_owned(),
        n => format!("{n} ways back in. Very good."),
    }
}

/// Under it.
pub fn may_lose(n_ways: usize) -> &'static str {
    match n_ways {
        0 | 1 => "If you lose it, nobody can help you.",
        2 => {
            "You can lose either one and still open your chats. If you lose every way to sign in and your recovery words, nobody can help you."
        }
        _ => "You can lose all but one and still open your chats. If you lose every one of them, nobody can help you.",
    }
}

/// What a way is called.
pub fn way(kind: WayKind) -> &'static str {
    match kind {
        WayKind::Passkey => "Passkey",
        WayKind::SecurityKey => "Security key",
        WayKind::Password => "Password and authenticator app",
        WayKind::Words => "Recovery words",
    }
}

/// Since when a way is there.
pub fn added(day: &str) -> String {
    format!("Added {day}")
}

/// When a device last signed something.
pub fn activity(day: &str) -> String {
    format!("Signed activity {day}")
}

/// Who signed an entry of the account log.
pub fn by(by: &By) -> String {
    match by {
        By::Device(name) => name.as_deref().unwrap_or(NAMELESS).to_owned(),
        By::Way(kind, Some(name)) => format!("{} «{name}»", way(*kind)),
        By::Way(kind, None) => way(*kind).to_owned(),
    }
}

/// Under what happened: who signed it.
pub fn signed_by(signers: &[By]) -> String {
    format!("By {}", signers.iter().map(by).collect::<Vec<_>>().join(", "))
}

/// Button.
pub const SAVE_LOG: &str = "Save log and evidence";
/// The file that it saves.
pub const LOG_FILE: &str = "sotto-account-log.json";

/// Heading of the keys' card.
pub fn fresh_keys(keys: KeysView) -> String {
    match keys.days {
        1 => "Fresh keys every day".to_owned(),
        days => format!("Fresh keys every {days} days"),
    }
}

/// What the row of days shows.
pub fn day_of_keys(keys: KeysView) -> String {
    format!("Day {} of {}", keys.day, keys.days)
}

/// When the keys were changed.
pub fn changed(day: &str) -> String {
    format!("Changed {day}")
}

/// When they are changed next.
pub fn next(day: &str) -> String {
    format!("Next {day}")
}

/// Says what an entry of the account log says.
pub fn event(event: &EventView) -> String {
    let device = event.device.as_deref().unwrap_or(NAMELESS);
    match event.what {
        Event::Founded => "Account made".to_owned(),
        Event::Joined { confirmed: true } => format!("{device} joined, confirmed"),
        Event::Joined { confirmed: false } => format!("{device} joined, not confirmed"),
        Event::Confirmed => format!("{device} was confirmed"),
        Event::SignedOut => format!("{device} signed out"),
        Event::Lost => format!("{device} was removed: lost"),
        Event::Compromised => format!("{device} was removed: somebody else had it"),
        Event::WayAdded(kind) => format!("{} added", way(kind)),
        Event::WayRemoved(kind) => format!("{} removed", way(kind)),
        Event::KeysChanged => "Keys changed".to_owned(),
        Event::RulesTightened => "Rules made stricter".to_owned(),
        Event::Witnessed => "What is held was written down".to_owned(),
        Event::ShareNoted => "An account that shares was noted".to_owned(),
    }
}
