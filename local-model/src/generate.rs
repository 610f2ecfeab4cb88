//! Generates an answer, token by token.
//!
//! Every answer starts from a clone of the weights (they are shared, so that costs nothing) with an empty
//! attention cache, which goes with the clone: when an answer ends, nothing of its prompt stays behind.
//! That is also why no cache of a common beginning is kept between two prompts.

use std::path::Path;

use candle_core::{Device, Tensor};
use candle_transformers::generation::{LogitsProcessor, Sampling};
use candle_transformers::models::quantized_llama::ModelWeights;
use candle_transformers::utils::apply_repeat_penalty;
use thiserror::Error;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use crate::chat_template::{self, Message};
use crate::tokenizer::{EncodeError, Token, Tokenizer};
use stop::{Passage, StopWatch};
use text::TextAssembler;

pub(crate) use weights::LoadError;

mod stop;
mod text;
mod weights;

/// The most tokens that a prompt and its answer hold together.
pub(crate) const CONTEXT_TOKENS: usize = 2048;

/// Tokens of the prompt that are read between two looks at whether the answer is still wanted.
const PREFILL_CHUNK: usize = 32;

/// Above 1: words of the answer become less likely to come again. A model of this size else turns in circles.
const REPEAT_PENALTY: f32 = 1.1;

/// How many of the last tokens of the answer the penalty looks at.
const REPEAT_WINDOW: usize = 64;

/// Only this many of the likeliest tokens are ever drawn from.
const LIKELIEST_TOKENS: usize = 40;

/// How the next token is chosen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Choice {
    /// Always the likeliest.
    Greedy,
    /// Drawn by chance; the same seed draws the same.
    Drawn { temperature: f64, top_p: f64, seed: u64 },
}

/// What an asker wants of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) max_tokens: usize,
    pub(crate) choice: Choice,
    pub(crate) stops: Vec<String>,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    /// The model was done, or a stop text came.
    Stop,
    /// The allowed number of tokens or the context was used up.
    Length,
}

/// How an answer ended and what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) finish: Finish,
    pub(crate) n_prompt_tokens: usize,
    pub(crate) n_answer_tokens: usize,
}

/// What a listener hears; the last is `Ended` or `Failed`.
pub(crate) enum Piece {
    Started,
    Text(String),
    Ended(Outcome),
    Failed(GenerateError),
}

/// Why an answer broke off.
#[derive(Debug, Error)]
pub(crate) enum GenerateError {
    #[error("the calculation failed")]
    Calculation(#[from] candle_core::Error),
    #[error("the answer was abandoned")]
    Abandoned,
    #[error("the calculation panicked")]
    Panicked,
}

/// Why a prompt cannot be answered.
#[derive(Debug, Error)]
pub(crate) enum PromptError {
    #[error("the prompt has {n_tokens} tokens; the context holds {CONTEXT_TOKENS} with the answer")]
    TooLong { n_tokens: usize },
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// Where the pieces of one answer go.
pub(crate) struct Listener {
    pub(crate) pieces: UnboundedSender<Piece>,
    pub(crate) is_stopping: watch::Receiver<bool>,
}

impl Listener {
    /// Fails as soon as nobody listens any more.
    fn check(&self) -> Result<(), GenerateError> {
        let is_abandoned = self.pieces.is_closed() || *self.is_stopping.borrow();
        if is_abandoned { Err(GenerateError::Abandoned) } else { Ok(()) }
    }

    /// Sends text on; at most one piece a token, so the context bounds what waits for a slow reader.
    fn send(&self, text: String) -> Result<(), GenerateError> {
        if text.is_empty() {
            return Ok(());
        }
        self.pieces.send(Piece::Text(text)).map_err(|_| GenerateError::Abandoned)
    }
}

/// A prompt in tokens that leaves room for an answer.
pub(crate) struct Prompt(Vec<Token>);

/// A loaded model; shared by all answers.
pub(crate) struct Model {
    weights: ModelWeights,
    tokenizer: Tokenizer,
}

impl Model {
    /// Loads weights and vocabulary from a GGUF file.
    pub(crate) fn load(path: &Path) -> Result<Self, LoadError> {
        let (weights, tokenizer) = weights::load(path)?;
        Ok(Self { weights, tokenizer })
    }

    /// Lays a conversation out for the model.
    pub(crate) fn prepare(&self, messages: &[Message]) -> Result<Prompt, PromptError> {
        let tokens = chat_template::render(messages, &self.tokenizer)?;
        if tokens.len() >= CONTEXT_TOKENS {
            return Err(PromptError::TooLong { n_tokens: tokens.len() });
        }
        Ok(Prompt(tokens))
    }

    /// Answers a prompt; blocks until the answer ends or nobody listens.
    pub(crate) fn answer(
        &self,
        prompt: &Prompt,
        settings: Settings,
        listener: &Listener,
    ) -> Result<Outcome, GenerateError> {
        let n_prompt_tokens = prompt.0.len();
        let max_tokens = settings.max_tokens.min(CONTEXT_TOKENS - n_prompt_tokens);
        let mut reader = Reader { weights: self.weights.clone(), n_read: 0 };
        let mut logits = reader.read_prompt(&prompt.0, listener)?;
        let mut chooser = Chooser::new(&settings.choice);
        let mut stops = StopWatch::new(settings.stops);
        let mut text = TextAssembler::default();
        let mut answer: Vec<Token> = Vec::new();
        let finish = loop {
            listener.check()?;
            let token = chooser.choose(&logits, &answer)?;
            answer.push(token);
            if self.tokenizer.is_control(token) {
                break Finish::Stop;
            }
            match stops.push(&text.push(self.tokenizer.bytes(token))) {
                Passage::Open(passage) => listener.send(passage)?,
                Passage::Last(passage) => {
                    listener.send(passage)?;
                    return Ok(Outcome { finish: Finish::Stop, n_prompt_tokens, n_answer_tokens: answer.len() });
                }
            }
            if answer.len() >= max_tokens {
                break Finish::Length;
            }
            logits = reader.read(&[token])?;
        };
        let (Passage::Open(rest) | Passage::Last(rest)) = stops.push(&text.finish());
        listener.send(rest)?;
        listener.send(stops.finish())?;
        Ok(Outcome { finish, n_prompt_tokens, n_answer_tokens: answer.len() })
    }
}

/// One conversation's way through the model: weights with its own attention cache.
struct Reader {
    weights: ModelWeights,
    n_read: usize,
}

impl Reader {
    fn read_prompt(&mut self, prompt: &[Token], listener: &Listener) -> Result<Tensor, GenerateError> {
        let (earlier, last) = prompt.split_at(prompt.len().saturating_sub(PREFILL_CHUNK));
        for chunk in earlier.chunks(PREFILL_CHUNK) {
            listener.check()?;
            self.read(chunk)?;
        }
        listener.check()?;
        Ok(self.read(last)?)
    }

    /// Reads tokens and gives the likelihoods of the one after them.
    fn read(&mut self, tokens: &[Token]) -> candle_core::Result<Tensor> {
        let input = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?;
        let logits = self.weights.forward(&input, self.n_read)?;
        self.n_read += tokens.len();
        logits.squeeze(0)
    }
}

/// Chooses the next token.
struct Chooser {
    processor: LogitsProcessor,
}

impl Chooser {
    fn new(choice: &Choice) -> Self {
        let processor = match *choice {
            Choice::Greedy => LogitsProcessor::from_sampling(0, Sampling::ArgMax),
            Choice::Drawn { temperature, top_p, seed } => LogitsProcessor::from_sampling(
                seed,
                Sampling::TopKThenTopP { k: LIKELIEST_TOKENS, p: top_p, temperature },
            ),
        };
        Self { processor }
    }

    fn choose(&mut self, logits: &Tensor, answer: &[Token]) -> candle_core::Result<Token> {
        let recent = answer.get(answer.len().saturating_sub(REPEAT_WINDOW)..).unwrap_or(answer);
        self.processor.sample(&apply_repeat_penalty(logits, REPEAT_PENALTY, recent)?)
    }
}
