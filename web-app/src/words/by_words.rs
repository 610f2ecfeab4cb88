//! Words of the page where recovery words open an account or a device.

use client_core::view::WordsAnswer;

/// The tab's name and the button that leads here.
pub const TAB: &str = "Recovery words";
/// Heading.
pub const HEADING: &str = "Use your recovery words";
/// Under the heading, on a fresh device.
pub const SIGN_IN_LEAD: &str = "They open your account here. We never see them.";
/// Under the heading, on a locked device.
pub const UNLOCK_LEAD: &str = "They open this device, also without a connection. We never see them.";
/// Label of the field.
pub const FIELD: &str = "Recovery words";
/// Under the field.
pub const FIELD_HINT: &str = "All 24 in order. You can paste them, with or without numbers.";
/// Main button.
pub const CONTINUE: &str = "Continue";
/// Back to the passkey.
pub const BACK: &str = "Use another way";
/// Name of the group on the unlock page.
pub const OTHER_WAYS: &str = "Other ways to unlock";
/// No row of this device is the words': what is.
pub const NOT_HERE: &str = "Your recovery words do not unlock this device.";
/// No row of this device is the words': what to do.
pub const NOT_HERE_HINT: &str = "It joined with a passkey: unlock it with that one. Your words still open your account on a device that is not signed in.";

/// Says what is wrong with words that were typed.
pub fn wrong(answer: &WordsAnswer) -> Option<String> {
    Some(match answer {
        WordsAnswer::Taken => return None,
        WordsAnswer::NotInList { nth, word } => {
            format!("Word {nth}, «{word}», is not one of the list. Look at your copy again.")
        }
        WordsAnswer::WrongCount { found: 0 } => "Type or paste your 24 words.".to_owned(),
        WordsAnswer::WrongCount { found: 1 } => "This is 1 word; there should be 24.".to_owned(),
        WordsAnswer::WrongCount { found } => format!("These are {found} words; there should be 24."),
        WordsAnswer::DoNotBelongTogether => {
            "Each word is in the list, but they do not belong together. Look for one that was swapped or read wrongly."
                .to_owned()
        }
    })
}
