//! Carries pieces from a provider into the frames of a turn.
//!
//! The first frame leaves at once; from then on text gathers for the cadence. A frame takes all text that is there when
//! it leaves, so that several pieces cost one frame, and show one length. Whatever ends the answer ends it in a
//! frame of its own kind, so a reader always learns why.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use shared_types::limits::MAX_ANSWER_BYTES;
use shared_types::prompt::{AnswerEnd, PromptFrame, Usage};
use tokio::sync::watch;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::{Phase, Turn, encode_frame};
use crate::provider::{Piece, Pieces, Prompt, Provider, ProviderError};
use crate::state::ended;

/// What a pump needs to know.
pub(crate) struct PumpOrder {
    /// Who answers.
    pub(crate) provider: Arc<dyn Provider>,
    /// Least time between two frames.
    pub(crate) cadence: Duration,
    /// How long the answer goes on for nobody.
    pub(crate) unattended: Duration,
    /// Turns true when the relay ends.
    pub(crate) shutdown: watch::Receiver<bool>,
}

/// Asks and pumps until the turn has its last frame, or the provider fails before the first one; gives the tokens
/// that the provider counted, if it did.
pub(crate) async fn pump(turn: &Turn, order: PumpOrder, prompt: Prompt) -> Result<Option<Usage>, ProviderError> {
    let mut shutdown = order.shutdown.clone();
    let asked = tokio::select! {
        biased;
        () = interrupted(turn, order.unattended, &mut shutdown) => None,
        asked = order.provider.ask(prompt) => Some(asked?),
    };
    let mut frames = Frames { turn, next: 0, n_bytes: 0, gathered: Zeroizing::new(String::new()), sent_at: None };
    let end = match asked {
        None => AnswerEnd::Stopped,
        Some(pieces) => match gather(&mut frames, pieces, &order, &mut shutdown).await {
            Ok(end) => end,
            Err(error) if frames.is_empty() => return Err(error),
            Err(error) => AnswerEnd::Failed { code: error.code() },
        },
    };
    let usage = if let AnswerEnd::Done { usage } = &end { *usage } else { None };
    frames.end(end);
    Ok(usage)
}

async fn gather(
    frames: &mut Frames<'_>,
    mut pieces: Pieces,
    order: &PumpOrder,
    shutdown: &mut watch::Receiver<bool>,
) -> Result<AnswerEnd, ProviderError> {
    let interrupted = interrupted(frames.turn, order.unattended, shutdown);
    tokio::pin!(interrupted);
    loop {
        let due = frames.due(order.cadence);
        tokio::select! {
            biased;
            () = &mut interrupted => return Ok(AnswerEnd::Stopped),
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => frames.flush(),
            piece = pieces.next() => {
                let mut arrived = piece;
                loop {
                    if let Some(end) = frames.take(arrived)? {
                        return Ok(end);
                    }
                    match pieces.next().now_or_never() {
                        Some(next) => arrived = next,
                        None => break,
                    }
                }
                if frames.sent_at.is_none() || order.cadence.is_zero() {
                    frames.flush();
                }
            }
        }
    }
}

/// Returns when the turn is stopped, nobody has read it for too long, or the relay ends.
async fn interrupted(turn: &Turn, unattended: Duration, shutdown: &mut watch::Receiver<bool>) {
    let mut stopped = turn.stopped.subscribe();
    let mut readers = turn.readers.subscribe();
    tokio::select! {
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = ended(shutdown) => {}
        () = abandoned(&mut readers, unattended) => {}
    }
}

async fn abandoned(readers: &mut watch::Receiver<usize>, unattended: Duration) {
    loop {
        if readers.wait_for(|n_readers| *n_readers == 0).await.is_err() {
            return std::future::pending().await;
        }
        let back = tokio::time::timeout(unattended, readers.wait_for(|n_readers| *n_readers > 0));
        if back.await.is_err() {
            return;
        }
    }
}

struct Frames<'a> {
    turn: &'a Turn,
    next: u32,
    n_bytes: usize,
    gathered: Zeroizing<String>,
    sent_at: Option<Instant>,
}

impl Frames<'_> {
    fn is_empty(&self) -> bool {
        self.next == 0 && self.gathered.is_empty()
    }

    /// Takes what came from a provider; gives how the answer ends, if it does.
    fn take(&mut self, arrived: Option<Result<Piece, ProviderError>>) -> Result<Option<AnswerEnd>, ProviderError> {
        match arrived.unwrap_or(Err(ProviderError::Down))? {
            Piece::Text(text) if self.gather(&text) => Ok(None),
            Piece::Done(_) if self.is_empty() => Err(ProviderError::Garbage),
            Piece::Done(usage) => Ok(Some(AnswerEnd::Done { usage })),
            Piece::Text(_) | Piece::Length => Ok(Some(AnswerEnd::Length)),
        }
    }

    /// When the gathered text must leave, if there is any.
    fn due(&self, cadence: Duration) -> Option<Instant> {
        if self.gathered.is_empty() { None } else { self.sent_at.map(|sent_at| sent_at + cadence) }
    }

    /// Takes text; false if the answer is now as long as it may be.
    fn gather(&mut self, text: &str) -> bool {
        let room = MAX_ANSWER_BYTES - self.n_bytes;
        let fits = text.len() <= room;
        let end = if fits { text.len() } else { text.floor_char_boundary(room) };
        let (head, _) = text.split_at(end);
        self.n_bytes += head.len();
        self.gathered.push_str(head);
        fits
    }

    fn flush(&mut self) {
        if !self.gathered.is_empty() {
            self.send(None, Phase::Answering);
        }
    }

    fn end(&mut self, end: AnswerEnd) {
        self.send(Some(end), Phase::Ended);
    }

    fn send(&mut self, end: Option<AnswerEnd>, phase: Phase) {
        let text = std::mem::take(&mut *self.gathered);
        let frame = PromptFrame { frame: self.next, text, end, pad: String::new() };
        self.next += 1;
        self.sent_at = Some(Instant::now());
        self.turn.push_frame(encode_frame(frame), phase);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use shared_types::error::ErrorCode;
    use shared_types::ids::{AccountId, TurnId};
    use shared_types::prompt::{PromptMessage, PromptRequest, Role, Sampling};

    use super::super::Turns;
    use super::*;
    use crate::provider::{SCRIPTED_MODEL, Scripted};

    fn prompt(question: &str) -> Prompt {
        Prompt(PromptRequest {
            turn_id: TurnId([1; 16]),
            model: SCRIPTED_MODEL.to_owned(),
            messages: vec![PromptMessage { role: Role::User, content: question.to_owned() }],
            sampling: Sampling::default(),
            max_tokens: 10,
        })
    }

    fn order(cadence_ms: u64) -> (PumpOrder, watch::Sender<bool>) {
        let (ending, shutdown) = watch::channel(false);
        let order = PumpOrder {
            provider: Arc::new(Scripted),
            cadence: Duration::from_millis(cadence_ms),
            unattended: Duration::from_mins(1),
            shutdown,
        };
        (order, ending)
    }

    fn open() -> Arc<Turn> {
        Turns::default().open(AccountId([1; 16]), TurnId([1; 16]), 1).unwrap()
    }

    async fn read(turn: &Arc<Turn>, first: usize) -> Vec<PromptFrame> {
        let lines: Vec<_> = turn.frames_from(first).collect().await;
        let parse =
            |line: Zeroizing<String>| serde_json::from_str(line.trim().strip_prefix("data: ").unwrap()).unwrap();
        lines.into_iter().map(parse).collect()
    }

    fn text(frames: &[PromptFrame]) -> String {
        frames.iter().map(|frame| frame.text.as_str()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_frame_leaves_at_once_and_the_rest_in_cadence() {
        let turn = open();
        let (order, _ending) = order(50);
        let started = Instant::now();
        let first = async {
            turn.wait_for_first_frame().await.unwrap();
            started.elapsed()
        };
        let (pumped, waited) = tokio::join!(pump(&turn, order, prompt("/slow 3")), first);
        assert_eq!((pumped.map(drop), waited), (Ok(()), Duration::ZERO));
        let frames = read(&turn, 0).await;
        assert_eq!(text(&frames), "word-1 word-2 word-3");
        assert!(frames.iter().enumerate().all(|(number, frame)| frame.frame as usize == number));
        assert!(matches!(frames.last().unwrap().end, Some(AnswerEnd::Done { usage: Some(_) })));
    }

    #[tokio::test(start_paused = true)]
    async fn pieces_that_are_there_at_once_leave_in_one_frame() {
        for cadence_ms in [0, 50] {
            let turn = open();
            let (order, _ending) = order(cadence_ms);
            let mut frames = Frames { turn: &turn, next: 0, n_bytes: 0, gathered: Zeroizing::default(), sent_at: None };
            let piece = |text: &str| Ok(Piece::Text(Zeroizing::new(text.to_owned())));
            let there = stream::iter([piece("word-1 "), piece("word-2 ")]);
            let later = stream::once(async move {
                tokio::time::sleep_until(Instant::now() + Duration::from_millis(10)).await;
                piece("word-3")
            });
            let done = stream::iter([Ok(Piece::Done(None))]);
            let pieces = there.chain(later).chain(done).boxed();
            let end = gather(&mut frames, pieces, &order, &mut order.shutdown.clone()).await.unwrap();
            frames.end(end);
            let texts: Vec<String> = read(&turn, 0).await.into_iter().map(|frame| frame.text).collect();
            assert_eq!(texts, ["word-1 word-2 ", "word-3"], "{cadence_ms}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_resumes_after_any_frame() {
        let turn = open();
        let (order, _ending) = order(0);
        pump(&turn, order, prompt("/words 5")).await.unwrap();
        let all = read(&turn, 0).await;
        for first in 0..all.len() {
            assert_eq!(read(&turn, first).await, all[first..]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_cut_stalls_or_turns_to_garbage_keeps_what_came_and_says_why() {
        for (question, code) in [
            ("/cut", ErrorCode::ProviderDown),
            ("/stall", ErrorCode::ProviderSlow),
            ("/late-garbage", ErrorCode::ProviderGarbage),
        ] {
            let turn = open();
            let (order, _ending) = order(50);
            assert_eq!(pump(&turn, order, prompt(question)).await.map(drop), Ok(()));
            let frames = read(&turn, 0).await;
            assert_eq!(text(&frames), "word-1 word-2 word-3", "{question}");
            assert_eq!(frames.last().unwrap().end, Some(AnswerEnd::Failed { code }), "{question}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_is_slow_or_sends_garbage_at_once_is_a_refusal_that_can_be_retried() {
        for (question, error) in [("/late", ProviderError::Slow), ("/garbage", ProviderError::Garbage)] {
            let turn = open();
            let (order, _ending) = order(50);
            assert_eq!(pump(&turn, order, prompt(question)).await, Err(error), "{question}");
            assert!(turn.frame(0).0.is_none(), "{question}: no frame says otherwise");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_answer_is_a_refusal() {
        let turn = open();
        let (order, _ending) = order(50);
        assert_eq!(pump(&turn, order, prompt("/empty")).await, Err(ProviderError::Garbage));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stopped_turn_ends_its_provider_and_keeps_the_words() {
        let turn = open();
        let (order, _ending) = order(50);
        let stop = async {
            turn.wait_for_first_frame().await.unwrap();
            turn.stop();
        };
        let (pumped, ()) = tokio::join!(pump(&turn, order, prompt("/slow 1000")), stop);
        pumped.unwrap();
        let frames = read(&turn, 0).await;
        assert_eq!(text(&frames), "word-1");
        assert_eq!(frames.last().unwrap().end, Some(AnswerEnd::Stopped));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_reads_goes_on_for_a_minute_only() {
        let turn = open();
        let (order, _ending) = order(50);
        let started = Instant::now();
        pump(&turn, order, prompt("/slow 10000")).await.unwrap();
        assert_eq!(started.elapsed(), Duration::from_mins(1));
        assert_eq!(read(&turn, 0).await.last().unwrap().end, Some(AnswerEnd::Stopped));
    }

    #[tokio::test(start_paused = true)]
    async fn a_longest_answer_is_cut_between_characters() {
        let turn = open();
        let mut frames = Frames { turn: &turn, next: 0, n_bytes: 0, gathered: Zeroizing::default(), sent_at: None };
        assert!(frames.gather(&"x".repeat(MAX_ANSWER_BYTES - 1)));
        assert!(!frames.gather("é"));
        assert_eq!(frames.n_bytes, MAX_ANSWER_BYTES - 1);
        let pieces: Pieces = stream::iter([Ok(Piece::Text(Zeroizing::new("é".to_owned())))]).boxed();
        let (order, _ending) = order(50);
        let end = gather(&mut frames, pieces, &order, &mut order.shutdown.clone()).await;
        assert_eq!(end, Ok(AnswerEnd::Length));
    }
}
