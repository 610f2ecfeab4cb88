//! Words of the pages on which Sotto cannot go on.

/// The tab's name while the core starts.
pub const OPENING_TAB: &str = "Opening";
/// While the core starts.
pub const OPENING: &str = "Opening Sotto";
/// The tab's name.
pub const TAB: &str = "Cannot go on";
/// Another build.
pub const OTHER_BUILD: &str = "A new version is ready";
/// Another build: what to do.
pub const OTHER_BUILD_HINT: &str = "Your chats are safe. Close other tabs of Sotto, then load this one again.";
/// Button.
pub const RELOAD: &str = "Reload";
/// The core did not start.
pub const NO_CORE: &str = "Sotto did not start";
/// The core did not start: what to do.
pub const NO_CORE_HINT: &str = "A part of the app could not be loaded. What you wrote is safe on this device. Check the connection and load the page again.";
