//! The wire format of OpenAI-compatible servers: the body of a question, the event stream of an answer.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use shared_types::prompt::{PromptMessage, PromptRequest, Usage};
use zeroize::Zeroizing;

use crate::provider::{Piece, ProviderError};

/// Longest line of an event stream that is still an answer.
const MAX_LINE_BYTES: usize = 1024 * 1024;

/// Body of `POST …/chat/completions`.
#[derive(Serialize)]
pub(super) struct ChatRequest<'a> {
    model: &'a str,
    messages: &'a [PromptMessage],
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f32>,
    stream: bool,
    stream_options: StreamOptions,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl<'a> ChatRequest<'a> {
    /// The prompt, unchanged in meaning.
    pub(super) fn new(prompt: &'a PromptRequest, model: &'a str) -> Self {
        Self {
            model,
            messages: &prompt.messages,
            max_tokens: prompt.max_tokens,
            temperature: prompt.sampling.temperature,
            top_p: prompt.sampling.top_p,
            stream: true,
            stream_options: StreamOptions { include_usage: true },
        }
    }

    /// The body, in one buffer that is never moved while it grows.
    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let n_text: usize = self.messages.iter().map(|message| message.content.len()).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * n_text + 64 * self.messages.len() + 1024));
        serde_json::to_writer(&mut *bytes, self).expect("a prompt is plain text and numbers");
        bytes
    }
}

/// Answer to `GET …/models`.
#[derive(Deserialize)]
pub(super) struct ModelList {
    data: Vec<ListedModel>,
}

#[derive(Deserialize)]
struct ListedModel {
    id: String,
}

impl ModelList {
    /// The models' names.
    pub(super) fn into_ids(self) -> impl Iterator<Item = String> {
        self.data.into_iter().map(|model| model.id)
    }
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<WireUsage>,
    #[serde(default)]
    error: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Delta {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize)]
struct WireUsage {
    prompt_tokens: u32,
    completion_tokens: u32,
}

/// Reads an event stream from chunks of any size.
#[derive(Default)]
pub(super) struct AnswerReader {
    line: Zeroizing<Vec<u8>>,
    pieces: VecDeque<Piece>,
    finish: Option<Finish>,
    usage: Option<Usage>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Finish {
    Done,
    Length,
}

impl AnswerReader {
    /// Takes bytes as they came.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), ProviderError> {
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                self.read_line(&line)?;
            } else {
                self.line.push(*byte);
            }
            if self.line.len() > MAX_LINE_BYTES {
                return Err(ProviderError::Garbage);
            }
        }
        Ok(())
    }

    /// The next piece that is complete.
    pub(super) fn next_piece(&mut self) -> Option<Piece> {
        self.pieces.pop_front()
    }

    /// What the end of the stream means.
    pub(super) fn finish(&mut self) -> Result<Piece, ProviderError> {
        if !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.read_line(&line)?;
            if let Some(piece) = self.pieces.pop_front() {
                return Ok(piece);
            }
        }
        self.end().ok_or(ProviderError::Down)
    }

    fn end(&self) -> Option<Piece> {
        match self.finish? {
            Finish::Done => Some(Piece::Done(self.usage)),
            Finish::Length => Some(Piece::Length),
        }
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), ProviderError> {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b":") || line.starts_with(b"event:") || line.starts_with(b"id:") {
            return Ok(());
        }
        let payload = line.strip_prefix(b"data:").ok_or(ProviderError::Garbage)?.trim_ascii();
        if payload == b"[DONE]" {
            let end = self.end().unwrap_or(Piece::Done(self.usage));
            self.pieces.push_back(end);
            return Ok(());
        }
        let chunk: Chunk = serde_json::from_slice(payload).map_err(|_| ProviderError::Garbage)?;
        if chunk.error.is_some() {
            return Err(ProviderError::Down);
        }
        self.read_chunk(chunk);
        Ok(())
    }

    fn read_chunk(&mut self, chunk: Chunk) {
        if let Some(usage) = chunk.usage {
            self.usage = Some(Usage { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens });
        }
        let Some(choice) = chunk.choices.into_iter().next() else { return };
        if let Some(text) = choice.delta.content.filter(|text| !text.is_empty()) {
            self.pieces.push_back(Piece::Text(Zeroizing::new(text)));
        }
        if let Some(reason) = choice.finish_reason {
            self.finish = Some(if reason == "length" { Finish::Length } else { Finish::Done });
        }
    }
}
