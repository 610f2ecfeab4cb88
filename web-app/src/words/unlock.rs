//! Words of the unlock page.

/// The tab's name.
pub const TAB: &str = "Locked";
/// Heading.
pub const HEADING: &str = "Welcome back";
/// Under the heading.
pub const LEAD: &str = "Your chats on this device are locked.";
/// Main button.
pub const UNLOCK: &str = "Unlock with passkey";
/// Offline: what happened.
pub const OFFLINE: &str = "You are offline.";
/// Offline: what is safe.
pub const OFFLINE_HINT: &str = "You can still read and write; it syncs later.";

/// After too many tries.
pub fn wait(wait_s: u32) -> String {
    format!("Too many tries. Wait {wait_s} s, then try again.")
}
