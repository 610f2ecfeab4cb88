//! A provider that follows a script: the first word of the question says how it behaves.
//!
//! | first word | behaviour |
//! |---|---|
//! | `/words N` | answers with N words |
//! | `/slow N` | answers with N words, one every 100 ms |
//! | `/cut` | three words, then breaks off |
//! | `/late-garbage` | three words, then what is no answer |
//! | `/stall` | three words, then nothing for too long |
//! | `/empty` `/garbage` `/down` `/busy` `/refused` `/late` | fails so before the first word |
//! | anything else | says the question back |

use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use shared_types::account::{ModelOffer, ModelPlace, ModelState};
use shared_types::prompt::{Role, Usage};
use tokio_stream::wrappers::IntervalStream;
use zeroize::Zeroizing;

use super::{Piece, Pieces, Prompt, Provider, ProviderError};

/// The model's name.
pub const SCRIPTED_MODEL: &str = "scripted";
const CONTEXT_TOKENS: u32 = 8192;
const MAX_WORDS: u32 = 20_000;
const SLOW_WORD: Duration = Duration::from_millis(100);

/// The scripted provider.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scripted;

#[async_trait]
impl Provider for Scripted {
    fn name(&self) -> Option<&str> {
        None
    }

    fn offers(&self, _now_s: u64) -> Vec<ModelOffer> {
        vec![ModelOffer {
            id: SCRIPTED_MODEL.to_owned(),
            label: String::new(),
            place: ModelPlace::Server,
            owner: SCRIPTED_MODEL.to_owned(),
            region: None,
            policy: None,
            state: ModelState::Ready,
            context_tokens: CONTEXT_TOKENS,
        }]
    }

    fn answers_to(&self, model: &str) -> bool {
        model == SCRIPTED_MODEL
    }

    async fn watch(&self) {
        std::future::pending::<()>().await;
    }

    async fn ask(&self, prompt: Prompt) -> Result<Pieces, ProviderError> {
        let question = prompt.0.messages.iter().rfind(|message| message.role == Role::User);
        let question = question.map_or("", |message| message.content.as_str());
        let mut words = question.split_whitespace();
        match words.next().unwrap_or_default() {
            "/empty" => Ok(stream::iter([Ok(Piece::Done(None))]).boxed()),
            "/garbage" => Err(ProviderError::Garbage),
            "/down" => Err(ProviderError::Down),
            "/busy" => Err(ProviderError::Busy { retry_after_s: 3 }),
            "/refused" => Err(ProviderError::Refused),
            "/late" => Err(ProviderError::Slow),
            "/cut" => Ok(counted(3).take(3).chain(stream::iter([Err(ProviderError::Down)])).boxed()),
            "/late-garbage" => Ok(counted(3).take(3).chain(stream::iter([Err(ProviderError::Garbage)])).boxed()),
            "/stall" => Ok(counted(3).take(3).chain(stream::iter([Err(ProviderError::Slow)])).boxed()),
            "/words" => Ok(counted(number(words.next())).boxed()),
            "/slow" => {
                let ticks = IntervalStream::new(tokio::time::interval(SLOW_WORD));
                Ok(counted(number(words.next())).zip(ticks).map(|(piece, _)| piece).boxed())
            }
            _ => {
                let n_words = u32::try_from(question.split_whitespace().count()).unwrap_or(MAX_WORDS);
                let answer = Zeroizing::new(format!("You asked: {question}"));
                Ok(stream::iter([Ok(Piece::Text(answer)), Ok(done(n_words))]).boxed())
            }
        }
    }
}

fn number(word: Option<&str>) -> u32 {
    word.and_then(|word| word.parse().ok()).unwrap_or(10).min(MAX_WORDS)
}

fn done(n_words: u32) -> Piece {
    Piece::Done(Some(Usage { input_tokens: 1, output_tokens: n_words }))
}

fn counted(n_words: u32) -> stream::BoxStream<'static, Result<Piece, ProviderError>> {
    let words = (1..=n_words).map(|number| {
        let space = if number == 1 { "" } else { " " };
        Ok(Piece::Text(Zeroizing::new(format!("{space}word-{number}"))))
    });
    stream::iter(words).chain(stream::iter([Ok(done(n_words))])).boxed()
}
