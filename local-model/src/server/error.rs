//! What goes wrong in a request, in the shape that clients of OpenAI's interface expect.
//!
//! A message names what is wrong and never repeats what was sent.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use thiserror::Error;

use super::MODEL_ID;
use super::queue::{MAX_WAITING, QueueFull};
use crate::generate::{CONTEXT_TOKENS, GenerateError, PromptError};

/// Seconds after which it makes sense to ask again when the queue is full.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Why a request is not answered.
#[derive(Debug, Error)]
pub(crate) enum ApiError {
    #[error("this server answers only requests to this machine's own address")]
    ForeignHost,
    #[error("there is no such address; this server has /v1/models, /v1/chat/completions and /healthz")]
    NoSuchAddress,
    #[error("this address does not take that method")]
    WrongMethod,
    #[error("the body must be sent as content-type application/json")]
    NotJson,
    #[error("the body is larger than {max_bytes} bytes")]
    BodyTooLarge { max_bytes: usize },
    #[error("the body could not be read to its end")]
    BodyBroken,
    #[error("the body is not valid JSON: line {line}, column {column}")]
    MalformedJson { line: usize, column: usize },
    #[error("the body is JSON, but a field is missing or has the wrong type: line {line}, column {column}")]
    WrongShape { line: usize, column: usize },
    #[error("this server has one model: {MODEL_ID}")]
    UnknownModel,
    #[error("{param} {problem}")]
    BadParameter { param: &'static str, problem: &'static str },
    #[error("this model does not support {param}")]
    Unsupported { param: &'static str },
    #[error(
        "the messages have {n_tokens} tokens, but this model reads at most {CONTEXT_TOKENS} with its answer: \
         send fewer or shorter messages"
    )]
    TooLong { n_tokens: usize },
    #[error("one answer is being written and {MAX_WAITING} more are waiting: try again in a few seconds")]
    QueueFull,
    #[error("the server is stopping")]
    Stopping,
    #[error("the answer could not be calculated")]
    Internal,
}

#[derive(Serialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Serialize)]
struct ErrorDetail {
    message: String,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<&'static str>,
    code: &'static str,
}

impl ApiError {
    /// The body of the error, also sent when an answer breaks off.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let kind = match self.status() {
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        };
        let error = ErrorDetail { message: self.to_string(), kind, param: self.param(), code: self.code() };
        serde_json::to_value(ErrorBody { error }).expect("strings are JSON")
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::ForeignHost => StatusCode::FORBIDDEN,
            Self::NoSuchAddress | Self::UnknownModel => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyBroken
            | Self::MalformedJson { .. }
            | Self::WrongShape { .. }
            | Self::BadParameter { .. }
            | Self::Unsupported { .. }
            | Self::TooLong { .. } => StatusCode::BAD_REQUEST,
            Self::QueueFull => StatusCode::TOO_MANY_REQUESTS,
            Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::ForeignHost => "foreign_host",
            Self::NoSuchAddress => "no_such_address",
            Self::WrongMethod => "method_not_allowed",
            Self::NotJson => "not_json",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::BodyBroken => "body_broken",
            Self::MalformedJson { .. } => "malformed_json",
            Self::WrongShape { .. } => "wrong_shape",
            Self::UnknownModel => "model_not_found",
            Self::BadParameter { .. } => "bad_parameter",
            Self::Unsupported { .. } => "unsupported_parameter",
            Self::TooLong { .. } => "context_length_exceeded",
            Self::QueueFull => "queue_full",
            Self::Stopping => "stopping",
            Self::Internal => "internal",
        }
    }

    fn param(&self) -> Option<&'static str> {
        match self {
            Self::UnknownModel => Some("model"),
            Self::BadParameter { param, .. } | Self::Unsupported { param } => Some(param),
            Self::TooLong { .. } => Some("messages"),
            Self::ForeignHost
            | Self::NoSuchAddress
            | Self::WrongMethod
            | Self::NotJson
            | Self::BodyTooLarge { .. }
            | Self::BodyBroken
            | Self::MalformedJson { .. }
            | Self::WrongShape { .. }
            | Self::QueueFull
            | Self::Stopping
            | Self::Internal => None,
        }
    }
}

impl From<QueueFull> for ApiError {
    fn from(_: QueueFull) -> Self {
        Self::QueueFull
    }
}

impl From<PromptError> for ApiError {
    fn from(error: PromptError) -> Self {
        match error {
            PromptError::TooLong { n_tokens } => Self::TooLong { n_tokens },
            PromptError::Encode(_) => Self::BadParameter { param: "messages", problem: "cannot be split into tokens" },
        }
    }
}

impl From<GenerateError> for ApiError {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::Calculation(_) | GenerateError::Panicked => Self::Internal,
            GenerateError::Abandoned => Self::Stopping,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.to_json())).into_response();
        tracing::info!(error.code = self.code(), status = self.status().as_u16(), "a request was refused");
        if matches!(self, Self::QueueFull) {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}
