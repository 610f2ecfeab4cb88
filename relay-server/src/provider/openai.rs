//! Any OpenAI-compatible server as a provider: `sotto-model`, Ollama, vLLM, llama.cpp, hosted ones.
//!
//! Its readiness is probed by listing its models: often while it is not ready, rarely once it is.

mod trial;
mod wire;

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{StatusCode, header};
use shared_types::account::{ModelOffer, ModelState};
use shared_types::limits::MAX_OFFER_TEXT_BYTES;
use shared_types::provider::ProviderRow;
use zeroize::Zeroizing;

pub(crate) use self::trial::try_out;
use self::wire::{AnswerReader, ChatRequest, ModelList};
use super::endpoint::{Endpoint, EndpointError, Received, SendError};
use super::{Piece, Pieces, Prompt, Provider, ProviderError};
use crate::config::OpenAiConfig;

const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
const PROBE_PAUSE_NOT_READY: Duration = Duration::from_secs(1);
const PROBE_PAUSE_READY: Duration = Duration::from_secs(15);
const BUSY_RETRY_S: u32 = 5;
const NOT_READY_RETRY_S: u32 = 5;
/// Name of a model that the server has not told yet; always understood.
const ANY_MODEL: &str = "default";
/// Models that one server may list; more are not offered.
const MAX_LISTED: usize = 32;
/// Longest list of models that is read.
const MAX_LIST_BYTES: usize = 1024 * 1024;

/// One OpenAI-compatible server.
pub struct OpenAi {
    config: OpenAiConfig,
    endpoint: Endpoint,
    started_s: u64,
    readiness: Mutex<Readiness>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Readiness {
    /// Never answered so far.
    Awaited,
    /// Answered the last probe and listed these models.
    Ready { listed: Vec<String> },
    /// Answered once, not now.
    Lost { listed: Vec<String> },
}

/// Why the models of a server are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListError {
    /// No response.
    Send(SendError),
    /// A response of this status.
    Status(StatusCode),
    /// What came is no list of models.
    Garbage,
}

impl OpenAi {
    /// A provider for a server that may not run yet.
    pub fn new(config: OpenAiConfig, started_s: u64) -> Result<Self, EndpointError> {
        let endpoint = Endpoint::new(config.base_url.clone(), config.api_key.as_ref(), config.ca_file.as_deref())?;
        Ok(Self { config, endpoint, started_s, readiness: Mutex::new(Readiness::Awaited) })
    }

    fn readiness(&self) -> Readiness {
        self.readiness.lock().expect("no holder of this lock panics").clone()
    }

    /// What the server calls the models that are offered.
    fn models(&self) -> Vec<String> {
        if !self.config.models.is_empty() {
            return self.config.models.clone();
        }
        let listed = match self.readiness() {
            Readiness::Awaited => Vec::new(),
            Readiness::Ready { listed } | Readiness::Lost { listed } => listed,
        };
        match self.config.name {
            Some(_) => listed,
            None => vec![listed.into_iter().next().unwrap_or_else(|| ANY_MODEL.to_owned())],
        }
    }

    /// The id of a model on this relay.
    fn id_of(&self, model: &str) -> String {
        self.config.name.as_ref().map_or_else(|| model.to_owned(), |name| format!("{model}@{name}"))
    }

    /// What the server calls the model of an id, if it is one that is offered.
    fn find_model(&self, id: &str) -> Option<String> {
        let mut models = self.models();
        let is_any = id == ANY_MODEL && self.config.name.is_none();
        let place = models.iter().position(|model| is_any || self.id_of(model) == id)?;
        Some(models.swap_remove(place))
    }

    async fn probe(&self) {
        let found = match tokio::time::timeout(PROBE_TIMEOUT, self.list_models()).await {
            Ok(Ok(listed)) => Some(listed),
            // Not every hosted server lists its models.
            Ok(Err(ListError::Status(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)))
                if !self.config.models.is_empty() =>
            {
                Some(Vec::new())
            }
            Ok(Err(_)) | Err(_) => None,
        };
        let mut readiness = self.readiness.lock().expect("no holder of this lock panics");
        let next = match (found, &*readiness) {
            (Some(listed), _) => Readiness::Ready { listed },
            (None, Readiness::Awaited) => Readiness::Awaited,
            (None, Readiness::Ready { listed } | Readiness::Lost { listed }) => {
                Readiness::Lost { listed: listed.clone() }
            }
        };
        if *readiness != next {
            let is_ready = matches!(next, Readiness::Ready { .. });
            let name = self.config.name.as_deref().unwrap_or_default();
            tracing::info!(provider.name = name, provider.ready = is_ready, "provider readiness changed");
            *readiness = next;
        }
    }

    async fn list_models(&self) -> Result<Vec<String>, ListError> {
        let response = self.endpoint.fetch("models").await.map_err(ListError::Send)?;
        if !response.status.is_success() {
            return Err(ListError::Status(response.status));
        }
        let body = response.whole(MAX_LIST_BYTES).await.map_err(|_| ListError::Garbage)?;
        let list: ModelList = serde_json::from_slice(&body).map_err(|_| ListError::Garbage)?;
        let fits = |model: &String| (1..=MAX_OFFER_TEXT_BYTES).contains(&self.id_of(model).len());
        Ok(list.into_ids().filter(fits).take(MAX_LISTED).collect())
    }

    async fn send(&self, body: Zeroizing<Vec<u8>>) -> Result<Received, ProviderError> {
        let response = self.endpoint.post("chat/completions", Bytes::from_owner(body)).await.map_err(|error| {
            if error == SendError::Tls {
                tracing::error!("the provider's certificate is not the one of its address, or it speaks no TLS");
            }
            ProviderError::Down
        })?;
        let retry_after_s =
            response.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        match response.status {
            status if status.is_success() => Ok(response),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                Err(ProviderError::Busy { retry_after_s: retry_after_s.unwrap_or(BUSY_RETRY_S) })
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                tracing::error!(provider.status = response.status.as_u16(), "the provider does not accept our key");
                Err(ProviderError::KeyRefused)
            }
            status if status.is_client_error() => Err(ProviderError::Refused),
            _ => Err(ProviderError::Down),
        }
    }

    /// It has just answered and listed these: it is offered without waiting for a probe.
    pub(crate) fn has_listed(&self, listed: Vec<String>) {
        *self.readiness.lock().expect("no holder of this lock panics") = Readiness::Ready { listed };
    }

    /// What the operator sees of it.
    pub(crate) fn row(&self, now_s: u64, is_attached: bool) -> ProviderRow {
        ProviderRow {
            name: self.config.name.clone().unwrap_or_default(),
            owner: self.owner(),
            base_url: self.config.base_url.to_string(),
            models: self.models(),
            state: self.state(now_s),
            is_attached,
        }
    }

    fn owner(&self) -> String {
        let host = self.config.base_url.host_str().unwrap_or_default();
        self.config.owner.clone().unwrap_or_else(|| host.to_owned())
    }

    fn state(&self, now_s: u64) -> ModelState {
        let ready_by = self.started_s + self.config.wait_s;
        match self.readiness() {
            Readiness::Ready { .. } => ModelState::Ready,
            Readiness::Awaited if now_s < ready_by => {
                ModelState::Preparing { wait_s: u32::try_from(ready_by - now_s).unwrap_or(u32::MAX) }
            }
            Readiness::Awaited | Readiness::Lost { .. } => ModelState::Down,
        }
    }
}

#[async_trait]
impl Provider for OpenAi {
    fn name(&self) -> Option<&str> {
        self.config.name.as_deref()
    }

    fn offers(&self, now_s: u64) -> Vec<ModelOffer> {
        let state = self.state(now_s);
        let offer = |model: String| ModelOffer {
            id: self.id_of(&model),
            label: if self.config.name.is_some() { model } else { String::new() },
            place: self.config.place(),
            owner: self.owner(),
            region: self.config.region.clone(),
            policy: self.config.policy.clone(),
            state,
            context_tokens: self.config.context_tokens,
        };
        self.models().into_iter().map(offer).collect()
    }

    fn answers_to(&self, model: &str) -> bool {
        let is_not_told_yet = self.config.models.is_empty() && self.readiness() == Readiness::Awaited;
        is_not_told_yet || self.find_model(model).is_some()
    }

    async fn watch(&self) {
        loop {
            self.probe().await;
            let pause = match self.readiness() {
                Readiness::Ready { .. } => PROBE_PAUSE_READY,
                Readiness::Awaited if self.config.wait_s == 0 => PROBE_PAUSE_READY,
                Readiness::Awaited | Readiness::Lost { .. } => PROBE_PAUSE_NOT_READY,
            };
            let next = tokio::time::Instant::now() + pause;
            tokio::time::sleep_until(next).await;
        }
    }

    async fn ask(&self, prompt: Prompt) -> Result<Pieces, ProviderError> {
        if self.readiness() == Readiness::Awaited {
            self.probe().await;
        }
        if self.readiness() == Readiness::Awaited {
            return Err(ProviderError::NotReady { retry_after_s: NOT_READY_RETRY_S });
        }
        let model = self.find_model(&prompt.0.model).ok_or(ProviderError::UnknownModel)?;
        let body = ChatRequest::new(&prompt.0, &model).to_bytes();
        drop(prompt);
        let first = Duration::from_secs(self.config.first_piece_s);
        let next = Duration::from_secs(self.config.next_piece_s);
        let response = tokio::time::timeout(first, self.send(body)).await.map_err(|_| ProviderError::Slow)??;
        Ok(read_answer(response, first, next))
    }
}

struct Reading {
    source: Received,
    reader: AnswerReader,
    /// Told only after the pieces before it: what came is kept.
    fault: Option<ProviderError>,
    wait: Duration,
    next_wait: Duration,
}

fn read_answer(response: Received, first: Duration, next: Duration) -> Pieces {
    let reading =
        Reading { source: response, reader: AnswerReader::default(), fault: None, wait: first, next_wait: next };
    stream::unfold(Some(reading), |reading| async {
        let mut reading = reading?;
        match next_piece(&mut reading).await {
            Ok(Piece::Text(text)) => {
                reading.wait = reading.next_wait;
                Some((Ok(Piece::Text(text)), Some(reading)))
            }
            ended => Some((ended, None)),
        }
    })
    .boxed()
}

async fn next_piece(reading: &mut Reading) -> Result<Piece, ProviderError> {
    loop {
        if let Some(piece) = reading.reader.next_piece() {
            return Ok(piece);
        }
        if let Some(fault) = reading.fault {
            return Err(fault);
        }
        let chunk = tokio::time::timeout(reading.wait, reading.source.next()).await;
        match chunk.map_err(|_| ProviderError::Slow)? {
            Some(Ok(bytes)) => reading.fault = reading.reader.feed(&bytes).err(),
            Some(Err(_)) => return Err(ProviderError::Down),
            None => return reading.reader.finish(),
        }
    }
}

#[cfg(test)]
mod tests;
