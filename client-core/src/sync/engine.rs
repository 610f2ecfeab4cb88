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
/// Longest wait that a relay may ask for, seconds: it cannot send a device away for good.
pub const LONGEST_ASKED_S: u32 = 3_600;

/// First wait before a page that was held is read again, milliseconds.
const FIRST_AGAIN_MS: u64 = 5_000;
/// Longest wait, milliseconds.
const LONGEST_AGAIN_MS: u64 = 3_600_000;

/// First wait before a rotation that did not come about is tried once more, milliseconds.
const FIRST_ROTATION_MS: u64 = 1_000;

/// Something that the driver must do for the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Load the account log and epochs, verify, adopt.
    LoadLog,
    /// Begin a new epoch.
    Rotate,
    /// Push what is unsent, oldest first.
    Push,
    /// Pull the next page.
    Pull,
    /// Pull once more what was held, and on from there.
    PullAgain,
    /// Pull the next page of all that there is, for rows that are damaged here.
    Mend,
    /// Open the events socket.
    Listen,
}

/// Whether the relay answers, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Unknown,
    Up,
    Down { n_failures: u32, retry_at: Timestamp, why: Why },
}

/// Why nothing is sent before `retry_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Unreachable,
    Malformed,
    Refused { code: ErrorCode, retry_after_s: Option<u32> },
}

/// What keeps syncing from going on, for the user to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// Everything rests until the user acts.
    Stopped(ErrorCode),
    /// Sending rests until the user acts; reading goes on.
    SendingStopped(ErrorCode),
    /// The relay asked to wait, or failed; it is tried again by itself.
    Waits {
        /// What it said.
        code: ErrorCode,
        /// When to come back, seconds.
        retry_after_s: Option<u32>,
    },
    /// The relay answers what makes no sense.
    Confused,
}

/// Decides about syncing for one unlocked account.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each effect is wanted or not, and under way or not")]
pub struct Engine {
    link: Link,
    wants_log: bool,
    wants_push: bool,
    wants_pull: bool,
    wants_mending: bool,
    wants_listen: bool,
    /// What the relay has was read to its end once: before, nothing of this device leaves.
    has_compared: bool,
    is_loading_log: bool,
    wants_rotation: bool,
    is_appending: bool,
    /// Nothing leaves under the epoch in force.
    holds_pushes: bool,
    /// No rotation is tried before; how often it was in vain.
    rotate_after: Timestamp,
    n_rotations: u32,
    is_pushing: bool,
    is_pulling: bool,
    is_mending: bool,
    is_listening: bool,
    /// The log was loaded because a page was ahead of it, and no whole page has come since.
    was_log_ahead: bool,
    /// The last page made no sense.
    is_confused: bool,
    /// A refusal that no retry mends; syncing rests until the user acts.
    stopped_by: Option<ErrorCode>,
    /// The same of a push: only sending rests.
    sending_stopped_by: Option<ErrorCode>,
    /// When what was held is read again.
    again_at: Option<Timestamp>,
    n_held: u32,
    /// When everything is read once more in which something was missing; how often it was in vain.
    mend_at: Option<Timestamp>,
    n_in_vain: u32,
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
            wants_mending: false,
            wants_listen: true,
            has_compared: false,
            is_loading_log: false,
            wants_rotation: false,
            is_appending: false,
            holds_pushes: false,
            rotate_after: Timestamp::default(),
            n_rotations: 0,
            is_pushing: false,
            is_pulling: false,
            is_mending: false,
            is_listening: false,
            was_log_ahead: false,
            is_confused: false,
            stopped_by: None,
            sending_stopped_by: None,
            again_at: None,
            n_held: 0,
            mend_at: None,
            n_in_vain: 0,
        }
    }

    /// Whether the relay answered last.
    pub fn is_online(&self) -> bool {
        self.link == Link::Up
    }

    /// Whether the relay says anything at all, be it to come back later.
    pub fn is_reachable(&self) -> bool {
        matches!(self.link, Link::Up | Link::Down { why: Why::Refused { .. } | Why::Malformed, .. })
    }

    /// Whether nothing is left to send or fetch.
    pub fn is_settled(&self) -> bool {
        self.is_online()
            && !(self.wants_log || self.wants_rotation || self.wants_push || self.wants_pull || self.wants_mending)
            && !self.is_busy()
    }

    /// What keeps syncing from going on.
    pub fn obstacle(&self) -> Option<Obstacle> {
        let stopped = self.stopped_by.map(Obstacle::Stopped);
        let sending = self.sending_stopped_by.map(Obstacle::SendingStopped);
        let waits = match self.link {
            Link::Down { why: Why::Refused { code, retry_after_s }, .. } => {
                Some(Obstacle::Waits { code, retry_after_s })
            }
            Link::Down { why: Why::Malformed, .. } => Some(Obstacle::Confused),
            Link::Down { why: Why::Unreachable, .. } | Link::Unknown | Link::Up => None,
        };
        let confused = self.is_confused.then_some(Obstacle::Confused);
        stopped.or(sending).or(waits).or(confused)
    }

    fn is_busy(&self) -> bool {
        self.is_loading_log || self.is_appending || self.is_pushing || self.is_pulling || self.is_mending
    }

    /// A batch was committed to the outbox.
    pub fn handle_written(&mut self) {
        self.wants_push = true;
    }

    /// Whether a new epoch is wanted now, and whether nothing leaves before it has begun.
    pub fn handle_rotation(&mut self, is_wanted: bool, holds_pushes: bool) {
        (self.wants_rotation, self.holds_pushes) = (is_wanted, holds_pushes);
    }

    /// Whether an entry can be appended to the log: it has been read to its end, and the relay answers.
    pub fn may_append(&self) -> bool {
        let is_log_read = !self.wants_log && !self.is_loading_log;
        self.is_online() && self.has_compared && is_log_read && !self.is_appending && self.stopped_by.is_none()
    }

    /// An entry is being appended: nothing is sent meanwhile.
    pub fn handle_appending(&mut self) {
        self.is_appending = true;
    }

    /// The user wants it now: it is not waited for.
    pub fn handle_rotation_asked(&mut self) {
        self.rotate_after = Timestamp::default();
    }

    /// An entry was accepted, or somebody else's was: the log will say.
    pub fn handle_appended(&mut self, now: Timestamp) {
        (self.is_appending, self.wants_log) = (false, true);
        self.postpone_rotation(now);
        self.handle_answer();
    }

    /// A new epoch is in force.
    pub fn handle_epoch_begun(&mut self) {
        (self.rotate_after, self.n_rotations) = (Timestamp::default(), 0);
    }

    fn postpone_rotation(&mut self, now: Timestamp) {
        let wait_ms = growing_ms(FIRST_ROTATION_MS, self.n_rotations);
        self.n_rotations = self.n_rotations.saturating_add(1);
        self.rotate_after = now.after_ms(wait_ms);
    }

    /// Rows of this device are damaged that the relay may have the content of.
    pub fn handle_damage(&mut self) {
        self.wants_mending = true;
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
        self.sending_stopped_by = None;
        self.again_at = self.again_at.map(|_| Timestamp::default());
    }

    /// There is a new session: everything is wanted once.
    pub fn handle_signed_in(&mut self) {
        self.link = Link::Unknown;
        self.has_compared = false;
        (self.wants_log, self.wants_pull) = (true, true);
        (self.stopped_by, self.sending_stopped_by) = (None, None);
    }

    /// The browser, or a call that is not the engine's, says that there is no network; a pull will show when there is.
    pub fn handle_offline(&mut self, now: Timestamp) {
        self.wants_pull = true;
        if self.is_online() || self.link == Link::Unknown {
            let retry_at = now.after_ms(FIRST_RETRY_MS);
            self.link = Link::Down { n_failures: 0, retry_at, why: Why::Unreachable };
            self.wants_log = true;
        }
    }

    /// The log was loaded, verified and adopted.
    pub fn handle_log_loaded(&mut self) {
        self.is_loading_log = false;
        self.handle_answer();
    }

    /// A page names a log entry that is not here: the log is loaded once at once, and the page read again.
    pub fn handle_log_ahead(&mut self) -> LogAhead {
        if std::mem::replace(&mut self.was_log_ahead, true) {
            return LogAhead::Withheld;
        }
        self.is_pulling = false;
        self.wants_log = true;
        self.wants_pull = true;
        LogAhead::Loads
    }

    /// A push was accepted.
    pub fn handle_pushed(&mut self, has_unsent: bool) {
        self.is_pushing = false;
        self.wants_push = has_unsent;
        self.handle_answer();
    }

    /// A page was applied, whole.
    pub fn handle_pulled(&mut self, has_more: bool) {
        self.is_pulling = false;
        self.was_log_ahead = false;
        self.is_confused = false;
        self.wants_pull |= has_more;
        self.has_compared |= !has_more;
        if self.again_at.is_none() && !has_more {
            self.n_held = 0;
        }
        self.handle_answer();
    }

    /// Something of a page was held: it is read again later, and reading goes on behind it.
    pub fn handle_held(&mut self, has_more: bool, now: Timestamp) {
        self.is_pulling = false;
        self.wants_pull |= has_more;
        self.has_compared |= !has_more;
        if self.again_at.is_none() {
            let wait_ms = growing_ms(FIRST_AGAIN_MS, self.n_held);
            self.n_held = self.n_held.saturating_add(1);
            self.again_at = Some(now.after_ms(wait_ms));
        }
        self.handle_answer();
    }

    /// A page cannot be judged; it is read again later.
    pub fn handle_confused(&mut self, now: Timestamp) {
        self.handle_held(false, now);
        self.is_confused = true;
    }

    /// Something was merged that does not count: everything is read once more, unless that waits.
    pub fn handle_cut(&mut self) {
        self.wants_mending |= self.mend_at.is_none();
    }

    /// Everything was read once more, and something was missing: it is tried again later.
    pub fn handle_mended_in_vain(&mut self, now: Timestamp) {
        (self.is_mending, self.wants_mending) = (false, false);
        self.mend_at = Some(now.after_ms(growing_ms(FIRST_AGAIN_MS, self.n_in_vain)));
        self.n_in_vain = self.n_in_vain.saturating_add(1);
        self.handle_answer();
    }

    /// A page for mending was applied.
    pub fn handle_mended(&mut self, has_more: bool) {
        self.is_mending = false;
        self.wants_mending |= has_more;
        if !has_more {
            self.n_in_vain = 0;
        }
        self.handle_answer();
    }

    /// A call of an effect failed; it is wanted again unless trying again cannot help.
    pub fn handle_failed(&mut self, effect: Effect, error: &RelayError, now: Timestamp) {
        match effect {
            Effect::LoadLog => (self.is_loading_log, self.wants_log) = (false, true),
            // It may have arrived: the log says.
            Effect::Rotate => (self.is_appending, self.wants_log) = (false, true),
            Effect::Push => (self.is_pushing, self.wants_push) = (false, true),
            Effect::Pull | Effect::PullAgain => (self.is_pulling, self.wants_pull) = (false, true),
            Effect::Mend => (self.is_mending, self.wants_mending) = (false, true),
            Effect::Listen => (self.is_listening, self.wants_listen) = (false, true),
        }
        match error {
            RelayError::Refused { .. } if !error.is_temporary() && effect == Effect::Rotate => {
                self.postpone_rotation(now);
                self.handle_answer();
            }
            RelayError::Refused { code, .. } if !error.is_temporary() && effect == Effect::Push => {
                self.sending_stopped_by = Some(*code);
                self.handle_answer();
            }
            RelayError::Refused { code, .. } if !error.is_temporary() => self.stopped_by = Some(*code),
            RelayError::Refused { code, retry_after_s, .. } => {
                self.wait(Why::Refused { code: *code, retry_after_s: *retry_after_s }, now);
            }
            RelayError::Unreachable => self.wait(Why::Unreachable, now),
            RelayError::Malformed => self.wait(Why::Malformed, now),
        }
    }

    fn wait(&mut self, why: Why, now: Timestamp) {
        let n_failures = match self.link {
            Link::Down { n_failures, .. } => n_failures.saturating_add(1),
            Link::Unknown | Link::Up => 0,
        };
        let backoff_ms = FIRST_RETRY_MS.saturating_mul(1 << n_failures.min(5)).min(LONGEST_RETRY_MS);
        let wait_ms = match why {
            Why::Refused { retry_after_s: Some(seconds), .. } => u64::from(seconds.min(LONGEST_ASKED_S)) * 1000,
            Why::Refused { retry_after_s: None, .. } | Why::Unreachable | Why::Malformed => backoff_ms,
        };
        self.link = Link::Down { n_failures, retry_at: now.after_ms(wait_ms), why };
        // Nothing leaves before it is known what happened meanwhile to who is in and to the keys.
        self.wants_log |= why == Why::Unreachable;
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
        self.wait(Why::Unreachable, now);
    }

    /// The next thing to do, if there is one; ask until there is none.
    pub fn poll_effect(&mut self, now: Timestamp) -> Option<Effect> {
        let is_resting = matches!(self.link, Link::Down { retry_at, .. } if now < retry_at);
        if is_resting || self.stopped_by.is_some() {
            return None;
        }
        let is_again_due = self.again_at.is_some_and(|at| at <= now) && !self.is_pulling;
        if is_again_due && std::mem::take(&mut self.was_log_ahead) {
            self.wants_log = true;
        }
        if self.mend_at.take_if(|at| *at <= now).is_some() {
            self.wants_mending = true;
        }
        if self.wants_log && !self.is_loading_log {
            (self.wants_log, self.is_loading_log) = (false, true);
            return Some(Effect::LoadLog);
        }
        if self.is_loading_log {
            return None;
        }
        if self.wants_rotation && self.has_compared && !self.is_appending && self.rotate_after <= now {
            self.is_appending = true;
            return Some(Effect::Rotate);
        }
        let may_push = self.has_compared && !self.is_appending && !self.holds_pushes;
        if self.wants_push && may_push && !self.is_pushing && self.sending_stopped_by.is_none() {
            (self.wants_push, self.is_pushing) = (false, true);
            return Some(Effect::Push);
        }
        if is_again_due {
            (self.again_at, self.wants_pull, self.is_pulling) = (None, false, true);
            return Some(Effect::PullAgain);
        }
        if self.wants_pull && !self.is_pulling {
            (self.wants_pull, self.is_pulling) = (false, true);
            return Some(Effect::Pull);
        }
        if self.wants_mending && !self.is_mending {
            (self.wants_mending, self.is_mending) = (false, true);
            return Some(Effect::Mend);
        }
        if self.wants_listen && !self.is_listening {
            (self.wants_listen, self.is_listening) = (false, true);
            return Some(Effect::Listen);
        }
        None
    }

    /// When to call again if nothing else happens.
    pub fn poll_wake(&self) -> Option<Timestamp> {
        if self.stopped_by.is_some() {
            return None;
        }
        match self.link {
            Link::Down { retry_at, .. } => Some(retry_at),
            Link::Unknown | Link::Up => {
                let rotate_at = (self.wants_rotation && !self.is_appending).then_some(self.rotate_after);
                [self.again_at, self.mend_at, rotate_at].into_iter().flatten().min()
            }
        }
    }
}

/// A wait that doubles each time, milliseconds.
fn growing_ms(first_ms: u64, n_before: u32) -> u64 {
    first_ms.saturating_mul(1 << n_before.min(16)).min(LONGEST_AGAIN_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn the_log_comes_first_then_pulling_and_nothing_is_pushed_before_that_has_ended() {
        let mut engine = Engine::new(true);
        assert_eq!(engine.poll_effect(NOW), Some(Effect::LoadLog));
        assert_eq!(engine.poll_effect(NOW), None);
        engine.handle_log_loaded();
        let effects: Vec<_> = std::iter::from_fn(|| engine.poll_effect(NOW)).collect();
        assert_eq!(effects, [Effect::Pull, Effect::Listen]);
        engine.handle_pulled(true);
        assert_eq!(engine.poll_effect(NOW), Some(Effect::Pull), "there is more: it is not compared yet");
        engine.handle_pulled(false);
        assert_eq!(engine.poll_effect(NOW), Some(Effect::Push));
        engine.handle_pushed(false);
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
    fn after_a_word_that_there_is_no_network_the_log_finds_out_when_there_is_and_is_read_first() {
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
        assert_eq!(engine.poll_effect(later), Some(Effect::LoadLog), "what happened meanwhile to who is in");
        engine.handle_log_loaded();
        assert!(engine.is_online());
        assert_eq!(engine.poll_effect(later), Some(Effect::Pull));
    }

    #[test]
    fn a_log_that_is_never_served_is_withheld_and_not_asked_for_without_end() {
        let mut engine = Engine::new(false);
        engine.poll_effect(NOW);
        engine.handle_log_loaded();
        assert_eq!(engine.poll_effect(NOW), Some(Effect::Pull));
        assert_eq!(engine.handle_log_ahead(), LogAhead::Loads);
        assert_eq!(engine.poll_effect(NOW), Some(Effect::LoadLog));
        engine.handle_log_loaded();
        assert_eq!(engine.poll_effect(NOW), Some(Effect::Pull));
        assert_eq!(engine.handle_log_ahead(), LogAhead::Withheld);
        engine.handle_held(false, NOW);
        assert_eq!(engine.poll_effect(NOW), Some(Effect::Listen));
        assert_eq!((engine.is_online(), engine.poll_effect(NOW)), (true, None));
        let later = engine.poll_wake().unwrap();
        assert_eq!(engine.poll_effect(later), Some(Effect::LoadLog));
        engine.handle_log_loaded();
        assert_eq!(engine.poll_effect(later), Some(Effect::PullAgain));
    }

    #[test]
    fn a_held_page_is_read_again_after_a_growing_wait_until_it_is_whole() {
        let mut engine = Engine::new(false);
        engine.poll_effect(NOW);
        engine.handle_log_loaded();
        while engine.poll_effect(NOW).is_some() {}
        let mut now = NOW;
        for wait_ms in [5_000, 10_000, 20_000] {
            engine.handle_held(false, now);
            assert_eq!(engine.poll_wake(), Some(now.after_ms(wait_ms)));
            assert_eq!(engine.poll_effect(now), None);
            now = now.after_ms(wait_ms);
            assert_eq!(engine.poll_effect(now), Some(Effect::PullAgain));
        }
        engine.handle_pulled(false);
        assert_eq!((engine.poll_effect(now), engine.poll_wake()), (None, None));
        engine.handle_held(false, now);
        assert_eq!(engine.poll_wake(), Some(now.after_ms(5_000)));
    }

    #[test]
    fn a_refused_push_stops_sending_and_reading_goes_on() {
        let mut engine = Engine::new(true);
        engine.poll_effect(NOW);
        engine.handle_log_loaded();
        while engine.poll_effect(NOW).is_some() {}
        engine.handle_pulled(false);
        let old = RelayError::Refused { code: ErrorCode::OldProtocol, retry_after_s: None, now: None };
        engine.handle_failed(Effect::Push, &old, NOW);
        assert_eq!(engine.obstacle(), Some(Obstacle::SendingStopped(ErrorCode::OldProtocol)));
        engine.handle_written();
        engine.handle_event(&RelayEvent::CursorMoved { cursor: Cursor(9) }, Cursor(1));
        assert_eq!(engine.poll_effect(NOW), Some(Effect::Pull));
        assert_eq!(engine.poll_effect(NOW), None);
        engine.handle_try_now();
        assert_eq!(engine.poll_effect(NOW), Some(Effect::Push));
    }

    #[test]
    fn a_relay_cannot_send_a_device_away_for_good() {
        let mut engine = Engine::new(false);
        engine.poll_effect(NOW);
        let (code, now) = (ErrorCode::RateLimited, None);
        let refused = |wait_s| RelayError::Refused { code, retry_after_s: Some(wait_s), now };
        engine.handle_failed(Effect::LoadLog, &refused(7), NOW);
        assert_eq!(engine.poll_wake(), Some(NOW.after_ms(7_000)));
        let later = NOW.after_ms(7_000);
        engine.poll_effect(later);
        engine.handle_failed(Effect::LoadLog, &refused(u32::MAX), later);
        assert_eq!(engine.poll_wake(), Some(later.after_ms(3_600_000)));
    }

    #[test]
    fn a_refusal_that_stays_a_refusal_stops_until_the_user_acts() {
        let mut engine = Engine::new(false);
        engine.poll_effect(NOW);
        let refused = RelayError::Refused { code: ErrorCode::UnknownSession, retry_after_s: None, now: None };
        engine.handle_failed(Effect::LoadLog, &refused, NOW);
        assert_eq!(engine.poll_effect(NOW.after_ms(999_999)), None);
        assert_eq!(engine.obstacle(), Some(Obstacle::Stopped(ErrorCode::UnknownSession)));
    }
}
