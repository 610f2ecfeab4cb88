//! Configuration, read once: defaults ← `relay.toml` ← environment ← flags.
//!
//! Every setting stands in `relay.example.toml` with its default and a sentence; unknown names are errors.

mod database;
mod layer;
mod providers;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;
use shared_types::account::SignUpMode;
use shared_types::limits;
use thiserror::Error;
use url::Url;

pub use database::Database;
pub use layer::{Flags, load};
pub use providers::{OllamaConfig, OpenAiConfig, is_loopback, provider_address};

const DEFAULT_PORT: u16 = 8080;
const DEFAULT_CADENCE_MS: u64 = 50;

/// Why the relay cannot start as configured.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the configuration file {path}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what `relay.example.toml` shows.
    #[error("the configuration file {path} is wrong: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A value cannot be understood.
    #[error("the setting {name} cannot be understood")]
    Value {
        /// Which setting.
        name: &'static str,
    },
    /// A flag is unknown or lacks its value.
    #[error("unknown or incomplete flag; known are --listen ADDRESS, --data FOLDER, --config FILE")]
    Flag,
    /// A provider's address is not one that this relay can speak to.
    #[error("a provider's address must begin with http:// or https:// and name a host")]
    ProviderAddress,
    /// A provider's name or texts cannot be offered.
    #[error(
        "a provider needs a name of its own of at most 32 of a-z, 0-9 and -, and texts that are not longer than they may be"
    )]
    Provider,
    /// The operator's token could be guessed.
    #[error("the operator's token needs at least 16 characters")]
    OperatorToken,
    /// An origin is not `http(s)://host[:port]`.
    #[error("an origin must be http(s)://host or http(s)://host:port")]
    Origin,
    /// The relying party id does not fit the origins.
    #[error("the rp id must be the host of every origin or a parent domain of it, never an address")]
    RpId,
}

/// Everything that can be configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Address and port of the operator's counters. None: they are not served.
    pub metrics_listen: Option<SocketAddr>,
    /// Folder of everything that the relay stores.
    pub data_dir: PathBuf,
    /// Address of the database, which [`Config::database`] reads. None: `relay.sqlite` in the folder.
    pub database_url: Option<String>,
    /// Origins under which the page is served; the first is the one that links name. Empty: localhost and the port.
    pub origins: Vec<Origin>,
    /// Relying party id of passkeys. None: the first origin's host.
    pub rp_id: Option<String>,
    /// Proxies whose `x-forwarded-for` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Who may sign up. None: anyone if the relay listens on loopback, else by invitation.
    pub sign_up: Option<SignUpMode>,
    /// Words that let somebody sign up by invitation.
    pub invitations: Vec<Secret>,
    /// Folder of the built page.
    pub web_dir: Option<PathBuf>,
    /// Limits.
    pub limits: LimitConfig,
    /// Answers.
    pub answers: AnswerConfig,
    /// The OpenAI-compatible provider that is asked unless a person chooses another.
    pub openai: Option<OpenAiConfig>,
    /// Others that may be chosen, each with a name.
    pub providers: Vec<OpenAiConfig>,
    /// An Ollama on this machine.
    pub ollama: OllamaConfig,
    /// Proves the operator to the page on which providers are attached. None: nobody but people of this machine.
    pub operator_token: Option<Secret>,
    /// Key that seals the attached providers. None: the one of the file.
    pub secrets_key: Option<Secret>,
    /// File of that key. None: `secrets.key` in the folder, made when it is needed.
    pub secrets_key_file: Option<PathBuf>,
    /// What OPAQUE is set up with. None: the one of the file.
    pub opaque_key: Option<Secret>,
    /// File of that key. None: `opaque.key` in the folder, made at the first start.
    pub opaque_key_file: Option<PathBuf>,
    /// The scripted provider; for tests.
    pub scripted: ScriptedProvider,
}

/// Whether the scripted provider answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScriptedProvider {
    /// It is not offered.
    #[default]
    Off,
    /// It is offered as the model `scripted`.
    Offered,
}

/// Limits that an operator may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitConfig {
    /// Signed requests per account and minute.
    pub requests_per_minute: u32,
    /// Requests per address and minute.
    pub address_requests_per_minute: u32,
    /// Sign-ups and sign-ins per address and hour.
    pub sign_ins_per_hour: u32,
    /// Prompts per account and day.
    pub prompts_per_day: u32,
    /// Prompts of one account at the same time.
    pub prompts_at_once: u32,
    /// Stored bytes per account.
    pub account_bytes: u64,
    /// Sockets of one account at the same time.
    pub sockets_per_account: usize,
    /// Connections at the same time; more wait until one ends.
    pub connections: u32,
    /// How long a connection may take for the head of a request, seconds.
    pub head_wait_s: u64,
    /// How long the body of a request may take, seconds.
    pub body_wait_s: u64,
    /// How long a client may take nothing of what is sent to it, seconds.
    pub take_wait_s: u64,
    /// How often an events socket is pinged; one that is silent from one time to the next is closed. Seconds.
    pub ping_s: u64,
}

/// How answers are streamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerConfig {
    /// Least time between two frames, milliseconds; 0 sends each piece at once.
    pub cadence_ms: u64,
    /// How long an answer goes on for nobody, seconds.
    pub unattended_s: u64,
}

/// A configured secret; never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secret, for its one use.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An origin of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    url: Url,
    authority: String,
}

impl Origin {
    /// Reads `http(s)://host[:port]`.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let url = Url::parse(text).map_err(|_| ConfigError::Origin)?;
        let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        let host = url.host_str().ok_or(ConfigError::Origin)?;
        if !matches!(url.scheme(), "http" | "https") || !plain {
            return Err(ConfigError::Origin);
        }
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self { url, authority })
    }

    /// Host and, unless it is the scheme's own, port.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The address of the page.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The origin as browsers write it.
    pub fn as_text(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    fn is_under(&self, rp_id: &str) -> bool {
        let Some(domain) = self.url.domain() else { return false };
        domain == rp_id || domain.strip_suffix(rp_id).is_some_and(|rest| rest.ends_with('.'))
    }
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            requests_per_minute: limits::DEFAULT_REQUESTS_PER_MINUTE,
            address_requests_per_minute: 2 * limits::DEFAULT_REQUESTS_PER_MINUTE,
            sign_ins_per_hour: limits::DEFAULT_SIGN_INS_PER_HOUR,
            prompts_per_day: limits::DEFAULT_PROMPTS_PER_DAY,
            prompts_at_once: 4,
            account_bytes: limits::DEFAULT_ACCOUNT_BYTES,
            sockets_per_account: 64,
            connections: 10_000,
            head_wait_s: 20,
            body_wait_s: 30,
            take_wait_s: 60,
            ping_s: 30,
        }
    }
}

impl Default for AnswerConfig {
    fn default() -> Self {
        Self { cadence_ms: DEFAULT_CADENCE_MS, unattended_s: 60 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            metrics_listen: None,
            data_dir: PathBuf::from("data"),
            database_url: None,
            origins: Vec::new(),
            rp_id: None,
            trusted_proxies: Vec::new(),
            sign_up: None,
            invitations: Vec::new(),
            web_dir: None,
            limits: LimitConfig::default(),
            answers: AnswerConfig::default(),
            openai: None,
            providers: Vec::new(),
            ollama: OllamaConfig::default(),
            operator_token: None,
            secrets_key: None,
            secrets_key_file: None,
            opaque_key: None,
            opaque_key_file: None,
            scripted: ScriptedProvider::Off,
        }
    }
}

/// What follows from a configuration once the address is known: origins, rp id and who may sign up.
#[derive(Debug, Clone)]
pub struct Site {
    /// At least one; the first is the one that links name.
    pub origins: Vec<Origin>,
    /// Relying party id.
    pub rp_id: String,
    /// Who may sign up.
    pub sign_up: SignUpMode,
}

impl Site {
    /// Fills in what the configuration leaves open.
    pub fn new(config: &Config, listening_on: SocketAddr) -> Result<Self, ConfigError> {
        let origins = if config.origins.is_empty() {
            vec![Origin::parse(&format!("http://localhost:{}", listening_on.port()))?]
        } else {
            config.origins.clone()
        };
        let first = origins.first().ok_or(ConfigError::Origin)?;
        let rp_id = match &config.rp_id {
            Some(rp_id) => rp_id.clone(),
            None => first.url.domain().ok_or(ConfigError::RpId)?.to_owned(),
        };
        if !origins.iter().all(|origin| origin.is_under(&rp_id)) {
            return Err(ConfigError::RpId);
        }
        let by_address = if listening_on.ip().is_loopback() { SignUpMode::Open } else { SignUpMode::Invitation };
        Ok(Self { origins, rp_id, sign_up: config.sign_up.unwrap_or(by_address) })
    }

    /// Whether a `Host` header names one of the origins.
    pub fn is_at_home(&self, host: &str) -> bool {
        self.origins.iter().any(|origin| origin.authority.eq_ignore_ascii_case(host))
    }

    /// Whether only people of this machine can open the page: it listens on loopback and has no name elsewhere.
    pub fn is_for_this_machine(&self, config: &Config, listening_on: SocketAddr) -> bool {
        let is_here = |origin: &Origin| is_loopback(&origin.url);
        listening_on.ip().is_loopback() && config.trusted_proxies.is_empty() && self.origins.iter().all(is_here)
    }

    /// The origin that links name.
    pub fn first_origin(&self) -> &Origin {
        self.origins.first().expect("a site has at least one origin")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_bare_relay_is_at_localhost_and_open_only_on_loopback() {
        let site = Site::new(&Config::default(), address("127.0.0.1:4321")).unwrap();
        assert_eq!(site.first_origin().as_text(), "http://localhost:4321");
        assert_eq!((site.rp_id.as_str(), site.sign_up), ("localhost", SignUpMode::Open));
        assert!(site.is_at_home("LOCALHOST:4321") && !site.is_at_home("127.0.0.1:4321"));
        let site = Site::new(&Config::default(), address("0.0.0.0:4321")).unwrap();
        assert_eq!(site.sign_up, SignUpMode::Invitation);
    }

    #[test]
    fn an_rp_id_must_cover_every_origin() {
        let with = |origins: &[&str], rp_id: &str| Config {
            origins: origins.iter().map(|origin| Origin::parse(origin).unwrap()).collect(),
            rp_id: Some(rp_id.to_owned()),
            ..Config::default()
        };
        let home = address("127.0.0.1:1");
        assert!(Site::new(&with(&["https://a.example.org", "https://example.org:8443"], "example.org"), home).is_ok());
        for (origins, rp_id) in [
            (&["https://notexample.org"][..], "example.org"),
            (&["https://example.org", "https://other.org"][..], "example.org"),
            (&["http://127.0.0.1:80"][..], "127.0.0.1"),
        ] {
            assert!(matches!(Site::new(&with(origins, rp_id), home), Err(ConfigError::RpId)), "{origins:?}");
        }
    }

    #[test]
    fn only_a_relay_that_nobody_else_can_open_is_for_this_machine() {
        let is_for_this_machine = |config: &Config, listening_on: &str| {
            let listening_on = address(listening_on);
            Site::new(config, listening_on).unwrap().is_for_this_machine(config, listening_on)
        };
        let plain = Config::default();
        assert!(is_for_this_machine(&plain, "127.0.0.1:1"));
        assert!(!is_for_this_machine(&plain, "0.0.0.0:1"));
        let proxied = Config { trusted_proxies: vec!["127.0.0.1".parse().unwrap()], ..Config::default() };
        assert!(!is_for_this_machine(&proxied, "127.0.0.1:1"), "a proxy stands before it");
        let origins = ["http://localhost", "https://sotto.example"].map(|origin| Origin::parse(origin).unwrap());
        let named = Config { origins: origins[1..].to_vec(), ..Config::default() };
        assert!(!is_for_this_machine(&named, "127.0.0.1:1"), "it has a name elsewhere");
        let local = Config { origins: origins[..1].to_vec(), ..Config::default() };
        assert!(is_for_this_machine(&local, "127.0.0.1:1"));
    }

    #[test]
    fn an_origin_has_no_path_and_drops_its_schemes_own_port() {
        assert_eq!(Origin::parse("https://example.org:443").unwrap().authority(), "example.org");
        for wrong in ["example.org", "ftp://example.org", "https://example.org/x", "https://me@example.org"] {
            assert!(Origin::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let config = Config { invitations: vec![Secret::new("open sesame")], ..Config::default() };
        assert!(!format!("{config:?}").contains("sesame"));
    }
}
