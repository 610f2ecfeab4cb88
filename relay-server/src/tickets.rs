//! One-use tickets for the events socket, which cannot carry a signed request.

use std::collections::HashMap;
use std::sync::Mutex;

use shared_types::ids::{AccountId, DeviceId};
use shared_types::limits::TICKET_LIFE_S;

use crate::random::random_bytes;

/// Tickets that nobody has used yet.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    open: Mutex<HashMap<[u8; 32], Ticket>>,
}

/// Whose socket a ticket opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// The account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    expires_at: u64,
}

impl Tickets {
    /// Makes a ticket.
    pub(crate) fn issue(&self, account: AccountId, device: DeviceId, now_s: u64) -> [u8; 32] {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        open.retain(|_, ticket| ticket.expires_at >= now_s);
        let secret = random_bytes();
        open.insert(secret, Ticket { account, device, expires_at: now_s + TICKET_LIFE_S });
        secret
    }

    /// Takes a ticket: it is gone afterwards.
    pub(crate) fn take(&self, secret: &[u8; 32], now_s: u64) -> Option<Ticket> {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        open.remove(secret).filter(|ticket| ticket.expires_at >= now_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_opens_once_and_not_late() {
        let tickets = Tickets::default();
        let (account, device) = (AccountId([1; 16]), DeviceId([2; 16]));
        let first = tickets.issue(account, device, 100);
        assert!(tickets.take(&first, 130).is_some());
        assert_eq!(tickets.take(&first, 130), None);
        let second = tickets.issue(account, device, 100);
        assert_eq!(tickets.take(&second, 131), None);
    }
}
