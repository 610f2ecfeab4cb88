//! Words about adding, renaming and removing ways to sign in.

use client_core::view::security::{WayGoal, WayKind, WayState, WayView};

use super::security::way;

/// Button beside the meter.
pub const ADD: &str = "Add a way";
/// Button on a row.
pub const REMOVE: &str = "Remove";
/// Button on a row.
pub const RENAME: &str = "Rename";
/// Button.
pub const SAVE: &str = "Save";
/// Button.
pub const ADD_PASSKEY: &str = "Add a passkey";
/// Button.
pub const ADD_KEY: &str = "Add a security key";
/// Button.
pub const ADD_PASSWORD: &str = "Password and app";
/// Heading.
pub const ADD_PASSWORD_HEADING: &str = "Set up password and authenticator app";
/// Under it.
pub const ADD_PASSWORD_TEXT: &str = "First a way that you have signs, then you set up the app. It is added once a code from the app was right. The keys are changed with it.";
/// Under the password.
pub const PASSWORD_HINT: &str = "At least 10 characters. An account code goes with it, which the next page shows.";
/// Label of a field.
pub const NAME: &str = "Name";
/// Under it.
pub const NAME_HINT: &str = "For your own list, such as «phone» or «blue key». We cannot read it.";
/// Beside the box to tick.
pub const BY_WORDS: &str = "Sign with my recovery words instead";
/// On the row of a key that lists no accounts.
pub const WHERE_KNOWN: &str = "Only where it is known";
/// Heading.
pub const ADD_HEADING: &str = "Add a way to sign in";
/// Under it.
pub const ADD_TEXT: &str = "First a way that you have is asked, then the new one is made: on this device, on your phone, or on a security key. The keys are changed with it.";
/// Heading.
pub const RENAME_HEADING: &str = "Rename this way to sign in";
/// Under it.
pub const RENAME_TEXT: &str = "It shows on all of your devices, and nobody else can read it.";
/// Heading.
pub const REMOVE_HEADING: &str = "Remove this way to sign in?";
/// Under it.
pub const REMOVE_TEXT: &str = "It opens nothing that is written from now on. Another of your ways is asked, and the keys are changed. A device that signed in with it asks you to sign in again. Once all of them have, delete it where you keep your passkeys too.";

/// Button on the row of the words.
pub const NEW_WORDS: &str = "Make new";
/// Beside the box to tick.
pub const ARE_KNOWN: &str = "Somebody else may know the old words";

/// Since when words are there, and when they were looked at.
pub fn checked(added: &str, checked: &str) -> String {
    format!("Added {added} · checked {checked}")
}

/// What a way is called, with its name.
pub fn title(shown: &WayView) -> String {
    match &shown.name {
        Some(name) => format!("{} · {name}", way(shown.kind)),
        None => way(shown.kind).to_owned(),
    }
}

/// Name of the button that removes a way.
pub fn remove(title: &str) -> String {
    format!("Remove «{title}»")
}

/// Name of the button that renames a way.
pub fn rename(title: &str) -> String {
    format!("Rename «{title}»")
}

/// What the button says while a change is under way.
pub fn busy(state: WayState) -> Option<&'static str> {
    match state {
        WayState::WaitsForOld => Some("Waiting for a way that you have"),
        WayState::WaitsForNew => Some("Now the new one"),
        WayState::UnderWay => Some("Changing keys…"),
        WayState::Done { .. } | WayState::Failed(_) => None,
    }
}

/// What is said of a change that came about.
pub fn done(goal: WayGoal, is_unlisted: bool) -> (&'static str, &'static str) {
    match goal {
        WayGoal::Add(WayKind::Words) => (
            "You have new recovery words",
            " Old ones that you typed open nothing that is written from now on; others can still be removed here.",
        ),
        WayGoal::Add(_) if is_unlisted => (
            "It is added",
            " This key does not list accounts by itself: it opens and signs on the devices that know it, and does not bring in a fresh one.",
        ),
        WayGoal::Add(_) => ("It is added", " From now on it signs you in, and unlocks this device."),
        WayGoal::Remove(_) => ("It is removed", " It opens nothing that is written from now on. The keys are changed."),
    }
}
