//! Words around the settings pages.

/// Name of the rail.
pub const SETTINGS: &str = "Settings";
/// Link.
pub const BACK: &str = "Back to chats";
/// Button on phones.
pub const OPEN_MENU: &str = "Open menu";
/// Page, link and menu item.
pub const SECURITY: &str = "Security";
