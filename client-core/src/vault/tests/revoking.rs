//! What a device that was taken off can still do with everything it ever held, and a relay that helps it.

use shared_types::account::LogAppendRequest;
use shared_types::ids::{KeyId, PartyId};
use shared_types::log::{Entry, EntryBody, LogFault, LogState, MethodKind, Policy, RemoveReason, RevokeReason};
use shared_types::sync::BatchParcel;

use super::{CHAT, NOW, OUTPUT, Party, account, passkey};
use crate::account::PrfMethod;
use crate::envelope;
use crate::keys::{DeviceKeys, MethodKeys, PrfOutput};
use crate::records::{DirectoryRecord, Record, Scope};
use crate::vault::Vault;
use crate::view::IntegrityState;

fn titled(party: &mut Party, title: &str) -> Record {
    let at = party.vault.tick(party.now);
    Record::Directory(DirectoryRecord::Titled { chat: CHAT, title: title.into(), at })
}

fn titles(party: &Party) -> Vec<String> {
    party.vault.chat_list().into_iter().filter_map(|row| row.title).collect()
}

/// The owner takes the other one off: what goes to the relay.
fn revoke(owner: &mut Party, other: &Party) -> LogAppendRequest {
    let output = PrfOutput::parse(OUTPUT).unwrap();
    let keys = passkey(&output).derive_keys(owner.vault.account_id()).unwrap();
    let whom = [other.vault.device().id()];
    owner.vault.make_revocation((&whom, RevokeReason::Compromised), &keys, NOW, &mut owner.rng).unwrap()
}

fn take(party: &mut Party, request: &LogAppendRequest) {
    let entries: Vec<Vec<u8>> = request.entries.iter().map(|entry| entry.0.clone()).collect();
    let log = party.vault.log().append_all(entries.iter().map(Vec::as_slice)).unwrap();
    let entries = [party.vault.entries.clone(), entries].concat();
    party.vault.set_log(log, entries);
    // The relay helps: everybody is given every copy.
    let copies =
        request.copies.iter().map(|copy| shared_types::account::EpochCopy { epoch: 2, sealed: copy.sealed.clone() });
    party.vault.open_epochs(&copies.collect::<Vec<_>>(), request.back_link.as_slice());
    party.commit();
}

/// A chat that both hold, then the other one is taken off by the owner; both have heard of it.
fn with_one_taken_off() -> (Party, Party, LogAppendRequest) {
    let (mut owner, mut other) = account();
    let record = titled(&mut owner, "before");
    let parcel = owner.write(record);
    other.read(vec![parcel]);
    let record = titled(&mut other, "by the other");
    let parcel = other.write(record);
    owner.read(vec![parcel]);
    let request = revoke(&mut owner, &other);
    take(&mut owner, &request);
    take(&mut other, &request);
    (owner, other, request)
}

fn key_ids(parcel: &BatchParcel) -> Vec<KeyId> {
    parcel.envelopes.iter().filter_map(|(_, envelope)| envelope::peek_key_id(envelope)).collect()
}

// Adversary: A7, a revoked device, and A1, a relay that goes on serving it everything that it has.
// Invariant: the new epoch key is sealed to nobody but those who are left; nothing that was written after opens.
// Regression caught: the revoked device is among the recipients, or the next record is sealed under an old key.
#[test]
fn a_revoked_device_opens_nothing_newer() {
    let (mut owner, mut other, request) = with_one_taken_off();
    assert!(owner.vault.holds_current_epoch());
    assert!(!other.vault.holds_current_epoch(), "every copy and the back link were served to it");
    assert!(request.copies.iter().all(|copy| copy.recipient != other.vault.device().id().into()));
    let before = titles(&other);
    let record = titled(&mut owner, "after");
    let parcel = owner.write(record);
    let held = |id: &KeyId| other.vault.ring.find_key(id).is_some();
    assert!(!key_ids(&parcel).iter().any(held), "sealed under a key that it holds");
    other.read(vec![parcel]);
    assert_eq!(titles(&other), before);
    assert_eq!(titles(&owner), ["after"]);
    other.restart();
    assert_eq!(titles(&other), before);
}

// Adversary: A7, who holds the key of an epoch and every envelope of the next one.
// Invariant: a newer key opens the older one, never the other way; no key of one epoch opens an op of another.
// Regression caught: the back link is sealed the wrong way round, or keys are derived without their epoch.
#[test]
fn an_old_epoch_key_does_not_open_the_next() {
    let (mut owner, other, request) = with_one_taken_off();
    let account_id = owner.vault.account_id();
    let [first, second] = [0, 1].map(|nth| owner.vault.log().epochs()[nth].part.commitment);
    let link = &request.back_link.as_ref().unwrap().envelope.0;
    let [old, new] = [1, 2].map(|number| owner.vault.epochs.key(number).unwrap());
    assert!(new.back_link_key(account_id).unwrap(2, 1, &first, link).is_ok(), "the newer opens the older");
    for commitment in [&first, &second] {
        assert!(old.back_link_key(account_id).unwrap(2, 1, commitment, link).is_err());
    }
    for copy in &request.copies {
        let device = other.vault.device();
        assert!(device.open_epoch_key(account_id, 2, &second, &copy.sealed.0).is_err());
    }
    let ring = [1, 2].map(|number| owner.vault.epochs.key(number).unwrap().key_ring_key(account_id));
    let record = titled(&mut owner, "after");
    let parcel = owner.write(record);
    let (_, minted) = parcel.envelopes.first().unwrap();
    let opens = |with: usize, epoch| {
        let author = owner.vault.device().id();
        let (owner, scope) = (account_id, Scope::KEY_RING);
        let seq = owner_seq(&parcel);
        let place = envelope::OpPlace {
            owner,
            scope_kind: scope.kind,
            scope_id: scope.id,
            epoch,
            author,
            batch_seq: seq,
            leaf_index: 0,
        };
        ring[with].unwrap_scope_key(&place, minted).is_ok()
    };
    assert_eq!([opens(0, 1), opens(0, 2), opens(1, 1), opens(1, 2)], [false, false, false, true]);
}

fn owner_seq(parcel: &BatchParcel) -> u64 {
    shared_types::batch::SignedBatch::parse(&parcel.batch).unwrap().batch.seq
}

// Adversary: A7 and A1: the revoked device signs batches that name the log as it was before its end, and the relay
// serves them as if they had been there all along.
// Invariant: its last accepted batch stands in the entry that ended it; what comes after counts for nothing, neither
// what it says nor what it deletes nor the keys that it brings.
// Regression caught: a text or a deletion of a thief appears in the account after it was locked out.
#[test]
fn a_revoked_device_cannot_write_the_past() {
    let (mut owner, mut other) = account();
    let record = titled(&mut owner, "before");
    let parcel = owner.write(record);
    other.read(vec![parcel]);
    let record = titled(&mut other, "accepted");
    let parcel = other.write(record);
    owner.read(vec![parcel]);
    let request = revoke(&mut owner, &other);
    take(&mut owner, &request);
    let n_keys = owner.vault.ring.list_chats().len();
    // It has not heard of it, or does as if.
    let at = other.vault.tick(other.now);
    let parcels =
        [titled(&mut other, "written into the past"), Record::Directory(DirectoryRecord::Deleted { chat: CHAT, at })]
            .map(|record| other.write(record));
    owner.read(parcels.to_vec());
    assert_eq!(titles(&owner), ["accepted"]);
    assert_eq!(owner.vault.integrity(), IntegrityState::Verified, "it is no trouble either");
    assert_eq!(owner.vault.ring.list_chats().len(), n_keys);
    owner.restart();
    assert_eq!(titles(&owner), ["accepted"]);
    // Nor after its end: its own log does not let it, and a batch that names its end is refused.
    take(&mut other, &request);
    assert!(!other.vault.can_write());
}

// Adversary: A7, a device before its end, who mints scope keys for what will be written after it.
// Invariant: a scope key belongs to the epoch in the place of the op that brought it, and seals in that one only.
// Regression caught: the account goes on writing under a key that the revoked device has.
#[test]
fn a_scope_key_minted_for_a_later_epoch_is_not_used() {
    let (mut owner, mut other) = account();
    let record = titled(&mut other, "brings a key");
    let in_time = other.write(record);
    let brought = key_ids(&in_time);
    owner.read(vec![in_time]);
    let parts = owner.vault.make_epoch(NOW, &mut owner.rng).unwrap();
    take(&mut owner, &parts);
    // The other one pretends that the ring of the next epoch is the one that it knows.
    let old = other.vault.epochs.key(1).unwrap().key_ring_key(other.vault.account_id());
    let (log, entries) = (owner.vault.log().clone(), owner.vault.entries.clone());
    other.vault.set_log(log, entries);
    other.vault.ring.add_epoch(2, old);
    let record = titled(&mut other, "under a key of its own");
    let forged = other.forge_record(&record);
    let minted = key_ids(&forged);
    owner.read(vec![forged]);
    assert_eq!(titles(&owner), ["brings a key"]);
    assert_eq!(owner.vault.integrity(), IntegrityState::Altered);
    let record = titled(&mut owner, "by the owner");
    let own = key_ids(&owner.write(record));
    assert!(own.iter().all(|id| !brought.contains(id) && !minted.contains(id)), "{own:?}");
    assert!(is_sealing_in(&owner.vault, 2, &own), "and what it seals with is of this epoch");
}

fn is_sealing_in(vault: &Vault, epoch: u32, used: &[KeyId]) -> bool {
    let key = vault.ring.find_sealing_key(Scope::DIRECTORY, epoch);
    key.is_some_and(|key| used.contains(&key.key.id()))
}

// Adversary: A1, or a device in a hurry, that ends a device and leaves the keys as they are.
// Invariant: the entry is taken only together with the new epoch; no batch names a place in between.
// Regression caught: everything after is sealed under a key that the ended device has.
#[test]
fn a_revocation_without_its_rotation_is_refused() {
    let (mut owner, other) = account();
    let request = revoke(&mut owner, &other);
    let [revocation, rotation] = request.entries.as_slice() else { panic!("two entries") };
    let refused = owner.vault.log().append(&revocation.0).unwrap_err();
    assert_eq!(refused.fault, LogFault::RotationMissing);
    let whole = owner.vault.log().append_all([revocation.0.as_slice(), rotation.0.as_slice()]).unwrap();
    let between = owner.vault.log().head().seq + 1;
    assert!(whole.is_rotation_due_before_batches(between) && !whole.is_rotation_due_before_batches(between + 1));
}

/// One more entry of the log, signed by whoever is given: a device, methods.
fn signed(log: &LogState, body: EntryBody, device: &DeviceKeys, methods: &[&MethodKeys]) -> Vec<u8> {
    let mut by: Vec<PartyId> = methods.iter().map(|method| method.id().into()).collect();
    by.push(device.id().into());
    by.sort_unstable();
    let entry = Entry {
        account_id: log.account_id(),
        seq: log.head().seq + 1,
        previous: log.head().hash,
        time_s: NOW.seconds(),
        body,
        signers: by.clone(),
    };
    let sign = |id: &PartyId| match methods.iter().find(|method| PartyId::from(method.id()) == *id) {
        Some(method) => method.sign_entry(&entry),
        None => device.sign_entry(&entry),
    };
    entry.with_signatures(&by.iter().map(sign).collect::<Vec<_>>())
}

// Adversary: A11, the thief of one synced passkey, who joins with it and signs what they like, with both keys.
// Invariant: the verifier that every device and the relay run takes none of it: no device is confirmed or taken off,
// no method added or removed, no floor changed.
// Regression caught: an unconfirmed device counts as a confirmed one in one alternative of the table of signers.
#[test]
fn an_unconfirmed_device_cannot_change_who_may_enter() {
    let (owner, other) = account();
    let log = other.vault.log();
    let output = PrfOutput::parse(OUTPUT).unwrap();
    let stolen = passkey(&output).derive_keys(log.account_id()).unwrap();
    let (first, own) = (owner.vault.device().id(), other.vault.device());
    let words = log.methods().find(|method| method.is_words()).unwrap().part.id;
    let fresh = PrfOutput::parse([0x52; 32]).unwrap();
    let new = PrfMethod { credential_id: b"another", ..passkey(&fresh) };
    let new = new.derive_keys(log.account_id()).unwrap();
    let method = new.part(MethodKind::Passkey, b"another");
    let bodies = [
        EntryBody::DeviceConfirm { device: own.id() },
        EntryBody::DeviceRevoke { device: first, reason: RevokeReason::Lost, cut: None },
        EntryBody::DeviceRevoke { device: first, reason: RevokeReason::SignedOut, cut: None },
        EntryBody::MethodRemove { method: words, reason: RemoveReason::Unused },
        EntryBody::MethodRemove { method: stolen.id(), reason: RemoveReason::Lost },
        EntryBody::MethodAdd { method },
        EntryBody::PolicySet { policy: Policy { epoch_days: 1, ..Policy::default() } },
    ];
    for body in bodies {
        for methods in [&[][..], &[&stolen][..], &[&stolen, &new][..]] {
            let entry = signed(log, body.clone(), own, methods);
            assert!(log.append(&entry).is_err(), "{body:?} with {} methods", methods.len());
        }
    }
}

// Adversary: A11 again, who would be content if nobody else could enter any more.
// Invariant: an unconfirmed device begins no epoch while a confirmed one is there, so it cannot leave anybody out of
// one; whoever is confirmed takes it off, with the same passkey that it came with.
// Regression caught: a thief rotates the owner's devices out, or cannot be got rid of.
#[test]
fn an_unconfirmed_device_cannot_lock_anyone_out() {
    let (mut owner, mut other) = account();
    assert_eq!(other.vault.rotation(NOW), crate::account::Rotation::Others);
    let rotation = other.vault.make_epoch(NOW, &mut other.rng).unwrap();
    let refused = other.vault.log().append(&rotation.entries.first().unwrap().0).unwrap_err();
    assert_eq!(refused.fault, LogFault::WrongSigners);

    // A confirmed one leaves nobody out either who is still in.
    let mut rotation = owner.vault.make_epoch(NOW, &mut owner.rng).unwrap();
    let (entry, _) = Entry::parse(&rotation.entries.remove(0).0).unwrap();
    let EntryBody::EpochAdvance { mut epoch, heads } = entry.body else { panic!("it begins an epoch") };
    epoch.copies.retain(|(recipient, _)| *recipient != other.vault.device().id().into());
    let log = owner.vault.log();
    let entry = signed(log, EntryBody::EpochAdvance { epoch, heads }, owner.vault.device(), &[]);
    assert_eq!(log.append(&entry).unwrap_err().fault, LogFault::WrongEpoch);

    let request = revoke(&mut owner, &other);
    take(&mut owner, &request);
    assert!(!owner.vault.log().is_device_active_at(&other.vault.device().id(), owner.vault.log().head().seq));
    assert!(owner.vault.can_write() && owner.vault.holds_current_epoch());
}
