//! Words of the chat page around the conversation: head, strip, text box, empty chat, notices.

use client_core::view::count_lines;

/// The tab's name. Never a chat's title.
pub const TAB: &str = "Chat";
/// Heading of the empty chat.
pub const EMPTY_HEADING: &str = "What would you like to think through?";
/// Under it.
pub const EMPTY_LEAD: &str =
    "Before anything leaves this device, the line above the text box tells you what and to whom.";
/// Heading of the starters.
pub const SUGGESTIONS: &str = "Suggestions";

/// A question to start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starter {
    /// What it is about.
    pub name: &'static str,
    /// What happens.
    pub about: &'static str,
    /// The question.
    pub question: &'static str,
}

/// Questions that a small model answers well.
pub const STARTERS: [Starter; 3] = [
    Starter {
        name: "Explain something simply",
        about: "Why the sky is blue, in a few sentences.",
        question: "Explain in a few simple sentences why the sky is blue.",
    },
    Starter {
        name: "Write a short mail",
        about: "A friendly thank-you to a neighbour.",
        question: "Write a short, friendly mail that thanks a neighbour for watering my plants.",
    },
    Starter {
        name: "Make a small plan",
        about: "Five things to pack for a weekend.",
        question: "List five things to pack for a weekend by the sea.",
    },
];

/// Name of the form.
pub const FORM: &str = "Write a message";
/// Label of the text box.
pub const MESSAGE: &str = "Message";
/// Button.
pub const SEND: &str = "Send";
/// Button, as it is named.
pub const STOP: &str = "Stop answer";
/// Button, as it is drawn.
pub const STOP_SHORT: &str = "Stop";
/// Head of the strip.
pub const WILL_SEND: &str = "Will send:";
/// Head of the strip while offline.
pub const WILL_WAIT: &str = "Will wait here, then send:";
/// Button.
pub const MORE: &str = "More for this chat";
/// Menu item.
pub const RENAME: &str = "Rename";
/// Menu item.
pub const DELETE: &str = "Delete";
/// Label.
pub const CHAT_TITLE: &str = "Chat title";
/// Status.
pub const DELETED: &str = "Chat deleted";
/// Button.
pub const UNDO: &str = "Undo";
/// Button.
pub const DISMISS: &str = "Close";
/// Strip.
pub const OFFLINE: &str = "You are offline.";
/// Strip.
pub const OFFLINE_HINT: &str = "You can still read and write; it syncs later.";
/// Button.
pub const TRY_NOW: &str = "Try now";
/// Strip.
pub const SIGNED_OUT: &str = "The server does not know this device’s session any more.";
/// Strip.
pub const SIGNED_OUT_HINT: &str = "Your chats here are safe; changes wait.";
/// Button.
pub const SIGN_IN_AGAIN: &str = "Sign in again";
/// While a chat opens.
pub const LOADING: &str = "Opening the chat";

/// What the strip says will leave the device.
pub fn leaves(is_first: Turn, model: &str) -> String {
    let model = in_sentence(model);
    match is_first {
        Turn::First => format!("your question only · to {model}"),
        Turn::Later => format!("your question and what fits of this chat · to {model}"),
    }
}

/// Whether a question is a chat's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The first.
    First,
    /// A later one.
    Later,
}

/// Button.
pub const REMOVE_PASTED: &str = "Remove pasted text";

/// A long text that was pasted, folded: how much it is, and how it begins.
pub fn pasted(text: &str) -> String {
    let begins: String = text.trim_start().chars().take_while(|letter| *letter != '\n').take(48).collect();
    format!("Pasted text, {}: “{begins}…”", lines(text))
}

/// How long a text is.
pub fn lines(text: &str) -> String {
    format!("{} lines, {} kB", count_lines(text), text.len().div_ceil(1000))
}

/// In the empty text box.
pub fn placeholder(model: &str) -> String {
    format!("Ask {} anything", in_sentence(model))
}

/// In the empty text box while an answer is being written.
pub fn placeholder_writing(model: &str) -> String {
    format!("{model} is writing. You can type your next question.")
}

/// In the empty text box while offline.
pub const PLACEHOLDER_OFFLINE: &str = "Keep writing. It is saved on this device.";

fn in_sentence(model: &str) -> String {
    match model {
        super::SERVERS_MODEL => "this server’s model".to_owned(),
        super::SOME_MODEL => "the model".to_owned(),
        _ => model.to_owned(),
    }
}
