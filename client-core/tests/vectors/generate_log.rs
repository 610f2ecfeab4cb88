//! Makes the vectors of the account log.

use client_core::keys::seeded::{ChosenBytes, SeededRng};
use client_core::keys::{EpochKey, FounderKey, MethodKeys, MethodSecret, RecoveryWords};
use serde_json::Value;
use shared_types::batch::ChainPin;
use shared_types::ids::{AccountId, Hash, PartyId, Signature};
use shared_types::log::{
    DeviceHead, DeviceStatus, Entry, EntryBody, EpochPart, LogHead, MethodKind, Policy, RevokeReason,
};

use crate::cast::{Cast, Draft, Founder, Key, Laptop, Party, Passkey, Phone, Tablet, Words};
use crate::generate::bytes;

const DAY_S: u64 = 86_400;

/// A log in which every kind of entry stands.
pub(crate) fn whole_life(cast: &Cast) -> Draft<'_> {
    let cut = Some(ChainPin { seq: 7, hash: Hash(bytes(910)) });
    let mut heads = vec![cast.head(Laptop, 3), cast.head(Phone, 4)];
    heads.sort();
    let share = LogHead { seq: 2, hash: Hash(bytes(911)) };
    cast.founded()
        .later(60)
        .with(cast.add(Phone, DeviceStatus::Unconfirmed), &[Phone, Passkey])
        .with(cast.confirm(Phone), &[Laptop])
        .with(cast.advance(2, &[Laptop, Phone, Passkey, Words]), &[Phone])
        .with(cast.add_method(Key), &[Key, Laptop, Passkey])
        .with(cast.advance(3, &[Laptop, Phone, Passkey, Key, Words]), &[Laptop])
        .with(EntryBody::Checkpoint { heads }, &[Phone])
        .with(EntryBody::PolicySet { policy: Policy { epoch_days: 7, ..Policy::default() } }, &[Laptop, Passkey])
        .with(EntryBody::SharePin { account: AccountId(bytes(912)), head: share }, &[Laptop, Passkey])
        .later(DAY_S)
        .with(cast.add(Tablet, DeviceStatus::Confirmed), &[Tablet, Words])
        .with(cast.revoke(Phone, RevokeReason::SignedOut, cut), &[Phone])
        .with(cast.advance(4, &[Laptop, Tablet, Passkey, Key, Words]), &[Laptop])
        .with(cast.remove(Passkey), &[Laptop, Key])
        .with(cast.revoke(Tablet, RevokeReason::Compromised, None), &[Laptop, Key])
        .with(cast.advance(5, &[Laptop, Key, Words]), &[Laptop])
}

pub(crate) fn logs(cast: &Cast) -> Vec<Value> {
    let three = || {
        let signers = [Founder, Laptop, Passkey, Key, Words];
        cast.draft().with(cast.genesis(&[Passkey, Key, Words]), &signers)
    };
    let joined = || three().with(cast.add(Phone, DeviceStatus::Unconfirmed), &[Phone, Passkey]);
    let mut all = vec![
        cast.founded().good("a genesis"),
        whole_life(cast).good("every kind of entry"),
        joined().good("an unconfirmed device"),
        joined().with(cast.confirm(Phone), &[Key, Words]).good("a device confirmed by two other methods"),
        joined().with(cast.confirm(Phone), &[Words]).good("a device confirmed by the words"),
        joined()
            .with(cast.revoke(Laptop, RevokeReason::SignedOut, None), &[Laptop])
            .with(cast.advance(2, &[Phone, Passkey, Key, Words]), &[Phone])
            .good("an unconfirmed device rotates where no confirmed one is left"),
        words_replaced(cast, 14 * DAY_S).good("the words removed by two devices after 14 days"),
        cast.founded()
            .later(60)
            .with(cast.add(Phone, DeviceStatus::Confirmed), &[Phone, Laptop])
            .good("a device let in by another"),
    ];
    all.push(words_replaced(cast, 14 * DAY_S - 1).bad("the words removed by two devices a second before 14 days"));
    all.extend(bent_bytes(&whole_life(cast)));
    all.extend(bad_genesis(cast));
    all.extend(bad_places(cast));
    all.extend(bad_devices(cast, &three(), &joined()));
    all.extend(bad_methods(cast, &three()));
    all.extend(bad_epochs(cast, &joined()));
    all.extend(bad_rest(cast, &three()));
    all
}

/// Passkey and words; new words come, the old ones go by two devices.
fn words_replaced(cast: &Cast, wait_s: u64) -> Draft<'_> {
    let draft = cast.founded().with(cast.add(Tablet, DeviceStatus::Confirmed), &[Tablet, Laptop]);
    let words = RecoveryWords::generate(&mut SeededRng::new(609));
    let keys = MethodKeys::derive(&MethodSecret::from_words(&words, cast.account_id), cast.account_id);
    let part = keys.part(MethodKind::Words, &words.lookup_id().0);
    let others = [cast.id(Laptop), cast.id(Passkey)];
    let mut signers = [others[0], others[1], keys.id().into()];
    signers.sort();
    let kem = part.kem;
    let entry = Entry { signers: signers.to_vec(), ..draft.entry(EntryBody::MethodAdd { method: part }, &[]) };
    let sign = |id: &PartyId| match *id {
        id if id == others[0] => cast.sign(Laptop, &entry),
        id if id == others[1] => cast.sign(Passkey, &entry),
        _ => keys.sign_entry(&entry),
    };
    let signatures: Vec<Signature> = signers.iter().map(sign).collect();
    let mut draft = draft.clone();
    draft.head = Some(LogHead { seq: entry.seq, hash: entry.hash() });
    draft.entries.push(entry.with_signatures(&signatures));

    let with_new = |mut epoch: EpochPart| {
        let key = EpochKey::generate(&mut ChosenBytes::new(&bytes::<32>(700 + u64::from(epoch.number))));
        let id = PartyId::from(keys.id());
        let sealed = key.seal_to(id, &kem, cast.account_id, epoch.number, &mut SeededRng::new(950));
        epoch.copies.push((id, Hash::of(&[&sealed])));
        epoch.copies.sort();
        EntryBody::EpochAdvance { epoch, heads: Vec::new() }
    };
    let second = with_new(cast.epoch(2, &[Laptop, Tablet, Passkey, Words]));
    let third = with_new(cast.epoch(3, &[Laptop, Tablet, Passkey]));
    draft
        .with(second, &[Laptop])
        .later(wait_s)
        .with(cast.remove(Words), &[Laptop, Tablet, Passkey])
        .with(third, &[Laptop])
}

/// Single bits changed in the bytes of a good log; the chain after them is as it was.
fn bent_bytes(good: &Draft<'_>) -> Vec<Value> {
    let fields: [(&str, usize); 12] = [
        ("magic", 0),
        ("version", 4),
        ("account id", 5),
        ("seq", 24),
        ("previous hash", 25),
        ("kind", 57),
        ("time", 65),
        ("body length", 69),
        ("first byte of the body", 70),
        ("signature count", usize::MAX),
        ("last signature", usize::MAX - 1),
        ("first signature", usize::MAX - 2),
    ];
    let mut all = Vec::new();
    for (place, what) in [(0, "genesis"), (1, "second entry"), (14, "last entry")] {
        for (field, offset) in fields {
            let mut draft = good.clone();
            let (entry, signatures) = Entry::parse(&draft.entries[place]).unwrap();
            let signed = entry.to_signed_part().len();
            let n_signers = entry.signers.len();
            let offset = match offset {
                usize::MAX => signed - 16 * n_signers - 1,
                offset if offset == usize::MAX - 1 => signed + 64 * signatures.len() - 1,
                offset if offset == usize::MAX - 2 => signed,
                offset => offset,
            };
            draft.entries[place][offset] ^= 1;
            all.push(draft.bad(&format!("{field} of the {what}")));
        }
        let mut draft = good.clone();
        draft.entries[place].push(0);
        all.push(draft.bad(&format!("a byte after the {what}")));
        let mut draft = good.clone();
        draft.entries[place].pop();
        all.push(draft.bad(&format!("the {what} cut by a byte")));
    }
    let mut draft = good.clone();
    draft.entries.remove(7);
    all.push(draft.bad("an entry left out"));
    let mut draft = good.clone();
    draft.entries.swap(7, 8);
    all.push(draft.bad("two entries swapped"));
    let mut draft = good.clone();
    draft.entries.truncate(5);
    all.push(draft.bad("a method without its rotation at the end"));
    let mut draft = good.clone();
    draft.entries.clear();
    all.push(draft.bad("no entry at all"));
    all
}

fn bad_genesis(cast: &Cast) -> Vec<Value> {
    let signers = [Founder, Laptop, Passkey, Words];
    let with = |name: &str, change: &dyn Fn(&mut EntryBody), signers: &[Party]| {
        let mut body = cast.genesis(&[Passkey, Words]);
        change(&mut body);
        cast.draft().with(body, signers).bad(name)
    };
    let policy = |change: Policy| {
        move |body: &mut EntryBody| {
            if let EntryBody::Genesis { policy, .. } = body {
                *policy = change;
            }
        }
    };
    let epoch = |change: EpochPart| {
        move |body: &mut EntryBody| {
            if let EntryBody::Genesis { epoch, .. } = body {
                *epoch = change.clone();
            }
        }
    };
    let mut reversed = cast.epoch(1, &[Laptop, Passkey, Words]);
    reversed.copies.reverse();
    let stranger = FounderKey::generate(&mut SeededRng::new(660)).public();
    let two_prf = cast.draft().with(cast.genesis(&[Passkey, Key]), &[Founder, Laptop, Passkey, Key]);
    let only_words = cast.draft().with(cast.genesis(&[Words]), &[Founder, Laptop, Words]);
    let nothing = |_: &mut EntryBody| {};
    vec![
        two_prf.bad("a genesis without words"),
        only_words.bad("a genesis with one method"),
        with("a genesis that the founder does not sign", &nothing, &[Laptop, Passkey, Words]),
        with("a genesis that the device does not sign", &nothing, &[Founder, Passkey, Words]),
        with("a genesis that a method does not sign", &nothing, &[Founder, Laptop, Words]),
        with("a genesis with a signer too many", &nothing, &[Founder, Laptop, Passkey, Words, Key]),
        with("a policy of one method", &policy(Policy { least_methods: 1, ..Policy::default() }), &signers),
        with("a policy of another suite", &policy(Policy { suite: 2, ..Policy::default() }), &signers),
        with(
            "a policy of another envelope version",
            &policy(Policy { envelope_version: 2, ..Policy::default() }),
            &signers,
        ),
        with("a policy of 15 days", &policy(Policy { epoch_days: 15, ..Policy::default() }), &signers),
        with("a policy of no days", &policy(Policy { epoch_days: 0, ..Policy::default() }), &signers),
        with("a first epoch 2", &epoch(cast.epoch(2, &[Laptop, Passkey, Words])), &signers),
        with("a first epoch 0", &epoch(cast.epoch(0, &[Laptop, Passkey, Words])), &signers),
        with("a first epoch without a copy for the words", &epoch(cast.epoch(1, &[Laptop, Passkey])), &signers),
        with(
            "a first epoch with a copy for a stranger",
            &epoch(cast.epoch(1, &[Laptop, Phone, Passkey, Words])),
            &signers,
        ),
        with("copies in descending order", &epoch(reversed), &signers),
        with(
            "a founder that the account id does not certify",
            &move |body| {
                if let EntryBody::Genesis { founder, .. } = body {
                    *founder = stranger;
                }
            },
            &signers,
        ),
        with(
            "methods in descending order",
            &|body| {
                if let EntryBody::Genesis { methods, .. } = body {
                    methods.reverse();
                }
            },
            &signers,
        ),
    ]
}

fn bad_places(cast: &Cast) -> Vec<Value> {
    let founded = cast.founded().later(60);
    let parties = founded.ascending(&[Phone, Passkey]);
    let descending: Vec<Party> = parties.iter().rev().copied().collect();
    let body = || cast.add(Phone, DeviceStatus::Unconfirmed);
    let bad = |name: &str, change: &dyn Fn(&mut Entry)| {
        let mut entry = founded.entry(body(), &parties);
        change(&mut entry);
        founded.clone().with_entry(&entry, &parties).bad(name)
    };
    let unsorted = founded.clone().with_entry(&founded.entry(body(), &descending), &descending);
    let doubled = [Phone, Phone];
    let twice = founded.clone().with_entry(&founded.entry(body(), &doubled), &doubled);
    let genesis = cast.genesis(&[Passkey, Words]);
    vec![
        bad("a seq that leaves one out", &|entry| entry.seq += 1),
        bad("a seq that stands twice", &|entry| entry.seq = 0),
        bad("a wrong previous hash", &|entry| entry.previous.0[0] ^= 1),
        bad("a zero previous hash", &|entry| entry.previous = Hash::ZERO),
        bad("an entry of another account", &|entry| entry.account_id.0[0] ^= 1),
        unsorted.bad("signers in descending order"),
        twice.bad("a signer that stands twice"),
        founded.clone().with(genesis, &[Founder, Laptop, Passkey, Words]).bad("a second genesis"),
        cast.draft().with(body(), &[Phone, Passkey]).bad("a log that begins without genesis"),
    ]
}

fn bad_devices(cast: &Cast, three: &Draft<'_>, joined: &Draft<'_>) -> Vec<Value> {
    use DeviceStatus::{Confirmed, Unconfirmed};
    let bad =
        |name: &str, draft: &Draft<'_>, body: EntryBody, parties: &[Party]| draft.clone().with(body, parties).bad(name);
    let revoked = |reason| cast.revoke(Phone, reason, None);
    let rotated = |body: EntryBody, parties: &[Party], name: &str| {
        let left = cast.advance(2, &[Laptop, Passkey, Key, Words]);
        joined.clone().with(body, parties).with(left, &[Laptop]).bad(name)
    };
    let zero_cut = Some(ChainPin { seq: 1, hash: Hash::ZERO });
    vec![
        bad("an unconfirmed device let in by words", three, cast.add(Phone, Unconfirmed), &[Phone, Words]),
        bad("an unconfirmed device let in by a device", three, cast.add(Phone, Unconfirmed), &[Phone, Laptop]),
        bad("a confirmed device let in by a passkey", three, cast.add(Phone, Confirmed), &[Phone, Passkey]),
        bad("a device that does not sign itself", three, cast.add(Phone, Unconfirmed), &[Passkey]),
        bad("a device let in by nobody", three, cast.add(Phone, Unconfirmed), &[Phone]),
        bad("a device let in by two methods", three, cast.add(Phone, Unconfirmed), &[Phone, Passkey, Key]),
        bad("a device let in by an unconfirmed one", joined, cast.add(Tablet, Confirmed), &[Tablet, Phone]),
        bad("a device let in twice", joined, cast.add(Phone, Unconfirmed), &[Phone, Passkey]),
        bad("a device that confirms itself", joined, cast.confirm(Phone), &[Phone]),
        bad("a device confirmed by one method", joined, cast.confirm(Phone), &[Key]),
        bad("a device confirmed with the method that let it in", joined, cast.confirm(Phone), &[Passkey, Key]),
        bad("a confirmed device confirmed again", joined, cast.confirm(Laptop), &[Words]),
        bad("an unknown device confirmed", joined, cast.confirm(Tablet), &[Laptop]),
        bad("a sign-out by another device", joined, revoked(RevokeReason::SignedOut), &[Laptop]),
        bad("a sign-out with a method", joined, revoked(RevokeReason::SignedOut), &[Phone, Passkey]),
        bad(
            "a sign-out with a zero hash for a batch",
            joined,
            cast.revoke(Phone, RevokeReason::SignedOut, zero_cut),
            &[Phone],
        ),
        rotated(revoked(RevokeReason::Lost), &[Laptop], "a revocation without a method"),
        rotated(revoked(RevokeReason::Lost), &[Key, Words], "a revocation without a device"),
        rotated(
            cast.revoke(Laptop, RevokeReason::Lost, None),
            &[Phone, Passkey],
            "a revocation by an unconfirmed device",
        ),
        bad("a revocation without its rotation", joined, revoked(RevokeReason::Lost), &[Laptop, Key]),
        joined
            .clone()
            .with(revoked(RevokeReason::SignedOut), &[Phone])
            .with(cast.add(Phone, Unconfirmed), &[Phone, Passkey])
            .bad("a revoked device that returns"),
        joined
            .clone()
            .with(revoked(RevokeReason::SignedOut), &[Phone])
            .with(EntryBody::Checkpoint { heads: Vec::new() }, &[Phone])
            .bad("a revoked device that signs"),
    ]
}

fn bad_methods(cast: &Cast, three: &Draft<'_>) -> Vec<Value> {
    let founded = cast.founded();
    let all = [Laptop, Passkey, Key, Words];
    let bad = |name: &str, draft: &Draft<'_>, body: EntryBody, parties: &[Party], left: &[Party]| {
        draft.clone().with(body, parties).with(cast.advance(2, left), &[Laptop]).bad(name)
    };
    let between = founded
        .clone()
        .with(cast.add_method(Key), &[Key, Laptop, Passkey])
        .with(EntryBody::Checkpoint { heads: Vec::new() }, &[Laptop])
        .with(cast.advance(2, &all), &[Laptop]);
    let removed = [Laptop, Key, Words];
    vec![
        bad("a method that does not sign itself", &founded, cast.add_method(Key), &[Laptop, Passkey], &all),
        bad("a method added without a device", &founded, cast.add_method(Key), &[Key, Passkey, Words], &all),
        bad("a method added without another", &founded, cast.add_method(Key), &[Key, Laptop], &all),
        bad("a method added twice", three, cast.add_method(Key), &[Key, Laptop, Passkey], &all),
        bad(
            "a method without a copy for it",
            &founded,
            cast.add_method(Key),
            &[Key, Laptop, Passkey],
            &[Laptop, Passkey, Words],
        ),
        between.bad("an entry between a method and its rotation"),
        bad("a method removed by itself", three, cast.remove(Passkey), &[Laptop, Passkey], &removed),
        bad("a method removed without a device", three, cast.remove(Passkey), &[Key, Words], &removed),
        bad(
            "a method removed that is not there",
            &founded,
            cast.remove(Key),
            &[Laptop, Words],
            &[Laptop, Passkey, Words],
        ),
        bad("a removal that leaves one method", &founded, cast.remove(Passkey), &[Laptop, Words], &[Laptop, Words]),
        bad("a removal of the only words", three, cast.remove(Words), &[Laptop, Words], &[Laptop, Passkey, Key]),
        three.clone().with(cast.remove(Passkey), &[Laptop, Key]).bad("a removal without its rotation"),
    ]
}

fn bad_epochs(cast: &Cast, joined: &Draft<'_>) -> Vec<Value> {
    let all = [Laptop, Phone, Passkey, Key, Words];
    let bad = |name: &str, body: EntryBody, parties: &[Party]| joined.clone().with(body, parties).bad(name);
    let with_heads = |heads: Vec<DeviceHead>| EntryBody::EpochAdvance { epoch: cast.epoch(2, &all), heads };
    let mut descending = vec![cast.head(Laptop, 1), cast.head(Phone, 1)];
    descending.sort();
    descending.reverse();
    let zero = DeviceHead { hash: Hash::ZERO, ..cast.head(Laptop, 1) };
    vec![
        bad("an epoch that leaves a number out", cast.advance(3, &all), &[Laptop]),
        bad("an epoch that stands twice", cast.advance(1, &all), &[Laptop]),
        bad("an epoch without a copy for a device", cast.advance(2, &[Laptop, Passkey, Key, Words]), &[Laptop]),
        bad("an epoch with a copy for a stranger", cast.advance(2, &[&all[..], &[Tablet]].concat()), &[Laptop]),
        bad("an epoch begun by an unconfirmed device beside a confirmed one", cast.advance(2, &all), &[Phone]),
        bad("an epoch begun by a method", cast.advance(2, &all), &[Passkey]),
        bad("an epoch begun by two devices", cast.advance(2, &all), &[Laptop, Phone]),
        bad("an epoch whose heads are in descending order", with_heads(descending), &[Laptop]),
        bad("an epoch with a head of an unknown device", with_heads(vec![cast.head(Tablet, 1)]), &[Laptop]),
        bad("an epoch with a zero head", with_heads(vec![zero]), &[Laptop]),
    ]
}

fn bad_rest(cast: &Cast, three: &Draft<'_>) -> Vec<Value> {
    let bad = |name: &str, body: EntryBody, parties: &[Party]| three.clone().with(body, parties).bad(name);
    let policy = |epoch_days, least_methods| EntryBody::PolicySet {
        policy: Policy { epoch_days, least_methods, ..Policy::default() },
    };
    let share = || {
        let head = LogHead { seq: 2, hash: Hash(bytes(911)) };
        EntryBody::SharePin { account: AccountId(bytes(912)), head }
    };
    let tightened = three.clone().with(policy(7, 3), &[Laptop, Passkey]);
    vec![
        bad("a policy without a method", policy(7, 2), &[Laptop]),
        bad("a policy without a device", policy(7, 2), &[Passkey, Key]),
        bad("a policy of more methods than there are", policy(14, 4), &[Laptop, Passkey]),
        tightened.clone().with(policy(8, 3), &[Laptop, Passkey]).bad("a policy that lengthens epochs"),
        tightened.clone().with(policy(7, 2), &[Laptop, Passkey]).bad("a policy that lowers the number of methods"),
        tightened
            .clone()
            .with(cast.remove(Passkey), &[Laptop, Key])
            .with(cast.advance(2, &[Laptop, Key, Words]), &[Laptop])
            .bad("a removal below the policy"),
        bad("a checkpoint by a method", EntryBody::Checkpoint { heads: Vec::new() }, &[Passkey]),
        bad("a checkpoint by nobody", EntryBody::Checkpoint { heads: Vec::new() }, &[]),
        bad("a checkpoint of an unknown device", EntryBody::Checkpoint { heads: vec![cast.head(Phone, 1)] }, &[Laptop]),
        bad("a share without a method", share(), &[Laptop]),
        bad("a share with two methods", share(), &[Laptop, Passkey, Key]),
    ]
}
