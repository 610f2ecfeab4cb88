//! A genesis and other entries, each field bent once; and their bytes cut, lengthened and flipped.

use shared_types::batch::ChainPin;
use shared_types::bytes::ParseError;
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId, PartyId};
use shared_types::limits::MAX_LOG_ENTRIES;
use shared_types::log::{
    DeviceHead, DeviceStatus, Entry, EntryBody, EpochPart, LogError, LogFault, LogHead, LogState, MethodKind,
    MethodPart, Policy, RevokeReason,
};

use crate::actors::{
    Actor, Device, Ledger, Method, TRUNCATED, device, device_add, epoch_for, founder, genesis, head, method, sign,
    sign_as_named,
};

const OUT_OF_RANGE: LogFault = LogFault::Malformed(ParseError::OutOfRange);
const UNKNOWN: LogFault = LogFault::Malformed(ParseError::Unknown);
const WRONG_ID: LogFault = LogFault::Malformed(ParseError::WrongId);

struct Founding {
    founder: Actor,
    laptop: Device,
    passkey: Method,
    words: Method,
}

impl Founding {
    fn new() -> Self {
        Self {
            founder: founder(1),
            laptop: device(1),
            passkey: method(1, MethodKind::Passkey),
            words: method(2, MethodKind::Words),
        }
    }

    fn everyone(&self) -> Vec<&Actor> {
        vec![&self.founder, &self.laptop.actor, &self.passkey.actor, &self.words.actor]
    }

    fn entry(&self) -> Entry {
        genesis(&self.founder, &self.laptop, &[&self.passkey, &self.words])
    }

    fn account_id(&self) -> AccountId {
        AccountId::of_founder(&self.founder.public())
    }

    fn verify(&self, bytes: &[u8]) -> Result<LogState, LogFault> {
        LogState::verify(self.account_id(), [bytes]).map_err(|error| error.fault)
    }

    /// What becomes of a genesis that is bent before all sign it.
    fn bent(&self, bend: impl FnOnce(&mut Entry)) -> Option<LogFault> {
        let mut entry = self.entry();
        bend(&mut entry);
        self.verify(&sign(entry, &self.everyone())).err()
    }

    fn bent_body(&self, bend: impl FnOnce(&mut Policy, &mut Vec<MethodPart>, &mut EpochPart)) -> Option<LogFault> {
        self.bent(|entry| {
            let EntryBody::Genesis { policy, methods, epoch, .. } = &mut entry.body else { unreachable!() };
            bend(policy, methods, epoch);
        })
    }
}

/// A fault of a genesis by these methods, good but for what the methods are.
fn founded_with(methods: &[Method]) -> Option<LogFault> {
    let founding = Founding::new();
    let parts: Vec<&Method> = methods.iter().collect();
    let entry = genesis(&founding.founder, &founding.laptop, &parts);
    let mut signers = vec![&founding.founder, &founding.laptop.actor];
    signers.extend(methods.iter().map(|method| &method.actor));
    founding.verify(&sign(entry, &signers)).err()
}

#[test]
fn an_empty_log_is_refused() {
    let error = LogState::verify(Founding::new().account_id(), []);
    assert_eq!(error, Err(LogError { seq: 0, fault: LogFault::Empty }));
}

#[test]
fn a_genesis_of_another_account_or_founder_is_refused() {
    let founding = Founding::new();
    assert_eq!(founding.bent(|_| ()), None);
    let other = AccountId([7; 16]);
    assert_eq!(founding.bent(|entry| entry.account_id = other), Some(LogFault::WrongAccount));
    let bytes = sign(founding.entry(), &founding.everyone());
    let served_for_other = LogState::verify(other, [bytes.as_slice()]);
    assert_eq!(served_for_other, Err(LogError { seq: 0, fault: LogFault::WrongAccount }));
    let replaced = founding.bent(|entry| {
        let EntryBody::Genesis { founder: key, .. } = &mut entry.body else { unreachable!() };
        *key = founder(2).public();
    });
    assert_eq!(replaced, Some(LogFault::WrongAccount));
}

#[test]
fn a_genesis_stands_first_and_only_there() {
    let founding = Founding::new();
    assert_eq!(founding.bent(|entry| entry.seq = 1), Some(LogFault::OutOfSequence));
    assert_eq!(founding.bent(|entry| entry.previous = Hash([1; 32])), Some(LogFault::OutOfSequence));

    let ledger = Ledger::new();
    let mut second = founding.entry();
    (second.seq, second.previous) = (1, ledger.state.head().hash);
    let second = sign(second, &founding.everyone());
    let error = LogError { seq: 1, fault: LogFault::MisplacedGenesis };
    assert_eq!(ledger.state.append(&second), Err(error));
    let checkpoint = Entry { body: EntryBody::Checkpoint { heads: vec![] }, ..founding.entry() };
    assert_eq!(founding.verify(&sign(checkpoint, &founding.everyone())), Err(LogFault::MisplacedGenesis));
}

#[test]
fn a_genesis_is_signed_by_exactly_founder_device_and_every_method() {
    let founding = Founding::new();
    for left_out in 0..4 {
        let mut signers = founding.everyone();
        signers.remove(left_out);
        assert_eq!(founding.verify(&sign(founding.entry(), &signers)), Err(LogFault::WrongSigners));
    }
    let stranger = device(9);
    let mut signers = founding.everyone();
    signers.push(&stranger.actor);
    assert_eq!(founding.verify(&sign(founding.entry(), &signers)), Err(LogFault::WrongSigners));
}

#[test]
fn signers_stand_ascending_once_each_and_every_signature_is_theirs() {
    let founding = Founding::new();
    let mut signers = founding.everyone();
    signers.sort_by_key(|actor| actor.id);
    let ids = |signers: &[&Actor]| signers.iter().map(|actor| actor.id).collect::<Vec<PartyId>>();

    let mut entry = founding.entry();
    entry.signers = ids(&signers);
    assert!(founding.verify(&sign_as_named(&entry, &signers)).is_ok());
    let mut crossed = signers.clone();
    crossed.swap(0, 1);
    assert_eq!(founding.verify(&sign_as_named(&entry, &crossed)), Err(LogFault::BadSignature));
    assert_eq!(founding.verify(&sign_as_named(&entry, &signers[..3])), Err(TRUNCATED));

    entry.signers = ids(&crossed);
    assert_eq!(founding.verify(&sign_as_named(&entry, &crossed)), Err(OUT_OF_RANGE));
    let mut doubled = signers.clone();
    doubled.insert(0, signers[0]);
    entry.signers = ids(&doubled);
    assert_eq!(founding.verify(&sign_as_named(&entry, &doubled)), Err(OUT_OF_RANGE));
    entry.signers.clear();
    assert_eq!(founding.verify(&sign_as_named(&entry, &[])), Err(OUT_OF_RANGE));
}

#[test]
fn a_genesis_begins_epoch_one_for_exactly_its_device_and_methods() {
    let founding = Founding::new();
    let wrong = Some(LogFault::WrongEpoch);
    assert_eq!(founding.bent_body(|_, _, epoch| epoch.number = 0), wrong);
    assert_eq!(founding.bent_body(|_, _, epoch| epoch.number = 2), wrong);
    for index in 0..3 {
        let removed = founding.bent_body(|_, _, epoch| {
            epoch.copies.remove(index);
        });
        assert_eq!(removed, wrong);
    }
    let added = founding.bent_body(|_, _, epoch| {
        let recipients = epoch.copies.iter().map(|(id, _)| *id).chain([device(9).actor.id]);
        *epoch = epoch_for(1, recipients.collect::<Vec<_>>());
    });
    assert_eq!(added, wrong);
    assert_eq!(founding.bent_body(|_, _, epoch| epoch.copies.swap(0, 1)), Some(OUT_OF_RANGE));
}

#[test]
fn a_genesis_has_a_known_policy() {
    let founding = Founding::new();
    let bends: [fn(&mut Policy); 8] = [
        |policy| policy.least_methods = 1,
        |policy| policy.least_methods = 0,
        |policy| policy.suite = 0,
        |policy| policy.suite = 2,
        |policy| policy.envelope_version = 0,
        |policy| policy.envelope_version = 2,
        |policy| policy.epoch_days = 0,
        |policy| policy.epoch_days = 15,
    ];
    for bend in bends {
        assert_eq!(founding.bent_body(|policy, _, _| bend(policy)), Some(LogFault::WeakPolicy));
    }
    let three = founding.bent_body(|policy, _, _| policy.least_methods = 3);
    assert_eq!(three, Some(LogFault::TooFewMethods));
}

#[test]
fn a_genesis_has_two_methods_and_words_among_them() {
    let (passkey, words) = (method(1, MethodKind::Passkey), method(2, MethodKind::Words));
    let second = method(3, MethodKind::Password);
    let few = Some(LogFault::TooFewMethods);
    assert_eq!(founded_with(&[passkey.clone(), words.clone()]), None);
    assert_eq!(founded_with(&[words.clone(), method(4, MethodKind::Words)]), None);
    assert_eq!(founded_with(std::slice::from_ref(&words)), few);
    assert_eq!(founded_with(&[passkey, second]), few);
    assert_eq!(founded_with(&[]), few);
    let many = |n| (1..n).map(|number| method(number, MethodKind::SecurityKey)).chain([method(99, MethodKind::Words)]);
    assert_eq!(founded_with(&many(32).collect::<Vec<_>>()), None);
    assert_eq!(founded_with(&many(33).collect::<Vec<_>>()), Some(LogFault::TooMany));
}

#[test]
fn methods_stand_ascending_and_once() {
    let founding = Founding::new();
    assert_eq!(founding.bent_body(|_, methods, _| methods.reverse()), Some(OUT_OF_RANGE));
    assert_eq!(founding.bent_body(|_, methods, _| methods[1] = methods[0].clone()), Some(OUT_OF_RANGE));
}

#[test]
fn an_id_that_is_not_that_of_its_keys_is_refused() {
    let founding = Founding::new();
    assert_eq!(founding.bent_body(|_, methods, _| methods[0].id = MethodId([0; 16])), Some(WRONG_ID));
    let other_device = founding.bent(|entry| {
        let EntryBody::Genesis { device: part, .. } = &mut entry.body else { unreachable!() };
        part.id = DeviceId([1; 16]);
    });
    assert_eq!(other_device, Some(WRONG_ID));
    let other_key = founding.bent(|entry| {
        let EntryBody::Genesis { device: part, .. } = &mut entry.body else { unreachable!() };
        part.kem = device(9).part.kem;
    });
    assert_eq!(other_key, Some(WRONG_ID));
}

#[test]
fn a_credential_id_has_the_length_of_its_kind() {
    let founded = |kind, length: usize| {
        let mut bent = method(3, kind);
        bent.part.credential_id = vec![1; length];
        founded_with(&[bent, method(2, MethodKind::Words), method(1, MethodKind::Passkey)])
    };
    for kind in [MethodKind::Passkey, MethodKind::SecurityKey] {
        let faults = [0, 1, 1023, 1024].map(|length| founded(kind, length));
        assert_eq!(faults, [Some(OUT_OF_RANGE), None, None, Some(OUT_OF_RANGE)]);
    }
    assert_eq!([0, 1].map(|length| founded(MethodKind::Password, length)), [None, Some(OUT_OF_RANGE)]);
    let words = [0, 15, 16, 17].map(|length| founded(MethodKind::Words, length));
    assert_eq!(words, [Some(OUT_OF_RANGE), Some(OUT_OF_RANGE), None, Some(OUT_OF_RANGE)]);
}

#[test]
fn an_entry_off_its_place_is_refused() {
    let ledger = Ledger::new();
    let laptop = &ledger.laptop.actor;
    let good = ledger.entry(EntryBody::Checkpoint { heads: vec![] });
    let bend = |bend: fn(&mut Entry)| {
        let mut entry = good.clone();
        bend(&mut entry);
        ledger.try_take(&sign(entry, &[laptop])).err().map(|error| error.fault)
    };
    assert_eq!(bend(|_| ()), None);
    assert_eq!(bend(|entry| entry.seq = 0), Some(LogFault::OutOfSequence));
    assert_eq!(bend(|entry| entry.seq = 2), Some(LogFault::OutOfSequence));
    assert_eq!(bend(|entry| entry.previous = Hash::ZERO), Some(LogFault::OutOfSequence));
    assert_eq!(bend(|entry| entry.account_id = AccountId([1; 16])), Some(LogFault::WrongAccount));
    assert_eq!(bend(|entry| entry.time_s = 0), None, "a time is a claim");
    assert_eq!(bend(|entry| entry.time_s = u64::MAX), None, "a time is a claim");
}

#[test]
fn heads_are_ascending_and_never_zero() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let mut heads = vec![head(&ledger.laptop, 3), head(&phone, 4)];
    heads.sort_by_key(|head| head.device);
    let fault = |heads: Vec<DeviceHead>| ledger.fault(EntryBody::Checkpoint { heads }, &[&ledger.laptop.actor]);
    assert_eq!(fault(heads.clone()), None);
    assert_eq!(fault(vec![heads[1], heads[0]]), Some(OUT_OF_RANGE));
    assert_eq!(fault(vec![heads[0], heads[0]]), Some(OUT_OF_RANGE));
    assert_eq!(fault(vec![DeviceHead { hash: Hash::ZERO, ..heads[0] }]), Some(OUT_OF_RANGE));
}

#[test]
fn a_cut_has_a_hash_unless_there_is_none() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let fault = |seq, hash| {
        let reason = RevokeReason::SignedOut;
        let body = EntryBody::DeviceRevoke { device: phone.part.id, reason, cut: Some(ChainPin { seq, hash }) };
        ledger.fault(body, &[&phone.actor])
    };
    assert_eq!(fault(0, Hash([1; 32])), None);
    assert_eq!(fault(0, Hash::ZERO), None, "written like none");
    assert_eq!(fault(1, Hash::ZERO), Some(OUT_OF_RANGE));
}

#[test]
fn unknown_magic_version_kind_and_choices_are_refused() {
    let founding = Founding::new();
    let good = sign(founding.entry(), &founding.everyone());
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        founding.verify(&bytes).unwrap_err()
    };
    assert_eq!(with(0, b'X'), UNKNOWN);
    assert_eq!(with(4, 0), UNKNOWN);
    assert_eq!(with(4, 2), UNKNOWN);
    assert_eq!([0, 11, 255].map(|kind| with(57, kind)), [UNKNOWN; 3]);

    let mut ledger = Ledger::new();
    let phone = device(2);
    let status = ledger.next(device_add(&phone, DeviceStatus::Unconfirmed), &[&phone.actor, &ledger.passkey.actor]);
    // The status is the last byte of the body of 81 bytes that begins at 70.
    let choice = |bytes: &[u8], at: usize, value: u8| {
        let mut bytes = bytes.to_vec();
        bytes[at] = value;
        ledger.try_take(&bytes).unwrap_err().fault
    };
    assert_eq!([0, 3].map(|value| choice(&status, 70 + 80, value)), [UNKNOWN; 2]);
    ledger.add_all(vec![status]);
    let body = EntryBody::DeviceRevoke { device: phone.part.id, reason: RevokeReason::SignedOut, cut: None };
    let end = ledger.next(body, &[&phone.actor]);
    let mut bent = end.clone();
    for value in [0, 4] {
        bent[70 + 16] = value;
        assert_eq!(ledger.try_take(&bent).unwrap_err().fault, UNKNOWN);
    }
}

#[test]
fn a_body_of_another_length_is_refused() {
    let ledger = Ledger::new();
    let good = ledger.next(EntryBody::Checkpoint { heads: vec![] }, &[&ledger.laptop.actor]);
    let mut longer = good.clone();
    longer[69] = 2;
    longer.insert(71, 0);
    assert_eq!(ledger.try_take(&longer).unwrap_err().fault, LogFault::Malformed(ParseError::TrailingBytes));
    let mut huge = good;
    huge[66..70].copy_from_slice(&(64 * 1024 + 1_u32).to_be_bytes());
    assert_eq!(ledger.try_take(&huge).unwrap_err().fault, OUT_OF_RANGE);
}

/// A log with every kind of entry.
fn rich_ledger() -> Ledger {
    let mut ledger = Ledger::new();
    let (laptop, passkey, words) = (ledger.laptop.clone(), ledger.passkey.clone(), ledger.words.clone());
    let phone = ledger.add_unconfirmed(2);
    ledger.add(crate::actors::confirm(&phone), &[&words.actor]);
    let second = ledger.add_method(3, MethodKind::SecurityKey);
    ledger.add(EntryBody::Checkpoint { heads: vec![head(&phone, 3)] }, &[&phone.actor]);
    ledger.add_rotated(crate::actors::remove(&second), &[&laptop.actor, &passkey.actor]);
    let policy = Policy { epoch_days: 7, ..Policy::default() };
    ledger.add(EntryBody::PolicySet { policy }, &[&laptop.actor, &passkey.actor]);
    let pin = EntryBody::SharePin { account: AccountId([5; 16]), head: ledger.state.head() };
    ledger.add(pin, &[&laptop.actor, &passkey.actor]);
    ledger.add(crate::actors::revoke(&phone, RevokeReason::SignedOut), &[&phone.actor]);
    ledger
}

#[test]
fn every_entry_reads_back_as_the_same_bytes() {
    let ledger = rich_ledger();
    let mut kinds: Vec<u8> = Vec::new();
    for bytes in ledger.all() {
        let (entry, signatures) = Entry::parse(bytes).unwrap();
        assert_eq!(entry.with_signatures(&signatures), bytes);
        kinds.push(entry.body.kind());
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, (1..=10).collect::<Vec<u8>>());
}

#[test]
fn any_changed_bit_of_a_log_is_refused() {
    let ledger = rich_ledger();
    let entries = ledger.all();
    for (index, good) in entries.iter().enumerate() {
        for at in 0..good.len() {
            let mut bent = good.to_vec();
            bent[at] ^= 1 << (at % 8);
            let log = entries.iter().enumerate().map(|(place, entry)| if place == index { &bent } else { *entry });
            // Later entries cannot heal a bent one, so the log up to it is enough.
            assert!(LogState::verify(ledger.account_id, log.take(index + 1)).is_err(), "entry {index}, byte {at}");
        }
    }
}

#[test]
fn every_cut_and_every_addition_is_refused() {
    let ledger = rich_ledger();
    for bytes in ledger.all() {
        for end in 0..bytes.len() {
            assert!(Entry::parse(&bytes[..end]).is_err());
        }
        assert_eq!(Entry::parse(&[bytes, &[0]].concat()), Err(ParseError::TrailingBytes));
    }
}

#[test]
fn entries_left_out_swapped_or_doubled_are_refused() {
    let ledger = rich_ledger();
    let entries = ledger.all();
    for index in 0..entries.len() - 1 {
        let mut fewer = entries.clone();
        fewer.remove(index);
        assert!(LogState::verify(ledger.account_id, fewer).is_err());
        let mut swapped = entries.clone();
        swapped.swap(index, index + 1);
        assert!(LogState::verify(ledger.account_id, swapped).is_err());
        let mut doubled = entries.clone();
        doubled.insert(index, entries[index]);
        assert!(LogState::verify(ledger.account_id, doubled).is_err());
    }
}

// Adversary: A1, a relay that feeds a device entries without end.
// Invariant: a log has at most MAX_LOG_ENTRIES; one more is refused, by every reader and by the relay.
// Regression caught: only the relay counts.
#[test]
fn a_log_that_is_too_long_is_refused() {
    let ledger = Ledger::new();
    let mut entries = ledger.entries.clone();
    let mut head = ledger.state.head();
    while entries.len() <= MAX_LOG_ENTRIES {
        let body = EntryBody::Checkpoint { heads: vec![] };
        let entry = Entry { seq: head.seq + 1, previous: head.hash, ..ledger.entry(body) };
        let bytes = sign(entry, &[&ledger.laptop.actor]);
        head = LogHead { seq: head.seq + 1, hash: Entry::parse(&bytes).unwrap().0.hash() };
        entries.push(bytes);
    }
    let verify = |n_entries: usize| LogState::verify(ledger.account_id, entries[..n_entries].iter().map(Vec::as_slice));
    assert!(verify(MAX_LOG_ENTRIES).is_ok());
    let refused = verify(MAX_LOG_ENTRIES + 1).unwrap_err();
    assert_eq!((refused.seq, refused.fault), (4096, LogFault::TooLong));
}
