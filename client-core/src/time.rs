//! Time as an argument: the moment that a driver read, and the clock that orders changes of several devices.

use serde::{Deserialize, Serialize};
use shared_types::ids::DeviceId;

/// A moment, Unix milliseconds, as this device's clock has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Unix seconds.
    pub fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The moment `ms` later.
    #[must_use]
    pub fn after_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// When a change was made, in an order that all devices share: a hybrid logical clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Unix milliseconds, never behind any stamp that the author had seen.
    pub ms: u64,
    /// Orders changes of one millisecond.
    pub n: u32,
    /// Orders changes that know nothing of each other.
    pub device: DeviceId,
}

impl Stamp {
    /// How far a stamp may run ahead of a reader's clock, milliseconds.
    const MAX_AHEAD_MS: u64 = 24 * 60 * 60 * 1000;

    /// Whether it is more than 24 h ahead of a reader's clock: no honest later change could overrule it.
    pub fn is_far_ahead(&self, now: Timestamp) -> bool {
        self.ms > now.0.saturating_add(Self::MAX_AHEAD_MS)
    }

    /// The same, but at the reader's own moment if it is far ahead of that.
    #[must_use]
    pub fn not_far_ahead(self, now: Timestamp) -> Self {
        if self.is_far_ahead(now) { Self { ms: now.0, ..self } } else { self }
    }
}

/// Makes stamps that rise and follow every stamp that was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HybridClock {
    ms: u64,
    n: u32,
}

impl HybridClock {
    /// The next stamp of this device.
    pub fn tick(&mut self, device: DeviceId, now: Timestamp) -> Stamp {
        if now.0 > self.ms {
            (self.ms, self.n) = (now.0, 0);
        } else {
            // A stamp that was followed may stand at the end of its millisecond.
            (self.ms, self.n) = self.n.checked_add(1).map_or((self.ms.saturating_add(1), 0), |n| (self.ms, n));
        }
        Stamp { ms: self.ms, n: self.n, device }
    }

    /// Takes notice of another device's stamp; one from a far future is ordered, but not followed.
    pub fn observe(&mut self, stamp: &Stamp, now: Timestamp) {
        if !stamp.is_far_ahead(now) && (stamp.ms, stamp.n) > (self.ms, self.n) {
            (self.ms, self.n) = (stamp.ms, stamp.n);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId([1; 16]);

    #[test]
    fn stamps_rise_while_the_clock_stands_or_falls() {
        let mut clock = HybridClock::default();
        let first = clock.tick(DEVICE, Timestamp(50));
        let second = clock.tick(DEVICE, Timestamp(50));
        let third = clock.tick(DEVICE, Timestamp(10));
        assert!(first < second && second < third);
    }

    #[test]
    fn a_stamp_from_a_far_future_is_not_followed() {
        let mut clock = HybridClock::default();
        let year_ms = 365 * 24 * 60 * 60 * 1000;
        clock.observe(&Stamp { ms: year_ms, n: 0, device: DEVICE }, Timestamp(5));
        assert_eq!(clock.tick(DEVICE, Timestamp(5)).ms, 5);
        clock.observe(&Stamp { ms: 900, n: 3, device: DEVICE }, Timestamp(5));
        assert_eq!(clock.tick(DEVICE, Timestamp(6)), Stamp { ms: 900, n: 4, device: DEVICE });
        let last = Stamp { ms: 950, n: u32::MAX, device: DeviceId([0xff; 16]) };
        clock.observe(&last, Timestamp(7));
        assert!(clock.tick(DEVICE, Timestamp(7)) > last, "whatever was followed is overruled");
    }
}
