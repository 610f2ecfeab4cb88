//! Where a tab is, kept behind the `#` of its address: the relay never sees that part.

use client_core::view::ChatId;

/// Where a tab is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// The welcome page, or an empty chat.
    Home,
    /// Sign in with an account that exists.
    SignIn,
    /// Sign in with recovery words.
    Words,
    /// Sign in with a password.
    Password,
    /// Make an account with a password.
    NewPassword,
    /// One chat.
    Chat(ChatId),
    /// Settings: who may enter the account.
    Security,
    /// Settings: which models answer here.
    Models,
    /// Settings: what this browser keeps.
    Storage,
    /// Settings: what the relay counted.
    Seen,
}

impl Route {
    /// Reads the tab's address; what makes no sense is the home.
    pub fn here() -> Self {
        let hash = web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
        Self::read(&hash)
    }

    /// The address of this place, for a link.
    pub fn link(self) -> String {
        match self {
            Self::Home => "#/".to_owned(),
            Self::SignIn => "#/sign-in".to_owned(),
            Self::Security => "#/settings/security".to_owned(),
            Self::Models => "#/settings/models".to_owned(),
            Self::Seen => "#/settings/relay".to_owned(),
            Self::Storage => "#/settings/storage".to_owned(),
            Self::Words => "#/sign-in/words".to_owned(),
            Self::Password => "#/sign-in/password".to_owned(),
            Self::NewPassword => "#/new/password".to_owned(),
            Self::Chat(chat) => format!("#/chat/{}", chat.to_base64url()),
        }
    }

    /// Goes there, as a link would.
    pub fn go(self) {
        if let Some(window) = web_sys::window() {
            window.location().set_hash(&self.link()).expect("a tab may change the end of its own address");
        }
    }

    /// Shows this address without going anywhere: the tab is there already.
    pub fn show(self) {
        let history = web_sys::window().and_then(|window| window.history().ok());
        if let Some(history) = history {
            history
                .replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&self.link()))
                .expect("a tab may change the end of its own address");
        }
    }

    /// Whether a chat is shown there, or an empty one.
    pub fn is_of_chats(self) -> bool {
        match self {
            Self::Home | Self::SignIn | Self::Words | Self::Password | Self::NewPassword | Self::Chat(_) => true,
            Self::Security | Self::Models | Self::Seen | Self::Storage => false,
        }
    }

    fn read(hash: &str) -> Self {
        match hash {
            "#/sign-in" => return Self::SignIn,
            "#/sign-in/words" => return Self::Words,
            "#/sign-in/password" => return Self::Password,
            "#/new/password" => return Self::NewPassword,
            "#/settings/relay" => return Self::Seen,
            "#/settings/storage" => return Self::Storage,
            "#/settings/security" => return Self::Security,
            "#/settings/models" => return Self::Models,
            _ => {}
        }
        hash.strip_prefix("#/chat/").and_then(ChatId::from_base64url).map_or(Self::Home, Self::Chat)
    }
}
