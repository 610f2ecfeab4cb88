//! Who answers prompts: one trait, the OpenAI-compatible server and the script of the tests.
//!
//! A provider turns one prompt into pieces of text. What leaves to it is exactly the prompt; what fails becomes one
//! of a few [`ProviderError`]s, so that a person can be told what happened.

mod attached;
mod endpoint;
mod openai;
mod registry;
mod scripted;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use shared_types::account::ModelOffer;
use shared_types::error::ErrorCode;
use shared_types::prompt::{PromptRequest, Usage};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

pub use attached::AttachError;
pub(crate) use attached::{AttachedProviders, settings_of};
pub use endpoint::EndpointError;
pub use openai::OpenAi;
pub(crate) use openai::try_out;
pub(crate) use registry::Providers;
pub use scripted::{SCRIPTED_MODEL, Scripted};

/// One prompt in memory; its text is overwritten when it is dropped.
pub struct Prompt(pub PromptRequest);

impl Drop for Prompt {
    fn drop(&mut self) {
        for message in &mut self.0.messages {
            message.content.zeroize();
        }
    }
}

/// A part of an answer.
pub enum Piece {
    /// Text.
    Text(Zeroizing<String>),
    /// The model was done.
    Done(Option<Usage>),
    /// The answer reached its longest length.
    Length,
}

/// The pieces of one answer; ends after `Done`, `Length` or an error. Dropping it stops the provider.
pub type Pieces = BoxStream<'static, Result<Piece, ProviderError>>;

/// Why a provider does not answer (any further).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProviderError {
    /// It cannot be reached, broke off, or answered with an error of its own.
    #[error("provider is down")]
    Down,
    /// It sent what is no answer, or an empty one.
    #[error("provider sent no answer")]
    Garbage,
    /// It refused this prompt.
    #[error("provider refused the prompt")]
    Refused,
    /// It does not accept our key.
    #[error("provider does not accept our key")]
    KeyRefused,
    /// It does not offer this model.
    #[error("provider does not offer the model")]
    UnknownModel,
    /// It works on too many prompts.
    #[error("provider is busy")]
    Busy {
        /// When to try again, seconds.
        retry_after_s: u32,
    },
    /// It did not answer in time.
    #[error("provider is slow")]
    Slow,
    /// Its model is still being built or loaded.
    #[error("model is not ready")]
    NotReady {
        /// When to try again, seconds.
        retry_after_s: u32,
    },
}

impl ProviderError {
    /// The code on the wire.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Down | Self::KeyRefused => ErrorCode::ProviderDown,
            Self::Garbage => ErrorCode::ProviderGarbage,
            Self::Refused => ErrorCode::ProviderRefused,
            Self::UnknownModel => ErrorCode::UnknownModel,
            Self::Busy { .. } => ErrorCode::ProviderBusy,
            Self::Slow => ErrorCode::ProviderSlow,
            Self::NotReady { .. } => ErrorCode::NoProvider,
        }
    }

    /// When to try again, if the provider says so.
    pub fn retry_after_s(self) -> Option<u32> {
        match self {
            Self::Busy { retry_after_s } | Self::NotReady { retry_after_s } => Some(retry_after_s),
            Self::Down | Self::Garbage | Self::KeyRefused | Self::Refused | Self::UnknownModel | Self::Slow => None,
        }
    }
}

/// A provider of models.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What stands after the `@` in the ids of its models; none if they are bare.
    fn name(&self) -> Option<&str>;
    /// What it offers now, best default first.
    fn offers(&self, now_s: u64) -> Vec<ModelOffer>;
    /// Whether it offers a model of this id, or cannot tell yet.
    fn answers_to(&self, model: &str) -> bool;
    /// Watches its own readiness for as long as it is polled.
    async fn watch(&self);
    /// Asks; the pieces follow as the model makes them.
    async fn ask(&self, prompt: Prompt) -> Result<Pieces, ProviderError>;
}
