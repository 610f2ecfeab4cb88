//! The real server with the real model, asked over HTTP.

#![expect(clippy::unwrap_used, reason = "in a test, what must not fail may panic")]

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};

use serde_json::{Value, json};

const MODEL: &str = "smollm2-135m-instruct";
const CAPITAL: &str = "What is the capital of France?";
const STORY: &str = "Tell me a very long story about a fox and a raven.";

/// The model file: set-up puts it there; without it nothing here can be tested.
fn model_file() -> PathBuf {
    let name = "SmolLM2-135M-Instruct.Q4_1.gguf";
    let in_home = |rest: &str| PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(rest);
    let cache = env::var_os("SOTTO_CACHE").map_or_else(
        || env::var_os("XDG_CACHE_HOME").map_or_else(|| in_home(".cache"), PathBuf::from).join("sotto"),
        PathBuf::from,
    );
    let file = env::var_os("SOTTO_MODEL_FILE").map_or_else(|| cache.join("model").join(name), PathBuf::from);
    assert!(file.is_file(), "the model file {} is missing: run the set-up script", file.display());
    file
}

/// A running server; it is killed when the test ends.
struct Server {
    child: Child,
    address: String,
    log: Option<BufReader<ChildStderr>>,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start() -> Self {
        Self::start_logging("sotto_model=info")
    }

    fn start_logging(filter: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sotto-model"))
            .args(["--listen", "127.0.0.1:0", "--model"])
            .arg(model_file())
            .env("SOTTO_LOG", filter)
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let log = child.stderr.take().map(BufReader::new);
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("sotto-model is ready at http://").expect("the ready line");
        let address = url.strip_suffix("/v1").expect("the ready line").to_owned();
        Self { child, address, log, _stdout: stdout }
    }

    /// Sends a request in HTTP/1.0, whose answer is plain text until the connection ends.
    fn send(&self, head: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let n_bytes = body.len();
        write!(stream, "{head}\r\nContent-Length: {n_bytes}\r\n\r\n{body}").unwrap();
        stream
    }

    fn send_chat(&self, body: &Value) -> TcpStream {
        let host = &self.address;
        let head = format!(
            "POST /v1/chat/completions HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json; charset=utf-8"
        );
        self.send(&head, &body.to_string())
    }

    fn get(&self, path: &str) -> Reply {
        Reply::read(self.send(&format!("GET {path} HTTP/1.0\r\nHost: localhost"), ""))
    }

    fn chat(&self, body: &Value) -> Reply {
        Reply::read(self.send_chat(body))
    }

    /// Reads the log until a line holds this text, and gives all lines up to it.
    fn log_until(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            let log = self.log.as_mut().expect("the log is still here");
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the log ended without {text:?}: {lines:#?}");
            let is_last = line.contains(text);
            lines.push(line);
            if is_last {
                return lines;
            }
        }
    }

    /// Ends the server by a signal and tells whether it exited with success.
    fn end_by(&mut self, signal: &str) -> bool {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        self.child.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        if self.child.kill().is_ok() {
            self.child.wait().unwrap();
        }
    }
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn read(mut stream: TcpStream) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn error_code(&self) -> (u16, String) {
        (self.status, self.json()["error"]["code"].as_str().expect("an error").to_owned())
    }

    fn text(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    }

    /// The data of all events but the closing `[DONE]`.
    fn events(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.body);
        let mut data: Vec<&str> = self.body.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(data.pop(), Some("[DONE]"));
        data.into_iter().map(|event| serde_json::from_str(event).unwrap()).collect()
    }
}

fn question(text: &str) -> Value {
    json!({ "model": MODEL, "messages": [{ "role": "user", "content": text }], "temperature": 0, "max_tokens": 40 })
}

fn question_with(text: &str, fields: &Value) -> Value {
    let mut body = question(text);
    for (field, value) in fields.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

fn endless_story() -> Value {
    question_with(STORY, &json!({ "stream": true, "max_tokens": 2000, "seed": 1, "temperature": 1.0 }))
}

fn wait_for_head(stream: &mut TcpStream) {
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.0 200");
}

#[test]
fn the_model_is_listed_and_answers_correctly() {
    let server = Server::start();
    assert_eq!(server.get("/healthz").json(), json!({ "status": "ok" }));
    assert_eq!(server.get("/v1/models").json()["data"][0]["id"], MODEL);
    assert_eq!(server.get(&format!("/v1/models/{MODEL}")).json()["id"], MODEL);

    let answer = server.chat(&question(CAPITAL)).json();
    let choice = &answer["choices"][0];
    assert!(choice["message"]["content"].as_str().unwrap().contains("Paris"), "{answer}");
    assert_eq!((&choice["finish_reason"], &answer["object"]), (&json!("stop"), &json!("chat.completion")));
    let usage = &answer["usage"];
    let total = usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
    assert_eq!(usage["total_tokens"], total);
    assert_eq!(usage["prompt_tokens"], 16);
}

#[test]
fn a_streamed_answer_is_the_whole_answer_in_pieces() {
    let server = Server::start();
    let whole = server.chat(&question(CAPITAL));
    let options = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let reply = server.chat(&question_with(CAPITAL, &options));
    assert!(reply.head.contains("content-type: text/event-stream"), "{}", reply.head);

    let mut events = reply.events();
    let usage = events.pop().unwrap();
    assert_eq!((&usage["choices"], &usage["usage"]), (&json!([]), &whole.json()["usage"]));
    let last = events.pop().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
    let pieces: Vec<&str> =
        events.iter().map(|event| event["choices"][0]["delta"]["content"].as_str().unwrap()).collect();
    assert!(pieces.len() > 4, "{pieces:?}");
    assert_eq!(pieces.concat(), whole.text());

    let without_usage = server.chat(&question_with(CAPITAL, &json!({ "stream": true }))).events();
    assert!(without_usage.iter().all(|event| event.get("usage").is_none()));
}

#[test]
fn seed_limit_and_stop_texts_are_honoured() {
    let server = Server::start();
    let drawn = |seed: u64| {
        server.chat(&question_with(STORY, &json!({ "temperature": 1.0, "seed": seed, "max_tokens": 16 }))).text()
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));

    let short = server.chat(&question_with(CAPITAL, &json!({ "max_tokens": 3 }))).json();
    assert_eq!(
        (&short["choices"][0]["finish_reason"], &short["usage"]["completion_tokens"]),
        (&json!("length"), &json!(3))
    );

    let whole = server.chat(&question(CAPITAL)).text();
    let stopped = server.chat(&question_with(CAPITAL, &json!({ "stop": ["Paris"] })));
    assert_eq!(Some((stopped.text().as_str(), "stop")), whole.split_once("Paris").map(|(start, _)| (start, "stop")));
    assert_eq!(stopped.json()["choices"][0]["finish_reason"], "stop");
}

#[test]
fn characters_of_several_tokens_arrive_whole() {
    let server = Server::start();
    let system = json!({ "role": "system", "content": "Repeat the text of the user exactly." });
    let messages = json!([system, { "role": "user", "content": "🦀🦀🦀🦀🦀🦀" }]);
    let reply = server.chat(&question_with("", &json!({ "messages": messages, "stream": true })));
    let text: String = reply
        .events()
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
        .collect();
    assert!(text.contains('🦀') && !text.contains(char::REPLACEMENT_CHARACTER), "{text:?}");
}

#[test]
fn bad_requests_are_refused_with_a_reason() {
    let server = Server::start();
    let post = |headers: &str, body: &str| {
        Reply::read(server.send(&format!("POST /v1/chat/completions HTTP/1.0\r\n{headers}"), body)).error_code()
    };
    let code = |status: u16, code: &str| (status, code.to_owned());
    let json_type = "Host: localhost\r\nContent-Type: application/json";

    assert_eq!(post(json_type, "{"), code(400, "malformed_json"));
    assert_eq!(post(json_type, "{\"messages\":1}"), code(400, "wrong_shape"));
    assert_eq!(post(json_type, &" ".repeat((1 << 20) + 1)), code(413, "body_too_large"));
    assert_eq!(post("Host: localhost\r\nContent-Type: text/plain", "{}"), code(415, "not_json"));
    assert_eq!(post("Host: example.org\r\nContent-Type: application/json", "{}"), code(403, "foreign_host"));
    assert_eq!(server.get("/v1/chat/completions").error_code(), code(405, "method_not_allowed"));
    assert_eq!(server.get("/v1/nothing").error_code(), code(404, "no_such_address"));
    assert_eq!(server.get("/v1/models/other").error_code(), code(404, "model_not_found"));
    let other = question_with("hi", &json!({ "model": "other" }));
    assert_eq!(server.chat(&other).error_code(), code(404, "model_not_found"));

    let too_long = server.chat(&question(&"word ".repeat(3000)));
    assert_eq!(too_long.error_code(), code(400, "context_length_exceeded"));
    let message = too_long.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("3010 tokens") && message.contains("at most 2048"), "{message}");
    let blanks = server.chat(&question(&" ".repeat(500_000)));
    assert_eq!(blanks.status, 400, "{}", blanks.body);
}

#[test]
fn an_answer_nobody_waits_for_is_abandoned() {
    let mut server = Server::start();
    for fields in [json!({}), json!({ "stream": false })] {
        let mut body = endless_story();
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let stream = server.send_chat(&body);
        server.log_until("an answer was begun");
        drop(stream);
        let lines = server.log_until("an answer was");
        assert!(lines.last().unwrap().contains("an answer was abandoned"), "{lines:#?}");
    }
}

#[test]
fn a_full_queue_refuses_at_once_and_serves_when_someone_leaves() {
    let mut server = Server::start();
    let mut streams: Vec<TcpStream> = (0..9).map(|_| server.send_chat(&endless_story())).collect();
    streams.iter_mut().for_each(wait_for_head);

    let refused = server.chat(&question(CAPITAL));
    assert_eq!(refused.error_code(), (429, "queue_full".to_owned()));
    assert!(refused.head.contains("retry-after: 5"), "{}", refused.head);
    assert_eq!(server.get("/healthz").status, 200);

    for stream in streams {
        drop(stream);
        server.log_until("an answer was abandoned");
    }
    assert!(server.chat(&question(CAPITAL)).text().contains("Paris"));
}

#[test]
fn no_log_holds_words_of_prompt_or_answer() {
    let mut server = Server::start_logging("trace");
    let canary = "xylophonequokka";
    let repeat = format!("Repeat this word: {canary}");
    let requests = [
        question(&repeat),
        question_with(&repeat, &json!({ "stream": true })),
        question_with(&repeat, &json!({ "stop": canary })),
        question_with(&repeat, &json!({ "model": canary })),
        question_with(&repeat, &json!({ "temperature": canary })),
        json!(canary),
    ];
    // The log must be read while the server writes it, or a full pipe would hold it up.
    let mut log = server.log.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).map(|_| text).unwrap()
    });
    for request in &requests {
        server.chat(request);
    }
    assert!(server.end_by("-TERM"));
    let log = reader.join().unwrap();
    assert!(log.contains("an answer was written"), "the log was not on");
    assert!(!log.contains(canary), "{log}");
}

#[test]
fn a_signal_ends_the_server_with_success_even_while_it_answers() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start();
        let stream = server.send_chat(&endless_story());
        server.log_until("an answer was begun");
        assert!(server.end_by(signal));
        assert!(Reply::read(stream).body.contains("the server is stopping"));
    }
}

fn run_with(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sotto-model"));
    command.env_remove("SOTTO_MODEL_FILE").args(arguments).output().unwrap()
}

#[test]
fn what_cannot_start_says_why_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.gguf");
    let broken = folder.path().join("broken.gguf");
    fs::write(&broken, "no model").unwrap();
    for (file, reason) in
        [(&missing, "the model file cannot be read: "), (&broken, "the model file is no GGUF file of a Llama model")]
    {
        let output = run_with(&["--listen", "127.0.0.1:0", "--model", file.to_str().unwrap()]);
        let errors = String::from_utf8(output.stderr).unwrap();
        let start = format!("sotto-model: cannot load the model from {}: {reason}", file.display());
        assert!(errors.starts_with(&start), "{errors}");
        assert!(!output.status.success() && output.stdout.is_empty());
    }

    let everyone = run_with(&["--listen", "0.0.0.0:0", "--model", "x"]);
    assert!(!everyone.status.success());
    assert!(String::from_utf8(everyone.stderr).unwrap().contains("this server is for programs on this machine only"));
}
