//! The bodies of requests and answers, and what of a request is accepted.
//!
//! Fields that this server does not know are ignored, as clients of OpenAI's interface expect; fields that
//! it knows and cannot honour are refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::error::Category;

use super::MODEL_ID;
use super::error::ApiError;
use crate::chat_template::{Message, Role};
use crate::generate::{Choice, Finish, Outcome, Settings};

/// Tokens of an answer when the asker names no limit.
const DEFAULT_MAX_TOKENS: usize = 512;

/// Low, because a model of this size soon talks nonsense when it may choose freely.
const DEFAULT_TEMPERATURE: f64 = 0.2;

const DEFAULT_TOP_P: f64 = 0.95;

/// Below this a temperature counts as 0.
const MIN_TEMPERATURE: f64 = 1e-3;

/// As many stop texts as OpenAI's interface allows.
const MAX_STOPS: usize = 4;

/// The body of `POST /v1/chat/completions`.
#[derive(Deserialize)]
pub(crate) struct ChatRequest {
    model: Option<String>,
    messages: Option<Vec<WireMessage>>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    max_tokens: Option<i64>,
    max_completion_tokens: Option<i64>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    seed: Option<i64>,
    stop: Option<Stop>,
    n: Option<i64>,
    tools: Option<Vec<Value>>,
    response_format: Option<ResponseFormat>,
    logprobs: Option<bool>,
}

#[derive(Deserialize)]
struct WireMessage {
    role: String,
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stop {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct ResponseFormat {
    #[serde(rename = "type")]
    kind: String,
}

/// How the answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    Streamed,
    StreamedWithUsage,
}

/// A request that can be answered.
pub(crate) struct Ask {
    pub(crate) messages: Vec<Message>,
    pub(crate) settings: Settings,
    pub(crate) delivery: Delivery,
}

impl ChatRequest {
    /// Reads a body; errors name a place in it, never its content.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, ApiError> {
        serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            match error.classify() {
                Category::Data => ApiError::WrongShape { line, column },
                Category::Io | Category::Syntax | Category::Eof => ApiError::MalformedJson { line, column },
            }
        })
    }

    /// Checks everything; `random_seed` is used when the asker names no seed.
    pub(crate) fn check(self, random_seed: u64) -> Result<Ask, ApiError> {
        self.check_model()?;
        self.check_unsupported()?;
        let choice = self.choice(random_seed)?;
        let max_tokens = self.max_tokens()?;
        let delivery = self.delivery();
        let stops = stops(self.stop)?;
        let messages = messages(self.messages)?;
        Ok(Ask { messages, settings: Settings { max_tokens, choice, stops }, delivery })
    }

    fn check_model(&self) -> Result<(), ApiError> {
        let Some(model) = &self.model else {
            return Err(bad("model", "is missing"));
        };
        if model == MODEL_ID { Ok(()) } else { Err(ApiError::UnknownModel) }
    }

    fn check_unsupported(&self) -> Result<(), ApiError> {
        if self.n.is_some_and(|n| n != 1) {
            return Err(bad("n", "must be 1"));
        }
        let wants_tools = self.tools.as_ref().is_some_and(|tools| !tools.is_empty());
        let wants_format = self.response_format.as_ref().is_some_and(|format| format.kind != "text");
        match (wants_tools, wants_format, self.logprobs) {
            (true, _, _) => Err(ApiError::Unsupported { param: "tools" }),
            (_, true, _) => Err(ApiError::Unsupported { param: "response_format" }),
            (_, _, Some(true)) => Err(ApiError::Unsupported { param: "logprobs" }),
            (false, false, Some(false) | None) => Ok(()),
        }
    }

    fn choice(&self, random_seed: u64) -> Result<Choice, ApiError> {
        let temperature = self.temperature.unwrap_or(DEFAULT_TEMPERATURE);
        if !(0.0..=2.0).contains(&temperature) {
            return Err(bad("temperature", "must be between 0 and 2"));
        }
        let top_p = self.top_p.unwrap_or(DEFAULT_TOP_P);
        if !(0.0..=1.0).contains(&top_p) {
            return Err(bad("top_p", "must be between 0 and 1"));
        }
        if temperature < MIN_TEMPERATURE || top_p == 0.0 {
            return Ok(Choice::Greedy);
        }
        let seed = self.seed.map_or(random_seed, i64::cast_unsigned);
        Ok(Choice::Drawn { temperature, top_p, seed })
    }

    fn max_tokens(&self) -> Result<usize, ApiError> {
        let (param, wanted) = match (self.max_completion_tokens, self.max_tokens) {
            (Some(n), _) => ("max_completion_tokens", n),
            (None, Some(n)) => ("max_tokens", n),
            (None, None) => return Ok(DEFAULT_MAX_TOKENS),
        };
        match usize::try_from(wanted) {
            Ok(n) if n > 0 => Ok(n),
            Ok(_) | Err(_) => Err(bad(param, "must be at least 1")),
        }
    }

    fn delivery(&self) -> Delivery {
        let wants_usage = self.stream_options.as_ref().and_then(|options| options.include_usage);
        match (self.stream, wants_usage) {
            (Some(true), Some(true)) => Delivery::StreamedWithUsage,
            (Some(true), Some(false) | None) => Delivery::Streamed,
            (Some(false) | None, _) => Delivery::Whole,
        }
    }
}

fn bad(param: &'static str, problem: &'static str) -> ApiError {
    ApiError::BadParameter { param, problem }
}

fn stops(stop: Option<Stop>) -> Result<Vec<String>, ApiError> {
    let stops = match stop {
        None => Vec::new(),
        Some(Stop::One(stop)) => vec![stop],
        Some(Stop::Several(stops)) => stops,
    };
    if stops.len() > MAX_STOPS {
        return Err(bad("stop", "must be at most 4 texts"));
    }
    if stops.iter().any(String::is_empty) {
        return Err(bad("stop", "must not be empty"));
    }
    Ok(stops)
}

fn messages(messages: Option<Vec<WireMessage>>) -> Result<Vec<Message>, ApiError> {
    let messages = messages.filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| bad("messages", "must hold at least one message"))?;
    messages.into_iter().map(message).collect()
}

fn message(message: WireMessage) -> Result<Message, ApiError> {
    let role = match message.role.as_str() {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => return Err(bad("messages", "may have the roles system, developer, user and assistant")),
    };
    let text = match message.content {
        None => return Err(bad("messages", "must have content")),
        Some(Content::Text(text)) => text,
        Some(Content::Parts(parts)) => parts.into_iter().map(part).collect::<Result<Vec<_>, _>>()?.concat(),
    };
    Ok(Message { role, text })
}

fn part(part: Part) -> Result<String, ApiError> {
    match (part.kind.as_str(), part.text) {
        ("text", Some(text)) => Ok(text),
        ("text", None) => Err(bad("messages", "must have a text in each part of type text")),
        _ => Err(ApiError::Unsupported { param: "messages with parts other than text" }),
    }
}

/// Tokens that were read and written.
#[derive(Debug, Serialize)]
pub(crate) struct Usage {
    #[serde(rename = "prompt_tokens")]
    prompt: usize,
    #[serde(rename = "completion_tokens")]
    completion: usize,
    #[serde(rename = "total_tokens")]
    total: usize,
}

impl From<Outcome> for Usage {
    fn from(outcome: Outcome) -> Self {
        Self {
            prompt: outcome.n_prompt_tokens,
            completion: outcome.n_answer_tokens,
            total: outcome.n_prompt_tokens + outcome.n_answer_tokens,
        }
    }
}

/// The name that OpenAI's interface has for an end.
pub(crate) fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(body: &Value) -> Result<Ask, ApiError> {
        ChatRequest::from_json(body.to_string().as_bytes())?.check(7)
    }

    fn with(field: &str, value: Value) -> Value {
        let mut body = json!({ "model": MODEL_ID, "messages": [{ "role": "user", "content": "hi" }] });
        body[field] = value;
        body
    }

    fn refusal(body: &Value) -> String {
        check(body).err().unwrap().to_string()
    }

    #[test]
    fn a_short_request_gets_the_defaults() {
        let ask = check(&with("user", json!("ignored"))).unwrap();
        let choice = Choice::Drawn { temperature: DEFAULT_TEMPERATURE, top_p: DEFAULT_TOP_P, seed: 7 };
        assert_eq!(ask.settings, Settings { max_tokens: DEFAULT_MAX_TOKENS, choice, stops: Vec::new() });
        assert_eq!(ask.delivery, Delivery::Whole);
        assert!(ask.messages == [Message { role: Role::User, text: "hi".to_owned() }]);
    }

    #[test]
    fn every_sampling_field_is_honoured() {
        let mut body = with("temperature", json!(0.7));
        body["top_p"] = json!(0.5);
        body["seed"] = json!(-1);
        body["max_tokens"] = json!(3);
        body["stop"] = json!(["a", "b"]);
        let choice = Choice::Drawn { temperature: 0.7, top_p: 0.5, seed: u64::MAX };
        let stops = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(check(&body).unwrap().settings, Settings { max_tokens: 3, choice, stops });
    }

    #[test]
    fn temperature_zero_is_greedy() {
        assert_eq!(check(&with("temperature", json!(0))).unwrap().settings.choice, Choice::Greedy);
    }

    #[test]
    fn parts_of_text_are_joined() {
        let parts = json!([{ "type": "text", "text": "a" }, { "type": "text", "text": "b" }]);
        let ask = check(&with("messages", json!([{ "role": "developer", "content": parts }]))).unwrap();
        assert!(ask.messages == [Message { role: Role::System, text: "ab".to_owned() }]);
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name() {
        let image = json!([{ "role": "user", "content": [{ "type": "image_url" }] }]);
        let refusals = [
            (with("model", json!("other")), "this server has one model: smollm2-135m-instruct"),
            (with("model", Value::Null), "model is missing"),
            (with("messages", json!([])), "messages must hold at least one message"),
            (with("messages", json!([{ "role": "user" }])), "messages must have content"),
            (with("messages", image), "this model does not support messages with parts other than text"),
            (with("temperature", json!(-0.1)), "temperature must be between 0 and 2"),
            (with("top_p", json!(1.1)), "top_p must be between 0 and 1"),
            (with("max_tokens", json!(0)), "max_tokens must be at least 1"),
            (with("max_completion_tokens", json!(-5)), "max_completion_tokens must be at least 1"),
            (with("stop", json!(["a", "b", "c", "d", "e"])), "stop must be at most 4 texts"),
            (with("stop", json!("")), "stop must not be empty"),
            (with("n", json!(2)), "n must be 1"),
            (with("tools", json!([{}])), "this model does not support tools"),
            (with("response_format", json!({ "type": "json_object" })), "this model does not support response_format"),
            (with("logprobs", json!(true)), "this model does not support logprobs"),
        ];
        for (body, expected) in refusals {
            assert_eq!(refusal(&body), expected);
        }
    }

    #[test]
    fn an_error_names_the_place_and_not_the_words() {
        let error = ChatRequest::from_json(b"{\"messages\":\n \"secret\"}").err().unwrap();
        assert_eq!(
            error.to_string(),
            "the body is JSON, but a field is missing or has the wrong type: line 2, column 9"
        );
        let error = ChatRequest::from_json(b"{\"model\": secret}").err().unwrap();
        assert_eq!(error.to_string(), "the body is not valid JSON: line 1, column 11");
    }
}
