//! Configuration of providers: the one of `[openai]`, those of `[[providers]]`, and a local Ollama.

use std::path::PathBuf;

use shared_types::account::ModelPlace;
use shared_types::limits::{MAX_OFFER_TEXT_BYTES, MAX_POLICY_BYTES};
use url::{Host, Url};

use super::{ConfigError, Secret};

const DEFAULT_MODEL_WAIT_S: u64 = 600;
const MAX_NAME_BYTES: usize = 32;

/// One OpenAI-compatible server.
#[derive(Debug, Clone)]
pub struct OpenAiConfig {
    /// Stands after an `@` in the ids of its models. None: its model's id is bare.
    pub name: Option<String>,
    /// Address up to and including the version, such as `http://127.0.0.1:8081/v1`.
    pub base_url: Url,
    /// Key, if the server wants one.
    pub api_key: Option<Secret>,
    /// Models to offer. Empty: the first that the server lists, or all of a server with a name.
    pub models: Vec<String>,
    /// Whose models they are; shown to people. None: the server's host.
    pub owner: Option<String>,
    /// Where the owner runs them; shown to people.
    pub region: Option<String>,
    /// What the owner says of questions; shown to people.
    pub policy: Option<String>,
    /// Where the models run. None: on this machine if the address is loopback, else elsewhere.
    pub place: Option<ModelPlace>,
    /// Certificates of an authority that is trusted besides the public ones, PEM.
    pub ca_file: Option<PathBuf>,
    /// Longest prompt and answer together, tokens.
    pub context_tokens: u32,
    /// How long after the relay's start the model may still be on its way, seconds; 0: it is there or it is not.
    pub wait_s: u64,
    /// Longest wait for the first piece of an answer, seconds.
    pub first_piece_s: u64,
    /// Longest wait for any later piece, seconds.
    pub next_piece_s: u64,
}

/// An Ollama that may run on this machine: found, it is offered; nobody is switched to it.
#[derive(Debug, Clone)]
pub struct OllamaConfig {
    /// Where it would answer.
    pub base_url: Url,
    /// Whether to look for it. None: only if the relay listens on loopback.
    pub look: Option<bool>,
}

impl Default for OllamaConfig {
    fn default() -> Self {
        let base_url = Url::parse("http://127.0.0.1:11434/v1").expect("it is an address");
        Self { base_url, look: None }
    }
}

impl OpenAiConfig {
    /// The server of `[openai]` with all other settings at their defaults.
    pub fn at(base_url: Url) -> Self {
        Self {
            name: None,
            base_url,
            api_key: None,
            models: Vec::new(),
            owner: None,
            region: None,
            policy: None,
            place: None,
            ca_file: None,
            context_tokens: 2048,
            wait_s: DEFAULT_MODEL_WAIT_S,
            first_piece_s: 120,
            next_piece_s: 30,
        }
    }

    /// A server with a name: it is there when the relay starts, and reads more than a small model.
    pub fn named(name: &str, base_url: Url) -> Self {
        Self { name: Some(name.to_owned()), context_tokens: 8192, wait_s: 0, ..Self::at(base_url) }
    }

    /// Whether names and texts can be offered.
    pub fn check(&self) -> Result<(), ConfigError> {
        let fits = |text: &Option<String>, max| text.as_ref().is_none_or(|text| text.len() <= max);
        let is_name = |name: &String| {
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_plain)
        };
        let room = MAX_OFFER_TEXT_BYTES - MAX_NAME_BYTES - 1;
        let is_right = self.name.as_ref().is_none_or(is_name)
            && self.models.iter().all(|model| (1..=room).contains(&model.len()))
            && fits(&self.owner, MAX_OFFER_TEXT_BYTES)
            && fits(&self.region, MAX_OFFER_TEXT_BYTES)
            && fits(&self.policy, MAX_POLICY_BYTES);
        if is_right { Ok(()) } else { Err(ConfigError::Provider) }
    }

    /// Where the models run.
    pub fn place(&self) -> ModelPlace {
        let here = if is_loopback(&self.base_url) { ModelPlace::Server } else { ModelPlace::Remote };
        self.place.unwrap_or(here)
    }
}

/// Reads a provider's address.
pub fn provider_address(text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|_| ConfigError::ProviderAddress)?;
    let is_plain = url.has_host() && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && is_plain { Ok(url) } else { Err(ConfigError::ProviderAddress) }
}

/// Whether an address is this machine's own.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
