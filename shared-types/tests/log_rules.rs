//! Each rule of the account log, kept and broken once by hand.

use shared_types::batch::ChainPin;
use shared_types::ids::{Hash, PartyId};
use shared_types::log::{
    DeviceStatus, EntryBody, LogError, LogFault, LogHead, LogState, MethodKind, Policy, RemoveReason, RevokeReason,
    WORDS_REMOVAL_WAIT_S,
};

use crate::actors::{
    DAY_S, Ledger, confirm, device, device_add, device_id, epoch_for, head, method, method_id, remove, revoke, sign,
};

const LOST: RevokeReason = RevokeReason::Lost;
const WRONG: Option<LogFault> = Some(LogFault::WrongSigners);

#[test]
fn a_genesis_founds_an_account_with_a_confirmed_device() {
    let ledger = Ledger::new();
    let state = &ledger.state;
    let laptop = state.device(&device_id(&ledger.laptop)).unwrap();
    assert_eq!(laptop.status(), DeviceStatus::Confirmed);
    assert_eq!(state.active_methods().count(), 2);
    assert_eq!(state.epoch().part.number, 1);
    assert_eq!(*state.policy(), Policy::default());
    assert_eq!((state.head().seq, state.hash_at(1)), (0, None));
}

#[test]
fn a_confirmed_device_is_let_in_by_a_confirmed_device_or_by_the_words() {
    let mut ledger = Ledger::new();
    let (phone, tablet) = (device(2), ledger.add_unconfirmed(3));
    let body = || device_add(&phone, DeviceStatus::Confirmed);
    let Ledger { laptop, passkey, words, .. } = ledger.clone();

    assert_eq!(ledger.fault(body(), &[&phone.actor, &laptop.actor]), None);
    assert_eq!(ledger.fault(body(), &[&phone.actor, &words.actor]), None);
    assert_eq!(ledger.fault(body(), &[&phone.actor, &passkey.actor]), WRONG);
    assert_eq!(ledger.fault(body(), &[&phone.actor, &tablet.actor]), WRONG);
    assert_eq!(ledger.fault(body(), &[&phone.actor]), WRONG);
    assert_eq!(ledger.fault(body(), &[&laptop.actor]), WRONG);
    assert_eq!(ledger.fault(body(), &[&phone.actor, &laptop.actor, &words.actor]), WRONG);
}

#[test]
fn an_unconfirmed_device_is_let_in_by_a_method_that_is_not_words() {
    let ledger = Ledger::new();
    let phone = device(2);
    let body = || device_add(&phone, DeviceStatus::Unconfirmed);
    assert_eq!(ledger.fault(body(), &[&phone.actor, &ledger.passkey.actor]), None);
    assert_eq!(ledger.fault(body(), &[&phone.actor, &ledger.words.actor]), WRONG);
    assert_eq!(ledger.fault(body(), &[&phone.actor, &ledger.laptop.actor]), WRONG);
    let stranger = method(9, MethodKind::Passkey);
    assert_eq!(ledger.fault(body(), &[&phone.actor, &stranger.actor]), Some(LogFault::UnknownSigner));
}

#[test]
fn a_device_is_confirmed_by_a_confirmed_one_the_words_or_two_other_methods() {
    let mut ledger = Ledger::new();
    let second = ledger.add_method(3, MethodKind::Passkey);
    let third = ledger.add_method(4, MethodKind::SecurityKey);
    let phone = ledger.add_unconfirmed(2);
    let tablet = ledger.add_unconfirmed(3);
    let Ledger { laptop, passkey, words, .. } = ledger.clone();

    for good in
        [vec![&laptop.actor], vec![&words.actor], vec![&second.actor, &third.actor], vec![&second.actor, &words.actor]]
    {
        assert_eq!(ledger.fault(confirm(&phone), &good), None);
    }
    for bad in [
        vec![&phone.actor],
        vec![&tablet.actor],
        vec![&second.actor],
        vec![&passkey.actor, &second.actor],
        vec![&passkey.actor, &words.actor],
        vec![&laptop.actor, &words.actor],
        vec![&second.actor, &third.actor, &words.actor],
    ] {
        assert_eq!(ledger.fault(confirm(&phone), &bad), WRONG);
    }
    let again = Some(LogFault::WrongSubject);
    assert_eq!(ledger.fault(confirm(&laptop), &[&words.actor]), again);
    assert_eq!(ledger.fault(confirm(&device(9)), &[&words.actor]), again);
}

#[test]
fn a_device_signs_itself_out_alone_and_is_revoked_by_a_confirmed_device_with_a_method() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let Ledger { laptop, passkey, words, .. } = ledger.clone();

    assert_eq!(ledger.fault(revoke(&phone, RevokeReason::SignedOut), &[&phone.actor]), None);
    assert_eq!(ledger.fault(revoke(&phone, RevokeReason::SignedOut), &[&laptop.actor]), WRONG);
    for reason in [LOST, RevokeReason::Compromised] {
        assert_eq!(ledger.fault_rotated(revoke(&phone, reason), &[&laptop.actor, &passkey.actor]), None);
        assert_eq!(ledger.fault_rotated(revoke(&phone, reason), &[&laptop.actor, &words.actor]), None);
        assert_eq!(ledger.fault_rotated(revoke(&phone, reason), &[&laptop.actor]), WRONG);
        assert_eq!(ledger.fault_rotated(revoke(&phone, reason), &[&phone.actor, &passkey.actor]), WRONG);
        assert_eq!(ledger.fault_rotated(revoke(&laptop, reason), &[&phone.actor, &passkey.actor]), WRONG);
        let two = [&laptop.actor, &passkey.actor, &words.actor];
        assert_eq!(ledger.fault_rotated(revoke(&phone, reason), &two), WRONG);
    }
    let unknown = ledger.fault_rotated(revoke(&device(9), LOST), &[&laptop.actor, &passkey.actor]);
    assert_eq!(unknown, Some(LogFault::WrongSubject));
}

#[test]
fn a_method_comes_with_a_confirmed_device_and_another_method() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let second = method(3, MethodKind::Password);
    let body = || EntryBody::MethodAdd { method: second.part.clone() };
    let Ledger { laptop, passkey, words, .. } = ledger.clone();

    assert_eq!(ledger.fault_rotated(body(), &[&second.actor, &laptop.actor, &passkey.actor]), None);
    assert_eq!(ledger.fault_rotated(body(), &[&second.actor, &laptop.actor, &words.actor]), None);
    assert_eq!(ledger.fault_rotated(body(), &[&second.actor, &laptop.actor]), WRONG);
    assert_eq!(ledger.fault_rotated(body(), &[&second.actor, &phone.actor, &passkey.actor]), WRONG);
    assert_eq!(ledger.fault_rotated(body(), &[&laptop.actor, &passkey.actor]), WRONG);
    assert_eq!(ledger.fault_rotated(body(), &[&second.actor, &passkey.actor, &words.actor]), WRONG);
}

#[test]
fn a_method_goes_by_a_confirmed_device_and_another_method() {
    let mut ledger = Ledger::new();
    let second = ledger.add_method(3, MethodKind::Passkey);
    let Ledger { laptop, passkey, words, .. } = ledger.clone();
    assert_eq!(ledger.fault_rotated(remove(&second), &[&laptop.actor, &passkey.actor]), None);
    assert_eq!(ledger.fault_rotated(remove(&second), &[&laptop.actor, &words.actor]), None);
    assert_eq!(ledger.fault_rotated(remove(&second), &[&laptop.actor, &second.actor]), WRONG);
    assert_eq!(ledger.fault_rotated(remove(&second), &[&laptop.actor]), WRONG);
    assert_eq!(ledger.fault_rotated(remove(&second), &[&passkey.actor, &words.actor]), WRONG);
    let unknown = method(9, MethodKind::Passkey);
    let fault = ledger.fault_rotated(remove(&unknown), &[&laptop.actor, &passkey.actor]);
    assert_eq!(fault, Some(LogFault::WrongSubject));
}

#[test]
fn words_go_by_themselves_or_by_two_devices_that_have_waited_fourteen_days() {
    let mut ledger = Ledger::new();
    ledger.add_method(3, MethodKind::Words);
    let phone = ledger.add_confirmed(2);
    let Ledger { laptop, passkey, words, .. } = ledger.clone();
    let signed_at = |ledger: &Ledger, time_s: u64, signers: &[&crate::actors::Actor]| {
        let mut entries = ledger.rotated(remove(&words), signers);
        let (mut first, _) = shared_types::log::Entry::parse(&entries[0]).unwrap();
        let (mut second, _) = shared_types::log::Entry::parse(&entries[1]).unwrap();
        first.time_s = time_s;
        second.previous = first.hash();
        entries[0] = sign(first, signers);
        entries[1] = sign(second, &[&laptop.actor]);
        ledger.state.append_all(entries.iter().map(Vec::as_slice)).err().map(|error| error.fault)
    };
    let confirmed_s = ledger.state.device(&device_id(&phone)).unwrap().confirmed.unwrap().time_s;
    let three = [&laptop.actor, &phone.actor, &passkey.actor];

    assert_eq!(signed_at(&ledger, confirmed_s, &[&laptop.actor, &words.actor]), None);
    assert_eq!(signed_at(&ledger, confirmed_s + 20 * DAY_S, &[&laptop.actor, &passkey.actor]), WRONG);
    assert_eq!(signed_at(&ledger, confirmed_s + WORDS_REMOVAL_WAIT_S, &three), None);
    assert_eq!(signed_at(&ledger, confirmed_s + WORDS_REMOVAL_WAIT_S - 1, &three), WRONG);
    assert_eq!(signed_at(&ledger, 0, &three), WRONG, "a negative difference is too short");
    let with_words = [&laptop.actor, &phone.actor, &words.actor];
    assert_eq!(signed_at(&ledger, confirmed_s + WORDS_REMOVAL_WAIT_S, &with_words), WRONG);
}

#[test]
fn an_old_time_counts_as_the_highest_before_it() {
    let mut ledger = Ledger::new();
    let high_s = ledger.state.time_s() + 100 * DAY_S;
    let mut entry = ledger.entry(EntryBody::Checkpoint { heads: vec![] });
    entry.time_s = high_s;
    let laptop = ledger.laptop.actor.clone();
    ledger.add_all(vec![sign(entry, &[&laptop])]);

    let phone = device(2);
    let mut entry = ledger.entry(device_add(&phone, DeviceStatus::Confirmed));
    entry.time_s = 5;
    ledger.add_all(vec![sign(entry, &[&laptop, &phone.actor])]);
    assert_eq!(ledger.state.time_s(), high_s);
    assert_eq!(ledger.state.device(&device_id(&phone)).unwrap().confirmed.unwrap().time_s, high_s);
}

#[test]
fn an_epoch_is_advanced_by_a_confirmed_device_and_by_an_unconfirmed_one_only_alone() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let advance = |ledger: &Ledger| EntryBody::EpochAdvance { epoch: ledger.next_epoch(), heads: vec![] };
    let Ledger { laptop, passkey, .. } = ledger.clone();
    assert_eq!(ledger.fault(advance(&ledger), &[&laptop.actor]), None);
    assert_eq!(ledger.fault(advance(&ledger), &[&phone.actor]), WRONG);
    assert_eq!(ledger.fault(advance(&ledger), &[&laptop.actor, &phone.actor]), WRONG);
    assert_eq!(ledger.fault(advance(&ledger), &[&passkey.actor]), WRONG);

    ledger.add(revoke(&laptop, RevokeReason::SignedOut), &[&laptop.actor]);
    assert!(ledger.state.is_rotation_owed());
    assert_eq!(ledger.fault(advance(&ledger), &[&phone.actor]), None);
    assert_eq!(ledger.fault(advance(&ledger), &[&laptop.actor]), Some(LogFault::UnknownSigner));
    ledger.add(advance(&ledger), &[&phone.actor]);
    assert!(!ledger.state.is_rotation_owed());
}

#[test]
fn an_epoch_has_the_next_number_and_exactly_the_active_recipients() {
    let mut ledger = Ledger::new();
    ledger.add_unconfirmed(2);
    let laptop = ledger.laptop.actor.clone();
    let everyone: Vec<PartyId> = ledger.state.recipients().into_keys().collect();
    let fault = |epoch| ledger.fault(EntryBody::EpochAdvance { epoch, heads: vec![] }, &[&laptop]);
    let wrong = Some(LogFault::WrongEpoch);

    assert_eq!(fault(epoch_for(2, everyone.clone())), None);
    assert_eq!(fault(epoch_for(1, everyone.clone())), wrong);
    assert_eq!(fault(epoch_for(3, everyone.clone())), wrong);
    for index in 0..everyone.len() {
        let mut fewer = everyone.clone();
        fewer.remove(index);
        assert_eq!(fault(epoch_for(2, fewer)), wrong);
    }
    let founder = ledger.founder.id;
    assert_eq!(fault(epoch_for(2, everyone.iter().copied().chain([founder]))), wrong);
    assert_eq!(fault(epoch_for(2, everyone.iter().copied().chain([device(9).actor.id]))), wrong);
}

#[test]
fn heads_name_devices_that_were_ever_in_the_log() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    ledger.add(revoke(&phone, RevokeReason::SignedOut), &[&phone.actor]);
    let laptop = &ledger.laptop.actor;
    let checkpoint = |device| EntryBody::Checkpoint { heads: vec![head(device, 0)] };
    assert_eq!(ledger.fault(checkpoint(&phone), &[laptop]), None);
    assert_eq!(ledger.fault(checkpoint(&device(9)), &[laptop]), Some(LogFault::UnknownHead));
    let advance = EntryBody::EpochAdvance { epoch: ledger.next_epoch(), heads: vec![head(&device(9), 3)] };
    assert_eq!(ledger.fault(advance, &[laptop]), Some(LogFault::UnknownHead));
}

#[test]
fn any_active_device_bears_witness_and_only_a_device() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let body = || EntryBody::Checkpoint { heads: vec![] };
    assert_eq!(ledger.fault(body(), &[&ledger.laptop.actor]), None);
    assert_eq!(ledger.fault(body(), &[&phone.actor]), None);
    assert_eq!(ledger.fault(body(), &[&ledger.passkey.actor]), WRONG);
    assert_eq!(ledger.fault(body(), &[&phone.actor, &ledger.laptop.actor]), WRONG);
    ledger.add(revoke(&phone, RevokeReason::SignedOut), &[&phone.actor]);
    assert_eq!(ledger.fault(body(), &[&phone.actor]), Some(LogFault::UnknownSigner));
}

#[test]
fn a_policy_and_a_share_pin_need_a_confirmed_device_and_a_method() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let Ledger { laptop, passkey, words, .. } = ledger.clone();
    let pin = LogHead { seq: 3, hash: Hash([7; 32]) };
    let bodies = [
        EntryBody::PolicySet { policy: Policy { epoch_days: 7, ..Policy::default() } },
        EntryBody::SharePin { account: shared_types::ids::AccountId([9; 16]), head: pin },
    ];
    for body in bodies {
        assert_eq!(ledger.fault(body.clone(), &[&laptop.actor, &passkey.actor]), None);
        assert_eq!(ledger.fault(body.clone(), &[&laptop.actor, &words.actor]), None);
        assert_eq!(ledger.fault(body.clone(), &[&laptop.actor]), WRONG);
        assert_eq!(ledger.fault(body.clone(), &[&phone.actor, &passkey.actor]), WRONG);
        assert_eq!(ledger.fault(body, &[&passkey.actor, &words.actor]), WRONG);
    }
}

#[test]
fn policy_floors_only_rise_and_the_age_of_an_epoch_only_falls() {
    let mut ledger = Ledger::new();
    ledger.add_method(3, MethodKind::Passkey);
    let Ledger { laptop, passkey, .. } = ledger.clone();
    let signers = [&laptop.actor, &passkey.actor];
    let three = Policy { least_methods: 3, epoch_days: 7, ..Policy::default() };
    ledger.add(EntryBody::PolicySet { policy: three }, &signers);

    let fault = |policy| ledger.fault(EntryBody::PolicySet { policy }, &signers);
    assert_eq!(fault(three), None);
    assert_eq!(fault(Policy { epoch_days: 1, ..three }), None);
    for weaker in [
        Policy { least_methods: 2, ..three },
        Policy { epoch_days: 8, ..three },
        Policy { epoch_days: 0, ..three },
        Policy { suite: 0, ..three },
        Policy { suite: 2, ..three },
        Policy { envelope_version: 0, ..three },
        Policy { envelope_version: 2, ..three },
    ] {
        assert_eq!(fault(weaker), Some(LogFault::WeakPolicy), "{weaker:?}");
    }
    assert_eq!(fault(Policy { least_methods: 4, ..three }), Some(LogFault::TooFewMethods));
    let last = method_id(&passkey);
    let removal = EntryBody::MethodRemove { method: last, reason: RemoveReason::Lost };
    assert_eq!(ledger.fault_rotated(removal, &[&laptop.actor, &ledger.words.actor]), Some(LogFault::TooFewMethods));
}

#[test]
fn the_last_words_and_the_second_last_method_stay() {
    let mut ledger = Ledger::new();
    let Ledger { laptop, passkey, words, .. } = ledger.clone();
    let few = Some(LogFault::TooFewMethods);
    assert_eq!(ledger.fault_rotated(remove(&passkey), &[&laptop.actor, &words.actor]), few);
    ledger.add_method(3, MethodKind::Passkey);
    assert_eq!(ledger.fault_rotated(remove(&passkey), &[&laptop.actor, &words.actor]), None);
    assert_eq!(ledger.fault_rotated(remove(&words), &[&laptop.actor, &words.actor]), few);
}

#[test]
fn a_revocation_and_a_change_of_methods_are_followed_by_their_rotation() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_confirmed(2);
    let second = ledger.add_method(3, MethodKind::Passkey);
    let Ledger { laptop, passkey, .. } = ledger.clone();
    let third = method(4, MethodKind::Passkey);
    let missing = Some(LogFault::RotationMissing);
    let signers = [&laptop.actor, &passkey.actor];

    assert_eq!(ledger.fault(revoke(&phone, LOST), &signers), missing);
    assert_eq!(ledger.fault(remove(&second), &signers), missing);
    let add = EntryBody::MethodAdd { method: third.part.clone() };
    assert_eq!(ledger.fault(add, &[&laptop.actor, &passkey.actor, &third.actor]), missing);

    let after_revoke = |body: EntryBody, signers: &[&crate::actors::Actor]| {
        let first = ledger.rotated(revoke(&phone, LOST), &[&laptop.actor, &passkey.actor]).remove(0);
        let mut second = ledger.entry(body);
        second.seq += 1;
        second.previous = shared_types::log::Entry::parse(&first).unwrap().0.hash();
        let second = sign(second, signers);
        ledger.state.append_all([first.as_slice(), second.as_slice()]).err()
    };
    let seq = ledger.state.head().seq + 2;
    let missing = Some(LogError { seq, fault: LogFault::RotationMissing });
    assert_eq!(after_revoke(EntryBody::Checkpoint { heads: vec![] }, &[&laptop.actor]), missing);
    assert_eq!(after_revoke(revoke(&laptop, RevokeReason::SignedOut), &[&laptop.actor]), missing);
    assert_eq!(after_revoke(remove(&second), &signers), missing, "both are good, but the log ends in between");
}

#[test]
fn several_changes_share_one_rotation_and_no_batch_names_a_place_before_it() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_confirmed(2);
    let second = ledger.add_method(3, MethodKind::Passkey);
    let Ledger { laptop, passkey, .. } = ledger.clone();
    let base = ledger.state.head().seq;

    let chain = |bodies: Vec<EntryBody>| {
        let mut previous = ledger.state.head().hash;
        let mut entries = Vec::new();
        for (offset, body) in (1..).zip(bodies) {
            let mut entry = ledger.entry(body);
            (entry.seq, entry.previous) = (base + offset, previous);
            let alone = matches!(entry.body, EntryBody::EpochAdvance { .. });
            let bytes =
                if alone { sign(entry, &[&laptop.actor]) } else { sign(entry, &[&laptop.actor, &passkey.actor]) };
            previous = shared_types::log::Entry::parse(&bytes).unwrap().0.hash();
            entries.push(bytes);
        }
        entries
    };
    let gone: [PartyId; 2] = [phone.actor.id, second.actor.id];
    let left = ledger.state.recipients().into_keys().filter(|id| !gone.contains(id));
    let epoch = epoch_for(ledger.state.epoch().part.number + 1, left);
    let entries = chain(vec![
        revoke(&phone, LOST),
        remove(&second),
        EntryBody::EpochAdvance { epoch: epoch.clone(), heads: vec![] },
    ]);
    ledger.add_all(entries);

    let due: Vec<bool> = (base..=base + 3).map(|seq| ledger.state.is_rotation_due_before_batches(seq)).collect();
    assert_eq!(due, [false, true, true, false]);
    assert_eq!(ledger.state.epoch_at(base + 2).unwrap().part.number, epoch.number - 1);
    assert_eq!(ledger.state.epoch_at(base + 3).unwrap().part, epoch);
    assert_eq!(ledger.state.epoch_at(base + 4), None);
}

#[test]
fn a_removed_method_signs_nothing() {
    let mut ledger = Ledger::new();
    let gone = ledger.add_method(3, MethodKind::Passkey);
    let phone = ledger.add_unconfirmed(2);
    let Ledger { laptop, passkey, .. } = ledger.clone();
    ledger.add_rotated(remove(&gone), &[&laptop.actor, &passkey.actor]);

    let unknown = Some(LogFault::UnknownSigner);
    let (tablet, third) = (device(4), method(4, MethodKind::Passkey));
    let let_in = device_add(&tablet, DeviceStatus::Unconfirmed);
    assert_eq!(ledger.fault(let_in, &[&tablet.actor, &gone.actor]), unknown);
    let policy = EntryBody::PolicySet { policy: Policy::default() };
    assert_eq!(ledger.fault(policy, &[&laptop.actor, &gone.actor]), unknown);
    assert_eq!(ledger.fault_rotated(revoke(&phone, LOST), &[&laptop.actor, &gone.actor]), unknown);
    let add = EntryBody::MethodAdd { method: third.part.clone() };
    assert_eq!(ledger.fault_rotated(add, &[&third.actor, &laptop.actor, &gone.actor]), unknown);
    let again = ledger.fault_rotated(remove(&gone), &[&laptop.actor, &passkey.actor]);
    assert_eq!(again, Some(LogFault::WrongSubject));
}

#[test]
fn an_id_that_was_ever_in_the_log_never_returns() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let second = ledger.add_method(3, MethodKind::Passkey);
    let Ledger { laptop, passkey, .. } = ledger.clone();
    let returns = Some(LogFault::IdReturns);
    let again = || device_add(&phone, DeviceStatus::Confirmed);
    assert_eq!(ledger.fault(again(), &[&phone.actor, &laptop.actor]), returns);
    ledger.add(revoke(&phone, RevokeReason::SignedOut), &[&phone.actor]);
    assert_eq!(ledger.fault(again(), &[&phone.actor, &laptop.actor]), returns);
    ledger.add_rotated(remove(&second), &[&laptop.actor, &passkey.actor]);
    let back = EntryBody::MethodAdd { method: second.part.clone() };
    assert_eq!(ledger.fault_rotated(back, &[&second.actor, &laptop.actor, &passkey.actor]), returns);
}

#[test]
fn eight_unconfirmed_devices_are_the_most() {
    let mut ledger = Ledger::new();
    let devices: Vec<_> = (10..18).map(|number| ledger.add_unconfirmed(number)).collect();
    let ninth = device(18);
    let body = || device_add(&ninth, DeviceStatus::Unconfirmed);
    let passkey = ledger.passkey.actor.clone();
    assert_eq!(ledger.fault(body(), &[&ninth.actor, &passkey]), Some(LogFault::TooMany));
    let words = ledger.words.actor.clone();
    ledger.add(confirm(&devices[0]), &[&words]);
    assert_eq!(ledger.fault(body(), &[&ninth.actor, &passkey]), None);
}

#[test]
fn sixty_four_devices_and_thirty_two_methods_are_the_most() {
    let mut ledger = Ledger::new();
    for number in 2..=64 {
        ledger.add_confirmed(number);
    }
    let more = device(65);
    let laptop = ledger.laptop.actor.clone();
    let body = || device_add(&more, DeviceStatus::Confirmed);
    assert_eq!(ledger.fault(body(), &[&more.actor, &laptop]), Some(LogFault::TooMany));
    ledger.add(revoke(&device(64), RevokeReason::SignedOut), &[&device(64).actor]);
    assert_eq!(ledger.fault(body(), &[&more.actor, &laptop]), None);

    for number in 3..=32 {
        ledger.add_method(number, MethodKind::SecurityKey);
    }
    let more = method(33, MethodKind::Passkey);
    let add = EntryBody::MethodAdd { method: more.part.clone() };
    let signers = [&more.actor, &laptop, &ledger.passkey.actor];
    assert_eq!(ledger.fault_rotated(add, &signers), Some(LogFault::TooMany));
}

#[test]
fn a_device_is_active_from_its_addition_to_before_its_end() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    ledger.add(EntryBody::Checkpoint { heads: vec![] }, &[&phone.actor]);
    let cut = ChainPin { seq: 4, hash: Hash([4; 32]) };
    let end = EntryBody::DeviceRevoke { device: device_id(&phone), reason: RevokeReason::SignedOut, cut: Some(cut) };
    ledger.add(end, &[&phone.actor]);
    let active: Vec<bool> = (0..5).map(|seq| ledger.state.is_device_active_at(&device_id(&phone), seq)).collect();
    assert_eq!(active, [false, true, true, false, false]);
    let ended = ledger.state.device(&device_id(&phone)).unwrap();
    assert_eq!((ended.counts(4), ended.counts(5)), (true, false));
    let laptop = ledger.state.device(&device_id(&ledger.laptop)).unwrap();
    assert!(laptop.counts(u64::MAX));
}

#[test]
fn methods_that_signed_with_a_compromised_device_are_to_be_replaced() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let Ledger { laptop, words, .. } = ledger.clone();
    assert_eq!(ledger.state.methods_to_replace().count(), 0);
    ledger.add_rotated(revoke(&phone, RevokeReason::Compromised), &[&laptop.actor, &words.actor]);
    let ids: Vec<_> = ledger.state.methods_to_replace().map(|method| method.part.id).collect();
    assert_eq!(ids, [method_id(&ledger.passkey)]);
}

#[test]
fn a_log_extends_its_pins_and_no_others() {
    let mut ledger = Ledger::new();
    let pin = ledger.state.head();
    ledger.add_unconfirmed(2);
    assert!(ledger.state.extends(&pin));
    assert!(!ledger.state.extends(&LogHead { hash: Hash([1; 32]), ..pin }));
    assert!(!ledger.state.extends(&LogHead { seq: 2, ..ledger.state.head() }));
    let again = LogState::verify(ledger.account_id, ledger.all()).unwrap();
    assert_eq!(again, ledger.state);
}
