//! Words of the receipt and of the choice of a model.

use shared_types::{account::ModelPlace, prompt::Role};

/// Button.
pub const SEE: &str = "See exactly what will be sent";
/// The dialog before sending.
pub const WILL_LEAVE: &str = "What will leave this device";
/// The dialog after sending.
pub const DID_LEAVE: &str = "What left this device";
/// Button of an answer.
pub const OF_ANSWER: &str = "Receipt for this answer";
/// Button of an answer that failed.
pub const OF_FAILED: &str = "See receipt";
/// Button.
pub const CLOSE: &str = "Close receipt";
/// Fact.
pub const GOES_TO: &str = "Goes to";
/// Fact, after sending.
pub const WENT_TO: &str = "Went to";
/// Fact.
pub const REGION: &str = "Region";
/// Fact.
pub const MODEL: &str = "Model";
/// Fact.
pub const POLICY: &str = "What its owner says";
/// Heading.
pub const BYTES: &str = "Exact bytes";
/// Button.
pub const COPY: &str = "Copy bytes";
/// Button.
pub const SEND: &str = "Send this";
/// Button.
pub const KEEP: &str = "Keep editing";
/// Over what stays.
pub const STAYS: &str = "Stays on this device";

const COUNTS: [&str; 9] = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

/// Heading over the items.
pub fn items(n_items: usize) -> String {
    match n_items.checked_sub(1).and_then(|before| COUNTS.get(before)) {
        Some(_) if n_items == 1 => "One item".to_owned(),
        Some(count) => format!("{count} items"),
        None => format!("{n_items} items"),
    }
}

/// What an item is; the last question is the one that is asked.
pub fn item(role: Role, is_last: bool) -> &'static str {
    match role {
        Role::System => "Instructions",
        Role::User if is_last => "Your question, now",
        Role::User => "Your question",
        Role::Assistant => "An answer",
    }
}

/// Size of the body.
pub fn size(n_bytes: usize) -> String {
    let figures = n_bytes.to_string();
    let n_figures = figures.len();
    let grouped = figures.char_indices().flat_map(|(place, figure)| {
        let is_group = place > 0 && (n_figures - place).is_multiple_of(3);
        is_group.then_some(',').into_iter().chain([figure])
    });
    format!("{} bytes", grouped.collect::<String>())
}

/// When it left.
pub fn sent(clock: &str) -> String {
    format!("Sent {clock}")
}

/// What is not in the request.
pub fn stays(n_others: usize) -> String {
    match n_others {
        0 => "Everything else.".to_owned(),
        1 => "Your other chat is not in this request.".to_owned(),
        _ => format!("Your {n_others} other chats are not in this request."),
    }
}

/// To whom it goes.
pub fn owner(place: ModelPlace, owner: &str) -> String {
    match place {
        ModelPlace::Server => "This server".to_owned(),
        ModelPlace::Remote => owner.to_owned(),
    }
}

/// Who reads it on the way.
pub fn reads(place: ModelPlace) -> &'static str {
    match place {
        ModelPlace::Server => "The server reads it in memory while the model answers.",
        ModelPlace::Remote => "The server reads it in memory while it passes, and the model’s owner reads it.",
    }
}

/// Name of the button that chooses a model.
pub fn choose(model: &str) -> String {
    format!("Model: {model}. Change")
}

/// Behind a model that was chosen and is not there.
pub const NOT_OFFERED: &str = "not offered now";
/// Behind a model that does not answer now.
pub const NOT_READY: &str = "does not answer now";
