//! All providers of a relay: which models may be chosen, and who answers a prompt that names one.
//!
//! A prompt goes to the provider whose offer has the id that it names, or to nobody. What stands after the last `@` of
//! an id, if it is the name of a provider, belongs to that one alone, whatever others call their models.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use shared_types::account::{ModelOffer, ModelPlace};
use shared_types::error::ErrorCode;
use shared_types::limits::MAX_OFFERS;
use shared_types::provider::ProviderRow;

use super::{AttachError, AttachedProviders, OpenAi, Provider, Scripted};
use crate::config::{Config, OpenAiConfig, ScriptedProvider};

/// Name of an Ollama that was found on this machine.
const OLLAMA: &str = "ollama";
/// What an Ollama reads at once unless it was started with more, tokens.
const OLLAMA_CONTEXT_TOKENS: u32 = 4096;

/// The providers, best default first.
pub(crate) struct Providers {
    /// As configured.
    servers: Vec<Arc<OpenAi>>,
    scripted: Option<Arc<Scripted>>,
    /// As the operator attached them.
    pub(crate) attached: AttachedProviders,
}

impl Providers {
    /// The providers of a configuration, and those that were attached.
    pub(crate) fn new(config: &Config, listening_on: SocketAddr, started_s: u64) -> Result<Self, AttachError> {
        let mut servers = Vec::new();
        for provider in config.openai.iter().chain(&config.providers) {
            servers.push(Arc::new(OpenAi::new(provider.clone(), started_s)?));
        }
        if config.ollama.look.unwrap_or(listening_on.ip().is_loopback())
            && !config.providers.iter().any(|provider| provider.name.as_deref() == Some(OLLAMA))
        {
            let ollama = OpenAiConfig {
                owner: Some("Ollama".to_owned()),
                place: Some(ModelPlace::Server),
                context_tokens: OLLAMA_CONTEXT_TOKENS,
                ..OpenAiConfig::named(OLLAMA, config.ollama.base_url.clone())
            };
            servers.push(Arc::new(OpenAi::new(ollama, started_s)?));
        }
        let scripted = match config.scripted {
            ScriptedProvider::Offered => Some(Arc::new(Scripted)),
            ScriptedProvider::Off => None,
        };
        Ok(Self { servers, scripted, attached: AttachedProviders::load(config, started_s)? })
    }

    /// Those whose readiness the relay watches; an attached one is watched from its start.
    pub(crate) fn servers(&self) -> &[Arc<OpenAi>] {
        &self.servers
    }

    /// All of them, best default first.
    fn list(&self) -> Vec<Arc<dyn Provider>> {
        let plain = |provider: Arc<OpenAi>| provider as Arc<dyn Provider>;
        let scripted = self.scripted.iter().map(|scripted| Arc::clone(scripted) as Arc<dyn Provider>);
        let servers = self.servers.iter().cloned().map(plain);
        servers.chain(scripted).chain(self.attached.list().into_iter().map(plain)).collect()
    }

    /// What the operator sees of them.
    pub(crate) fn rows(&self, now_s: u64) -> Vec<ProviderRow> {
        let servers = self.servers.iter().map(|server| server.row(now_s, false));
        servers.chain(self.attached.list().iter().map(|server| server.row(now_s, true))).collect()
    }

    /// The models that may be chosen now; an id stands once, for the provider that would be asked.
    pub(crate) fn offers(&self, now_s: u64) -> Vec<ModelOffer> {
        let all = self.list();
        let mut ids = BTreeSet::new();
        let mut offers = Vec::new();
        for provider in &all {
            for offer in provider.offers(now_s) {
                let is_its_own = owner_of(&all, &offer.id) == provider.name();
                if is_its_own && ids.insert(offer.id.clone()) {
                    offers.push(offer);
                }
            }
        }
        offers.truncate(MAX_OFFERS);
        offers
    }

    /// Who is asked for a model.
    pub(crate) fn find(&self, model: &str) -> Result<Arc<dyn Provider>, ErrorCode> {
        let all = self.list();
        if all.is_empty() {
            return Err(ErrorCode::NoProvider);
        }
        let owner = owner_of(&all, model);
        let mut its_own = all.iter().filter(|provider| provider.name() == owner);
        its_own.find(|provider| provider.answers_to(model)).cloned().ok_or(ErrorCode::UnknownModel)
    }
}

/// The name of the provider that an id belongs to; none if the id is bare.
fn owner_of<'a>(all: &'a [Arc<dyn Provider>], id: &str) -> Option<&'a str> {
    let (_, after) = id.rsplit_once('@')?;
    all.iter().filter_map(|provider| provider.name()).find(|name| *name == after)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn configured(name: Option<&str>, models: &[&str]) -> OpenAiConfig {
        let url = Url::parse("http://127.0.0.1:9/v1").unwrap();
        let base = name.map_or_else(|| OpenAiConfig::at(url.clone()), |name| OpenAiConfig::named(name, url.clone()));
        OpenAiConfig { models: models.iter().map(ToString::to_string).collect(), ..base }
    }

    fn providers(openai: &[&str], others: &[(&str, &[&str])]) -> Providers {
        let mut config = Config {
            openai: Some(configured(None, openai)),
            providers: others.iter().map(|(name, models)| configured(Some(name), models)).collect(),
            ..Config::default()
        };
        config.ollama.look = Some(false);
        Providers::new(&config, config.listen, 0).unwrap()
    }

    fn ids(providers: &Providers) -> Vec<String> {
        providers.offers(0).into_iter().map(|offer| offer.id).collect()
    }

    #[test]
    fn the_models_of_all_providers_may_be_chosen_and_each_id_has_one_owner() {
        let all = providers(&["small"], &[("norra", &["large", "small"]), ("west", &["large"])]);
        assert_eq!(ids(&all), ["small", "large@norra", "small@norra", "large@west"]);
        for (model, name) in [("small", None), ("small@norra", Some("norra")), ("large@west", Some("west"))] {
            assert_eq!(all.find(model).unwrap().name(), name, "{model}");
        }
    }

    // Adversary: A4, a provider that calls one of its models as another provider's is called here.
    // Invariant: a prompt goes to the provider whose offer was shown under the id that it names, or to nobody.
    // Regression caught: the first provider whose names fit is asked, and reads what was meant for another.
    #[test]
    fn a_prompt_never_goes_to_a_provider_that_borrows_anothers_name() {
        let all = providers(&["large@norra"], &[("norra", &["large"])]);
        assert_eq!(ids(&all), ["large@norra"]);
        assert_eq!(all.find("large@norra").unwrap().name(), Some("norra"));
        let gone = providers(&["large@norra"], &[("norra", &["small"])]);
        assert_eq!(gone.find("large@norra").err(), Some(ErrorCode::UnknownModel), "not even when it is gone");
        assert_eq!(ids(&gone), ["small@norra"]);
    }

    #[test]
    fn an_ollama_is_looked_for_on_loopback_only_unless_it_is_said() {
        let names = |look, listening_on: &str| {
            let mut config = Config::default();
            config.ollama.look = look;
            let providers = Providers::new(&config, listening_on.parse().unwrap(), 0).unwrap();
            providers.list().iter().filter_map(|provider| provider.name().map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(names(None, "127.0.0.1:8080"), ["ollama"]);
        assert_eq!(names(None, "0.0.0.0:8080"), [""; 0]);
        assert_eq!(names(Some(true), "0.0.0.0:8080"), ["ollama"]);
        assert_eq!(names(Some(false), "127.0.0.1:8080"), [""; 0]);
    }
}
