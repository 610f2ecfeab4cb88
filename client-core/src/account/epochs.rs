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
use shared_types::log::{DeviceStatus, EpochState, LogState};

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
    /// Whether the copy came that the log lists for this recipient: then its signer sealed something else in it.
    pub was_served: bool,
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
        let to_unopened = |epoch: &EpochState| {
            let number = epoch.part.number;
            let mut served = copies.iter().filter(|copy| copy.epoch == number);
            let was_served = served.any(|copy| recipient.is_listed(epoch, &copy.sealed.0));
            UnopenedEpoch { number, signer: epoch.signer, was_served }
        };
        unopened.map(to_unopened).collect()
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

    fn is_listed(&self, epoch: &EpochState, sealed: &[u8]) -> bool {
        epoch.part.copies.contains(&(self.id(), Hash::of(&[sealed])))
    }

    /// Opens a copy that the log lists for this recipient.
    fn open(&self, log: &LogState, epoch: &EpochState, sealed: &[u8]) -> Result<EpochKey, BadEpochKey> {
        if !self.is_listed(epoch, sealed) {
            return Err(BadEpochKey);
        }
        let (number, commitment) = (epoch.part.number, &epoch.part.commitment);
        match self {
            Self::Device(device) => device.open_epoch_key(log.account_id(), number, commitment, sealed),
            Self::Method(method) => method.open_epoch_key(number, commitment, sealed),
        }
    }
}

/// Whether a device begins a new epoch, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Not this device: it is not confirmed while another is, or not in the log.
    Others,
    /// At this moment, Unix seconds.
    At(u64),
    /// Now: the epoch is too old.
    Due,
    /// Before anything is written: a device has signed out in this epoch, or its key opens by no way.
    Owed,
}

impl Rotation {
    /// What a device does at its next unlocked, online moment. The device's clock only makes it earlier: the times
    /// that the entries claim count as well.
    pub fn of(log: &LogState, known: &EpochKeys, device: &DeviceId, now_s: u64) -> Self {
        if !may_rotate(log, device) {
            return Self::Others;
        }
        if log.is_rotation_owed() || known.key(log.epoch().part.number).is_none() {
            return Self::Owed;
        }
        let due_s = next_rotation_s(log, device);
        if due_s < now_s.max(log.time_s()) { Self::Due } else { Self::At(due_s) }
    }
}

/// Whether a device may begin an epoch: a confirmed one, and any while no confirmed one is active.
pub fn may_rotate(log: &LogState, device: &DeviceId) -> bool {
    let has_confirmed = || log.active_devices().any(|device| device.status() == DeviceStatus::Confirmed);
    let own = log.device(device).filter(|own| own.is_active());
    own.is_some_and(|own| own.status() == DeviceStatus::Confirmed || !has_confirmed())
}

/// When a device changes the keys if nothing makes it do so before, Unix seconds: as late as the policy allows, and
/// up to a day later, so that not all of an account's devices do it in one moment.
pub fn next_rotation_s(log: &LogState, device: &DeviceId) -> u64 {
    let epoch = log.epoch();
    let drawn = Hash::of(&[&device.0, &epoch.part.commitment.0]).0;
    let jitter_s = u64::from(u32::from_be_bytes(drawn.first_chunk().copied().unwrap_or_default())) % DAY_S;
    epoch.time_s.saturating_add(u64::from(log.policy().epoch_days) * DAY_S).saturating_add(jitter_s)
}
