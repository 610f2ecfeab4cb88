//! How a route refuses: one error, one code of `shared_types::error`, one JSON body.

use std::fmt;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use shared_types::bytes::ParseError;
use shared_types::error::{ErrorBody, ErrorCode};
use thiserror::Error;

use crate::db::DbError;
use crate::provider::ProviderError;

tokio::task_local! {
    /// The id of the request that this task answers.
    pub(crate) static REQUEST_ID: String;
}

/// Why a route refuses.
#[derive(Debug, Error)]
pub enum RouteError {
    /// A refusal that needs no more than its code.
    #[error("refused with {}", .0.word())]
    Refused(ErrorCode),
    /// The request was signed too early or too late.
    #[error("request outside its window")]
    Expired {
        /// The relay's time, Unix seconds.
        now: u64,
    },
    /// A limit is reached for a while.
    #[error("refused with {} for {retry_after_s} s", .code.word())]
    Wait {
        /// Which limit.
        code: ErrorCode,
        /// When to try again, seconds.
        retry_after_s: u32,
    },
    /// The database failed.
    #[error("database failed")]
    Db(#[from] DbError),
    /// What is stored does not verify any more.
    #[error("stored account log does not verify")]
    StoredLog,
    /// A WebAuthn state could not be made or a stored credential not be read.
    #[error("passkey state could not be made")]
    Passkey,
    /// The answer did not begin in time.
    #[error("the answer took too long")]
    TooSlow,
}

impl RouteError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(code) | Self::Wait { code, .. } => *code,
            Self::Expired { .. } => ErrorCode::ExpiredRequest,
            Self::Db(DbError::Full) => ErrorCode::StorageFull,
            Self::Db(DbError::Failed(_) | DbError::Corrupt) | Self::StoredLog | Self::Passkey | Self::TooSlow => {
                ErrorCode::Internal
            }
        }
    }
}

impl From<ErrorCode> for RouteError {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code)
    }
}

impl From<ParseError> for RouteError {
    fn from(error: ParseError) -> Self {
        Self::Refused(match error {
            ParseError::Unknown => ErrorCode::UnknownVersion,
            ParseError::Truncated
            | ParseError::TrailingBytes
            | ParseError::OutOfRange
            | ParseError::BadPublicKey
            | ParseError::WrongId => ErrorCode::Malformed,
        })
    }
}

impl From<ProviderError> for RouteError {
    fn from(error: ProviderError) -> Self {
        match error.retry_after_s() {
            Some(retry_after_s) => Self::Wait { code: error.code(), retry_after_s },
            None => Self::Refused(error.code()),
        }
    }
}

impl From<PathRejection> for RouteError {
    fn from(_: PathRejection) -> Self {
        Self::Refused(ErrorCode::Malformed)
    }
}

impl From<QueryRejection> for RouteError {
    fn from(_: QueryRejection) -> Self {
        Self::Refused(ErrorCode::Malformed)
    }
}

/// What the request log says of a refusal; travels in the response's extensions.
#[derive(Clone)]
pub(crate) struct LoggedRefusal {
    pub(crate) code: ErrorCode,
    pub(crate) cause: Option<String>,
}

impl fmt::Debug for LoggedRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.word())
    }
}

impl IntoResponse for RouteError {
    fn into_response(self) -> Response {
        let code = self.code();
        let (retry_after_s, now) = match &self {
            Self::Wait { retry_after_s, .. } => (Some(*retry_after_s), None),
            Self::Expired { now } => (None, Some(*now)),
            Self::Refused(_) | Self::Db(_) | Self::StoredLog | Self::Passkey | Self::TooSlow => (None, None),
        };
        let request_id = REQUEST_ID.try_with(Clone::clone).unwrap_or_default();
        let body = ErrorBody { code, request_id, retry_after_s, now };
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let cause = match &self {
            Self::Db(DbError::Failed(source)) => Some(source.to_string()),
            Self::Db(DbError::Corrupt | DbError::Full) | Self::StoredLog | Self::Passkey | Self::TooSlow => {
                Some(self.to_string())
            }
            Self::Refused(_) | Self::Expired { .. } | Self::Wait { .. } => None,
        };
        response.extensions_mut().insert(LoggedRefusal { code, cause });
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_disk_has_its_own_code_and_no_details() {
        let response = RouteError::from(DbError::Full).into_response();
        assert_eq!(response.status().as_u16(), 507);
        let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
        let body: ErrorBody = serde_json::from_slice(&body).unwrap();
        let expected =
            ErrorBody { code: ErrorCode::StorageFull, request_id: String::new(), retry_after_s: None, now: None };
        assert_eq!(body, expected);
    }
}
