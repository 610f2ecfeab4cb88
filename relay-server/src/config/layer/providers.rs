//! Settings of providers as a layer has them: `[openai]`, `[[providers]]`, `[ollama]`.

use std::path::PathBuf;

use serde::Deserialize;
use shared_types::account::ModelPlace;

use super::super::{Config, ConfigError, OpenAiConfig, Secret, provider_address};
use super::{non_empty, set, set_some};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OpenAiLayer {
    pub(super) base_url: Option<String>,
    pub(super) api_key: Option<Secret>,
    pub(super) model: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) region: Option<String>,
    pub(super) policy: Option<String>,
    pub(super) place: Option<ModelPlace>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) context_tokens: Option<u32>,
    pub(super) wait_s: Option<u64>,
    pub(super) first_piece_s: Option<u64>,
    pub(super) next_piece_s: Option<u64>,
}

/// One of `[[providers]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderLayer {
    name: String,
    base_url: String,
    api_key: Option<Secret>,
    #[serde(default)]
    models: Vec<String>,
    owner: Option<String>,
    region: Option<String>,
    policy: Option<String>,
    place: Option<ModelPlace>,
    ca_file: Option<PathBuf>,
    context_tokens: Option<u32>,
    wait_s: Option<u64>,
    first_piece_s: Option<u64>,
    next_piece_s: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OllamaLayer {
    base_url: Option<String>,
    look: Option<bool>,
}

impl OpenAiLayer {
    pub(super) fn apply(self, config: &mut Config) -> Result<(), ConfigError> {
        if let Some(base_url) = non_empty(self.base_url) {
            let base_url = provider_address(&base_url)?;
            match &mut config.openai {
                Some(openai) => openai.base_url = base_url,
                None => config.openai = Some(OpenAiConfig::at(base_url)),
            }
        }
        let Some(openai) = &mut config.openai else { return Ok(()) };
        set_some(&mut openai.api_key, self.api_key.filter(|key| !key.is_empty()));
        if let Some(model) = non_empty(self.model) {
            openai.models = vec![model];
        }
        set_some(&mut openai.owner, non_empty(self.owner));
        set_some(&mut openai.region, non_empty(self.region));
        set_some(&mut openai.policy, non_empty(self.policy));
        set_some(&mut openai.place, self.place);
        set_some(&mut openai.ca_file, self.ca_file.filter(|path| !path.as_os_str().is_empty()));
        set(&mut openai.context_tokens, self.context_tokens);
        set(&mut openai.wait_s, self.wait_s);
        set(&mut openai.first_piece_s, self.first_piece_s);
        set(&mut openai.next_piece_s, self.next_piece_s);
        openai.check()
    }
}

impl ProviderLayer {
    fn read(self) -> Result<OpenAiConfig, ConfigError> {
        let mut provider = OpenAiConfig::named(&self.name, provider_address(&self.base_url)?);
        provider.api_key = self.api_key.filter(|key| !key.is_empty());
        provider.models = self.models;
        provider.owner = non_empty(self.owner);
        provider.region = non_empty(self.region);
        provider.policy = non_empty(self.policy);
        provider.place = self.place;
        provider.ca_file = self.ca_file.filter(|path| !path.as_os_str().is_empty());
        set(&mut provider.context_tokens, self.context_tokens);
        set(&mut provider.wait_s, self.wait_s);
        set(&mut provider.first_piece_s, self.first_piece_s);
        set(&mut provider.next_piece_s, self.next_piece_s);
        provider.check()?;
        Ok(provider)
    }
}

/// Reads `[[providers]]`; each has a name of its own.
pub(super) fn apply(layers: Vec<ProviderLayer>, config: &mut Config) -> Result<(), ConfigError> {
    for layer in layers {
        let provider = layer.read()?;
        if config.providers.iter().any(|other| other.name == provider.name) {
            return Err(ConfigError::Provider);
        }
        config.providers.push(provider);
    }
    Ok(())
}

impl OllamaLayer {
    pub(super) fn apply(self, config: &mut Config) -> Result<(), ConfigError> {
        if let Some(base_url) = non_empty(self.base_url) {
            config.ollama.base_url = provider_address(&base_url)?;
        }
        set_some(&mut config.ollama.look, self.look);
        Ok(())
    }
}
