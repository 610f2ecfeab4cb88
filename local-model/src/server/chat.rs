//! `POST /v1/chat/completions`: answers a conversation, whole or streamed.
//!
//! The answer is written by a task of its own that looks, before each token, whether anyone still listens.
//! When the asker goes away, axum drops the response (or the handler), with it the receiver of the pieces,
//! and the task ends. An asker who goes away while waiting gives the place in the queue back at once.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::spawn_blocking;

use super::error::ApiError;
use super::queue::Place;
use super::wire::{Ask, ChatRequest, Delivery, Usage, finish_reason};
use super::{MAX_BODY_BYTES, MODEL_ID, ServerState};
use crate::generate::{GenerateError, Listener, Outcome, Piece, Prompt, Settings};

/// How often a waiting stream shows that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Answers `POST /v1/chat/completions`.
pub(crate) async fn complete(
    State(state): State<ServerState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    check_content_type(&headers)?;
    let ask = read_ask(&body.map_err(|rejection| body_error(&rejection))?)?;
    let place = state.queue.enter()?;
    let Ask { messages, settings, delivery } = ask;
    let model = Arc::clone(&state.model);
    let prompt = spawn_blocking(move || model.prepare(&messages)).await.map_err(|_| ApiError::Internal)??;
    let header = AnswerHeader::new()?;
    let pieces = start(&state, place, prompt, settings);
    match delivery {
        Delivery::Whole => Ok(collect(pieces, &header).await?.into_response()),
        Delivery::Streamed | Delivery::StreamedWithUsage => Ok(stream_events(pieces, header, delivery).into_response()),
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    let is_json = essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    if is_json { Ok(()) } else { Err(ApiError::NotJson) }
}

fn body_error(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::BodyTooLarge { max_bytes: MAX_BODY_BYTES }
    } else {
        ApiError::BodyBroken
    }
}

fn read_ask(body: &[u8]) -> Result<Ask, ApiError> {
    let random_seed = getrandom::u64().map_err(|_| ApiError::Internal)?;
    ChatRequest::from_json(body)?.check(random_seed)
}

/// Starts the task that waits for its turn and writes the answer.
fn start(state: &ServerState, place: Place, prompt: Prompt, settings: Settings) -> UnboundedReceiver<Piece> {
    let (sender, pieces) = unbounded_channel();
    let model = Arc::clone(&state.model);
    let mut is_stopping = state.is_stopping.clone();
    tokio::spawn(async move {
        let turn = tokio::select! {
            biased;
            () = sender.closed() => return fail(&sender, GenerateError::Abandoned),
            _ = is_stopping.wait_for(|is_stopping| *is_stopping) => return fail(&sender, GenerateError::Abandoned),
            turn = place.turn() => turn,
        };
        let listener = Listener { pieces: sender.clone(), is_stopping };
        let written = spawn_blocking(move || {
            let _turn = turn;
            tracing::info!("an answer was begun");
            // Whoever hears of the start holds the turn.
            if listener.pieces.send(Piece::Started).is_err() {
                return Err(GenerateError::Abandoned);
            }
            model.answer(&prompt, settings, &listener)
        });
        match written.await {
            Ok(Ok(outcome)) => finish(&sender, outcome),
            Ok(Err(error)) => fail(&sender, error),
            Err(_) => fail(&sender, GenerateError::Panicked),
        }
    });
    pieces
}

fn finish(sender: &UnboundedSender<Piece>, outcome: Outcome) {
    tracing::info!(
        tokens.prompt = outcome.n_prompt_tokens,
        tokens.answer = outcome.n_answer_tokens,
        "an answer was written"
    );
    last(sender, Piece::Ended(outcome));
}

fn fail(sender: &UnboundedSender<Piece>, error: GenerateError) {
    match &error {
        GenerateError::Abandoned => tracing::info!("an answer was abandoned"),
        GenerateError::Calculation(_) | GenerateError::Panicked => tracing::error!(?error, "an answer broke off"),
    }
    last(sender, Piece::Failed(error));
}

fn last(sender: &UnboundedSender<Piece>, piece: Piece) {
    if sender.send(piece).is_err() {
        tracing::debug!("the asker was gone before the end");
    }
}

/// What stands in every piece of an answer.
struct AnswerHeader {
    id: String,
    created_s: u64,
}

impl AnswerHeader {
    fn new() -> Result<Self, ApiError> {
        let number = getrandom::u64().map_err(|_| ApiError::Internal)?;
        let id = format!("chatcmpl-{}", data_encoding::HEXLOWER.encode(&number.to_be_bytes()));
        Ok(Self { id, created_s: now_s() })
    }

    fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created_s,
            "model": MODEL_ID,
            "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason }],
        })
    }

    fn usage_chunk(&self, outcome: Outcome) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created_s,
            "model": MODEL_ID,
            "choices": [],
            "usage": Usage::from(outcome),
        })
    }

    fn whole(&self, text: &str, outcome: Outcome) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created_s,
            "model": MODEL_ID,
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": text },
                "logprobs": null,
                "finish_reason": finish_reason(outcome.finish),
            }],
            "usage": Usage::from(outcome),
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "this driver is where the date of an answer comes from")]
fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

async fn collect(mut pieces: UnboundedReceiver<Piece>, header: &AnswerHeader) -> Result<Json<Value>, ApiError> {
    let mut answer = String::new();
    while let Some(piece) = pieces.recv().await {
        match piece {
            Piece::Started => {}
            Piece::Text(text) => answer.push_str(&text),
            Piece::Ended(outcome) => return Ok(Json(header.whole(&answer, outcome))),
            Piece::Failed(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Internal)
}

fn stream_events(
    mut pieces: UnboundedReceiver<Piece>,
    header: AnswerHeader,
    delivery: Delivery,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let pieces = stream::poll_fn(move |context| pieces.poll_recv(context));
    let events = pieces.flat_map(move |piece| stream::iter(events_of(piece, &header, delivery)));
    Sse::new(events.map(Ok)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

fn events_of(piece: Piece, header: &AnswerHeader, delivery: Delivery) -> Vec<Event> {
    let event = |body: &Value| Event::default().data(body.to_string());
    let done = Event::default().data("[DONE]");
    match piece {
        Piece::Started => vec![event(&header.chunk(&json!({ "role": "assistant", "content": "" }), None))],
        Piece::Text(text) => vec![event(&header.chunk(&json!({ "content": text }), None))],
        Piece::Ended(outcome) => {
            let mut events = vec![event(&header.chunk(&json!({}), Some(finish_reason(outcome.finish))))];
            if delivery == Delivery::StreamedWithUsage {
                events.push(event(&header.usage_chunk(outcome)));
            }
            events.push(done);
            events
        }
        Piece::Failed(error) => vec![event(&ApiError::from(error).to_json())],
    }
}
