//! The relay's one clock; tests move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells Unix seconds; all copies share one offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_s: Arc<AtomicU64>,
}

impl Clock {
    /// Unix seconds.
    #[expect(clippy::disallowed_methods, reason = "this is the driver that reads the clock")]
    pub fn now_s(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        since.as_secs() + self.ahead_s.load(Ordering::Relaxed)
    }

    /// A point in time for measuring how long something takes.
    #[expect(clippy::disallowed_methods, reason = "this is the driver that reads the clock")]
    pub fn instant(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.ahead_s.load(Ordering::Relaxed))
    }

    /// Moves this clock and all its copies ahead.
    pub fn advance(&self, by_s: u64) {
        self.ahead_s.fetch_add(by_s, Ordering::Relaxed);
    }
}
