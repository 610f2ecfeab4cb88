//! The epoch keys that this device can open: the newest copy sealed to it, then back links to older ones.
//!
//! ```text
//! copy of epoch 7 ─► key 7 ─ back link ─► key 6 ─ back link ─► key 5 …
//! ```
//! Whatever brings a key, it is taken only if it is the one that the signed log commits to. An epoch that opens by
//! no way is skipped and named with its signer.

use shared_types::ordered::SortedMap;

use shared_types::account::{BackLink, EpochCopy};
use shared_types::ids::{DeviceId, Hash, PartyId};
use shared_types::log::{EpochState, LogState};

use crate::keys::{BadEpochKey, DeviceKeys, EpochKey, MethodKeys};

const DAY_S: u64 = 24 * 60 * 60;

/// Whose copies of epoch keys are opened.
#[derive(Debug)]
pub enum Recipient<'a> {
    /// This device's.
    Device(&'a DeviceKeys),
    /// A method's, when a device joins with it.
    Method(&'a MethodKeys),
}

/// An epoch whose key could not be opened, and who began it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnopenedEpoch {
    /// Its number.
    pub number: u32,
    /// The device that signed its entry.
    pub signer: DeviceId,
}

/// Epoch keys by number.
#[derive(Debug, Default)]
pub struct EpochKeys {
    keys: SortedMap<u32, EpochKey>,
}

impl EpochKeys {
    /// No key yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key that was checked against its commitment: one's own new one, or one from the local store.
    pub fn insert(&mut self, number: u32, key: EpochKey) {
        self.keys.insert(number, key);
    }

    /// The key of an epoch.
    pub fn key(&self, number: u32) -> Option<&EpochKey> {
        self.keys.get(&number)
    }

    /// The newest epoch whose key is known.
    pub fn newest(&self) -> Option<(u32, &EpochKey)> {
        self.keys.last_key_value().map(|(number, key)| (*number, key))
    }

    /// All keys, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &EpochKey)> {
        self.keys.iter().map(|(number, key)| (*number, key))
    }

    /// Opens every key that is still missing, newest first, and names the epochs that stay closed.
    pub fn open(
        &mut self,
        log: &LogState,
        recipient: &Recipient<'_>,
        copies: &[EpochCopy],
        back_links: &[BackLink],
    ) -> Vec<UnopenedEpoch> {
        for epoch in log.epochs().iter().rev() {
            let number = epoch.part.number;
            if !self.keys.contains_key(&number) {
                let mut found = copies.iter().filter(|copy| copy.epoch == number);
                let opened = found.find_map(|copy| recipient.open(log, epoch, &copy.sealed.0).ok());
                self.keys.extend(opened.map(|key| (number, key)));
            }
            self.follow_back_links(log, number, back_links);
        }
        let unopened = log.epochs().iter().filter(|epoch| !self.keys.contains_key(&epoch.part.number));
        unopened.map(|epoch| UnopenedEpoch { number: epoch.part.number, signer: epoch.signer }).collect()
    }

    fn follow_back_links(&mut self, log: &LogState, sealing_epoch: u32, back_links: &[BackLink]) {
        for link in back_links.iter().filter(|link| link.sealing_epoch == sealing_epoch) {
            let Some(key) = self.keys.get(&sealing_epoch) else { return };
            let older = log.epochs().iter().find(|epoch| epoch.part.number == link.sealed_epoch);
            let Some(older) = older.filter(|older| !self.keys.contains_key(&older.part.number)) else { continue };
            let number = older.part.number;
            let opened = key.back_link_key(log.account_id()).unwrap(
                sealing_epoch,
                number,
                &older.part.commitment,
                &link.envelope.0,
            );
            self.keys.extend(opened.ok().map(|key| (number, key)));
        }
    }
}

impl Recipient<'_> {
    fn id(&self) -> PartyId {
        match self {
            Self::Device(device) => device.id().into(),
            Self::Method(method) => method.id().into(),
        }
    }

    /// Opens a copy that the log lists for this recipient.
    fn open(&self, log: &LogState, epoch: &EpochState, sealed: &[u8]) -> Result<EpochKey, BadEpochKey> {
        let listed = (self.id(), Hash::of(&[sealed]));
        if !epoch.part.copies.contains(&listed) {
            return Err(BadEpochKey);
        }
        let (number, commitment) = (epoch.part.number, &epoch.part.commitment);
        match self {
            Self::Device(device) => device.open_epoch_key(log.account_id(), number, commitment, sealed),
            Self::Method(method) => method.open_epoch_key(number, commitment, sealed),
        }
    }
}

/// Whether a confirmed device begins a new epoch at its next unlocked, online moment: the epoch is older than the
/// policy allows, or a device has signed out in it. `jitter_s` spreads the devices over a day.
pub fn is_rotation_due(log: &LogState, now_s: u64, jitter_s: u64) -> bool {
    let longest_s = u64::from(log.policy().epoch_days) * DAY_S;
    let age_s = now_s.saturating_sub(log.epoch().time_s);
    log.is_rotation_owed() || age_s > longest_s.saturating_add(jitter_s.min(DAY_S))
}
