//! Words of a device that was taken off the account.

use client_core::view::{RevokedView, UnsentView};

/// The tab's name.
pub const TAB: &str = "Taken off";
/// Heading.
pub const HEADING: &str = "This device was taken off your account";
/// Under it.
pub const LEAD: &str = "Everything that could be read here is wiped. This is what was written here and never reached the account: save it, then forget it.";
/// Heading of the list.
pub const UNSENT: &str = "Never sent";
/// Button.
pub const SAVE: &str = "Save as a file";
/// Button.
pub const FORGET: &str = "Forget it";
/// Name of the file.
pub const FILE_NAME: &str = "sotto-never-sent.txt";

/// The file.
pub fn file(view: &RevokedView) -> String {
    let text = |unsent: &UnsentView| match &unsent.title {
        Some(title) if *title != unsent.text => format!("{title}\n\n{}\n", unsent.text),
        Some(_) | None => format!("{}\n", unsent.text),
    };
    view.unsent.iter().map(text).collect::<Vec<_>>().join("\n---\n\n")
}
