//! The sync engine: decides what to send and fetch, and when to try again; does none of it.
//!
//! One push and one pull are under way at most. A failure waits longer each time and ends with the first success; the
//! words of the browser ("you are online") only make it try at once.

use shared_types::error::ErrorCode;
use shared_types::sync::{Cursor, RelayEvent};

use crate::relay::RelayError;
use crate::time::Timestamp;

/// First wait after a failure, milliseconds.
const FIRST_RETRY_MS: u64 = 1_000;
/// Longest wait, milliseconds.
const LONGEST_RETRY_MS: u64 = 30_000;

/// Something that the driver must do for the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Load the account log and epochs, verify, adopt.
    LoadLog,
    /// Push what is unsent, oldest first.
    Push,
    /// Pull what comes after the cursor.
    Pull,
    /// Open the events socket.
    Listen,
}

/// Whether the relay answers, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Unknown,
    Up,
    Down { n_failures: u32, retry_at: Timestamp },
}

/// Decides about syncing for one unlocked account.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each effect is wanted or not, and under way or not")]
pub struct Engine {
    link: Link,
    wants_log: bool,
    wants_push: bool,
    wants_pull: bool,
    wants_listen: bool,
    is_loading_log: bool,
    is_pushing: bool,
    is_pulling: bool,
    is_listening: bool,
    /// The log was loaded because a page was ahead of it, and no page has been applied since.
    was_log_ahead: bool,
    /// A refusal that no retry mends; syncing rests until the user acts.
    stopped_by: Option<ErrorCode>,
}

/// Whether a log that is behind was asked for already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogAhead {
    /// It is loaded now.
    Loads,
    /// It was, and the entry was not in it: the relay withholds it.
    Withheld,
}

impl Engine {
    /// Wants everything once: the log first.
    pub fn new(has_unsent: bool) -> Self {
        Self {
            link: Link::Unknown,
            wants_log: true,
            wants_push: has_unsent,
            wants_pull: true,
            wants_listen: true,
            is_loading_log: false,
            is_pushing: false,
            is_pulling: false,
            is_listening: false,
            was_log_ahead: false,
            stopped_by: None,
        }
    }

    /// Whether the relay answered last.
    pub fn is_online(&self) -> bool {
        self.link == Link::Up
    }

    /// Whether nothing is left to send or fetch.
    pub fn is_settled(&self) -> bool {
        self.is_online() && !(self.wants_log || self.wants_push || self.wants_pull) && !self.is_busy()
    }

    /// The refusal on which syncing rests, if it does.
    pub fn stopped_by(&self) -> Option<ErrorCode> {
        self.stopped_by
    }

    fn is_busy(&self) -> bool {
        self.is_loading_log || self.is_pushing || self.is_pulling
    }

    /// A batch was committed to the outbox.
    pub fn handle_written(&mut self) {
        self.wants_push = true;
    }

    /// The relay answered some call.
    pub fn handle_answer(&mut self) {
        self.link = Link::Up;
    }

    /// The user or the browser says: try now.
    pub fn handle_try_now(&mut self) {
        if !self.is_online() {
            self.link = Link::Unknown;
            self.wants_pull = true;
            self.wants_log = true;
        }
        self.stopped_by = None;
    }

    /// The browser, or a call that is not the engine's, says that there is no network; a pull will show when there is.
    pub fn handle_offline(&mut self, now: Timestamp) {
        self.wants_pull = true;
        if self.is_online() || self.link == Link::Unknown {
            self.link = Link::Down { n_failures: 0, retry_at: now.after_ms(FIRST_RETRY_MS) };
        }
    }

    /// The log was loaded, verified and adopted.
    pub fn handle_log_loaded(&mut self) {
        self.is_loading_log = false;
        self.handle_answer();
    }

    /// A page names a log entry that is not here: the log is loaded once at once, later after waits.
    pub fn handle_log_ahead(&mut self, now: Timestamp) -> LogAhead {
        self.is_pulling = false;
        self.wants_log = true;
        self.wants_pull = true;
        if std::mem::replace(&mut self.was_log_ahead, true) {
            self.wait(None, now);
            return LogAhead::Withheld;
        }
        LogAhead::Loads
    }

    /// A push was accepted.
    pub fn handle_pushed(&mut self, has_unsent: bool) {
        self.is_pushing = false;
        self.wants_push = has_unsent;
        self.handle_answer();
    }

    /// A page was applied.
    pub fn handle_pulled(&mut self, has_more: bool) {
        self.is_pulling = false;
        self.was_log_ahead = false;
        self.wants_pull |= has_more;
        self.handle_answer();
    }

    /// A call of an effect failed; it is wanted again unless trying again cannot help.
    pub fn handle_failed(&mut self, effect: Effect, error: &RelayError, now: Timestamp) {
        match effect {
            Effect::LoadLog => (self.is_loading_log, self.wants_log) = (false, true),
            Effect::Push => (self.is_pushing, self.wants_push) = (false, true),
            Effect::Pull => (self.is_pulling, self.wants_pull) = (false, true),
            Effect::Listen => (self.is_listening, self.wants_listen) = (false, true),
        }
        match error {
            RelayError::Refused { code, .. } if !error.is_temporary() => self.stopped_by = Some(*code),
            RelayError::Refused { retry_after_s, .. } => self.wait(*retry_after_s, now),
            RelayError::Unreachable | RelayError::Malformed => self.wait(None, now),
        }
    }

    fn wait(&mut self, retry_after_s: Option<u32>, now: Timestamp) {
        let n_failures = match self.link {
            Link::Down { n_failures, .. } => n_failures.saturating_add(1),
            Link::Unknown | Link::Up => 0,
        };
        let backoff_ms = FIRST_RETRY_MS.saturating_mul(1 << n_failures.min(5)).min(LONGEST_RETRY_MS);
        let wait_ms = retry_after_s.map_or(backoff_ms, |seconds| u64::from(seconds) * 1000);
        self.link = Link::Down { n_failures, retry_at: now.after_ms(wait_ms) };
    }

    /// The events socket is open.
    pub fn handle_listening(&mut self) {
        self.handle_answer();
        self.wants_pull = true;
    }

    /// The events socket told something.
    pub fn handle_event(&mut self, event: &RelayEvent, cursor: Cursor) {
        match event {
            RelayEvent::Hello => self.handle_listening(),
            RelayEvent::CursorMoved { cursor: moved } => self.wants_pull |= *moved > cursor,
            RelayEvent::LogMoved => self.wants_log = true,
            RelayEvent::SignedOut => self.stopped_by = Some(ErrorCode::UnknownSession),
        }
    }

    /// The events socket closed.
    pub fn handle_silence(&mut self, now: Timestamp) {
        self.is_listening = false;
        self.wants_listen = true;
        self.wait(None, now);
    }

    /// The next thing to do, if there is one; ask until there is none.
    pub fn poll_effect(&mut self, now: Timestamp) -> Option<Effect> {
        let is_resting = matches!(self.link, Link::Down { retry_at, .. } if now < retry_at);
        if is_resting || self.stopped_by.is_some() {
            return None;
        }
        if self.wants_log && !self.is_loading_log {
            (self.wants_log, self.is_loading_log) = (false, true);
            return Some(Effect::LoadLog);
        }
        if self.is_loading_log {
            return None;
        }
        if self.wants_push && !self.is_pushing {
            (self.wants_push, self.is_pushing) = (false, true);
            return Some(Effect::Push);
        }
        if self.wants_pull && !self.is_pulling {
            (self.wants_pull, self.is_pulling) = (false, true);
            return Some(Effect::Pull);
        }
        if self.wants_listen && !self.is_listening {
            (self.wants_listen, self.is_listening) = (false, true);
            return Some(Effect::Listen);
        }
        None
    }

    /// When to call again if nothing else happens.
    pub fn poll_wake(&self) -> Option<Timestamp> {
        match self.link {
            Link::Down { retry_at, .. } if self.stopped_by.is_none() => Some(retry_at),
            Link::Down { .. } | Link::Unknown | Link::Up => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn the_log_comes_first_then_push_pull_and_listening() {
        let mut engine = Engine::new(true);
        assert_eq!(engine.poll_effect(NOW), Some(Effect::LoadLog));
        assert_eq!(engine.poll_effect(NOW), None);
        engine.handle_log_loaded();
        let effects: Vec<_> = std::iter::from_fn(|| engine.poll_effect(NOW)).collect();
        assert_eq!(effects, [Effect::Push, Effect::Pull, Effect::Listen]);
        engine.handle_pushed(false);
        engine.handle_pulled(false);
        assert!(engine.is_settled());
    }

    #[test]
    fn a_failed_push_is_wanted_again_after_a_growing_wait() {
        let mut engine = Engine::new(true);
        engine.poll_effect(NOW);
        engine.handle_failed(Effect::LoadLog, &RelayError::Unreachable, NOW);
        assert_eq!(engine.poll_wake(), Some(NOW.after_ms(1_000)));
        assert_eq!(engine.poll_effect(NOW), None);
        let later = NOW.after_ms(1_000);
        assert_eq!(engine.poll_effect(later), Some(Effect::LoadLog));
        engine.handle_failed(Effect::LoadLog, &RelayError::Unreachable, later);
        assert_eq!(engine.poll_wake(), Some(later.after_ms(2_000)));
    }

    #[test]
    fn after_a_word_that_there_is_no_network_a_pull_finds_out_when_there_is() {
        let mut engine = Engine::new(false);
        engine.poll_effect(NOW);
        engine.handle_log_loaded();
        while engine.poll_effect(NOW).is_some() {}
        engine.handle_pulled(false);
        engine.handle_listening();
        while engine.poll_effect(NOW).is_some() {}
        engine.handle_pulled(false);
        engine.handle_offline(NOW);
        assert_eq!((engine.is_online(), engine.poll_effect(NOW)), (false, None));
        let later = engine.poll_wake().unwrap();
        assert_eq!(engine.poll_effect(later), Some(Effect::Pull));
        engine.handle_pulled(false);
        assert!(engine.is_online());
    }

    #[test]
    fn a_log_that_is_never_served_is_withheld_and_not_asked_for_without_end() {
        let mut engine = Engine::new(false);
        engine.poll_effect(NOW);
        engine.handle_log_loaded();
        assert_eq!(engine.poll_effect(NOW), Some(Effect::Pull));
        assert_eq!(engine.handle_log_ahead(NOW), LogAhead::Loads);
        assert_eq!(engine.poll_effect(NOW), Some(Effect::LoadLog));
        engine.handle_log_loaded();
        assert_eq!(engine.poll_effect(NOW), Some(Effect::Pull));
        assert_eq!(engine.handle_log_ahead(NOW), LogAhead::Withheld);
        assert_eq!(engine.poll_effect(NOW), None);
    }

    #[test]
    fn a_refusal_that_stays_a_refusal_stops_until_the_user_acts() {
        let mut engine = Engine::new(false);
        engine.poll_effect(NOW);
        let refused = RelayError::Refused { code: ErrorCode::UnknownSession, retry_after_s: None, now: None };
        engine.handle_failed(Effect::LoadLog, &refused, NOW);
        assert_eq!(engine.poll_effect(NOW.after_ms(999_999)), None);
        assert_eq!(engine.stopped_by(), Some(ErrorCode::UnknownSession));
    }
}
