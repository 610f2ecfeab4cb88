//! Words of the page that asks on a fresh device whether this is the account as it was left.

/// The tab's name.
pub const TAB: &str = "Is this your account?";
/// Heading.
pub const HEADING: &str = "Is this your account as you left it?";
/// Heading of the list.
pub const DEVICES: &str = "Its devices";
/// On the row of this device.
pub const THIS_DEVICE: &str = "This device";
/// On a row nobody has vouched for.
pub const UNCONFIRMED: &str = "Not confirmed";
/// A device whose name is not known.
pub const NAMELESS: &str = "A device without a name";
/// Main button.
pub const YES: &str = "Yes, this is it";
/// The other button.
pub const NO: &str = "No, stop here";
/// Under the buttons.
pub const HINT: &str = "Nothing is written until you agree. If you stop, this device forgets what it fetched.";

/// Says when the account was last changed, and where.
pub fn last_change(day: &str, device: Option<&str>) -> String {
    match device {
        Some(device) => format!("Last change {day} on {device}."),
        None => format!("Last change {day}."),
    }
}

/// Says since when a device belongs to the account.
pub fn since(day: &str) -> String {
    format!("Since {day}")
}
