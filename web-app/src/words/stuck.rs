//! Words of the pages on which Sotto cannot go on.

/// The tab's name while the core starts.
pub const OPENING_TAB: &str = "Opening";
/// While the core starts.
pub const OPENING: &str = "Opening Sotto";
/// The tab's name.
pub const TAB: &str = "Cannot go on";
/// Other tabs run an older build.
pub const OTHER_BUILD: &str = "Other tabs still run an older Sotto";
/// Other tabs run an older build: what to do.
pub const OTHER_BUILD_HINT: &str = "Your chats are safe. Reload or close those tabs; this one then goes on by itself.";
/// Other tabs run a newer build.
pub const OUTDATED: &str = "This tab runs an older Sotto";
/// Other tabs run a newer build: what to do.
pub const OUTDATED_HINT: &str = "Your chats are safe, and what you wrote is saved. Reload to get the new version.";
/// A newer shell waits.
pub const UPDATE: &str = "A new version is ready";
/// Another tab is live.
pub const ELSEWHERE: &str = "Sotto is open in another tab";
/// Another tab is live: what to do.
pub const ELSEWHERE_HINT: &str = "This browser runs Sotto in one tab at a time. Use it here, and the other tab locks.";
/// Button.
pub const USE_HERE: &str = "Use here";
/// Button.
pub const RELOAD: &str = "Reload";
/// The core did not start.
pub const NO_CORE: &str = "Sotto did not start";
/// The core did not start: what to do.
pub const NO_CORE_HINT: &str = "A part of the app could not be loaded. What you wrote is safe on this device. Check the connection and load the page again.";
