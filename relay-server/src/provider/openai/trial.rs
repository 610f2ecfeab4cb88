//! Tries a provider before it is kept: each thing that can be wrong has an answer of its own.

use std::time::Duration;

use futures_util::StreamExt;
use http::StatusCode;
use shared_types::ids::TurnId;
use shared_types::prompt::{PromptMessage, PromptRequest, Role, Sampling};
use shared_types::provider::Tried;

use super::super::endpoint::SendError;
use super::super::{EndpointError, Piece, Prompt, Provider, ProviderError};
use super::{ListError, OpenAi};
use crate::config::OpenAiConfig;

const LIST_TIMEOUT: Duration = Duration::from_secs(10);
/// Also a model that is loaded first answers within it, seconds.
const ANSWER_TIMEOUT_S: u64 = 90;
/// What it is asked; nothing of anybody's is in it.
const QUESTION: &str = "Say hello.";
const MAX_TOKENS: u32 = 64;

/// Lists the models of a server, then asks the first that would be offered to say hello.
pub(crate) async fn try_out(config: OpenAiConfig) -> Tried {
    let config = OpenAiConfig { first_piece_s: ANSWER_TIMEOUT_S, next_piece_s: ANSWER_TIMEOUT_S, ..config };
    let wanted = config.models.clone();
    let provider = match OpenAi::new(config, 0) {
        Ok(provider) => provider,
        Err(EndpointError::Key) => return Tried::KeyRefused,
        Err(EndpointError::Authority | EndpointError::Tls(_)) => return Tried::Tls,
    };
    let listed = match tokio::time::timeout(LIST_TIMEOUT, provider.list_models()).await {
        Ok(Ok(listed)) => listed,
        Ok(Err(ListError::Status(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED))) if !wanted.is_empty() => {
            Vec::new()
        }
        Ok(Err(error)) => return of_list(error),
        Err(_) => return Tried::Failed,
    };
    let is_missing = |model: &String| !listed.is_empty() && !listed.contains(model);
    if wanted.iter().any(is_missing) || (wanted.is_empty() && listed.is_empty()) {
        return Tried::ModelMissing { models: listed };
    }
    provider.has_listed(listed);
    match say_hello(&provider).await {
        Ok(()) => Tried::Works { models: provider.models() },
        Err(tried) => tried,
    }
}

async fn say_hello(provider: &OpenAi) -> Result<(), Tried> {
    let offers = provider.offers(0);
    let model = offers.first().ok_or(Tried::ModelMissing { models: Vec::new() })?.id.clone();
    let messages = vec![PromptMessage { role: Role::User, content: QUESTION.to_owned() }];
    let prompt = PromptRequest {
        turn_id: TurnId([0; 16]),
        model,
        messages,
        sampling: Sampling::default(),
        max_tokens: MAX_TOKENS,
    };
    let mut pieces = provider.ask(Prompt(prompt)).await.map_err(of_answer)?;
    match pieces.next().await {
        Some(Ok(Piece::Text(_))) => Ok(()),
        Some(Ok(Piece::Done(_) | Piece::Length)) | None => Err(Tried::Empty),
        Some(Err(error)) => Err(of_answer(error)),
    }
}

fn of_list(error: ListError) -> Tried {
    match error {
        ListError::Send(SendError::Unreachable) => Tried::Unreachable,
        ListError::Send(SendError::Tls) => Tried::Tls,
        ListError::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Tried::KeyRefused,
        ListError::Status(status) if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            Tried::Failed
        }
        ListError::Send(SendError::Broken) | ListError::Status(_) | ListError::Garbage => Tried::NotCompatible,
    }
}

fn of_answer(error: ProviderError) -> Tried {
    match error {
        ProviderError::KeyRefused => Tried::KeyRefused,
        ProviderError::UnknownModel => Tried::ModelMissing { models: Vec::new() },
        ProviderError::Garbage => Tried::NotCompatible,
        ProviderError::Down
        | ProviderError::Refused
        | ProviderError::Busy { .. }
        | ProviderError::Slow
        | ProviderError::NotReady { .. } => Tried::Failed,
    }
}
