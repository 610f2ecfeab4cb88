//! Providers that the operator attached: kept sealed, asked at once, let go again.
//!
//! Each gets a name of its own with a random end, so that an id never comes to mean another address.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use shared_types::provider::NewProvider;
use thiserror::Error;
use tokio::task::JoinSet;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{EndpointError, OpenAi, Provider};
use crate::config::{Config, ConfigError, OpenAiConfig, Secret, provider_address};
use crate::random::random_bytes;
use crate::sealed_file::{SealedFile, SealedFileError, load_key};

const FILE: &str = "providers.sealed";
const KEY_FILE: &str = "secrets.key";
/// Providers that may be attached at the same time.
const MAX_ATTACHED: usize = 16;
/// Letters of a name before its random end.
const MAX_STEM_CHARS: usize = 20;

/// Why a provider is not attached, or those that are cannot be used.
#[derive(Debug, Error)]
pub enum AttachError {
    /// Too many are.
    #[error("no more than {MAX_ATTACHED} providers can be attached")]
    Full,
    /// The list cannot be read or kept.
    #[error("the attached providers: {0}")]
    Kept(#[from] SealedFileError),
    /// The list is not one that this version knows.
    #[error("the list of attached providers is not one that this version knows")]
    Form,
    /// An address or a text is not right.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It cannot be spoken to.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

/// A provider as it is kept.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct KeptProvider {
    name: String,
    base_url: String,
    api_key: String,
    models: Vec<String>,
    owner: String,
    region: String,
    policy: String,
}

/// A provider at work; its watch ends with it.
struct Attached {
    kept: KeptProvider,
    provider: Arc<OpenAi>,
    _watch: JoinSet<()>,
}

/// All attached providers.
pub(crate) struct AttachedProviders {
    folder: PathBuf,
    key: Option<Secret>,
    key_file: Option<PathBuf>,
    started_s: u64,
    all: Mutex<Vec<Attached>>,
}

/// The settings that an operator's wish names.
pub(crate) fn settings_of(wish: &NewProvider, name: &str) -> Result<OpenAiConfig, ConfigError> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut config = OpenAiConfig::named(name, provider_address(wish.base_url.trim())?);
    config.api_key = given(wish.api_key.reveal()).map(Secret::new);
    config.models = wish.models.iter().filter_map(|model| given(model)).collect();
    config.owner = given(&wish.owner);
    config.region = given(&wish.region);
    config.policy = given(&wish.policy);
    config.check()?;
    Ok(config)
}

/// A name that was never given before.
fn new_name(config: &OpenAiConfig) -> String {
    let host = config.base_url.host_str().unwrap_or_default();
    let text = config.owner.as_deref().unwrap_or(host).to_ascii_lowercase();
    let plain = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let stem: String = plain.collect::<Vec<_>>().join("-").chars().take(MAX_STEM_CHARS).collect();
    let end = data_encoding::HEXLOWER.encode(&random_bytes::<4>());
    format!("{}-{end}", stem.trim_end_matches('-')).trim_start_matches('-').to_owned()
}

impl AttachedProviders {
    /// Those that were kept. A file that does not open ends the start: nothing in it is lost.
    pub(crate) fn load(config: &Config, started_s: u64) -> Result<Self, AttachError> {
        let attached = Self {
            folder: config.data_dir.clone(),
            key: config.secrets_key.clone(),
            key_file: config.secrets_key_file.clone(),
            started_s,
            all: Mutex::default(),
        };
        if attached.folder.join(FILE).exists()
            && let Some(bytes) = attached.file()?.read()?
        {
            let kept: Vec<KeptProvider> = serde_json::from_slice(&bytes).map_err(|_| AttachError::Form)?;
            for provider in kept {
                let provider = attached.start(provider)?;
                attached.lock().push(provider);
            }
        }
        Ok(attached)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Attached>> {
        self.all.lock().expect("no holder of this lock panics")
    }

    fn file(&self) -> Result<SealedFile, SealedFileError> {
        let path = self.folder.join(FILE);
        if let Some(key) = &self.key {
            return SealedFile::new(path, key.reveal());
        }
        let key_file = self.key_file.clone().unwrap_or_else(|| self.folder.join(KEY_FILE));
        SealedFile::new(path, &load_key(&key_file)?)
    }

    fn start(&self, kept: KeptProvider) -> Result<Attached, AttachError> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mut config = OpenAiConfig::named(&kept.name, provider_address(&kept.base_url)?);
        config.api_key = given(&kept.api_key).map(Secret::new);
        config.models.clone_from(&kept.models);
        config.owner = given(&kept.owner);
        config.region = given(&kept.region);
        config.policy = given(&kept.policy);
        let provider = Arc::new(OpenAi::new(config, self.started_s)?);
        let mut watch = JoinSet::new();
        let watched = Arc::clone(&provider);
        watch.spawn(async move { watched.watch().await });
        Ok(Attached { kept, provider, _watch: watch })
    }

    /// Those that are asked, oldest first.
    pub(crate) fn list(&self) -> Vec<Arc<OpenAi>> {
        self.lock().iter().map(|attached| Arc::clone(&attached.provider)).collect()
    }

    /// Keeps a provider that has just listed these models, and asks it from now on.
    pub(crate) fn attach(&self, config: &OpenAiConfig, listed: &[String]) -> Result<(), AttachError> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let kept = KeptProvider {
            name: new_name(config),
            base_url: config.base_url.to_string(),
            api_key: config.api_key.as_ref().map(|key| key.reveal().to_owned()).unwrap_or_default(),
            models: config.models.clone(),
            owner: text(&config.owner),
            region: text(&config.region),
            policy: text(&config.policy),
        };
        let started = self.start(kept)?;
        started.provider.has_listed(listed.to_vec());
        let mut all = self.lock();
        if all.len() >= MAX_ATTACHED {
            return Err(AttachError::Full);
        }
        all.push(started);
        let kept = self.keep(&all);
        if kept.is_err() {
            all.pop();
        }
        kept
    }

    /// Lets a provider go; whoever has chosen its models is told that they are not offered any more.
    pub(crate) fn remove(&self, name: &str) -> Result<(), AttachError> {
        let mut all = self.lock();
        let Some(place) = all.iter().position(|attached| attached.kept.name == name) else { return Ok(()) };
        let gone = all.remove(place);
        let kept = self.keep(&all);
        if kept.is_err() {
            all.insert(place, gone);
        }
        kept
    }

    fn keep(&self, all: &[Attached]) -> Result<(), AttachError> {
        let kept: Vec<&KeptProvider> = all.iter().map(|attached| &attached.kept).collect();
        let text = Zeroizing::new(serde_json::to_vec(&kept).expect("a list of texts is plain"));
        Ok(self.file()?.write(&text)?)
    }
}

#[cfg(test)]
mod tests {
    use shared_types::provider::SecretText;

    use super::*;

    fn wish(owner: &str) -> NewProvider {
        NewProvider {
            base_url: "http://127.0.0.1:9/v1".to_owned(),
            api_key: SecretText::take("a-very-secret-key".to_owned()),
            models: vec!["large".to_owned()],
            owner: owner.to_owned(),
            region: String::new(),
            policy: String::new(),
        }
    }

    fn config(folder: &std::path::Path) -> Config {
        Config { data_dir: folder.to_owned(), ..Config::default() }
    }

    fn ids(attached: &AttachedProviders) -> Vec<String> {
        attached.list().iter().flat_map(|provider| provider.offers(0)).map(|offer| offer.id).collect()
    }

    #[tokio::test]
    async fn an_attached_provider_is_there_after_a_restart_and_its_key_in_no_clear_byte() {
        let folder = tempfile::tempdir().unwrap();
        let attached = AttachedProviders::load(&config(folder.path()), 0).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made before it is needed");
        attached.attach(&settings_of(&wish("Norra & Co"), "new").unwrap(), &[]).unwrap();
        attached.attach(&settings_of(&wish(""), "new").unwrap(), &[]).unwrap();
        let offered = ids(&attached);
        assert!(offered[0].starts_with("large@norra-co-") && offered[1].starts_with("large@127-0-0-1-"), "{offered:?}");
        let again = AttachedProviders::load(&config(folder.path()), 0).unwrap();
        assert_eq!(ids(&again), offered);
        let sealed = std::fs::read(folder.path().join(FILE)).unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("secret-key"));
        let name = again.list()[0].name().unwrap().to_owned();
        again.remove(&name).unwrap();
        assert_eq!(ids(&AttachedProviders::load(&config(folder.path()), 0).unwrap()), offered[1..]);
    }

    #[tokio::test]
    async fn with_another_key_the_relay_does_not_start_and_the_list_stays() {
        let folder = tempfile::tempdir().unwrap();
        let attached = AttachedProviders::load(&config(folder.path()), 0).unwrap();
        attached.attach(&settings_of(&wish("Norra"), "new").unwrap(), &[]).unwrap();
        let before = std::fs::read(folder.path().join(FILE)).unwrap();
        let other = data_encoding::BASE64URL_NOPAD.encode(&[7; 32]);
        let wrong = Config { secrets_key: Some(Secret::new(other)), ..config(folder.path()) };
        let refused = AttachedProviders::load(&wrong, 0).err().map(|error| error.to_string()).unwrap();
        assert!(refused.contains("sealed with another key") && refused.contains("nothing was changed"), "{refused}");
        assert_eq!(std::fs::read(folder.path().join(FILE)).unwrap(), before);
        assert_eq!(ids(&AttachedProviders::load(&config(folder.path()), 0).unwrap()), ids(&attached));
    }
}
