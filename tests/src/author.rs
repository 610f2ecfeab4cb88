//! A model whose answers the test writes: an OpenAI-compatible server on loopback that says what it was given, and
//! goes on when it is told to.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedSender};

/// What is said to a question that nothing was written for.
const UNWRITTEN: &str = "That is a good question. Here is a short answer to it.";
const MODELS: &str = "written";

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// This text, whole.
    Whole(&'static str),
    /// This beginning; the rest comes with [`Author::go_on`], until [`Author::finish`].
    Begun(&'static str),
    /// None: the model's owner refuses the question.
    Refused,
}

/// A running model.
pub struct Author {
    port: u16,
    desk: Arc<Desk>,
}

/// What lies on the author's desk.
#[derive(Default)]
struct Desk {
    answers: Mutex<Vec<(&'static str, Written)>>,
    /// Where the answer that is being written goes on.
    begun: Mutex<Option<UnboundedSender<String>>>,
}

impl Author {
    /// Starts on a free port.
    pub async fn start() -> Result<Self> {
        let desk = Arc::new(Desk::default());
        let app = Router::new()
            .route("/v1/models", get(async || Json(json!({ "data": [{ "id": MODELS }] }))))
            .route("/v1/chat/completions", post(answer))
            .with_state(desk.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        tokio::spawn(axum::serve(listener, app).into_future());
        Ok(Self { port, desk })
    }

    /// Its OpenAI-compatible address.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// From now on a question that holds `part` is answered so.
    pub fn write(&self, part: &'static str, answer: Written) {
        self.desk.answers.lock().expect("no holder of this lock panics").push((part, answer));
    }

    /// Goes on with the answer that has begun.
    pub fn go_on(&self, text: &str) -> Result<()> {
        let begun = self.desk.begun.lock().expect("no holder of this lock panics");
        let begun = begun.as_ref().context("no answer has begun")?;
        begun.send(text.to_owned()).context("nobody reads this answer any more")
    }

    /// Ends the answer that has begun.
    pub fn finish(&self) {
        *self.desk.begun.lock().expect("no holder of this lock panics") = None;
    }
}

impl Desk {
    fn written_for(&self, question: &str) -> Written {
        let answers = self.answers.lock().expect("no holder of this lock panics");
        let written = answers.iter().rev().find(|(part, _)| question.contains(part));
        written.map_or(Written::Whole(UNWRITTEN), |(_, answer)| answer.clone())
    }
}

async fn answer(State(desk): State<Arc<Desk>>, body: Bytes) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let last = asked["messages"].as_array().and_then(|messages| messages.last());
    let question = last.and_then(|message| message["content"].as_str()).unwrap_or_default();
    let (said, goes_on) = match desk.written_for(question) {
        Written::Refused => return StatusCode::UNPROCESSABLE_ENTITY.into_response(),
        Written::Whole(text) => (text, None),
        Written::Begun(text) => {
            let (begun, rest) = mpsc::unbounded_channel();
            *desk.begun.lock().expect("no holder of this lock panics") = Some(begun);
            (text, Some(rest))
        }
    };
    let rest = stream::unfold(goes_on, |rest| async {
        let mut rest = rest?;
        let text = rest.recv().await?;
        Some((text, Some(rest)))
    });
    let pieces =
        stream::iter([said.to_owned()]).chain(rest).map(|text| piece(&text)).chain(stream::iter([last_piece()]));
    let stream = pieces.map(Ok::<_, Infallible>);
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(stream)).into_response()
}

fn piece(text: &str) -> String {
    format!("data: {}\n\n", json!({ "choices": [{ "delta": { "content": text } }] }))
}

fn last_piece() -> String {
    let end = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
    let usage = json!({ "choices": [], "usage": { "prompt_tokens": 1, "completion_tokens": 1 } });
    format!("data: {end}\n\ndata: {usage}\n\ndata: [DONE]\n\n")
}
