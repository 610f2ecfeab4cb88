//! Words of the conversation: its turns and what can be done with them.

use client_core::view::VersionsView;

use super::time;

/// Name of the log.
pub const LOG: &str = "Conversation";
/// Name of a question.
pub const ASKED: &str = "You asked";
/// Button, and the text box that it opens.
pub const EDIT_QUESTION: &str = "Edit question";
/// Button.
pub const ASK_EDITED: &str = "Ask again";
/// Button.
pub const CANCEL_EDIT: &str = "Cancel";
/// Group.
pub const QUESTION_VERSIONS: &str = "Question versions";
/// Group.
pub const ANSWER_VERSIONS: &str = "Answer versions";
/// Button.
pub const PREVIOUS_VERSION: &str = "Previous version";
/// Button.
pub const NEXT_VERSION: &str = "Next version";
/// Button.
pub const COPY_QUESTION: &str = "Copy question";
/// Button.
pub const COPY_ANSWER: &str = "Copy answer";
/// Button.
pub const COPY_CODE: &str = "Copy code";
/// Said when a copy was made.
pub const COPIED: &str = "Copied";
/// Said when it was not.
pub const NOT_COPIED: &str = "The browser did not let us copy";
/// Button.
pub const EARLIER: &str = "Show earlier messages";
/// Button.
pub const TO_END: &str = "Jump to latest";
/// Ends an answer that was stopped.
pub const STOPPED: &str = "Stopped";
/// Ends an answer that reached its longest length.
pub const CUT: &str = "Ends here: the longest answer this model may give";
/// A question that waits.
pub const WAITS_ONLINE: &str = "Waits until you are online";
/// Button.
pub const DO_NOT_SEND: &str = "Do not send";
/// Button.
pub const AGAIN: &str = "Write the answer again";
/// Button on an error card.
pub const TRY_AGAIN: &str = "Try again";
/// Before the first word.
pub const THINKING: &str = "Reading your question";
/// While words come.
pub const WRITING: &str = "Writing the answer";
/// A piece of code whose language is not named.
pub const SOME_CODE: &str = "Code";

/// Name of an answer.
pub fn answered(model: &str) -> String {
    format!("{model} answered")
}

/// Name of an answer in the making.
pub fn is_answering(model: &str) -> String {
    format!("{model} is answering")
}

/// A question that waits for the model to be ready.
pub fn waits_for_model(wait_s: u32) -> String {
    format!("Waits until the model is ready, {}", time::about(wait_s))
}

/// Button.
pub const SHOW_LESS: &str = "Show less";

/// Button under the beginning of a long question.
pub fn show_all(text: &str) -> String {
    format!("Show all: {}", super::chat::lines(text))
}

/// Which version is shown.
pub fn version(versions: VersionsView) -> String {
    format!("{} of {}", versions.nth, versions.n_versions)
}

/// Name of a piece of code.
pub fn code(language: Option<&str>) -> String {
    match language {
        Some(language) => format!("{SOME_CODE}, {language}"),
        None => SOME_CODE.to_owned(),
    }
}
