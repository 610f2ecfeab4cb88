//! The ask machine: one turn from the first frame to the end of its answer.
//!
//! ```text
//! begun ──frame──► writing ──end──► over: Done · Length · Stopped · Refused · Cut · Empty
//!    └──────────────┴──broken──► resuming (a few times) ──► over: Cut
//! ```
//! What has come is never thrown away: a turn that breaks ends with the text it has.

use shared_types::account::ModelOffer;
use shared_types::error::ErrorCode;
use shared_types::limits::MAX_ANSWER_BYTES;
use shared_types::prompt::{AnswerEnd, PromptFrame};

use crate::records::End;
use crate::relay::RelayError;
use crate::time::Timestamp;
use crate::view::{ChatId, MessageId};

/// Least time between two shows of a growing answer, milliseconds.
pub const SHOW_EVERY_MS: u64 = 50;
/// How often a broken stream is resumed before the turn ends.
const MAX_RESUMES: u32 = 6;
/// Wait before the second resume in a row, milliseconds; it doubles with each.
const RESUME_WAIT_MS: u64 = 1_000;

/// A turn under way.
#[derive(Debug)]
pub struct Turn {
    /// Its chat.
    pub chat: ChatId,
    /// Names it and its answer.
    pub id: MessageId,
    /// The question.
    pub question: MessageId,
    /// The model that is asked.
    pub offer: ModelOffer,
    /// When it began.
    pub begun: Timestamp,
    text: String,
    next_frame: u32,
    n_resumes: u32,
    /// The question was sent before, and nothing has shown yet that the relay knows the turn.
    is_taken_up: bool,
    is_stopping: bool,
    shown_at: Option<Timestamp>,
}

/// What follows from something that happened to a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Wait for the next frame; show the answer if it is due.
    Wait,
    /// Resume the stream after this frame.
    Resume {
        /// The last frame that came, if any.
        after: Option<u32>,
    },
    /// The relay does not know the turn: ask, with the same body under the same id.
    Ask,
    /// The relay has not begun and may soon: the question waits on.
    Postpone,
    /// The turn is over.
    Over(End),
}

impl Turn {
    /// Begins a turn.
    pub fn new(chat: ChatId, (id, question): (MessageId, MessageId), offer: ModelOffer, now: Timestamp) -> Self {
        Self {
            chat,
            id,
            question,
            offer,
            begun: now,
            text: String::new(),
            next_frame: 0,
            n_resumes: 0,
            is_taken_up: false,
            is_stopping: false,
            shown_at: None,
        }
    }

    /// Takes up a turn that was begun before; the relay may have it, whole or in the making.
    #[must_use]
    pub fn taken_up(self) -> Self {
        Self { is_taken_up: true, ..self }
    }

    /// What has come of the answer.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The reader wants no more of it.
    pub fn handle_stop(&mut self) {
        self.is_stopping = true;
    }

    /// A frame came; one that came before is passed over.
    pub fn handle_frame(&mut self, frame: PromptFrame) -> Step {
        if frame.frame < self.next_frame {
            return Step::Wait;
        }
        if frame.frame > self.next_frame {
            return self.resume();
        }
        self.next_frame += 1;
        self.n_resumes = 0;
        self.is_taken_up = false;
        self.text.push_str(&frame.text);
        if self.text.len() > MAX_ANSWER_BYTES {
            let end = (0..=MAX_ANSWER_BYTES).rev().find(|end| self.text.is_char_boundary(*end)).unwrap_or(0);
            self.text.truncate(end);
            return Step::Over(End::Length);
        }
        match frame.end {
            None => Step::Wait,
            Some(end) => Step::Over(self.end_of(&end)),
        }
    }

    fn end_of(&self, end: &AnswerEnd) -> End {
        match end {
            AnswerEnd::Done { .. } if self.text.trim().is_empty() => End::Empty,
            AnswerEnd::Done { .. } => End::Done,
            AnswerEnd::Length => End::Length,
            AnswerEnd::Stopped => End::Stopped,
            AnswerEnd::Failed { code } => End::Refused(*code),
        }
    }

    /// The stream broke, could not be opened, or was refused.
    pub fn handle_broken(&mut self, error: &RelayError) -> Step {
        if self.is_stopping {
            return Step::Over(End::Stopped);
        }
        match error {
            RelayError::Unreachable if self.next_frame == 0 => Step::Postpone,
            RelayError::Unreachable | RelayError::Refused { code: ErrorCode::TurnExists, .. } => self.resume(),
            // It was sent twice on the way: the relay has the question from the first time, or will say that it has not.
            RelayError::Refused { code: ErrorCode::ReplayedRequest, .. } => {
                self.is_taken_up = self.next_frame == 0;
                self.resume()
            }
            RelayError::Refused { code: ErrorCode::NotFound, .. } if std::mem::take(&mut self.is_taken_up) => Step::Ask,
            RelayError::Malformed | RelayError::Refused { code: ErrorCode::NotFound, .. } => Step::Over(End::Cut),
            RelayError::Refused { code: ErrorCode::NoProvider | ErrorCode::RateLimited, .. } => Step::Postpone,
            RelayError::Refused { code, .. } => Step::Over(End::Refused(*code)),
        }
    }

    fn resume(&mut self) -> Step {
        if self.n_resumes == MAX_RESUMES {
            return Step::Over(End::Cut);
        }
        self.n_resumes += 1;
        Step::Resume { after: self.next_frame.checked_sub(1) }
    }

    /// How long to wait before the resume that is due: the first is made at once.
    pub fn resume_wait_ms(&self) -> u64 {
        let n_waits = self.n_resumes.saturating_sub(1);
        if n_waits == 0 { 0 } else { RESUME_WAIT_MS << (n_waits - 1) }
    }

    /// Whether the answer is due to be shown; says yes at most every [`SHOW_EVERY_MS`].
    pub fn poll_show(&mut self, now: Timestamp) -> bool {
        let is_due = self.shown_at.is_none_or(|shown| shown.after_ms(SHOW_EVERY_MS) <= now);
        if is_due {
            self.shown_at = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use shared_types::account::{ModelPlace, ModelState};
    use shared_types::ids::ScopeId;

    use super::*;

    fn turn() -> Turn {
        let offer = ModelOffer {
            id: "small".into(),
            label: String::new(),
            place: ModelPlace::Server,
            owner: "test".into(),
            region: None,
            policy: None,
            state: ModelState::Ready,
            context_tokens: 2048,
        };
        Turn::new(ScopeId([1; 16]), (MessageId([2; 16]), MessageId([3; 16])), offer, Timestamp(0))
    }

    fn frame(frame: u32, text: &str, end: Option<AnswerEnd>) -> PromptFrame {
        PromptFrame { frame, text: text.into(), end, pad: String::new() }
    }

    #[test]
    fn a_frame_twice_is_a_frame_once_and_a_missing_one_is_asked_for() {
        let mut turn = turn();
        assert_eq!(turn.handle_frame(frame(0, "Hello", None)), Step::Wait);
        assert_eq!(turn.handle_frame(frame(0, "Hello", None)), Step::Wait);
        assert_eq!(turn.handle_frame(frame(2, "!", None)), Step::Resume { after: Some(0) });
        assert_eq!(turn.handle_frame(frame(1, " there", None)), Step::Wait);
        assert_eq!(turn.handle_frame(frame(2, "!", Some(AnswerEnd::Done { usage: None }))), Step::Over(End::Done));
        assert_eq!(turn.text(), "Hello there!");
    }

    #[test]
    fn a_stream_that_breaks_keeps_its_text_and_ends_after_a_few_tries() {
        let mut turn = turn();
        turn.handle_frame(frame(0, "Half", None));
        let mut waits_ms = Vec::new();
        for _ in 0..MAX_RESUMES {
            assert_eq!(turn.handle_broken(&RelayError::Unreachable), Step::Resume { after: Some(0) });
            waits_ms.push(turn.resume_wait_ms());
        }
        assert_eq!(waits_ms, [0, 1_000, 2_000, 4_000, 8_000, 16_000]);
        assert_eq!(turn.handle_broken(&RelayError::Unreachable), Step::Over(End::Cut));
        assert_eq!(turn.text(), "Half");
    }

    #[test]
    fn an_answer_without_a_word_is_empty_and_one_without_end_is_cut() {
        assert_eq!(turn().handle_frame(frame(0, " ", Some(AnswerEnd::Done { usage: None }))), Step::Over(End::Empty));
        let mut endless = turn();
        let step = endless.handle_frame(frame(0, &"é".repeat(MAX_ANSWER_BYTES), None));
        assert_eq!((step, endless.text().len()), (Step::Over(End::Length), MAX_ANSWER_BYTES));
    }

    #[test]
    fn a_turn_that_was_begun_before_is_asked_anew_only_if_the_relay_does_not_know_it() {
        let refused = |code| RelayError::Refused { code, retry_after_s: None, now: None };
        let mut unknown = turn().taken_up();
        assert_eq!(unknown.handle_broken(&refused(ErrorCode::NotFound)), Step::Ask);
        assert_eq!(unknown.handle_broken(&refused(ErrorCode::NotFound)), Step::Over(End::Cut), "once is enough");
        let mut known = turn().taken_up();
        assert_eq!(known.handle_frame(frame(0, "Hello", None)), Step::Wait);
        assert_eq!(known.handle_broken(&refused(ErrorCode::NotFound)), Step::Over(End::Cut));
        for code in [ErrorCode::TurnExists, ErrorCode::ReplayedRequest] {
            assert_eq!(turn().handle_broken(&refused(code)), Step::Resume { after: None }, "{code:?}");
        }
    }

    #[test]
    fn a_relay_that_cannot_be_reached_at_first_leaves_the_question_waiting() {
        assert_eq!(turn().handle_broken(&RelayError::Unreachable), Step::Postpone);
    }
}
