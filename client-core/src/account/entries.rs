//! Builds entries of the account log and signs them. The verifier in `shared-types` judges them like anyone's.

use shared_types::ordered::{SortedMap, sort_by_key};

use rand_core::CryptoRng;
use shared_types::account::{BackLink, LogAppendRequest, SealedCopy};
use shared_types::batch::ChainPin;
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId, PartyId, Signature, WireBytes};
use shared_types::log::{
    DeviceHead, DeviceStatus, Entry, EntryBody, EpochPart, LogHead, LogState, MethodPart, RemoveReason, RevokeReason,
};
use shared_types::public_key::KemPublic;

use super::epochs::EpochKeys;
use crate::keys::{DeviceKeys, EpochKey, FounderKey, MethodKeys};

/// Who lets a new device in.
#[derive(Debug)]
pub enum LetIn<'a> {
    /// A passkey, security key or password: the device stays unconfirmed.
    Method(&'a MethodKeys),
    /// The recovery words: the device is confirmed.
    Words(&'a MethodKeys),
    /// A confirmed device: the new one is confirmed too.
    Device(&'a DeviceKeys),
}

/// What one append to the log takes, and the key that it brings.
#[derive(Debug)]
pub struct AppendParts {
    /// New entries, oldest first.
    pub entries: Vec<Vec<u8>>,
    /// Sealed copies of the new epoch key.
    pub copies: Vec<SealedCopy>,
    /// The older epoch's key under the new one.
    pub back_link: BackLink,
    /// Number of the new epoch.
    pub epoch: u32,
    /// Its key; used only after the relay accepted.
    pub epoch_key: EpochKey,
    /// The log's head once they stand in it.
    pub head: LogHead,
}

impl AppendParts {
    /// The request that carries them.
    pub fn to_request(&self) -> LogAppendRequest {
        LogAppendRequest {
            entries: self.entries.iter().cloned().map(WireBytes).collect(),
            copies: self.copies.clone(),
            back_link: Some(self.back_link.clone()),
            ..LogAppendRequest::default()
        }
    }
}

/// Kind 2: lets a device in.
pub fn add_device(log: &LogState, device: &DeviceKeys, by: &LetIn<'_>, now_s: u64) -> Vec<u8> {
    let (status, signer) = match by {
        LetIn::Method(method) => (DeviceStatus::Unconfirmed, Signer::Method(method)),
        LetIn::Words(words) => (DeviceStatus::Confirmed, Signer::Method(words)),
        LetIn::Device(device) => (DeviceStatus::Confirmed, Signer::Device(device)),
    };
    let body = EntryBody::DeviceAdd { device: device.part(), status };
    Place::after(log, now_s).sign(body, vec![Signer::Device(device), signer]).bytes
}

/// Kind 3: confirms a device, by a confirmed one.
pub fn confirm_device(log: &LogState, device: DeviceId, by: &DeviceKeys, now_s: u64) -> Vec<u8> {
    Place::after(log, now_s).sign(EntryBody::DeviceConfirm { device }, vec![Signer::Device(by)]).bytes
}

/// Kind 4, reason 1: a device signs itself out, after its last batch.
pub fn sign_out(log: &LogState, device: &DeviceKeys, last_batch: Option<ChainPin>, now_s: u64) -> Vec<u8> {
    let body = EntryBody::DeviceRevoke { device: device.id(), reason: RevokeReason::SignedOut, cut: last_batch };
    Place::after(log, now_s).sign(body, vec![Signer::Device(device)]).bytes
}

/// Kind 4, reasons 2 and 3, and the rotation that belongs to it: takes devices off, each after its last accepted
/// batch, signed by a confirmed device and a method.
pub fn revoke_devices(
    log: &LogState,
    known: &EpochKeys,
    whom: &[(DeviceId, RevokeReason, Option<ChainPin>)],
    (by, method): (&DeviceKeys, &MethodKeys),
    heads: Vec<DeviceHead>,
    now_s: u64,
    rng: &mut dyn CryptoRng,
) -> Option<AppendParts> {
    let mut recipients = log.recipients();
    let mut place = Place::after(log, now_s);
    let mut revoked = Vec::with_capacity(whom.len());
    for (device, reason, cut) in whom {
        recipients.remove(&(*device).into());
        let body = EntryBody::DeviceRevoke { device: *device, reason: *reason, cut: *cut };
        let entry = place.sign(body, vec![Signer::Device(by), Signer::Method(method)]);
        place.previous = Some(entry.head);
        revoked.push(entry.bytes);
    }
    let mut parts = rotate(place, log, &recipients, known, by, heads, rng)?;
    parts.entries.splice(0..0, revoked);
    Some(parts)
}

/// Kind 9: bears witness of the newest batches.
pub fn checkpoint(log: &LogState, device: &DeviceKeys, mut heads: Vec<DeviceHead>, now_s: u64) -> Vec<u8> {
    sort_by_key(&mut heads, |one| *one);
    Place::after(log, now_s).sign(EntryBody::Checkpoint { heads }, vec![Signer::Device(device)]).bytes
}

/// Kind 7: begins an epoch; `None` while no epoch key is known to link back to.
pub fn advance_epoch(
    log: &LogState,
    known: &EpochKeys,
    device: &DeviceKeys,
    heads: Vec<DeviceHead>,
    now_s: u64,
    rng: &mut dyn CryptoRng,
) -> Option<AppendParts> {
    rotate(Place::after(log, now_s), log, &log.recipients(), known, device, heads, rng)
}

/// A change of the ways to sign in.
#[derive(Debug, Default)]
pub struct MethodChange<'a> {
    /// Comes first, so that there are never too few.
    pub added: Option<(&'a MethodKeys, MethodPart)>,
    /// Goes.
    pub removed: Option<(MethodId, RemoveReason)>,
}

/// Kinds 5 and 6 and the rotation that belongs to them: each entry is signed by a confirmed device and a method, an
/// added one by itself too.
pub fn change_methods(
    log: &LogState,
    known: &EpochKeys,
    change: MethodChange<'_>,
    by: (&DeviceKeys, &MethodKeys),
    heads: Vec<DeviceHead>,
    now_s: u64,
    rng: &mut dyn CryptoRng,
) -> Option<AppendParts> {
    let (device, signer) = by;
    let mut recipients = log.recipients();
    let mut place = Place::after(log, now_s);
    let mut entries = Vec::new();
    if let Some((keys, method)) = change.added {
        recipients.insert(method.id.into(), method.kem);
        let signers = vec![Signer::Method(keys), Signer::Device(device), Signer::Method(signer)];
        let added = place.sign(EntryBody::MethodAdd { method }, signers);
        place.previous = Some(added.head);
        entries.push(added.bytes);
    }
    if let Some((method, reason)) = change.removed {
        recipients.remove(&method.into());
        let signers = vec![Signer::Device(device), Signer::Method(signer)];
        let removed = place.sign(EntryBody::MethodRemove { method, reason }, signers);
        place.previous = Some(removed.head);
        entries.push(removed.bytes);
    }
    let mut parts = rotate(place, log, &recipients, known, device, heads, rng)?;
    parts.entries.splice(0..0, entries);
    Some(parts)
}

fn rotate(
    place: Place,
    log: &LogState,
    recipients: &SortedMap<PartyId, KemPublic>,
    known: &EpochKeys,
    device: &DeviceKeys,
    mut heads: Vec<DeviceHead>,
    rng: &mut dyn CryptoRng,
) -> Option<AppendParts> {
    sort_by_key(&mut heads, |one| *one);
    let (older, older_key) = known.newest()?;
    let number = log.epoch().part.number + 1;
    let epoch_key = EpochKey::generate(rng);
    let (epoch, copies) = seal_epoch(&epoch_key, number, place.account_id, recipients, rng);
    let envelope = epoch_key.back_link_key(place.account_id).wrap(number, older, older_key, rng);
    let back_link = BackLink { sealing_epoch: number, sealed_epoch: older, envelope: WireBytes(envelope) };
    let SignedEntry { bytes, head } =
        place.sign(EntryBody::EpochAdvance { epoch, heads }, vec![Signer::Device(device)]);
    Some(AppendParts { entries: vec![bytes], copies, back_link, epoch: number, epoch_key, head })
}

/// Seals an epoch key to all recipients and writes down what the log says of it.
pub(super) fn seal_epoch(
    key: &EpochKey,
    number: u32,
    account_id: AccountId,
    recipients: &SortedMap<PartyId, KemPublic>,
    rng: &mut dyn CryptoRng,
) -> (EpochPart, Vec<SealedCopy>) {
    let copies: Vec<SealedCopy> = recipients
        .iter()
        .map(|(recipient, public)| {
            let sealed = key.seal_to(*recipient, public, account_id, number, rng);
            SealedCopy { recipient: *recipient, sealed: WireBytes(sealed) }
        })
        .collect();
    let hashes = copies.iter().map(|copy| (copy.recipient, Hash::of(&[&copy.sealed.0]))).collect();
    (EpochPart { number, commitment: key.commitment(), copies: hashes }, copies)
}

/// Somebody who signs an entry.
pub(super) enum Signer<'a> {
    Founder(&'a FounderKey),
    Device(&'a DeviceKeys),
    Method(&'a MethodKeys),
}

impl Signer<'_> {
    fn id(&self) -> PartyId {
        match self {
            Self::Founder(founder) => founder.account_id().into(),
            Self::Device(device) => device.id().into(),
            Self::Method(method) => method.id().into(),
        }
    }

    fn sign(&self, entry: &Entry) -> Signature {
        match self {
            Self::Founder(founder) => founder.sign_genesis(entry),
            Self::Device(device) => device.sign_entry(entry),
            Self::Method(method) => method.sign_entry(entry),
        }
    }
}

/// Where the next entry stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) account_id: AccountId,
    /// The entry before; none before a genesis.
    pub(super) previous: Option<LogHead>,
    pub(super) time_s: u64,
}

/// A signed entry and the head that it makes.
pub(super) struct SignedEntry {
    pub(super) bytes: Vec<u8>,
    pub(super) head: LogHead,
}

impl Place {
    fn after(log: &LogState, now_s: u64) -> Self {
        Self { account_id: log.account_id(), previous: Some(log.head()), time_s: now_s.max(log.time_s()) }
    }

    pub(super) fn sign(self, body: EntryBody, mut signers: Vec<Signer<'_>>) -> SignedEntry {
        sort_by_key(&mut signers, Signer::id);
        let entry = Entry {
            account_id: self.account_id,
            seq: self.previous.map_or(0, |head| head.seq + 1),
            previous: self.previous.map_or(Hash::ZERO, |head| head.hash),
            time_s: self.time_s,
            body,
            signers: signers.iter().map(Signer::id).collect(),
        };
        let signatures: Vec<Signature> = signers.iter().map(|signer| signer.sign(&entry)).collect();
        let head = LogHead { seq: entry.seq, hash: entry.hash() };
        SignedEntry { bytes: entry.with_signatures(&signatures), head }
    }
}
