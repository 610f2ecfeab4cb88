//! Running and recently ended answers, in memory only.
//!
//! A turn is pumped by a task of its own, so an answer outlives the connection that asked for it and can be read
//! again from any frame. It ends early when it is stopped, or when no device has read it for a while. A turn is forgotten
//! once it was stopped and has ended, or when its time is over; dropping a turn overwrites its text.

mod frame;
mod pump;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures_util::stream::{self, Stream};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, TurnId};
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::provider::ProviderError;

pub use frame::encode_frame;
pub(crate) use pump::{PumpOrder, pump};

/// All turns that can be read.
#[derive(Default)]
pub struct Turns {
    open: Mutex<HashMap<AccountId, OfAccount>>,
}

/// Turns of one account.
#[derive(Default)]
struct OfAccount {
    by_id: HashMap<TurnId, Arc<Turn>>,
    /// Those that ran when it was last looked at.
    running: Vec<Arc<Turn>>,
}

impl OfAccount {
    /// Turns whose last frame is still to come; those that have ended are many more.
    fn n_running(&mut self) -> usize {
        self.running.retain(|turn| turn.is_running());
        self.running.len()
    }
}

/// One turn: its frames so far and how to stop it.
pub struct Turn {
    progress: Mutex<Progress>,
    moved: watch::Sender<u64>,
    stopped: watch::Sender<bool>,
    readers: watch::Sender<usize>,
}

#[derive(Default)]
struct Progress {
    frames: Vec<Zeroizing<String>>,
    phase: Phase,
    /// The last second that it can be read in, once that is known.
    kept_until_s: Option<u64>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No frame yet.
    #[default]
    Asked,
    /// Frames come.
    Answering,
    /// The last frame is there.
    Ended,
    /// The provider failed before the first frame.
    Refused(ProviderError),
}

impl Turns {
    /// Opens a turn, unless it exists or the account has too many running.
    pub fn open(&self, account: AccountId, id: TurnId, max_running: u32) -> Result<Arc<Turn>, ErrorCode> {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        let turns = open.entry(account).or_default();
        if turns.by_id.contains_key(&id) {
            return Err(ErrorCode::TurnExists);
        }
        if turns.n_running() >= max_running as usize {
            return Err(ErrorCode::RateLimited);
        }
        let turn = Arc::new(Turn {
            progress: Mutex::default(),
            moved: watch::Sender::new(0),
            stopped: watch::Sender::new(false),
            readers: watch::Sender::new(0),
        });
        turns.by_id.insert(id, Arc::clone(&turn));
        turns.running.push(Arc::clone(&turn));
        Ok(turn)
    }

    /// A turn that runs or can still be read.
    pub fn find(&self, account: AccountId, id: TurnId, now_s: u64) -> Option<Arc<Turn>> {
        let open = self.open.lock().expect("no holder of this lock panics");
        open.get(&account)?.by_id.get(&id).filter(|turn| !turn.is_over(now_s)).cloned()
    }

    /// Number of turns whose last frame is still to come.
    pub fn n_running(&self) -> usize {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        open.values_mut().map(OfAccount::n_running).sum()
    }

    /// Forgets turns whose time is over; how many.
    pub fn remove_expired(&self, now_s: u64) -> usize {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        let mut n_removed = 0;
        open.retain(|_, turns| {
            let n_open = turns.by_id.len();
            turns.by_id.retain(|_, turn| !turn.is_over(now_s));
            n_removed += n_open - turns.by_id.len();
            turns.n_running() > 0 || !turns.by_id.is_empty()
        });
        n_removed
    }

    /// Forgets a turn and its text.
    pub fn forget(&self, account: AccountId, id: TurnId) {
        let forgotten = self.remove(account, id, |_| true);
        if let Some(turn) = forgotten {
            turn.stop();
        }
    }

    /// Forgets the turns of an account that is no more.
    pub fn forget_account(&self, account: &AccountId) {
        let forgotten = self.open.lock().expect("no holder of this lock panics").remove(account);
        for turn in forgotten.into_iter().flat_map(|turns| turns.by_id.into_values()) {
            turn.stop();
        }
    }

    /// Forgets a turn unless another one has taken its place.
    pub fn forget_this(&self, account: AccountId, id: TurnId, turn: &Arc<Turn>) {
        self.remove(account, id, |standing| Arc::ptr_eq(standing, turn));
    }

    fn remove(&self, account: AccountId, id: TurnId, is_meant: impl Fn(&Arc<Turn>) -> bool) -> Option<Arc<Turn>> {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        let turns = open.get_mut(&account)?;
        if !turns.by_id.get(&id).is_some_and(is_meant) {
            return None;
        }
        let removed = turns.by_id.remove(&id);
        turns.running.retain(|turn| removed.as_ref().is_none_or(|removed| !Arc::ptr_eq(turn, removed)));
        removed
    }
}

impl Turn {
    /// Whether the last frame is still to come.
    pub fn is_running(&self) -> bool {
        matches!(self.phase(), Phase::Asked | Phase::Answering)
    }

    /// Sets until when an ended turn can be read.
    pub fn keep_until(&self, until_s: u64) {
        self.progress.lock().expect("no holder of this lock panics").kept_until_s = Some(until_s);
    }

    fn is_over(&self, now_s: u64) -> bool {
        let kept_until_s = self.progress.lock().expect("no holder of this lock panics").kept_until_s;
        kept_until_s.is_some_and(|until_s| until_s < now_s)
    }

    /// Whether it was told to stop.
    pub fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Tells the pump to stop.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Tells whoever waits that there will be no frame.
    pub fn refuse(&self, error: ProviderError) {
        self.set_phase(Phase::Refused(error));
    }

    /// Waits for the first frame, or for why there is none.
    pub async fn wait_for_first_frame(self: &Arc<Self>) -> Result<(), ProviderError> {
        let _reading = Reading::new(self);
        let mut moved = self.moved.subscribe();
        loop {
            match self.phase() {
                Phase::Asked => {}
                Phase::Answering | Phase::Ended => return Ok(()),
                Phase::Refused(error) => return Err(error),
            }
            if moved.changed().await.is_err() {
                return Err(ProviderError::Down);
            }
        }
    }

    /// Frames from a number on, as they come, until the last one.
    pub fn frames_from(self: &Arc<Self>, first: usize) -> impl Stream<Item = Zeroizing<String>> + Send + 'static {
        let reading = Reading::new(self);
        let moved = self.moved.subscribe();
        stream::unfold((reading, moved, first), |(reading, mut moved, next)| async move {
            loop {
                let (frame, phase) = reading.turn.frame(next);
                if let Some(frame) = frame {
                    return Some((frame, (reading, moved, next + 1)));
                }
                if !matches!(phase, Phase::Asked | Phase::Answering) || moved.changed().await.is_err() {
                    return None;
                }
            }
        })
    }

    fn frame(&self, number: usize) -> (Option<Zeroizing<String>>, Phase) {
        let progress = self.progress.lock().expect("no holder of this lock panics");
        (progress.frames.get(number).cloned(), progress.phase)
    }

    fn phase(&self) -> Phase {
        self.progress.lock().expect("no holder of this lock panics").phase
    }

    fn set_phase(&self, phase: Phase) {
        self.progress.lock().expect("no holder of this lock panics").phase = phase;
        self.moved.send_modify(|version| *version += 1);
    }

    fn push_frame(&self, frame: Zeroizing<String>, phase: Phase) {
        self.progress.lock().expect("no holder of this lock panics").frames.push(frame);
        self.set_phase(phase);
    }
}

/// Counts as a reader of a turn while it lives.
struct Reading {
    turn: Arc<Turn>,
}

impl Reading {
    fn new(turn: &Arc<Turn>) -> Self {
        turn.readers.send_modify(|n_readers| *n_readers += 1);
        Self { turn: Arc::clone(turn) }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.turn.readers.send_modify(|n_readers| *n_readers -= 1);
    }
}
