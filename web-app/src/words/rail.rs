//! Words of the chat list and its foot.

use client_core::view::{ChatRowState, IntegrityState, StatusView};

use super::problem;

/// Name of the rail.
pub const CHATS: &str = "Chats";
/// Name of the logo's link.
pub const HOME: &str = "Sotto, home";
/// Button.
pub const HIDE: &str = "Hide chat list";
/// Button.
pub const OPEN: &str = "Open chat list";
/// Link.
pub const NEW_CHAT: &str = "New chat";
/// The key for it.
pub const NEW_CHAT_KEY: &str = "N";
/// Name of the list.
pub const LIST: &str = "Chat list";
/// An empty list.
pub const NONE: &str = "Your chats will be listed here.";
/// A list that has not come.
pub const LOADING: &str = "Opening your chats";
/// A chat whose title is not known yet.
pub const UNTITLED: &str = "Untitled chat";
/// Button.
pub const ACCOUNT_MENU: &str = "Account menu";
/// What stands on it.
pub const ACCOUNT: &str = "Account";
/// Menu item.
pub const LOCK: &str = "Lock now";
/// Menu item.
pub const SIGN_OUT: &str = "Sign out";
/// Heading of the question.
pub const SIGN_OUT_HEADING: &str = "Sign out of this device?";
/// What signing out does.
pub const SIGN_OUT_TEXT: &str = "This device forgets its copy of your chats. They stay in your account, locked. To come back you need your passkey.";
/// What happens first to changes that are only here.
pub const SIGN_OUT_UNSENT: &str = "Some changes have not been saved to the server yet. They are saved first.";
/// Heading of the question when they cannot be.
pub const LOSE_HEADING: &str = "Sign out and lose changes?";
/// Button.
pub const LOSE: &str = "Sign out and lose them";
/// What happens without the server.
pub const LOSE_TEXT: &str = "Stay signed in and they go out by themselves once the server takes them.";
/// Button.
pub const STAY: &str = "Stay signed in";

/// What signing out now would lose.
pub fn would_lose(n_unsent: u32) -> String {
    match n_unsent {
        1 => "1 change is only on this device and would be lost.".to_owned(),
        n => format!("{n} changes are only on this device and would be lost."),
    }
}

/// How a word about a state is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Well.
    Ok,
    /// Something is going on.
    Busy,
    /// Something waits.
    Wait,
    /// Look at it.
    Warn,
    /// Trouble.
    Danger,
    /// Two histories.
    Fork,
}

/// Says what a row says besides its title.
pub fn row(state: ChatRowState) -> Option<&'static str> {
    match state {
        ChatRowState::Calm => None,
        ChatRowState::Writing => Some("An answer is being written"),
        ChatRowState::Waiting => Some("A question waits to be sent"),
        ChatRowState::NeedsLook(state) => Some(integrity(state).1),
        ChatRowState::Damaged => Some("A part of it is damaged on this device"),
    }
}

/// Says how things stand with the account or a chat.
pub fn integrity(state: IntegrityState) -> (Tone, &'static str) {
    match state {
        IntegrityState::Verified => (Tone::Ok, "Verified"),
        IntegrityState::Syncing => (Tone::Busy, "Syncing"),
        IntegrityState::Withheld => (Tone::Warn, "Withheld"),
        IntegrityState::Altered => (Tone::Danger, "Altered"),
        IntegrityState::Forked => (Tone::Fork, "Forked"),
        IntegrityState::RolledBack => (Tone::Danger, "Rolled back"),
    }
}

/// Name of the button that says how saving stands.
pub fn details(line: &str) -> String {
    format!("{line}. Open details")
}

/// Name of the button that says how a chat stands.
pub fn why(said: &str) -> String {
    format!("{said}. Why")
}

/// Says what a state means, what is safe and what to do.
pub fn explain(state: IntegrityState) -> &'static str {
    match state {
        IntegrityState::Verified => {
            "Everything shown here was signed by your own devices, and this device has checked it."
        }
        IntegrityState::Syncing => {
            "This device is fetching and checking what is new. What is shown was checked before."
        }
        IntegrityState::Withheld => {
            "Your devices have signed something that the server does not send. What is shown is true but not all. It may come by itself; if it does not, tell whoever runs the server."
        }
        IntegrityState::Altered => {
            "Something came that is not as its author signed it. It is not shown, and what was here before is kept. Tell whoever runs the server."
        }
        IntegrityState::Forked => {
            "The server shows two different histories of one device. This device keeps what it has seen. Do not sign out; tell whoever runs the server."
        }
        IntegrityState::RolledBack => {
            "The server shows less than this device has seen. This device keeps the newer copy. Do not sign out; tell whoever runs the server."
        }
    }
}

/// Says what the foot's line means.
pub fn explain_sync(status: StatusView) -> String {
    if let Some(trouble) = status.problem {
        return problem::say(trouble).then;
    }
    let integrity = explain(status.integrity);
    match (status.online, status.n_unsent) {
        (true, 0) => integrity.to_owned(),
        (true, _) => {
            format!("Your changes are safe on this device and on their way to the server, locked. {integrity}")
        }
        (false, 0) => "You are offline. Everything you wrote before is saved on the server, locked.".to_owned(),
        (false, _) => "You are offline. Your changes are safe on this device and go out by themselves.".to_owned(),
    }
}

/// How a chat stands, in its head: what waits here is said before what was checked.
pub fn chat(state: IntegrityState, status: StatusView) -> (Tone, String) {
    match (waits(state, status), status.n_unsent) {
        (true, 1) => (Tone::Wait, "Waiting for 1 change".to_owned()),
        (true, n) => (Tone::Wait, format!("Waiting for {n} changes")),
        (false, _) => {
            let (tone, words) = integrity(state);
            (tone, words.to_owned())
        }
    }
}

/// Says what a chat's state means.
pub fn explain_chat(state: IntegrityState, status: StatusView) -> String {
    if waits(state, status) { explain_sync(status) } else { explain(state).to_owned() }
}

fn waits(state: IntegrityState, status: StatusView) -> bool {
    let is_calm = matches!(state, IntegrityState::Verified | IntegrityState::Syncing);
    is_calm && !status.online && status.n_unsent > 0
}

/// The line at the foot of the chat list.
pub fn sync(status: StatusView) -> (Tone, String) {
    if let Some(trouble) = status.problem {
        return (Tone::Danger, problem::say(trouble).what.to_owned());
    }
    match (status.integrity, status.n_unsent, status.online) {
        (IntegrityState::Verified | IntegrityState::Syncing, 0, false) => (Tone::Wait, "Offline".to_owned()),
        (IntegrityState::Verified | IntegrityState::Syncing, 1, false) => {
            (Tone::Wait, "1 change waits to be saved".to_owned())
        }
        (IntegrityState::Verified | IntegrityState::Syncing, n, false) => {
            (Tone::Wait, format!("{n} changes wait to be saved"))
        }
        (IntegrityState::Verified, 0, true) => (Tone::Ok, "All changes saved · verified".to_owned()),
        (IntegrityState::Syncing, 0, true) => (Tone::Busy, "Syncing".to_owned()),
        (IntegrityState::Verified | IntegrityState::Syncing, 1, true) => (Tone::Busy, "Saving 1 change".to_owned()),
        (IntegrityState::Verified | IntegrityState::Syncing, n, true) => (Tone::Busy, format!("Saving {n} changes")),
        (
            state @ (IntegrityState::Withheld
            | IntegrityState::Altered
            | IntegrityState::Forked
            | IntegrityState::RolledBack),
            _,
            _,
        ) => {
            let (tone, words) = integrity(state);
            (tone, words.to_owned())
        }
    }
}
