//! Any OpenAI-compatible server as a provider: `sotto-model`, Ollama, vLLM, llama.cpp, hosted ones.
//!
//! Its readiness is probed by listing its models: often while it is not ready, rarely once it is.

mod wire;

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{StatusCode, header};
use shared_types::account::{ModelOffer, ModelPlace, ModelState};
use url::Url;
use zeroize::Zeroizing;

use self::wire::{AnswerReader, ChatRequest, ModelList};
use super::{Piece, Pieces, Prompt, Provider, ProviderError};
use crate::config::OpenAiConfig;

const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
const PROBE_PAUSE_NOT_READY: Duration = Duration::from_secs(1);
const PROBE_PAUSE_READY: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const BUSY_RETRY_S: u32 = 5;
const NOT_READY_RETRY_S: u32 = 5;
/// Name of a model that the server has not told yet; always understood.
const ANY_MODEL: &str = "default";

/// One OpenAI-compatible server.
pub struct OpenAi {
    config: OpenAiConfig,
    place: ModelPlace,
    client: reqwest::Client,
    started_s: u64,
    readiness: Mutex<Readiness>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Readiness {
    /// Never answered so far.
    Awaited,
    /// Answered the last probe and listed this model first.
    Ready { first_model: Option<String> },
    /// Answered once, not now.
    Lost { first_model: Option<String> },
}

impl OpenAi {
    /// A provider for a server that may not run yet.
    pub fn new(config: OpenAiConfig, started_s: u64) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            // A connection that is kept keeps buffers that have held a prompt.
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let place = config.place.unwrap_or_else(|| place_of(&config.base_url));
        Ok(Self { config, place, client, started_s, readiness: Mutex::new(Readiness::Awaited) })
    }

    fn readiness(&self) -> Readiness {
        self.readiness.lock().expect("no holder of this lock panics").clone()
    }

    fn model(&self) -> String {
        let known = match self.readiness() {
            Readiness::Awaited => None,
            Readiness::Ready { first_model } | Readiness::Lost { first_model } => first_model,
        };
        self.config.model.clone().or(known).unwrap_or_else(|| ANY_MODEL.to_owned())
    }

    fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.config.base_url.as_str().trim_end_matches('/'))
    }

    fn authorized(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.config.api_key {
            Some(key) => request.bearer_auth(key.reveal()),
            None => request,
        }
    }

    async fn probe(&self) {
        let found = self.list_first_model().await;
        let mut readiness = self.readiness.lock().expect("no holder of this lock panics");
        let next = match (found, &*readiness) {
            (Some(first_model), _) => Readiness::Ready { first_model },
            (None, Readiness::Awaited) => Readiness::Awaited,
            (None, Readiness::Ready { first_model } | Readiness::Lost { first_model }) => {
                Readiness::Lost { first_model: first_model.clone() }
            }
        };
        if *readiness != next {
            let is_ready = matches!(next, Readiness::Ready { .. });
            tracing::info!(provider.ready = is_ready, "provider readiness changed");
            *readiness = next;
        }
    }

    async fn list_first_model(&self) -> Option<Option<String>> {
        let request = self.authorized(self.client.get(self.address("models"))).timeout(PROBE_TIMEOUT);
        let response = request.send().await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        let list: ModelList = serde_json::from_slice(&response.bytes().await.ok()?).ok()?;
        Some(list.first())
    }

    async fn send(&self, body: Zeroizing<Vec<u8>>) -> Result<reqwest::Response, ProviderError> {
        let request = self
            .authorized(self.client.post(self.address("chat/completions")))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "text/event-stream")
            .body(Bytes::from_owner(body));
        let response = request.send().await.map_err(|_| ProviderError::Down)?;
        let retry_after_s =
            response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                Err(ProviderError::Busy { retry_after_s: retry_after_s.unwrap_or(BUSY_RETRY_S) })
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                tracing::error!(provider.status = response.status().as_u16(), "the provider does not accept our key");
                Err(ProviderError::Down)
            }
            status if status.is_client_error() => Err(ProviderError::Refused),
            _ => Err(ProviderError::Down),
        }
    }
}

fn place_of(url: &Url) -> ModelPlace {
    let is_loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if is_loopback { ModelPlace::Server } else { ModelPlace::Remote }
}

#[async_trait]
impl Provider for OpenAi {
    fn offer(&self, now_s: u64) -> ModelOffer {
        let ready_by = self.started_s + self.config.wait_s;
        let state = match self.readiness() {
            Readiness::Ready { .. } => ModelState::Ready,
            Readiness::Awaited if now_s < ready_by => {
                ModelState::Preparing { wait_s: u32::try_from(ready_by - now_s).unwrap_or(u32::MAX) }
            }
            Readiness::Awaited | Readiness::Lost { .. } => ModelState::Down,
        };
        let host = self.config.base_url.host_str().unwrap_or_default();
        ModelOffer {
            id: self.model(),
            place: self.place,
            owner: self.config.owner.clone().unwrap_or_else(|| host.to_owned()),
            state,
            context_tokens: self.config.context_tokens,
        }
    }

    fn answers_to(&self, model: &str) -> bool {
        model == ANY_MODEL || model == self.model()
    }

    async fn watch(&self) {
        loop {
            self.probe().await;
            let pause = match self.readiness() {
                Readiness::Ready { .. } => PROBE_PAUSE_READY,
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
        let body = ChatRequest::new(&prompt.0, &self.model()).to_bytes();
        drop(prompt);
        let first = Duration::from_secs(self.config.first_piece_s);
        let next = Duration::from_secs(self.config.next_piece_s);
        let response = tokio::time::timeout(first, self.send(body)).await.map_err(|_| ProviderError::Slow)??;
        Ok(read_answer(response, first, next))
    }
}

struct Reading {
    source: stream::BoxStream<'static, reqwest::Result<Bytes>>,
    reader: AnswerReader,
    /// Told only after the pieces before it: what came is kept.
    fault: Option<ProviderError>,
    wait: Duration,
    next_wait: Duration,
}

fn read_answer(response: reqwest::Response, first: Duration, next: Duration) -> Pieces {
    let reading = Reading {
        source: response.bytes_stream().boxed(),
        reader: AnswerReader::default(),
        fault: None,
        wait: first,
        next_wait: next,
    };
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
