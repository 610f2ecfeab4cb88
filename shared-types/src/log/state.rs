//! The verifier: what holds after each entry of a log whose every rule is kept.
//!
//! [`LogState`] owns the accepted entries, so that it can be asked for any earlier place of the log. It never holds a
//! refused entry, and between calls never ends where a rotation is missing.

use crate::ordered::SortedMap;

use super::rules;
use super::{DeviceState, Entry, EntryBody, EpochPart, LogError, LogFault, LogHead, MethodState, Policy, RevokeReason};
use crate::ids::{AccountId, DeviceId, Hash, MethodId, PartyId};
use crate::limits::MAX_LOG_ENTRIES;
use crate::ordered::map_of;
use crate::public_key::KemPublic;

/// A verified account log and what holds after its last entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    pub(super) account_id: AccountId,
    pub(super) accepted: Vec<AcceptedEntry>,
    pub(super) policy: Policy,
    pub(super) devices: SortedMap<DeviceId, DeviceState>,
    pub(super) methods: SortedMap<MethodId, MethodState>,
    pub(super) epochs: Vec<EpochState>,
}

/// An entry that kept every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedEntry {
    /// The entry.
    pub entry: Entry,
    /// Its hash.
    pub hash: Hash,
    /// Its time as it counts: at least the highest before it, Unix seconds.
    pub time_s: u64,
    /// Whether a rotation must follow before anything else.
    pub is_rotation_due: bool,
}

/// An epoch of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochState {
    /// Log seq that began it.
    pub log_seq: u32,
    /// Time of that entry as it counts, Unix seconds.
    pub time_s: u64,
    /// The device that began it.
    pub signer: DeviceId,
    /// What the log says of it.
    pub part: EpochPart,
}

impl LogState {
    /// Verifies a whole log, genesis first.
    pub fn verify<'a>(account_id: AccountId, entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, LogError> {
        let mut entries = entries.into_iter();
        let genesis = entries.next().ok_or(LogError { seq: 0, fault: LogFault::Empty })?;
        let mut state = rules::found(account_id, genesis).map_err(|fault| LogError { seq: 0, fault })?;
        state.take_all(entries)?;
        Ok(state)
    }

    /// The log with one more entry, which must need no other after it.
    pub fn append(&self, entry: &[u8]) -> Result<Self, LogError> {
        self.append_all([entry])
    }

    /// The log with more entries, which must end where a log may end.
    pub fn append_all<'a>(&self, entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, LogError> {
        let mut next = self.clone();
        next.take_all(entries)?;
        Ok(next)
    }

    fn take_all<'a>(&mut self, entries: impl IntoIterator<Item = &'a [u8]>) -> Result<(), LogError> {
        for entry in entries {
            let seq = self.head().seq.saturating_add(1);
            if self.accepted.len() >= MAX_LOG_ENTRIES {
                return Err(LogError { seq, fault: LogFault::TooLong });
            }
            rules::take(self, entry).map_err(|fault| LogError { seq, fault })?;
        }
        if self.last().is_rotation_due {
            return Err(LogError { seq: self.head().seq, fault: LogFault::RotationMissing });
        }
        Ok(())
    }

    /// Whose log this is.
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// The newest entry's place and hash.
    pub fn head(&self) -> LogHead {
        LogHead { seq: self.last().entry.seq, hash: self.last().hash }
    }

    /// All entries, genesis first.
    pub fn entries(&self) -> &[AcceptedEntry] {
        &self.accepted
    }

    /// The entry at a place.
    pub fn entry_at(&self, seq: u32) -> Option<&AcceptedEntry> {
        self.accepted.get(usize::try_from(seq).ok()?)
    }

    /// The hash at a place.
    pub fn hash_at(&self, seq: u32) -> Option<Hash> {
        self.entry_at(seq).map(|accepted| accepted.hash)
    }

    /// Whether the log goes through a pinned place.
    pub fn extends(&self, pin: &LogHead) -> bool {
        self.hash_at(pin.seq) == Some(pin.hash)
    }

    /// The highest time claimed so far, Unix seconds; a writer claims no less.
    pub fn time_s(&self) -> u64 {
        self.last().time_s
    }

    /// Floors in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A device that is or was in the log.
    pub fn device(&self, id: &DeviceId) -> Option<&DeviceState> {
        self.devices.get(id)
    }

    /// A method that is or was in the log.
    pub fn method(&self, id: &MethodId) -> Option<&MethodState> {
        self.methods.get(id)
    }

    /// All devices that are or were in the log, ascending.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceState> {
        self.devices.values()
    }

    /// All methods that are or were in the log, ascending.
    pub fn methods(&self) -> impl Iterator<Item = &MethodState> {
        self.methods.values()
    }

    /// Devices that may sign now, ascending.
    pub fn active_devices(&self) -> impl Iterator<Item = &DeviceState> {
        self.devices().filter(|device| device.is_active())
    }

    /// Methods that may sign now, ascending.
    pub fn active_methods(&self) -> impl Iterator<Item = &MethodState> {
        self.methods().filter(|method| method.is_active())
    }

    /// Everyone to whom the next epoch key is sealed, with the key to seal to.
    pub fn recipients(&self) -> SortedMap<PartyId, KemPublic> {
        let devices = self.active_devices().map(|device| (device.part.id.into(), device.part.kem));
        let methods = self.active_methods().map(|method| (method.part.id.into(), method.part.kem));
        map_of(devices.chain(methods))
    }

    /// Whether a device was active at a place of this log: from its addition to before its end.
    pub fn is_device_active_at(&self, id: &DeviceId, log_seq: u32) -> bool {
        self.entry_at(log_seq).is_some()
            && self.device(id).is_some_and(|device| {
                device.added_seq <= log_seq && device.revoked.is_none_or(|revoked| log_seq < revoked.log_seq)
            })
    }

    /// All epochs, from the first.
    pub fn epochs(&self) -> &[EpochState] {
        &self.epochs
    }

    /// The epoch in force.
    pub fn epoch(&self) -> &EpochState {
        self.epochs.last().expect("a genesis begins epoch 1")
    }

    /// The epoch in force at a place of this log.
    pub fn epoch_at(&self, log_seq: u32) -> Option<&EpochState> {
        self.entry_at(log_seq)?;
        self.epochs.iter().rfind(|epoch| epoch.log_seq <= log_seq)
    }

    /// Whether batches may not name a place because its rotation is still to come there.
    pub fn is_rotation_due_before_batches(&self, log_seq: u32) -> bool {
        self.entry_at(log_seq).is_some_and(|accepted| accepted.is_rotation_due)
    }

    /// Whether a device has signed out in the epoch in force, so that a confirmed device rotates before it writes.
    pub fn is_rotation_owed(&self) -> bool {
        self.devices().filter_map(|device| device.revoked).any(|end| end.log_seq > self.epoch().log_seq)
    }

    /// Active methods that signed an entry together with a device that was revoked as compromised.
    pub fn methods_to_replace(&self) -> impl Iterator<Item = &MethodState> {
        let compromised = |id: &PartyId| {
            let device = self.devices.get(&DeviceId(id.0)).and_then(|device| device.revoked);
            device.is_some_and(|end| end.reason == RevokeReason::Compromised)
        };
        self.active_methods().filter(move |method| {
            let id = PartyId::from(method.part.id);
            let mut signers = self.accepted.iter().map(|accepted| &accepted.entry.signers);
            signers.any(|signers| signers.contains(&id) && signers.iter().any(compromised))
        })
    }

    pub(super) fn last(&self) -> &AcceptedEntry {
        self.accepted.last().expect("a log state begins with its genesis")
    }

    pub(super) fn push(&mut self, entry: Entry, hash: Hash, time_s: u64) {
        let is_rotation_due = match &entry.body {
            EntryBody::DeviceRevoke { reason, .. } => *reason != RevokeReason::SignedOut,
            EntryBody::MethodAdd { .. } | EntryBody::MethodRemove { .. } => true,
            EntryBody::Genesis { .. }
            | EntryBody::DeviceAdd { .. }
            | EntryBody::DeviceConfirm { .. }
            | EntryBody::EpochAdvance { .. }
            | EntryBody::PolicySet { .. }
            | EntryBody::Checkpoint { .. }
            | EntryBody::SharePin { .. } => false,
        };
        self.accepted.push(AcceptedEntry { entry, hash, time_s, is_rotation_due });
    }
}
