//! Words of both pages while a device of the account lets a new one in.

use client_core::view::WordsAnswer;
use client_core::view::hand_over::HandOverTrouble;

use super::problem::{
    self, Said, Sentence,
    Weight::{Grave, Mendable},
};
use crate::browser::CameraTrouble;

/// On the sign-in page: the way in by another device.
pub const FROM_ANOTHER: &str = "From another device";
/// The new device: heading and tab.
pub const JOIN: &str = "Join from another device";
/// The new device: what to do there, with a code.
pub const JOIN_BY_CODE: &str = "On a device that is signed in, open Security, choose «Add device» and scan this.";
/// The new device: what to do there, with words.
pub const JOIN_BY_WORDS: &str =
    "On a device that is signed in, open Security, choose «Add device» and type these six words.";
/// What the code is, for those who do not see it.
pub const CODE: &str = "Code for your other device";
/// Name of the list of words.
pub const WORDS: &str = "Six words for your other device";
/// To the other way.
pub const USE_WORDS: &str = "Use six words instead";
/// To the other way.
pub const USE_CODE: &str = "Use a code instead";
/// Another secret.
pub const NEW_CODE: &str = "New code";
/// Another secret.
pub const NEW_WORDS: &str = "New words";
/// Back to signing in.
pub const BACK: &str = "Use another way";
/// The new device was let in: heading and tab.
pub const ALMOST: &str = "Your other device let this one in";
/// Under it.
pub const ALMOST_LEAD: &str = "Choose what unlocks this device from now on. Then your chats come.";
/// It unlocks with a passkey.
pub const WITH_PASSKEY: &str = "Unlock with a passkey";
/// It unlocks with the words.
pub const WITH_WORDS: &str = "Unlock with recovery words";
/// Above the field for the recovery words.
pub const WITH_WORDS_LEAD: &str =
    "The 24 words of your account. They unlock this device, also without a connection. We never see them.";

/// Button on the security page, and heading of its dialog.
pub const ADD_DEVICE: &str = "Add device";
/// What to do on the new device.
pub const ADD_LEAD: &str =
    "On the new device choose «I already have an account», then «From another device». It shows a code.";
/// Look for the code with the camera.
pub const SCAN: &str = "Scan its code";
/// Type the words.
pub const TYPE: &str = "Type its six words";
/// What the moving picture is.
pub const CAMERA: &str = "Picture of your camera";
/// Under it.
pub const CAMERA_HINT: &str = "Hold the code in the picture.";
/// Label of the field.
pub const FIELD: &str = "Six words";
/// Under the field.
pub const FIELD_HINT: &str = "In order, as the new device shows them.";
/// Button.
pub const FIND: &str = "Find the device";
/// While it is looked for.
pub const LOOKING: &str = "Looking for the device";
/// The question.
pub const LET_IN_HEADING: &str = "Let this device in?";
/// What that means.
pub const LET_IN_TEXT: &str = "It is the one whose code or words you have just seen. It will read and write all your chats, and may add and remove devices. Let it in only if it is yours and before your eyes.";
/// Yes.
pub const LET_IN: &str = "Let it in";
/// No.
pub const KEEP_OUT: &str = "No, keep it out";
/// It has what it needs.
pub const WAITING: &str = "Go on at the new device";
/// What is to be done there.
pub const WAITING_HINT: &str = "It asks what shall unlock it. It comes in once that is done.";
/// It is in.
pub const DONE: &str = "The device is in";
/// What that means.
pub const DONE_HINT: &str = "It stands in your list of devices, and your chats are on their way to it.";
/// Shuts the dialog.
pub const CLOSE: &str = "Close";

/// How long the secret is good.
pub fn left(left_s: u32) -> String {
    format!("Good for {}:{:02}", left_s / 60, left_s % 60)
}

/// Says what is wrong with words that were typed.
pub fn wrong(answer: &WordsAnswer) -> Option<String> {
    Some(match answer {
        WordsAnswer::Taken => return None,
        WordsAnswer::NotInList { nth, word } => {
            format!("Word {nth}, «{word}», is not one of the list. Look at the new device again.")
        }
        WordsAnswer::WrongCount { found: 0 } => "Type the six words that the new device shows.".to_owned(),
        WordsAnswer::WrongCount { found: 1 } => "This is 1 word; there should be 6.".to_owned(),
        WordsAnswer::WrongCount { found } => format!("These are {found} words; there should be 6."),
        WordsAnswer::DoNotBelongTogether => "These words belong to no device. Look at the new device again.".to_owned(),
    })
}

/// Says why a device did not let another one in.
pub fn say(trouble: HandOverTrouble) -> Said {
    let sentence = match trouble {
        HandOverTrouble::Other(problem) => return problem::say(problem),
        HandOverTrouble::RanOut => RAN_OUT,
        HandOverTrouble::NobodyWaits => NOBODY_WAITS,
        HandOverTrouble::AnotherRelay => ANOTHER_RELAY,
        HandOverTrouble::NotTrue => NOT_TRUE,
        HandOverTrouble::Moved => MOVED,
        HandOverTrouble::NeverCame => NEVER_CAME,
        HandOverTrouble::NoReader => NO_READER,
    };
    sentence.said()
}

/// Says why there is no picture.
pub fn no_camera(trouble: CameraTrouble) -> Said {
    let sentence = match trouble {
        CameraTrouble::Refused => CAMERA_REFUSED,
        CameraTrouble::Missing => CAMERA_MISSING,
        CameraTrouble::Busy => CAMERA_BUSY,
    };
    sentence.said()
}

const RAN_OUT: Sentence = Sentence {
    what: "Nobody answered in ten minutes",
    then: "Nothing was changed. Show a new code and scan it soon after.",
    weight: Mendable,
};
const NOBODY_WAITS: Sentence = Sentence {
    what: "No device waits with these",
    then: "Nothing was changed. Look whether each word is right and the time has not run out; else show a new code there.",
    weight: Mendable,
};
const ANOTHER_RELAY: Sentence = Sentence {
    what: "This code is for another server",
    then: "Nothing was sent. Open on the new device the same address as here, and show a code there.",
    weight: Mendable,
};
const NOT_TRUE: Sentence = Sentence {
    what: "The answer did not come from your device",
    then: "Nothing was taken from it. Show a new code where nobody else sees it; if it stays, tell whoever runs the server.",
    weight: Grave,
};
const MOVED: Sentence = Sentence {
    what: "Your account changed in between",
    then: "The device was not added. Show a new code on it and begin again.",
    weight: Mendable,
};
const NEVER_CAME: Sentence = Sentence {
    what: "The new device did not come",
    then: "It was not added. Look at it, show a new code there and begin again.",
    weight: Mendable,
};
const NO_READER: Sentence = Sentence {
    what: "Codes cannot be read here",
    then: "What reads them did not load. Try again when you are online, or type the six words.",
    weight: Mendable,
};
const CAMERA_REFUSED: Sentence = Sentence {
    what: "The camera may not be used",
    then: "Allow it for this page in your browser, usually beside the address, or type the six words.",
    weight: Mendable,
};
const CAMERA_MISSING: Sentence = Sentence {
    what: "There is no camera here",
    then: "Choose «Use six words instead» on the new device, then type them here.",
    weight: Mendable,
};
const CAMERA_BUSY: Sentence = Sentence {
    what: "The camera gives no picture",
    then: "Another program may use it. Close that one and try again, or type the six words.",
    weight: Mendable,
};
