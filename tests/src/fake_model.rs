//! A model server that misbehaves as it is told, as the relay's provider sees hosted ones do.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// What it does with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Says these words and is done.
    Whole(&'static str),
    /// Says these words, then the connection breaks.
    CutAfter(&'static str),
    /// Says these words, then nothing more, without an end.
    SilentAfter(&'static str),
    /// Says these words, then something that is no answer.
    GarbageAfter(&'static str),
    /// Is done without a word.
    Empty,
    /// Refuses with a status of HTTP.
    Status(u16),
}

/// A running model server.
pub struct FakeModel {
    runtime: Option<Runtime>,
    port: u16,
    told: Arc<Told>,
}

/// What it is told to do, and what it was asked.
struct Told {
    next: Mutex<Answer>,
    asked: Mutex<Vec<Value>>,
}

impl FakeModel {
    /// Starts on a free port.
    pub async fn start() -> Result<Self> {
        let mut model = Self {
            runtime: None,
            port: 0,
            told: Arc::new(Told { next: Mutex::new(Answer::Empty), asked: Mutex::default() }),
        };
        model.restart().await?;
        Ok(model)
    }

    /// Starts again on the same port.
    pub async fn restart(&mut self) -> Result<()> {
        // A runtime of its own: stopping it cuts open connections too, as a killed server does.
        let runtime = Runtime::new()?;
        let listener = runtime.spawn(TcpListener::bind(("127.0.0.1", self.port))).await??;
        self.port = listener.local_addr()?.port();
        let routes = Router::new()
            .route("/v1/models", get(async || Json(json!({ "object": "list", "data": [{ "id": "fickle" }] }))))
            .route("/v1/chat/completions", post(answer))
            .with_state(self.told.clone());
        runtime.spawn(axum::serve(listener, routes).into_future());
        self.runtime = Some(runtime);
        Ok(())
    }

    /// Its OpenAI-compatible address.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// Chooses what it does with every question from now on.
    pub fn answer_with(&self, answer: Answer) {
        *self.told.next.lock().expect("no holder of this lock panics") = answer;
    }

    /// The questions as they came, body by body.
    pub fn asked(&self) -> Vec<Value> {
        self.told.asked.lock().expect("no holder of this lock panics").clone()
    }

    /// Ends it at once, with every answer under way.
    pub fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for FakeModel {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn answer(State(told): State<Arc<Told>>, Json(question): Json<Value>) -> Response {
    told.asked.lock().expect("no holder of this lock panics").push(question);
    let answer = *told.next.lock().expect("no holder of this lock panics");
    match answer {
        Answer::Whole(words) => events(said(words).chain(stream::iter([Ok(end())]))),
        Answer::CutAfter(words) => events(said(words).chain(stream::once(broken()))),
        Answer::SilentAfter(words) => events(said(words).chain(stream::pending())),
        Answer::GarbageAfter(words) => {
            events(said(words).chain(stream::iter([Ok(Bytes::from_static(b"<html>Bad gateway</html>\n\n"))])))
        }
        Answer::Empty => events(stream::iter([Ok::<_, Infallible>(end())])),
        Answer::Status(status) => StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT).into_response(),
    }
}

fn events<E>(pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Response
where
    E: std::error::Error + Send + Sync + 'static,
{
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(pieces)).into_response()
}

fn said(words: &'static str) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
    stream::iter(words.split_inclusive(' ').map(|word| Ok(event(&json!({ "content": word }), &Value::Null))))
}

/// The connection breaks, after what was said has left.
async fn broken() -> Result<Bytes, io::Error> {
    tokio::task::yield_now().await;
    Err(io::ErrorKind::ConnectionReset.into())
}

fn end() -> Bytes {
    let last = event(&json!({}), &json!("stop"));
    Bytes::from([last.as_ref(), b"data: [DONE]\n\n"].concat())
}

fn event(delta: &Value, finish_reason: &Value) -> Bytes {
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish_reason });
    Bytes::from(format!("data: {}\n\n", json!({ "object": "chat.completion.chunk", "choices": [choice] })))
}
