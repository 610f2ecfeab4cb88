//! Scripted answers: word by word, held back, stopped or cut as a story wants it.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::{StreamExt, stream};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, TurnId};
use shared_types::prompt::{AnswerEnd, PromptFrame, PromptRequest};

use super::honest::refusal;
use super::{FakeLink, FakeRelay, FrameStream, RelayError, Wire};

/// What the model will answer to one prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// One frame each.
    pub words: Vec<String>,
    /// What comes after the words.
    pub end: ScriptEnd,
}

/// How a scripted answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptEnd {
    /// The model is done.
    Done,
    /// The answer is as long as it may be.
    Length,
    /// The provider fails after the words.
    Failed(ErrorCode),
    /// The connection breaks after so many frames, once; the whole answer can be resumed.
    CutAfter(usize),
    /// The prompt is refused before any word.
    Refused(ErrorCode),
}

impl Script {
    /// An answer in words, each with its space, that ends well.
    pub fn of(answer: &str) -> Self {
        Self { words: answer.split_inclusive(' ').map(str::to_owned).collect(), end: ScriptEnd::Done }
    }

    /// The same answer with another end.
    #[must_use]
    pub fn ending(self, end: ScriptEnd) -> Self {
        Self { end, ..self }
    }

    fn to_frames(&self) -> Vec<PromptFrame> {
        let end = match self.end {
            ScriptEnd::Done | ScriptEnd::CutAfter(_) | ScriptEnd::Refused(_) => AnswerEnd::Done { usage: None },
            ScriptEnd::Length => AnswerEnd::Length,
            ScriptEnd::Failed(code) => AnswerEnd::Failed { code },
        };
        let words = self.words.iter().map(|word| (word.clone(), None));
        let parts = words.chain([(String::new(), Some(end))]);
        (0..).zip(parts).map(|(frame, (text, end))| PromptFrame { frame, text, end, pad: String::new() }).collect()
    }
}

pub(super) type TurnKey = (AccountId, TurnId);

/// All turns of a relay.
#[derive(Default)]
pub(super) struct Turns {
    scripts: VecDeque<Script>,
    asked: Vec<Vec<u8>>,
    running: BTreeMap<TurnKey, Turn>,
    pace: Pace,
}

/// When the frames of new turns leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Pace {
    #[default]
    AtOnce,
    Held,
}

struct Turn {
    frames: Vec<PromptFrame>,
    n_released: usize,
    cut_after: Option<usize>,
    wakers: Vec<Waker>,
}

impl Turn {
    fn wake(&mut self) {
        self.wakers.drain(..).for_each(Waker::wake);
    }

    fn has_ended(&self) -> bool {
        self.n_released >= self.frames.len()
    }
}

impl Turns {
    pub(super) fn ask(&mut self, account: AccountId, body: Vec<u8>) -> Result<TurnKey, RelayError> {
        let request: PromptRequest = serde_json::from_slice(&body).map_err(|_| refusal(ErrorCode::Malformed))?;
        let key = (account, request.turn_id);
        if self.running.contains_key(&key) {
            return Err(refusal(ErrorCode::TurnExists));
        }
        self.asked.push(body);
        let script = self.scripts.pop_front().unwrap_or_else(|| Script::of("a scripted answer"));
        if let ScriptEnd::Refused(code) = script.end {
            return Err(refusal(code));
        }
        let cut_after = if let ScriptEnd::CutAfter(n_frames) = script.end { Some(n_frames) } else { None };
        let frames = script.to_frames();
        let n_released = if self.pace == Pace::Held { 0 } else { frames.len() };
        self.running.insert(key, Turn { frames, n_released, cut_after, wakers: Vec::new() });
        Ok(key)
    }

    pub(super) fn check_known(&self, account: AccountId, turn: TurnId) -> Result<(), RelayError> {
        if self.running.contains_key(&(account, turn)) { Ok(()) } else { Err(refusal(ErrorCode::NotFound)) }
    }

    /// Stops a running answer; forgets one that has ended.
    pub(super) fn stop(&mut self, account: AccountId, turn: TurnId) -> Result<(), RelayError> {
        let key = (account, turn);
        let running = self.running.get_mut(&key).ok_or(refusal(ErrorCode::NotFound))?;
        if running.has_ended() {
            self.running.remove(&key);
            return Ok(());
        }
        running.frames.truncate(running.n_released);
        let frame = u32::try_from(running.n_released).expect("a script is short");
        let end = Some(AnswerEnd::Stopped);
        running.frames.push(PromptFrame { frame, text: String::new(), end, pad: String::new() });
        running.n_released += 1;
        running.wake();
        Ok(())
    }

    pub(super) fn wake_all(&mut self) {
        self.running.values_mut().for_each(Turn::wake);
    }

    fn poll_frame(
        &mut self,
        key: TurnKey,
        next: usize,
        wire: &Wire,
        context: &Context<'_>,
    ) -> Poll<Result<PromptFrame, RelayError>> {
        let Some(turn) = self.running.get_mut(&key) else { return Poll::Ready(Err(RelayError::Unreachable)) };
        if wire.is_cut.get() || turn.cut_after == Some(next) {
            turn.cut_after = None;
            return Poll::Ready(Err(RelayError::Unreachable));
        }
        match turn.frames.get(next) {
            Some(frame) if next < turn.n_released => Poll::Ready(Ok(frame.clone())),
            Some(_) | None => {
                turn.wakers.push(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl FakeLink {
    /// Frames of a turn from a number on, as long as the link holds.
    pub(super) fn frames(&self, key: TurnKey, first: u32) -> FrameStream {
        let (relay, wire) = (self.relay.clone(), Rc::clone(&self.wire));
        let mut next = Some(usize::try_from(first).expect("a frame number fits"));
        let frames = stream::poll_fn(move |context| {
            let Some(at) = next else { return Poll::Ready(None) };
            let polled = relay.0.borrow_mut().turns.poll_frame(key, at, &wire, context);
            polled.map(|frame| {
                let goes_on = frame.as_ref().is_ok_and(|frame| frame.end.is_none());
                next = goes_on.then_some(at + 1);
                Some(frame)
            })
        });
        frames.boxed_local()
    }
}

impl FakeRelay {
    /// The answer to the next prompt that has none yet; without one it is "a scripted answer".
    pub fn script_answer(&self, script: Script) {
        self.0.borrow_mut().turns.scripts.push_back(script);
    }

    /// Bodies of all prompts, byte for byte, in order.
    pub fn asked(&self) -> Vec<Vec<u8>> {
        self.0.borrow().turns.asked.clone()
    }

    /// From now on the frames of new turns wait for [`Self::release_words`].
    pub fn hold_answers(&self) {
        self.0.borrow_mut().turns.pace = Pace::Held;
    }

    /// Lets so many more frames of every held turn go; the one after the last word is the end.
    pub fn release_words(&self, n_frames: usize) {
        for turn in self.0.borrow_mut().turns.running.values_mut() {
            turn.n_released = turn.frames.len().min(turn.n_released + n_frames);
            turn.wake();
        }
    }

    /// Lets everything go, also what comes later.
    pub fn release_answers(&self) {
        self.0.borrow_mut().turns.pace = Pace::AtOnce;
        self.release_words(usize::MAX / 2);
    }

    /// Forgets every turn, as a relay does when it is started again.
    pub fn forget_turns(&self) {
        let mut inner = self.0.borrow_mut();
        inner.turns.wake_all();
        inner.turns.running.clear();
    }
}
