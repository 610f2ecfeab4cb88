//! Wire messages of the operator's page: which providers answer here, trying one, attaching and removing one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::ModelState;

/// `POST /v1/providers`: what the operator wants.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvidersRequest {
    /// Proves the operator where the relay asks for it; empty elsewhere.
    pub operator: SecretText,
    /// What is wanted.
    pub wish: ProviderWish,
}

/// What the operator wants of the providers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderWish {
    /// See them.
    List,
    /// Try one; nothing is kept.
    Test(NewProvider),
    /// Try one and, if it works, keep it.
    Attach(NewProvider),
    /// Let one go that was attached.
    Remove {
        /// Its name.
        name: String,
    },
}

/// A provider as the operator names it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProvider {
    /// Up to and including the version.
    pub base_url: String,
    /// Its key; empty: none is sent.
    pub api_key: SecretText,
    /// Models to offer; empty: all that it lists.
    pub models: Vec<String>,
    /// Whose models they are; empty: the host.
    pub owner: String,
    /// Where the owner runs them; empty: nothing is said.
    pub region: String,
    /// What the owner says of questions; empty: nothing is said.
    pub policy: String,
}

/// A secret on its way to the relay: never shown and never sent back; the allocators overwrite it where it was.
#[derive(PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// Takes a text over.
    pub fn take(text: String) -> Self {
        Self(text)
    }

    /// The text, for its one use.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Answer to [`ProvidersRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvidersResponse {
    /// Whether whoever asked is taken for the operator.
    pub admission: Admission,
    /// Those that answer here, best default first; none unless admitted.
    pub providers: Vec<ProviderRow>,
    /// What came of trying one, if that was wanted.
    pub tried: Option<Tried>,
}

/// Whether somebody is taken for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// Yes.
    Admitted,
    /// The operator's token is asked for.
    TokenWanted,
    /// That is not the operator's token.
    TokenWrong,
    /// Providers are changed in the relay's configuration only.
    Closed,
}

/// One provider, without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRow {
    /// Its name; empty if its models have bare ids.
    pub name: String,
    /// Whose models they are.
    pub owner: String,
    /// Its address.
    pub base_url: String,
    /// What it calls its models.
    pub models: Vec<String>,
    /// Whether it answers now.
    pub state: ModelState,
    /// Whether it was attached here, and can be removed here.
    pub is_attached: bool,
}

/// What came of trying a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    /// It answered; these are its models.
    Works {
        /// As it calls them.
        models: Vec<String>,
    },
    /// The address is none, or a text is too long.
    BadAddress,
    /// Nobody answers there.
    Unreachable,
    /// It could not prove that it is who the address says, or speaks no TLS.
    Tls,
    /// What answers there is no OpenAI-compatible server.
    NotCompatible,
    /// It does not accept the key.
    KeyRefused,
    /// It has no such model.
    ModelMissing {
        /// Those that it has.
        models: Vec<String>,
    },
    /// It answered with nothing.
    Empty,
    /// It refused, failed or took too long.
    Failed,
    /// It works, but could not be kept.
    NotKept,
}
