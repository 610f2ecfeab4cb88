//! Tells the sockets of an account that something moved.

use std::collections::BTreeMap;
use std::sync::Mutex;

use shared_types::ids::{AccountId, DeviceId};
use shared_types::sync::{Cursor, RelayEvent};
use tokio::sync::broadcast;

/// Events that a slow socket may fall behind before it is told to catch up.
const BACKLOG: usize = 64;

/// What sends a device to look at everything.
pub(crate) const CATCH_UP: [RelayEvent; 2] =
    [RelayEvent::LogMoved, RelayEvent::CursorMoved { cursor: Cursor(u64::MAX) }];

/// One event and whom it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    /// What moved.
    pub event: RelayEvent,
    /// Only this device, or all of the account.
    pub only: Option<DeviceId>,
}

/// The accounts that somebody listens to.
#[derive(Debug, Default)]
pub(crate) struct EventHub {
    channels: Mutex<BTreeMap<AccountId, broadcast::Sender<Told>>>,
}

impl EventHub {
    /// Listens to an account.
    pub(crate) fn listen(&self, account: AccountId) -> broadcast::Receiver<Told> {
        let mut channels = self.channels.lock().expect("no holder of this lock panics");
        channels.entry(account).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
    }

    /// Number of sockets that listen to an account.
    pub(crate) fn n_listeners(&self, account: &AccountId) -> usize {
        let channels = self.channels.lock().expect("no holder of this lock panics");
        channels.get(account).map_or(0, broadcast::Sender::receiver_count)
    }

    /// Number of sockets in all.
    pub(crate) fn n_all_listeners(&self) -> usize {
        let channels = self.channels.lock().expect("no holder of this lock panics");
        channels.values().map(broadcast::Sender::receiver_count).sum()
    }

    /// Forgets accounts that nobody listens to any more; how many.
    pub(crate) fn remove_unheard(&self) -> usize {
        let mut channels = self.channels.lock().expect("no holder of this lock panics");
        let n_channels = channels.len();
        channels.retain(|_, sender| sender.receiver_count() > 0);
        n_channels - channels.len()
    }

    /// Tells the sockets of an account that are here.
    pub(crate) fn tell(&self, account: &AccountId, told: Told) {
        let channels = self.channels.lock().expect("no holder of this lock panics");
        if let Some(sender) = channels.get(account) {
            // Nobody listening any more is no error.
            drop(sender.send(told));
        }
    }

    /// Sends every socket to look at everything.
    pub(crate) fn tell_all_to_catch_up(&self) {
        let channels = self.channels.lock().expect("no holder of this lock panics");
        for (sender, event) in channels.values().flat_map(|sender| CATCH_UP.map(|event| (sender, event))) {
            drop(sender.send(Told { event, only: None }));
        }
    }
}
