//! Every sentence a person reads, by page.

pub mod agree;
pub mod by_words;
pub mod chat;
pub mod deletion;
pub mod hand_over;
pub mod keys;
pub mod kit;
pub mod members;
pub mod message;
pub mod models;
pub mod password;
pub mod problem;
pub mod rail;
pub mod receipt;
pub mod recover;
mod refusal;
pub mod revoked;
pub mod security;
pub mod seen;
pub mod settings;
pub mod signing;
pub mod storage;
pub mod stuck;
pub mod time;
pub mod unlock;
pub mod ways;
pub mod welcome;

use shared_types::account::{ModelOffer, ModelPlace};

use crate::browser::Theme;

/// The product's name.
pub const PRODUCT: &str = "Sotto";
/// First thing that Tab reaches.
pub const SKIP: &str = "Skip to content";
/// Button.
pub const SWITCH_THEME: &str = "Switch theme";
/// What was chosen.
pub fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::Auto => "Light or dark as your system has it",
        Theme::Light => "Always light",
        Theme::Dark => "Always dark",
    }
}

/// The relay's own embedded model.
pub const SERVERS_MODEL: &str = "This server’s model";
/// A model that is not known any more.
const SOME_MODEL: &str = "The model";

/// What a model is called.
pub fn model(offer: Option<&ModelOffer>) -> String {
    match offer {
        Some(offer) if !offer.label.is_empty() => offer.label.clone(),
        Some(offer) if offer.place == ModelPlace::Server => SERVERS_MODEL.to_owned(),
        Some(offer) => offer.id.clone(),
        None => SOME_MODEL.to_owned(),
    }
}

/// Whose a model is and where it runs, as far as it is said; nothing of this server's own, whose name says it.
pub fn origin(offer: &ModelOffer) -> Option<String> {
    let is_own = offer.place == ModelPlace::Server && offer.label.is_empty();
    let place = match (offer.place, &offer.region) {
        (ModelPlace::Server, _) => Some("on this server"),
        (ModelPlace::Remote, region) => region.as_deref(),
    };
    let owner = offer.owner.clone();
    (!is_own).then(|| place.map_or_else(|| owner.clone(), |place| format!("{owner}, {place}")))
}

/// The tab's name on a page. Never words of a chat: the browser writes titles into its history.
pub fn tab(page: &str) -> String {
    format!("{page} · {PRODUCT}")
}

/// The sentence under a button while something is under way.
pub fn busy(busy: client_core::view::Busy) -> &'static str {
    use client_core::view::Busy;
    match busy {
        Busy::WaitingForPasskey => "Waiting for your passkey",
        Busy::Working => "Making and checking keys",
        Busy::Stretching => "Making a key from your password",
        Busy::AskingRelay => "Asking the server",
    }
}
