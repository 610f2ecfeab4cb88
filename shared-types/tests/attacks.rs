//! Attacks on the account log and on public keys.

use shared_types::batch::{Batch, SignedBatch};
use shared_types::bytes::ParseError;
use shared_types::ids::{Hash, Nonce, Signature};
use shared_types::log::{
    DevicePart, DeviceStatus, EntryBody, LogFault, LogState, MethodKind, Policy, RemoveReason, RevokeReason,
};
use shared_types::public_key::{KemPublic, SigningPublic};
use shared_types::statement::SignUpStatement;

use crate::actors::{
    Actor, Device, Ledger, confirm, device, device_add, genesis, method, remove, revoke, sign, sign_as_named,
};
use crate::public_keys::{small_order_ed25519, small_order_x25519};

// Adversary: a malicious relay (A1), also together with a revoked device (A7).
// Invariant: a method enters the log only under its own signature, a confirmed device's and another active method's.
// Regression caught: a verifier that counts signers, takes revoked ones or wrong kinds, or skips a signature.
#[test]
fn the_relay_cannot_add_a_method() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_confirmed(2);
    let old = ledger.add_method(3, MethodKind::Passkey);
    let Ledger { laptop, passkey, words, .. } = ledger.clone();
    ledger.add_rotated(revoke(&phone, RevokeReason::Lost), &[&laptop.actor, &passkey.actor]);
    ledger.add_rotated(remove(&old), &[&laptop.actor, &passkey.actor]);

    let escrow = method(66, MethodKind::Words);
    let helper = method(67, MethodKind::Passkey);
    let relay_device = device(66);
    let body = || EntryBody::MethodAdd { method: escrow.part.clone() };

    // With all that the relay can make by itself, and with keys that were once in the log.
    let own_keys: [&[&Actor]; 8] = [
        &[&escrow.actor],
        &[&escrow.actor, &helper.actor],
        &[&escrow.actor, &helper.actor, &relay_device.actor],
        &[&escrow.actor, &phone.actor],
        &[&escrow.actor, &phone.actor, &old.actor],
        &[&escrow.actor, &phone.actor, &helper.actor],
        &[&escrow.actor, &old.actor, &relay_device.actor],
        &[&escrow.actor, &ledger.founder],
    ];
    for signers in own_keys {
        let fault = ledger.fault_rotated(body(), signers);
        assert!(matches!(fault, Some(LogFault::WrongSigners | LogFault::UnknownSigner)), "{fault:?}");
    }

    // Naming the true owners beside signatures of its own.
    let forged = |as_laptop: &Actor, as_passkey: &Actor| {
        let mut named = [(&escrow.actor, &escrow.actor), (&laptop.actor, as_laptop), (&passkey.actor, as_passkey)];
        named.sort_by_key(|(owner, _)| owner.id);
        let mut entry = ledger.entry(body());
        entry.signers = named.iter().map(|(owner, _)| owner.id).collect();
        let hands: Vec<&Actor> = named.iter().map(|(_, hand)| *hand).collect();
        ledger.try_take(&sign_as_named(&entry, &hands)).unwrap_err().fault
    };
    assert_eq!(forged(&relay_device.actor, &helper.actor), LogFault::BadSignature);
    assert_eq!(forged(&laptop.actor, &helper.actor), LogFault::BadSignature);
    assert_eq!(forged(&relay_device.actor, &passkey.actor), LogFault::BadSignature);
    let zero = ledger.entry(body());
    let zero = shared_types::log::Entry { signers: vec![laptop.actor.id], ..zero };
    assert_eq!(
        ledger.try_take(&zero.with_signatures(&[Signature([0; 64])])).unwrap_err().fault,
        LogFault::WrongSigners
    );

    // A true addition by the owner, its method or its place exchanged under the same signatures.
    let owners = method(4, MethodKind::Passkey);
    let good = EntryBody::MethodAdd { method: owners.part.clone() };
    let signers = [&owners.actor, &laptop.actor, &words.actor];
    assert_eq!(ledger.fault_rotated(good.clone(), &signers), None);
    let (entry, signatures) = shared_types::log::Entry::parse(&ledger.next(good, &signers)).unwrap();
    let swapped = shared_types::log::Entry { body: body(), ..entry };
    let fault = ledger.try_take(&swapped.with_signatures(&signatures)).unwrap_err().fault;
    assert_eq!(fault, LogFault::WrongSigners, "the new method does not sign");
}

// Adversary: a thief of one synced passkey (A11).
// Invariant: the unconfirmed device that a passkey alone lets in changes nobody's way in.
// Regression caught: a rule that takes any active device where a confirmed one is meant.
#[test]
fn an_unconfirmed_device_cannot_change_who_may_enter() {
    let mut ledger = Ledger::new();
    let owners = ledger.add_method(3, MethodKind::SecurityKey);
    let thief = ledger.add_unconfirmed(66);
    let Ledger { laptop, passkey, words, .. } = ledger.clone();
    let more = method(67, MethodKind::Passkey);
    let accomplice = device(68);
    let with_passkey: Vec<&Actor> = vec![&thief.actor, &passkey.actor];

    let mut add = with_passkey.clone();
    add.push(&more.actor);
    let added = ledger.fault_rotated(EntryBody::MethodAdd { method: more.part.clone() }, &add);
    assert_eq!(added, Some(LogFault::WrongSigners));
    for victim in [&owners, &words] {
        assert_eq!(ledger.fault_rotated(remove(victim), &with_passkey), Some(LogFault::WrongSigners));
    }
    let removal = EntryBody::MethodRemove { method: passkey.part.id, reason: RemoveReason::Unused };
    assert_eq!(ledger.fault_rotated(removal, &with_passkey), Some(LogFault::WrongSigners));
    for reason in [RevokeReason::Lost, RevokeReason::Compromised] {
        assert_eq!(ledger.fault_rotated(revoke(&laptop, reason), &with_passkey), Some(LogFault::WrongSigners));
    }
    let policy = EntryBody::PolicySet { policy: *ledger.state.policy() };
    assert_eq!(ledger.fault(policy, &with_passkey), Some(LogFault::WrongSigners));
    for signers in [vec![&thief.actor], vec![&passkey.actor], with_passkey] {
        assert_eq!(ledger.fault(confirm(&thief), &signers), Some(LogFault::WrongSigners));
    }
    let confirmed = device_add(&accomplice, DeviceStatus::Confirmed);
    assert_eq!(ledger.fault(confirmed, &[&accomplice.actor, &thief.actor]), Some(LogFault::WrongSigners));
    let advance = EntryBody::EpochAdvance { epoch: ledger.next_epoch(), heads: vec![] };
    assert_eq!(ledger.fault(advance, &[&thief.actor]), Some(LogFault::WrongSigners));
}

// Adversary: a malicious relay (A1) that withholds the rotation of a revocation.
// Invariant: a log that ends between a revocation and its epoch advance is refused, whole or piecemeal.
// Regression caught: a verifier that accepts the revocation alone, so that others go on under the old key.
#[test]
fn a_revocation_without_its_rotation_is_refused() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_confirmed(2);
    let Ledger { laptop, passkey, .. } = ledger.clone();
    let pair = ledger.rotated(revoke(&phone, RevokeReason::Compromised), &[&laptop.actor, &passkey.actor]);

    assert_eq!(ledger.try_take(&pair[0]).unwrap_err().fault, LogFault::RotationMissing);
    let mut cut = ledger.all();
    cut.push(&pair[0]);
    let error = shared_types::log::LogState::verify(ledger.account_id, cut).unwrap_err();
    assert_eq!(error.fault, LogFault::RotationMissing);
    assert!(ledger.state.append_all(pair.iter().map(Vec::as_slice)).is_ok());
}

// Adversary: a malicious relay (A1) or a device that sends keys of small order, whose secrets anyone can compute.
// Invariant: no such key is parsed, alone or inside an entry or a device part, and none verifies anything.
// Regression caught: a parser that takes any 32 bytes, or only tests the canonical forms.
#[test]
fn a_low_order_point_is_refused() {
    let good = device(1).part;
    for bytes in small_order_ed25519() {
        assert_eq!(SigningPublic::parse(&bytes), Err(ParseError::BadPublicKey));
        let part = [&good.id.0[..], &bytes, good.kem.as_bytes()].concat();
        assert_eq!(DevicePart::parse(&part), Err(ParseError::BadPublicKey));
    }
    for bytes in small_order_x25519() {
        assert_eq!(KemPublic::parse(&bytes), Err(ParseError::BadPublicKey));
        let part = [&good.id.0[..], good.signing.as_bytes(), &bytes].concat();
        assert_eq!(DevicePart::parse(&part), Err(ParseError::BadPublicKey));
    }

    let ledger = Ledger::new();
    let phone: Device = device(2);
    let entry =
        sign(ledger.entry(device_add(&phone, DeviceStatus::Unconfirmed)), &[&phone.actor, &ledger.passkey.actor]);
    assert!(ledger.try_take(&entry).is_ok());
    // The body begins at byte 70: id(16), then A and E, 32 bytes each.
    for (at, points) in [(86, small_order_ed25519()), (118, small_order_x25519())] {
        for point in points {
            let mut bent = entry.clone();
            bent[at..at + 32].copy_from_slice(&point);
            assert_eq!(ledger.try_take(&bent).unwrap_err().fault, LogFault::Malformed(ParseError::BadPublicKey));
        }
    }
}

/// What is signed, with another version, signed by whoever signs it in truth.
fn of_version(signed_part: &[u8], version: u8, signers: &[&Actor]) -> Vec<u8> {
    let mut bytes = signed_part.to_vec();
    bytes[4] = version;
    let signatures: Vec<_> = signers.iter().map(|actor| actor.sign(&bytes).0).collect();
    bytes.extend(signatures.concat());
    bytes
}

// Adversary: A1 together with A7, a device of the account whose keys are true, that signs in a form which this version
// does not write, or founds an account with lower floors.
// Invariant: one version of each format is read; no floor below the known one, nor above it, is ever in a log.
// Regression caught: an older form that is still read, or a suite 0 that means none.
#[test]
fn a_format_below_the_floor_is_refused() {
    let ledger = Ledger::new();
    let Ledger { laptop, account_id, .. } = ledger.clone();
    let mut entry = ledger.entry(EntryBody::Checkpoint { heads: vec![] });
    entry.signers = vec![laptop.actor.id];
    let head = ledger.state.head();
    let (seen, leaves) = (vec![], vec![]);
    let device_id = laptop.part.id;
    let batch = Batch { account_id, device_id, seq: 0, previous: Hash::ZERO, log: head, seen, leaves };
    let sign_up = SignUpStatement { account_id, nonce: Nonce([1; 32]) }.to_bytes();
    for version in 0..=u8::MAX {
        let good = version == 1;
        let signed = of_version(&entry.to_signed_part(), version, &[&laptop.actor]);
        assert_eq!(ledger.try_take(&signed).is_ok(), good, "an entry of version {version}");
        let signed = of_version(&batch.to_signed_part(), version, &[&laptop.actor]);
        assert_eq!(SignedBatch::parse(&signed).is_ok(), good, "a batch of version {version}");
        let signed = of_version(&sign_up, version, &[]);
        assert_eq!(SignUpStatement::parse(&signed).is_ok(), good, "a sign-up of version {version}");
    }

    let founded_with = |policy| {
        let Ledger { founder, laptop, passkey, words, .. } = ledger.clone();
        let mut genesis = genesis(&founder, &laptop, &[&passkey, &words]);
        let EntryBody::Genesis { policy: own, .. } = &mut genesis.body else { panic!("a genesis") };
        *own = policy;
        let bytes = sign(genesis, &[&founder, &laptop.actor, &passkey.actor, &words.actor]);
        LogState::verify(account_id, [bytes.as_slice()]).map(|_| ()).map_err(|error| error.fault)
    };
    let floor = Policy::default();
    assert_eq!(founded_with(floor), Ok(()));
    for weak in [
        Policy { suite: 0, ..floor },
        Policy { suite: 2, ..floor },
        Policy { envelope_version: 0, ..floor },
        Policy { envelope_version: 2, ..floor },
        Policy { least_methods: 1, ..floor },
        Policy { least_methods: 0, ..floor },
        Policy { epoch_days: 0, ..floor },
        Policy { epoch_days: 15, ..floor },
    ] {
        assert_eq!(founded_with(weak), Err(LogFault::WeakPolicy), "{weak:?}");
    }
}
