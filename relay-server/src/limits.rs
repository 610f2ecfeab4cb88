//! Sliding-window limits per address and per account; nothing of them leaves memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;

use http::HeaderMap;
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, DeviceId, Hash as Sha256};
use shared_types::limits::FIRST_MESSAGES_PER_HOUR;

use crate::config::LimitConfig;
use crate::error::RouteError;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * 60;
/// Keys that one limit remembers before it forgets the quiet ones.
const MAX_KEYS: usize = 100_000;

/// Counts events of each key in the window that ends now.
///
/// The count of the window before weighs as much as it still overlaps, so a burst over a boundary is seen.
#[derive(Debug)]
pub(crate) struct SlidingWindow<K> {
    width_s: u64,
    max_events: u32,
    counts: Mutex<Kept<K>>,
}

#[derive(Debug)]
struct Kept<K> {
    by_key: HashMap<K, Counts>,
    /// The window in which quiet keys were last forgotten.
    cleaned: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    window: u64,
    current: u32,
    before: u32,
}

impl<K: Hash + Eq> SlidingWindow<K> {
    /// At most `max_events` in any `width_s` seconds.
    pub(crate) fn new(width_s: u64, max_events: u32) -> Self {
        Self { width_s, max_events, counts: Mutex::new(Kept { by_key: HashMap::new(), cleaned: 0 }) }
    }

    /// Counts one event, or tells after how many seconds to try again.
    pub(crate) fn count(&self, key: K, now_s: u64) -> Result<(), u32> {
        let mut kept = self.counts.lock().expect("no holder of this lock panics");
        let window = now_s / self.width_s;
        if kept.by_key.len() >= MAX_KEYS && kept.cleaned != window {
            kept.forget_quiet(window);
        }
        let entry = kept.by_key.entry(key).or_default();
        if entry.window != window {
            entry.before = if entry.window + 1 == window { entry.current } else { 0 };
            entry.current = 0;
            entry.window = window;
        }
        let into_s = now_s % self.width_s;
        let weighted = u64::from(entry.before) * (self.width_s - into_s) / self.width_s + u64::from(entry.current);
        if weighted >= u64::from(self.max_events) {
            return Err(u32::try_from(self.width_s - into_s).unwrap_or(u32::MAX).max(1));
        }
        entry.current += 1;
        Ok(())
    }

    /// Forgets keys without an event that still counts; how many.
    pub(crate) fn remove_quiet(&self, now_s: u64) -> usize {
        let mut kept = self.counts.lock().expect("no holder of this lock panics");
        let n_kept = kept.by_key.len();
        kept.forget_quiet(now_s / self.width_s);
        n_kept - kept.by_key.len()
    }
}

impl<K: Hash + Eq> Kept<K> {
    fn forget_quiet(&mut self, window: u64) {
        self.by_key.retain(|_, entry| entry.window + 1 >= window);
        self.cleaned = window;
    }
}

/// All windows of the relay.
#[derive(Debug)]
pub(crate) struct Windows {
    address_requests: SlidingWindow<IpAddr>,
    address_sign_ins: SlidingWindow<IpAddr>,
    device_requests: SlidingWindow<(AccountId, DeviceId)>,
    address_first_messages: FirstMessages<IpAddr>,
    handle_first_messages: FirstMessages<Sha256>,
}

/// First messages of a password: so many an hour, then one a minute.
#[derive(Debug)]
struct FirstMessages<K> {
    hour: SlidingWindow<K>,
    minute: SlidingWindow<K>,
}

impl<K: Hash + Eq + Copy> FirstMessages<K> {
    fn new() -> Self {
        Self { hour: SlidingWindow::new(HOUR_S, FIRST_MESSAGES_PER_HOUR), minute: SlidingWindow::new(MINUTE_S, 1) }
    }

    fn count(&self, key: K, now_s: u64) -> Result<(), u32> {
        self.hour.count(key, now_s).or_else(|_| self.minute.count(key, now_s))
    }

    fn remove_quiet(&self, now_s: u64) -> usize {
        self.hour.remove_quiet(now_s) + self.minute.remove_quiet(now_s)
    }
}

impl Windows {
    /// Windows as configured.
    pub(crate) fn new(config: &LimitConfig) -> Self {
        Self {
            address_requests: SlidingWindow::new(MINUTE_S, config.address_requests_per_minute),
            address_sign_ins: SlidingWindow::new(HOUR_S, config.sign_ins_per_hour),
            device_requests: SlidingWindow::new(MINUTE_S, config.requests_per_minute),
            address_first_messages: FirstMessages::new(),
            handle_first_messages: FirstMessages::new(),
        }
    }

    /// Forgets whoever has been quiet; how many.
    pub(crate) fn remove_quiet(&self, now_s: u64) -> usize {
        self.address_requests.remove_quiet(now_s)
            + self.address_sign_ins.remove_quiet(now_s)
            + self.device_requests.remove_quiet(now_s)
            + self.address_first_messages.remove_quiet(now_s)
            + self.handle_first_messages.remove_quiet(now_s)
    }

    /// Counts any request of an address.
    pub(crate) fn count_address(&self, address: IpAddr, now_s: u64) -> Result<(), RouteError> {
        self.address_requests.count(network_of(address), now_s).map_err(rate_limited)
    }

    /// Counts the start of a sign-up or sign-in.
    pub(crate) fn count_sign_in(&self, address: IpAddr, now_s: u64) -> Result<(), RouteError> {
        self.address_sign_ins.count(network_of(address), now_s).map_err(rate_limited)
    }

    /// Counts the first message of a password, before anything is known about it. Devices that are signed in need none.
    pub(crate) fn count_first_message(&self, address: IpAddr, handle: Sha256, now_s: u64) -> Result<(), RouteError> {
        self.address_first_messages.count(network_of(address), now_s).map_err(rate_limited)?;
        self.handle_first_messages.count(handle, now_s).map_err(rate_limited)
    }

    /// Counts a signed request; each device has its own count, so that a stranger's starves nobody else.
    pub(crate) fn count_device(&self, account: AccountId, device: DeviceId, now_s: u64) -> Result<(), RouteError> {
        self.device_requests.count((account, device), now_s).map_err(rate_limited)
    }
}

/// What one customer of a network has: an address of IPv4, a /64 of IPv6.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

fn rate_limited(retry_after_s: u32) -> RouteError {
    RouteError::Wait { code: ErrorCode::RateLimited, retry_after_s }
}

/// The client's address: the peer's, or what trusted proxies say in front of them.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpAddr]) -> IpAddr {
    if !trusted_proxies.contains(&peer) {
        return peer;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut address = peer;
    for hop in hops.into_iter().rev() {
        // What no address can be read from was not written by a proxy of ours, nor was anything before it.
        let Ok(hop) = hop.parse() else { break };
        address = hop;
        if !trusted_proxies.contains(&hop) {
            break;
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_over_a_boundary_is_limited_and_a_quiet_window_forgives() {
        let window = SlidingWindow::new(60, 4);
        for _ in 0..4 {
            assert_eq!(window.count("a", 59), Ok(()));
        }
        assert_eq!(window.count("a", 59), Err(1));
        assert_eq!(window.count("a", 60), Err(60), "the window before still weighs whole");
        assert_eq!(window.count("b", 60), Ok(()));
        assert_eq!(window.count("a", 90), Ok(()), "half of it is over");
        assert_eq!(window.count("a", 180), Ok(()));
    }

    #[test]
    fn a_network_of_ipv6_is_counted_as_one() {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.7"), network("192.0.2.7"));
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
    }

    #[test]
    fn only_a_trusted_proxy_may_name_an_address() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let client: IpAddr = "192.0.2.7".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9, 192.0.2.7, 10.0.0.1".parse().unwrap());
        assert_eq!(client_address(proxy, &headers, &[proxy]), client);
        assert_eq!(client_address(client, &headers, &[proxy]), client);
        headers.insert("x-forwarded-for", "203.0.113.9, unknown, 10.0.0.1".parse().unwrap());
        assert_eq!(client_address(proxy, &headers, &[proxy]), proxy, "nothing before an unreadable hop counts");
    }
}
