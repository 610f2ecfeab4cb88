//! Wire messages of a prompt: JSON body out, `text/event-stream` back.

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;
use crate::ids::TurnId;

/// `POST /v1/prompts`: everything that leaves for one turn, and nothing else. The receipt keeps these very bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptRequest {
    /// Names the turn; asking twice is refused.
    pub turn_id: TurnId,
    /// Model to ask.
    pub model: String,
    /// Instructions, earlier turns, the question.
    pub messages: Vec<PromptMessage>,
    /// How to draw tokens.
    pub sampling: Sampling,
    /// Longest answer, tokens.
    pub max_tokens: u32,
}

/// One message of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptMessage {
    /// Who speaks.
    pub role: Role,
    /// What they say.
    pub content: String,
}

/// Who speaks in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// How a model draws tokens; absent values are the provider's own.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// Temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// Nucleus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
}

/// One `data:` line of the stream of an answer. Frames are numbered from 0 without gaps; the last one ends the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptFrame {
    /// Number of the frame.
    pub frame: u32,
    /// Text since the frame before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Only in the last frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<AnswerEnd>,
    /// Fills the line up to a size class; spaces.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pad: String,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum AnswerEnd {
    /// The model was done.
    Done {
        /// Tokens, as the provider counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<Usage>,
    },
    /// The answer reached its longest length.
    Length,
    /// Stopped by the account.
    Stopped,
    /// The provider failed after the answer had begun.
    Failed {
        /// Why.
        code: ErrorCode,
    },
}

/// Tokens of one turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u32,
    /// Tokens of the answer.
    pub output_tokens: u32,
}
