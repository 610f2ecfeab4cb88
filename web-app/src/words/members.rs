//! Words about devices that join and are taken off, and about a change of keys.

use client_core::view::security::{ChangeState, MemberAction, MemberChangeView};

/// The alert on all other devices.
pub const JOINED: &str = "A new device joined";
/// Its question.
pub const WAS_THIS_YOU: &str = "Was this you?";
/// Instead of the buttons, where it cannot be answered.
pub const ANSWER_ELSEWHERE: &str = "Answer on a device that is confirmed.";
/// Button.
pub const THIS_WAS_ME: &str = "This was me";
/// Button.
pub const THIS_WAS_NOT_ME: &str = "This was not me";
/// On this device's own page while it is not confirmed.
pub const CONFIRM_THIS: &str = "Confirm this device";
/// Under it.
pub const CONFIRM_THIS_HINT: &str =
    " It reads and writes. To manage sign-in, confirm it from another device, or come in with your recovery words.";
/// Button on the row of a device.
pub const LOCK: &str = "Lock";
/// Button on the row of this device.
pub const SIGN_OUT_OTHERS: &str = "Sign out all others";
/// Heading.
pub const SIGN_OUT_OTHERS_HEADING: &str = "Sign out all other devices?";
/// Under it.
pub const SIGN_OUT_OTHERS_TEXT: &str = "They open nothing that is written from now on, and what they hold is wiped when they next reach the server. You sign for it, and the keys are changed.";
/// Button on the row of a device.
pub const REVOKE: &str = "Revoke";
/// Heading.
pub const REVOKE_HEADING: &str = "Revoke this device?";
/// Under it.
pub const REVOKE_TEXT: &str = "It is signed out at once and opens nothing that is written from now on. What it holds is wiped when it next reaches the server. You sign for it, and the keys are changed.";
/// Beside the box to tick.
pub const SOMEBODY_ELSE: &str = "Somebody else may have it";
/// Heading.
pub const NOT_ME_HEADING: &str = "Lock this device out?";
/// Button.
pub const LOCK_OUT: &str = "Lock it out";
/// Heading.
pub const CONFIRM_HEADING: &str = "Is this device yours?";
/// Under it.
pub const CONFIRM_TEXT: &str =
    "A confirmed device may change who can enter your account. Confirm it only if you know that you signed in on it.";
/// The harmless answer.
pub const CANCEL: &str = "Cancel";
/// Button.
pub const CHANGE_KEYS: &str = "Change keys now";
/// The same while it is under way.
pub const CHANGING_KEYS: &str = "Changing keys…";
/// Once they are changed.
pub const KEYS_CHANGED: &str = "The keys are changed";
/// Under it.
pub const KEYS_CHANGED_HINT: &str =
    " What is written from now on is locked with the new ones. What is older stays readable.";

const LOCKED: (&str, &str) = (
    "The device was told to lock",
    " If it is online it has locked, and opens again as usual. If it is not, lock it there or revoke it.",
);

/// Name of the button that locks a device.
pub fn lock(device: &str) -> String {
    format!("Lock «{device}»")
}

/// Name of the button that revokes a device.
pub fn revoke(device: &str) -> String {
    format!("Revoke «{device}»")
}

/// Says which device joined, and when.
pub fn joined(device: &str, day: &str) -> String {
    format!("{device}, {day}.")
}

/// What is said of a change of who is in; a failure has its own words.
pub fn change(change: MemberChangeView) -> Option<(&'static str, &'static str)> {
    if change.action == MemberAction::Lock {
        return match change.state {
            ChangeState::Done => Some(LOCKED),
            ChangeState::UnderWay => Some(("Locking the device", "")),
            ChangeState::WaitingForPasskey | ChangeState::Failed(_) => None,
        };
    }
    if change.action == MemberAction::RemoveOthers && change.state == ChangeState::Done {
        return Some(("All other devices are signed out", " The keys are changed."));
    }
    let is_removal = change.action != MemberAction::Confirm;
    match change.state {
        ChangeState::WaitingForPasskey => Some((
            "Waiting for you to confirm",
            " A way to sign in that you have confirms that this device is taken off.",
        )),
        ChangeState::UnderWay if is_removal => Some(("Taking the device off", " The keys are changed with it.")),
        ChangeState::UnderWay => Some(("Confirming the device", "")),
        ChangeState::Done if is_removal => {
            Some(("The device is off", " It opens nothing that is written from now on. The keys are changed."))
        }
        ChangeState::Done => Some(("The device is confirmed", "")),
        ChangeState::Failed(_) => None,
    }
}
