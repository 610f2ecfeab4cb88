//! Words for whoever came in with recovery words, and about looking at these words again.

use client_core::view::RecoverStep;

/// The tab's name.
pub const TAB: &str = "Way back in";
/// Heading.
pub const HEADING: &str = "You are in with your recovery words";
/// Button.
pub const MAKE_WORDS: &str = "Make new recovery words";
/// Button.
pub const KEEP_WORDS: &str = "Nobody else has seen them";
/// Button.
pub const LATER: &str = "Later";
/// The strip while this was put off.
pub const PUT_OFF: &str = "You came in with your recovery words.";
/// Its hint.
pub const PUT_OFF_HINT: &str = "Something is still to be done, so that you get in without them.";
/// Button of the strip.
pub const GO_ON: &str = "Go on";
/// The strip when it is time to look at the words.
pub const CHECK: &str = "Can you still read your recovery words?";
/// Its hint.
pub const CHECK_HINT: &str = "They are the last way in if everything else is lost.";
/// Button.
pub const CHECK_NOW: &str = "Check them";
/// Button.
pub const NOT_NOW: &str = "Not now";
/// Button on the row of the words.
pub const CHECK_AGAIN: &str = "Check recovery words again";
/// Heading.
pub const CHECK_HEADING: &str = "Check your recovery words";
/// Under it.
pub const CHECK_TEXT: &str =
    "Type them from your copy. This device keeps nothing of them, so it can compare only all 24 at once.";
/// Button.
pub const CHECK_GO: &str = "Check";
/// They were right.
pub const RIGHT: &str = "These are your recovery words";
/// Heading.
pub const NEW_HEADING: &str = "Make new recovery words?";
/// Under it.
pub const NEW_TEXT: &str = "New words are shown, and you type three of them again. If you type the old ones here, these stop working; without them the old ones stay valid, and one of your passkeys is asked.";
/// Beside the box to tick.
pub const HAS_OLD: &str = "I have the old words here";

/// What is to be done now.
pub fn lead(step: RecoverStep) -> &'static str {
    match step {
        RecoverStep::NewWay => {
            "Add a passkey or a security key now, so that you get in without the words from here on. The keys are changed with it."
        }
        RecoverStep::OldWords => {
            "Could somebody else have seen your recovery words, or are they lost? Then make new ones: the old ones stop working."
        }
    }
}

/// Under the buttons.
pub fn hint(step: RecoverStep) -> &'static str {
    match step {
        RecoverStep::NewWay => "If you do it later, a line above your chats reminds you.",
        RecoverStep::OldWords => "Whoever has your words can open your account.",
    }
}
