//! Epochs of this device: the keys that it can open, the one that it makes, and what must be sealed again under it.
//!
//! ```text
//! make: key kept here ──► entry, copies, back link to the relay ──► log read: ours? adopt it : drop it, open theirs
//! ```
//! The key is kept before anything is sent, so that whatever dies in between is settled by the log alone.

use rand_core::CryptoRng;
use shared_types::account::{BackLink, EpochCopy, LogAppendRequest};
use shared_types::batch::SignedBatch;
use shared_types::ids::{DeviceId, Hash};
use shared_types::log::{DeviceHead, RevokeReason};

use super::{OpTrouble, RowName, Vault};
use crate::account::{self, Anchor, AppendParts, MethodChange, Recipient, Rotation};
use crate::keys::{EpochKey, MethodKeys};
use crate::records::MadeEpochRow;
use crate::time::Timestamp;
use crate::view::IntegrityState;

/// An epoch that this device has made.
pub(super) struct MadeEpoch {
    pub(super) number: u32,
    pub(super) commitment: Hash,
    pub(super) key: EpochKey,
}

impl MadeEpoch {
    pub(super) fn to_row(&self) -> MadeEpochRow {
        (self.number, self.commitment)
    }
}

impl Vault {
    /// Opens the epoch keys that are still missing with what the relay holds for this device. A copy that its signer
    /// sealed wrong is kept as evidence.
    pub fn open_epochs(&mut self, copies: &[EpochCopy], back_links: &[BackLink]) {
        let known: Vec<u32> = self.epochs.iter().map(|(number, _)| number).collect();
        let unopened = self.epochs.open(&self.log, &Recipient::Device(&self.device), copies, back_links);
        let opened: Vec<u32> = self.epochs.iter().map(|(number, _)| number).collect();
        for number in opened.into_iter().filter(|number| !known.contains(number)) {
            self.use_epoch(number);
        }
        for epoch in unopened.into_iter().filter(|epoch| epoch.was_served) {
            let copy = copies.iter().find(|copy| copy.epoch == epoch.number);
            self.keep_trouble(OpTrouble {
                state: IntegrityState::Altered,
                author: epoch.signer,
                batch_seq: u64::from(epoch.number),
                leaf_index: None,
                bytes: copy.map(|copy| copy.sealed.0.clone()).unwrap_or_default(),
            });
        }
    }

    fn use_epoch(&mut self, number: u32) {
        if let Some(key) = self.epochs.key(number) {
            self.ring.add_epoch(number, key.key_ring_key(self.account_id));
            self.dirty.insert(RowName::Epoch(number));
        }
    }

    /// Whether the key of the epoch in force is here.
    pub fn holds_current_epoch(&self) -> bool {
        self.epochs.key(self.log.epoch().part.number).is_some()
    }

    /// Whether this device changes the keys, and when.
    pub fn rotation(&self, now: Timestamp) -> Rotation {
        Rotation::of(&self.log, &self.epochs, &self.device.id(), now.seconds())
    }

    /// Makes the next epoch; it counts once the log has it. `None` while there is no key to link back to.
    pub fn make_epoch(&mut self, now: Timestamp, rng: &mut dyn CryptoRng) -> Option<LogAppendRequest> {
        let heads = self.sent_heads();
        let parts = account::advance_epoch(&self.log, &self.epochs, &self.device, heads, now.seconds(), rng)?;
        Some(self.keep_made(parts))
    }

    /// Takes devices off, each with its last batch that is here, and makes the epoch that follows; signed with a method.
    pub fn make_revocation(
        &mut self,
        (devices, reason): (&[DeviceId], RevokeReason),
        method: &MethodKeys,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Option<LogAppendRequest> {
        let (heads, by) = (self.sent_heads(), (&*self.device, method));
        let with_cut = |device: &DeviceId| (*device, reason, self.tips.get(device).and_then(|tip| tip.pin));
        let whom: Vec<_> = devices.iter().map(with_cut).collect();
        let parts = account::revoke_devices(&self.log, &self.epochs, &whom, by, heads, now.seconds(), rng)?;
        Some(self.keep_made(parts))
    }

    /// Changes the ways to sign in, and makes the epoch that follows; signed with a method. What a new one remembers of
    /// the account comes along.
    pub fn make_method_change(
        &mut self,
        change: MethodChange<'_>,
        signer: &MethodKeys,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Option<LogAppendRequest> {
        let (heads, time_s) = (self.sent_heads(), now.seconds());
        let new = change.added.as_ref().map(|(keys, _)| *keys);
        let by = (&*self.device, signer);
        let parts = account::change_methods(&self.log, &self.epochs, change, by, heads.clone(), time_s, rng)?;
        let (log, epoch, device_id) = (parts.head, parts.epoch, self.device.id());
        let anchor = Anchor { counter: 1, log, heads, epoch, time_s, device_id };
        let anchors = new.map(|keys| anchor.seal(keys, rng)).into_iter().collect();
        Some(LogAppendRequest { anchors, ..self.keep_made(parts) })
    }

    /// Keeps the key of an epoch that is about to be appended.
    fn keep_made(&mut self, parts: AppendParts) -> LogAppendRequest {
        let request = parts.to_request();
        let AppendParts { epoch: number, epoch_key: key, .. } = parts;
        self.set_made(Some(MadeEpoch { number, commitment: key.commitment(), key }));
        request
    }

    fn set_made(&mut self, made: Option<MadeEpoch>) {
        self.made = made;
        self.dirty.extend([RowName::MadeEpoch, RowName::MadeKey]);
    }

    /// The log has come to the number of the made epoch: it is this one, or another device was faster.
    pub(super) fn adopt_made(&mut self) {
        let Some(made) = self.made.take_if(|made| made.number <= self.log.epoch().part.number) else { return };
        self.set_made(None);
        let MadeEpoch { number, commitment, key } = made;
        let is_ours =
            |epoch: &shared_types::log::EpochState| (epoch.part.number, epoch.part.commitment) == (number, commitment);
        if self.log.epochs().iter().any(is_ours) {
            self.epochs.insert(number, key);
            self.use_epoch(number);
        }
    }

    /// The newest batches of devices that are in the account; of this one, what the relay has accepted.
    pub(super) fn sent_heads(&self) -> Vec<DeviceHead> {
        let own = self.device.id();
        let head = |device: &shared_types::log::DeviceState| {
            let id = device.part.id;
            let pin = if id == own { self.newest_sent() } else { self.tips.get(&id)?.pin };
            pin.map(|pin| DeviceHead { device: id, seq: pin.seq, hash: pin.hash })
        };
        self.log.active_devices().filter_map(head).collect()
    }

    /// Whether something that never left this device is sealed under an epoch that is over.
    pub fn has_unhanded_of_an_older_epoch(&self) -> bool {
        let newest = self.log.epoch().part.number;
        let is_older =
            |batch: SignedBatch| self.log.epoch_at(batch.batch.log.seq).is_some_and(|epoch| epoch.part.number < newest);
        self.can_write()
            && self.holds_current_epoch()
            && self.unhanded().filter_map(|row| SignedBatch::parse(&row.batch).ok()).any(is_older)
    }
}
