//! Remembers the nonces of signed requests for as long as they could be replayed.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use shared_types::ids::DeviceId;
use shared_types::limits::REQUEST_WINDOW_S;

type Key = (DeviceId, [u8; 16]);

/// Nonces by the second at which they may be forgotten.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    known: HashSet<Key>,
    by_expiry: BTreeMap<u64, Vec<Key>>,
}

/// Whether a nonce was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NonceUse {
    /// Never seen within its window.
    First,
    /// Seen before.
    Again,
}

impl Nonces {
    /// Remembers a nonce of a request made at `created_s`.
    pub(crate) fn remember(&self, device: DeviceId, nonce: [u8; 16], created_s: u64, now_s: u64) -> NonceUse {
        let mut inner = self.inner.lock().expect("no holder of this lock panics");
        inner.forget_before(now_s);
        if !inner.known.insert((device, nonce)) {
            return NonceUse::Again;
        }
        inner.by_expiry.entry(created_s.saturating_add(REQUEST_WINDOW_S)).or_default().push((device, nonce));
        NonceUse::First
    }

    /// Forgets nonces whose requests have expired; how many.
    pub(crate) fn remove_expired(&self, now_s: u64) -> usize {
        let mut inner = self.inner.lock().expect("no holder of this lock panics");
        let n_known = inner.known.len();
        inner.forget_before(now_s);
        n_known - inner.known.len()
    }
}

impl Inner {
    fn forget_before(&mut self, now_s: u64) {
        let kept = self.by_expiry.split_off(&now_s);
        for key in std::mem::replace(&mut self.by_expiry, kept).into_values().flatten() {
            self.known.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_known_until_its_request_has_expired() {
        let nonces = Nonces::default();
        let device = DeviceId([1; 16]);
        assert_eq!(nonces.remember(device, [2; 16], 1000, 1000), NonceUse::First);
        assert_eq!(nonces.remember(device, [2; 16], 1000, 1060), NonceUse::Again);
        assert_eq!(nonces.remember(DeviceId([3; 16]), [2; 16], 1000, 1060), NonceUse::First);
        assert_eq!(nonces.remember(device, [2; 16], 1061, 1061), NonceUse::First);
    }
}
