//! The relay's one clock; tests move it.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// Tells Unix seconds; all copies share one offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_s: Arc<watch::Sender<u64>>,
}

impl Clock {
    /// Unix seconds.
    #[expect(clippy::disallowed_methods, reason = "this is the driver that reads the clock")]
    pub fn now_s(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        since.as_secs() + *self.ahead_s.borrow()
    }

    /// A point in time for measuring how long something takes.
    #[expect(clippy::disallowed_methods, reason = "this is the driver that reads the clock")]
    pub fn instant(&self) -> Instant {
        Instant::now() + Duration::from_secs(*self.ahead_s.borrow())
    }

    /// Returns at a time, or once the clock is moved past it.
    pub async fn wait_until(&self, at_s: u64) {
        let mut moved = self.ahead_s.subscribe();
        loop {
            let left_s = at_s.saturating_sub(self.now_s());
            if left_s == 0 {
                return;
            }
            // Time is up, or the clock was moved: it tells which.
            drop(tokio::time::timeout(Duration::from_secs(left_s), moved.changed()).await);
        }
    }

    /// Moves this clock and all its copies ahead.
    pub fn advance(&self, by_s: u64) {
        self.ahead_s.send_modify(|ahead_s| *ahead_s += by_s);
    }
}
