//! One layer of settings: a file, the environment or the flags; each covers the one below.

mod providers;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use shared_types::account::SignUpMode;

use super::{Config, ConfigError, Origin, ScriptedProvider, Secret};
use providers::{OllamaLayer, OpenAiLayer, ProviderLayer};

/// Shortest token that is taken from an operator.
const MIN_TOKEN_CHARS: usize = 16;

/// Settings of the file; the same names as in `relay.example.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileLayer {
    listen: Option<SocketAddr>,
    metrics_listen: Option<String>,
    data_dir: Option<PathBuf>,
    database_url: Option<String>,
    origins: Option<Vec<String>>,
    rp_id: Option<String>,
    trusted_proxies: Option<Vec<IpAddr>>,
    sign_up: Option<SignUpMode>,
    invitations: Option<Vec<Secret>>,
    web_dir: Option<PathBuf>,
    operator_token: Option<Secret>,
    secrets_key_file: Option<PathBuf>,
    opaque_key_file: Option<PathBuf>,
    limits: LimitLayer,
    answers: AnswerLayer,
    openai: OpenAiLayer,
    providers: Vec<ProviderLayer>,
    ollama: OllamaLayer,
    scripted: ScriptedLayer,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitLayer {
    requests_per_minute: Option<u32>,
    address_requests_per_minute: Option<u32>,
    sign_ins_per_hour: Option<u32>,
    prompts_per_day: Option<u32>,
    prompts_at_once: Option<u32>,
    account_bytes: Option<u64>,
    sockets_per_account: Option<usize>,
    connections: Option<u32>,
    head_wait_s: Option<u64>,
    body_wait_s: Option<u64>,
    take_wait_s: Option<u64>,
    ping_s: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AnswerLayer {
    cadence_ms: Option<u64>,
    unattended_s: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ScriptedLayer {
    offered: Option<bool>,
}

/// Settings of the command line.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Flags {
    listen: Option<SocketAddr>,
    data_dir: Option<PathBuf>,
    config: Option<PathBuf>,
}

impl Flags {
    /// Reads the arguments after the program's name.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, ConfigError> {
        let mut flags = Self::default();
        let mut rest = arguments.into_iter();
        while let Some(name) = rest.next() {
            let value = rest.next().ok_or(ConfigError::Flag)?;
            match name.as_str() {
                "--listen" => {
                    flags.listen = Some(value.parse().map_err(|_| ConfigError::Value { name: "--listen" })?);
                }
                "--data" => flags.data_dir = Some(PathBuf::from(value)),
                "--config" => flags.config = Some(PathBuf::from(value)),
                _ => return Err(ConfigError::Flag),
            }
        }
        Ok(flags)
    }
}

/// Reads all layers; `environment` looks a variable up.
pub fn load(flags: &Flags, environment: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let environment = |name: &str| environment(name).filter(|value| !value.is_empty());
    let mut config = Config::default();
    if let Some(path) = flags.config.clone().or_else(|| environment("SOTTO_CONFIG").map(PathBuf::from)) {
        read_file(&path)?.apply(&mut config)?;
    }
    apply_environment(&environment, &mut config)?;
    if let Some(listen) = flags.listen {
        config.listen = listen;
    }
    if let Some(data_dir) = &flags.data_dir {
        config.data_dir.clone_from(data_dir);
    }
    Ok(config)
}

fn read_file(path: &Path) -> Result<FileLayer, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|source| ConfigError::File { path: path.to_owned(), source: Box::new(source) })
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn set_some<T>(place: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *place = value;
    }
}

fn set_operator_token(config: &mut Config, token: Option<Secret>) -> Result<(), ConfigError> {
    let token = token.filter(|token| !token.is_empty());
    if token.as_ref().is_some_and(|token| token.reveal().chars().count() < MIN_TOKEN_CHARS) {
        return Err(ConfigError::OperatorToken);
    }
    set_some(&mut config.operator_token, token);
    Ok(())
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

impl FileLayer {
    fn apply(self, config: &mut Config) -> Result<(), ConfigError> {
        set(&mut config.listen, self.listen);
        set_some(&mut config.metrics_listen, parsed(non_empty(self.metrics_listen), "metrics_listen")?);
        set(&mut config.data_dir, self.data_dir);
        set_some(&mut config.database_url, non_empty(self.database_url));
        if let Some(origins) = self.origins {
            config.origins = origins.iter().map(|origin| Origin::parse(origin)).collect::<Result<_, _>>()?;
        }
        set_some(&mut config.rp_id, non_empty(self.rp_id));
        set(&mut config.trusted_proxies, self.trusted_proxies);
        set_some(&mut config.sign_up, self.sign_up);
        set(&mut config.invitations, self.invitations);
        set_some(&mut config.web_dir, self.web_dir.filter(|path| !path.as_os_str().is_empty()));
        set_operator_token(config, self.operator_token)?;
        set_some(&mut config.secrets_key_file, self.secrets_key_file.filter(|path| !path.as_os_str().is_empty()));
        set_some(&mut config.opaque_key_file, self.opaque_key_file.filter(|path| !path.as_os_str().is_empty()));
        self.limits.apply(config);
        set(&mut config.answers.cadence_ms, self.answers.cadence_ms);
        set(&mut config.answers.unattended_s, self.answers.unattended_s);
        self.openai.apply(config)?;
        providers::apply(self.providers, config)?;
        self.ollama.apply(config)?;
        if self.scripted.offered == Some(true) {
            config.scripted = ScriptedProvider::Offered;
        }
        Ok(())
    }
}

impl LimitLayer {
    fn apply(&self, config: &mut Config) {
        let limits = &mut config.limits;
        set(&mut limits.requests_per_minute, self.requests_per_minute);
        set(&mut limits.address_requests_per_minute, self.address_requests_per_minute);
        set(&mut limits.sign_ins_per_hour, self.sign_ins_per_hour);
        set(&mut limits.prompts_per_day, self.prompts_per_day);
        set(&mut limits.prompts_at_once, self.prompts_at_once);
        set(&mut limits.account_bytes, self.account_bytes);
        set(&mut limits.sockets_per_account, self.sockets_per_account);
        set(&mut limits.connections, self.connections);
        set(&mut limits.head_wait_s, self.head_wait_s);
        set(&mut limits.body_wait_s, self.body_wait_s);
        set(&mut limits.take_wait_s, self.take_wait_s);
        set(&mut limits.ping_s, self.ping_s);
    }
}

fn parsed<T: std::str::FromStr>(value: Option<String>, name: &'static str) -> Result<Option<T>, ConfigError> {
    value.map(|text| text.trim().parse().map_err(|_| ConfigError::Value { name })).transpose()
}

fn listed<T>(
    value: Option<String>,
    parse: impl Fn(&str) -> Result<T, ConfigError>,
) -> Result<Option<Vec<T>>, ConfigError> {
    let split = |text: String| {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(&parse).collect::<Result<Vec<T>, _>>()
    };
    value.map(split).transpose()
}

fn apply_environment(environment: &impl Fn(&str) -> Option<String>, config: &mut Config) -> Result<(), ConfigError> {
    set(&mut config.listen, parsed(environment("SOTTO_LISTEN"), "SOTTO_LISTEN")?);
    set_some(&mut config.metrics_listen, parsed(environment("SOTTO_METRICS_LISTEN"), "SOTTO_METRICS_LISTEN")?);
    set(&mut config.data_dir, environment("SOTTO_DATA_DIR").map(PathBuf::from));
    set_some(&mut config.database_url, environment("SOTTO_DATABASE_URL"));
    set(&mut config.origins, listed(environment("SOTTO_ORIGINS"), Origin::parse)?);
    set_some(&mut config.rp_id, environment("SOTTO_RP_ID"));
    let proxy = |text: &str| text.parse().map_err(|_| ConfigError::Value { name: "SOTTO_TRUSTED_PROXIES" });
    set(&mut config.trusted_proxies, listed(environment("SOTTO_TRUSTED_PROXIES"), proxy)?);
    set_some(&mut config.sign_up, environment("SOTTO_SIGN_UP").map(|text| sign_up_mode(&text)).transpose()?);
    let invitation = |text: &str| Ok(Secret::new(text));
    set(&mut config.invitations, listed(environment("SOTTO_INVITATIONS"), invitation)?);
    set_some(&mut config.web_dir, environment("SOTTO_WEB_DIR").map(PathBuf::from));
    set(&mut config.limits.prompts_per_day, parsed(environment("SOTTO_PROMPTS_PER_DAY"), "SOTTO_PROMPTS_PER_DAY")?);
    set_operator_token(config, environment("SOTTO_OPERATOR_TOKEN").map(Secret::new))?;
    set_some(&mut config.secrets_key, environment("SOTTO_SECRETS_KEY").map(Secret::new));
    set_some(&mut config.secrets_key_file, environment("SOTTO_SECRETS_KEY_FILE").map(PathBuf::from));
    set_some(&mut config.opaque_key, environment("SOTTO_OPAQUE_KEY").map(Secret::new));
    set_some(&mut config.opaque_key_file, environment("SOTTO_OPAQUE_KEY_FILE").map(PathBuf::from));
    match environment("SOTTO_SCRIPTED").as_deref() {
        None => {}
        Some("offered") => config.scripted = ScriptedProvider::Offered,
        Some(_) => return Err(ConfigError::Value { name: "SOTTO_SCRIPTED" }),
    }
    OpenAiLayer {
        base_url: environment("SOTTO_OPENAI_BASE_URL"),
        api_key: environment("SOTTO_OPENAI_API_KEY").map(Secret::new),
        model: environment("SOTTO_OPENAI_MODEL"),
        wait_s: parsed(environment("SOTTO_MODEL_WAIT_S"), "SOTTO_MODEL_WAIT_S")?,
        ..OpenAiLayer::default()
    }
    .apply(config)?;
    match environment("SOTTO_OLLAMA").as_deref() {
        None => {}
        Some("look") => config.ollama.look = Some(true),
        Some("off") => config.ollama.look = Some(false),
        Some(_) => return Err(ConfigError::Value { name: "SOTTO_OLLAMA" }),
    }
    Ok(())
}

fn sign_up_mode(text: &str) -> Result<SignUpMode, ConfigError> {
    match text {
        "open" => Ok(SignUpMode::Open),
        "invitation" => Ok(SignUpMode::Invitation),
        "closed" => Ok(SignUpMode::Closed),
        _ => Err(ConfigError::Value { name: "SOTTO_SIGN_UP" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../relay.example.toml");

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn the_example_file_names_every_setting_with_its_default() {
        let mut from_example = Config::default();
        let layer: FileLayer = toml::from_str(EXAMPLE).unwrap();
        assert!(!format!("{layer:?}").contains("None"), "a setting is missing in the example: {layer:?}");
        layer.apply(&mut from_example).unwrap();
        let mut defaults = Config { sign_up: Some(SignUpMode::Open), ..Config::default() };
        defaults.ollama.look = Some(true);
        assert_eq!(format!("{from_example:?}"), format!("{defaults:?}"));
    }

    #[test]
    fn every_setting_of_the_example_has_a_sentence() {
        let mut commented = false;
        for line in EXAMPLE.lines() {
            let is_setting = line.contains(" = ") && !line.starts_with('#');
            assert!(!is_setting || commented, "no sentence above: {line}");
            commented = line.starts_with("# ") && line.trim_end().ends_with('.');
        }
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        for wrong in ["lissten = '127.0.0.1:1'", "[limits]\nprompts = 3", "[openai]\nkey = 'x'"] {
            assert!(toml::from_str::<FileLayer>(wrong).is_err(), "{wrong}");
        }
        for wrong in [&["--lissten", "127.0.0.1:1"][..], &["--listen"][..]] {
            assert!(Flags::parse(wrong.iter().map(ToString::to_string)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn flags_cover_the_environment_and_the_environment_covers_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.toml");
        std::fs::write(&path, "listen = '127.0.0.1:1'\ndata_dir = 'file'\nrp_id = 'file.example'").unwrap();
        let arguments = ["--data", "flag", "--config", path.to_str().unwrap()];
        let flags = Flags::parse(arguments.iter().map(ToString::to_string)).unwrap();
        let environment = |name: &str| match name {
            "SOTTO_LISTEN" => Some("127.0.0.1:2".to_owned()),
            "SOTTO_DATA_DIR" => Some("environment".to_owned()),
            _ => None,
        };
        let config = load(&flags, environment).unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.data_dir, PathBuf::from("flag"));
        assert_eq!(config.rp_id.as_deref(), Some("file.example"));
        assert_eq!(load(&Flags::default(), nothing).unwrap().listen.port(), 8080);
    }

    #[test]
    fn a_providers_address_names_a_host_over_http_or_https() {
        let with =
            |address: &'static str| move |name: &str| (name == "SOTTO_OPENAI_BASE_URL").then(|| address.to_owned());
        let config = load(&Flags::default(), with("https://example.org/v1")).unwrap();
        assert_eq!(config.openai.unwrap().base_url.as_str(), "https://example.org/v1");
        for wrong in
            ["file:///etc/passwd", "example.org/v1", "https://me:key@example.org", "https://example.org/?key=x"]
        {
            assert!(matches!(load(&Flags::default(), with(wrong)), Err(ConfigError::ProviderAddress)), "{wrong}");
        }
    }

    #[test]
    fn the_provider_that_the_example_shows_can_be_configured_and_its_name_is_its_own() {
        let (_, shown) = EXAMPLE.split_once("# [[providers]]").unwrap();
        let table: Vec<&str> = shown.lines().map(|line| line.trim_start_matches("# ")).collect();
        let read = |text: String| {
            let mut config = Config::default();
            toml::from_str::<FileLayer>(&text).unwrap().apply(&mut config).map(|()| config.providers)
        };
        let one = format!("[[providers]]{}\n", table.join("\n"));
        let providers = read(one.clone()).unwrap();
        let [provider] = &providers[..] else { panic!("one is configured: {providers:?}") };
        assert_eq!((provider.name.as_deref(), provider.models.len()), (Some("norra"), 2));
        assert!(matches!(read(format!("{one}{one}")), Err(ConfigError::Provider)), "two of one name");
        assert!(matches!(read(one.replace("norra", "Norra Nord")), Err(ConfigError::Provider)), "no name for an id");
    }

    #[test]
    fn a_wrong_value_in_the_environment_names_its_setting() {
        for (name, value) in [
            ("SOTTO_LISTEN", "nowhere"),
            ("SOTTO_METRICS_LISTEN", "9100"),
            ("SOTTO_SIGN_UP", "perhaps"),
            ("SOTTO_TRUSTED_PROXIES", "10.0.0.1, proxy"),
            ("SOTTO_SCRIPTED", "yes"),
            ("SOTTO_OLLAMA", "yes"),
        ] {
            let environment = |asked: &str| (asked == name).then(|| value.to_owned());
            let error = load(&Flags::default(), environment).unwrap_err();
            assert!(matches!(error, ConfigError::Value { name: said } if said == name), "{name}");
        }
    }
}
