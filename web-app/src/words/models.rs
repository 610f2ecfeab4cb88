//! Words of the page on which the operator attaches models.

use shared_types::provider::{Admission, Tried};

/// Heading, link and menu item.
pub const MODELS: &str = "Models";
/// Under the heading.
pub const LEAD: &str =
    "Which models answer on this server. Nobody is switched to one: each chat names its own below the text box.";
/// Heading.
pub const HERE: &str = "On this server now";
/// Heading.
pub const ATTACH: &str = "Attach a better model";
/// Under it.
pub const ATTACH_LEAD: &str =
    "Any OpenAI-compatible server: a hosted one, or one of yours. Its owner reads the questions that are sent to it.";
/// Label.
pub const ADDRESS: &str = "Address";
/// Under the field.
pub const ADDRESS_HINT: &str = "Up to and including the version, such as https://llm.example/v1";
/// Label.
pub const KEY: &str = "Key";
/// Under the field.
pub const KEY_HINT: &str = "Kept sealed on the server; it never comes back here. Empty: none is sent.";
/// Label.
pub const NAMES: &str = "Models";
/// Under the field.
pub const NAMES_HINT: &str = "With commas between them. Empty: all that it lists.";
/// Label.
pub const OWNER: &str = "Owner";
/// Under the field.
pub const OWNER_HINT: &str = "Whose models they are, as people will read it";
/// Label.
pub const REGION: &str = "Region";
/// Under the field.
pub const REGION_HINT: &str = "Where the owner runs them, as the owner says. Empty: nothing is said.";
/// Label.
pub const POLICY: &str = "What the owner says about questions";
/// Under the field.
pub const POLICY_HINT: &str = "In the owner’s words. Empty: nothing is said.";
/// Label.
pub const TOKEN: &str = "Operator’s token";
/// Under the field.
pub const TOKEN_HINT: &str = "It stands in the server’s settings.";
/// Button.
pub const CONTINUE: &str = "Continue";
/// Button.
pub const TEST: &str = "Test";
/// Button.
pub const KEEP: &str = "Attach";
/// While it is tried.
pub const TRYING: &str = "Asking it to say hello";
/// Tag.
pub const READY: &str = "Answers";
/// Tag.
pub const DOWN: &str = "Does not answer";
/// Tag.
pub const ON_ITS_WAY: &str = "On its way";
/// The provider of the configuration.
pub const DEFAULT: &str = "The server’s own";

/// After the first answer of the server's own model.
pub const SMALL: &str = "This is a small model on this server.";
/// Link behind it.
pub const SMALL_LINK: &str = "Attach a better one";

/// Button.
pub fn remove(owner: &str) -> String {
    format!("Remove {owner}")
}

/// Why somebody is not taken for the operator.
pub fn admission(admission: Admission) -> Option<&'static str> {
    match admission {
        Admission::Admitted => None,
        Admission::TokenWanted => {
            Some("Only whoever runs this server attaches models. Prove it with the operator’s token.")
        }
        Admission::TokenWrong => Some("That is not the operator’s token. Nothing was changed."),
        Admission::Closed => Some("On this server models are attached in its settings file, by whoever runs it."),
    }
}

/// What came of trying a provider; the second part says what to do.
pub fn tried(tried: &Tried) -> (&'static str, String) {
    let (what, then) = match tried {
        Tried::Works { models } => return ("It works.", format!("It offers {}.", models.join(", "))),
        Tried::ModelMissing { models } if !models.is_empty() => {
            return ("It has no such model.", format!("It has {}.", models.join(", ")));
        }
        Tried::ModelMissing { .. } => ("It has no such model.", "Name one that it has."),
        Tried::BadAddress => (
            "This is not an address that can be used.",
            "It begins with http:// or https://; no text may be longer than it is shown.",
        ),
        Tried::Unreachable => {
            ("Nobody answers at this address.", "Is the server running, and can this server reach it?")
        }
        Tried::Tls => (
            "The connection is not safe.",
            "Its certificate is not that of this address, or it speaks no TLS. Nothing was sent.",
        ),
        Tried::NotCompatible => {
            ("What answers there is not OpenAI-compatible.", "Does the address end with the version, such as /v1?")
        }
        Tried::KeyRefused => ("It does not accept this key.", "Look at the key, and whether it may still be used."),
        Tried::Empty => ("It answered with nothing.", "Try another of its models."),
        Tried::Failed => ("It refused, failed or took too long.", "Try again in a moment, or another of its models."),
        Tried::NotKept => ("It works, but could not be kept.", "The server’s log says why. Nothing was changed."),
    };
    (what, then.to_owned())
}
