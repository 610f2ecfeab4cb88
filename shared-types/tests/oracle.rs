//! A second, naive telling of the log's rules, held against the verifier on random logs.
//!
//! The [`Model`] keeps nothing but the list of what happened and answers every question by reading it from the start;
//! it never sees bytes or keys, and lists whole sets of allowed signers instead of matching them. Random dice write
//! entries, most of them as the model allows, some bent; each group of entries must be taken by both or by none.

#[expect(clippy::wildcard_enum_match_arm, reason = "few kinds name the party that must sign")]
mod dice;
#[expect(clippy::wildcard_enum_match_arm, reason = "a question to the history looks for a few kinds only")]
mod model;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use shared_types::batch::ChainPin;
use shared_types::ids::{AccountId, Hash};
use shared_types::log::{
    DeviceState, DeviceStatus, Entry, EntryBody, LogHead, LogState, MethodKind, MethodState, Policy, RemoveReason,
    RevokeReason,
};

use self::dice::Dice;
use self::model::{Event, Floors, Model, Party, What};
use crate::actors::{self, Actor, Device, Method, START_S, epoch_for, head, sign};

fn kind_of(number: u8) -> MethodKind {
    match number % 4 {
        0 => MethodKind::Words,
        1 => MethodKind::Passkey,
        2 => MethodKind::Password,
        _ => MethodKind::SecurityKey,
    }
}

/// Keys are made once; the dice name each of them many times.
static FOUNDER: LazyLock<Actor> = LazyLock::new(|| actors::founder(1));
static DEVICES: LazyLock<Vec<Device>> = LazyLock::new(|| (0..dice::N_DEVICES).map(actors::device).collect());
static METHODS: LazyLock<Vec<Method>> =
    LazyLock::new(|| (0..dice::N_METHODS).map(|number| actors::method(number, kind_of(number))).collect());

fn device(number: u8) -> &'static Device {
    &DEVICES[usize::from(number)]
}

fn method(number: u8) -> &'static Method {
    &METHODS[usize::from(number)]
}

fn actor(party: Party) -> &'static Actor {
    match party {
        Party::Founder => &FOUNDER,
        Party::Device(number) => &device(number).actor,
        Party::Method(number) => &method(number).actor,
    }
}

fn policy(floors: Floors) -> Policy {
    Policy {
        least_methods: floors.least_methods,
        suite: floors.suite,
        envelope_version: floors.envelope_version,
        epoch_days: floors.epoch_days,
    }
}

fn body(what: &What) -> EntryBody {
    match what {
        What::Genesis { device: number, methods, floors, epoch, recipients } => {
            let mut parts: Vec<_> = methods.iter().map(|number| method(*number).part.clone()).collect();
            parts.sort_by_key(|part| part.id);
            EntryBody::Genesis {
                founder: FOUNDER.public(),
                policy: policy(*floors),
                device: device(*number).part,
                methods: parts,
                epoch: epoch_for(*epoch, recipients.iter().map(|party| actor(*party).id)),
            }
        }
        What::AddDevice { device: number, confirmed } => {
            let status = if *confirmed { DeviceStatus::Confirmed } else { DeviceStatus::Unconfirmed };
            EntryBody::DeviceAdd { device: device(*number).part, status }
        }
        What::Confirm { device: number } => EntryBody::DeviceConfirm { device: device(*number).part.id },
        What::SignOut { device: number } => {
            let cut = Some(ChainPin { seq: u64::from(*number), hash: Hash([*number; 32]) });
            EntryBody::DeviceRevoke { device: device(*number).part.id, reason: RevokeReason::SignedOut, cut }
        }
        What::Revoke { device: number } => {
            let reason = if number % 2 == 0 { RevokeReason::Lost } else { RevokeReason::Compromised };
            EntryBody::DeviceRevoke { device: device(*number).part.id, reason, cut: None }
        }
        What::AddMethod { method: number } => EntryBody::MethodAdd { method: method(*number).part.clone() },
        What::RemoveMethod { method: number } => {
            EntryBody::MethodRemove { method: method(*number).part.id, reason: RemoveReason::Unused }
        }
        What::Advance { number, recipients, heads } => EntryBody::EpochAdvance {
            epoch: epoch_for(*number, recipients.iter().map(|party| actor(*party).id)),
            heads: sorted_heads(heads),
        },
        What::SetPolicy { floors } => EntryBody::PolicySet { policy: policy(*floors) },
        What::Checkpoint { heads } => EntryBody::Checkpoint { heads: sorted_heads(heads) },
        What::SharePin => {
            EntryBody::SharePin { account: AccountId([8; 16]), head: LogHead { seq: 1, hash: Hash([8; 32]) } }
        }
    }
}

fn sorted_heads(devices: &std::collections::BTreeSet<u8>) -> Vec<shared_types::log::DeviceHead> {
    let mut heads: Vec<_> = devices.iter().map(|number| head(device(*number), 1)).collect();
    heads.sort_by_key(|head| head.device);
    heads
}

/// Writes events as entries that follow a place, each correctly linked and signed by whom the event says.
fn write(events: &[Event], mut next_seq: u32, mut previous: Hash) -> Vec<Vec<u8>> {
    let account_id = AccountId::of_founder(&FOUNDER.public());
    let mut entries = Vec::new();
    for event in events {
        let (seq, body) = (next_seq, body(&event.what));
        let entry = Entry { account_id, seq, previous, time_s: START_S + event.time, body, signers: vec![] };
        let signers: Vec<&Actor> = event.signers.iter().map(|party| actor(*party)).collect();
        let bytes = sign(entry, &signers);
        // An entry without signers is no entry; it links to nothing.
        previous = Entry::parse(&bytes).map_or(Hash::ZERO, |(entry, _)| entry.hash());
        next_seq += 1;
        entries.push(bytes);
    }
    entries
}

fn both_agree(rolls: &[[u8; 32]]) -> Result<(), TestCaseError> {
    let account_id = AccountId::of_founder(&FOUNDER.public());
    let mut rolls = rolls.iter();
    let Some(first) = rolls.next() else { return Ok(()) };
    let genesis = Dice::new(first).genesis();
    let bytes = write(std::slice::from_ref(&genesis), 0, Hash::ZERO);
    let verified = LogState::verify(account_id, bytes.iter().map(Vec::as_slice));
    let model = Model::default().after(std::slice::from_ref(&genesis));
    prop_assert_eq!(verified.is_ok(), model.is_some(), "{:?}: {:?}", genesis, verified.err());
    let (Ok(mut state), Some(mut model)) = (verified, model) else { return Ok(()) };

    for roll in rolls {
        let group = Dice::new(roll).group(&model);
        let bytes = write(&group, state.head().seq + 1, state.head().hash);
        let next_state = state.append_all(bytes.iter().map(Vec::as_slice));
        let next_model = model.after(&group);
        let told = (&model, &group, next_state.as_ref().err());
        prop_assert_eq!(next_state.is_ok(), next_model.is_some(), "{:?}", told);
        if let (Ok(next_state), Some(next_model)) = (next_state, next_model) {
            (state, model) = (next_state, next_model);
            same_outcome(&state, &model)?;
        }
    }
    Ok(())
}

fn same_outcome(state: &LogState, model: &Model) -> Result<(), TestCaseError> {
    for number in 0..dice::N_DEVICES {
        let verified = state.device(&device(number).part.id);
        prop_assert_eq!(verified.is_some_and(DeviceState::is_active), model.is_device_active(number));
        let confirmed = verified.is_some_and(|device| device.status() == DeviceStatus::Confirmed);
        prop_assert_eq!(confirmed, model.was_confirmed(number));
    }
    for number in 0..dice::N_METHODS {
        let verified = state.method(&method(number).part.id);
        prop_assert_eq!(verified.is_some_and(MethodState::is_active), model.is_method_active(number));
    }
    prop_assert_eq!(state.epoch().part.number, model.epoch());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_verifier_and_the_naive_model_agree_on_random_logs(
        rolls in prop::collection::vec(any::<[u8; 32]>(), 1..48)
    ) {
        both_agree(&rolls)?;
    }
}

#[test]
fn the_dice_write_long_logs_with_every_kind() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = prop::collection::vec(any::<[u8; 32]>(), 48);
    let mut kinds = std::collections::BTreeSet::new();
    let (mut n_taken, mut n_refused) = (0, 0);
    for _ in 0..40 {
        let rolls = strategy.new_tree(&mut runner).unwrap().current();
        let Some(mut model) = Model::default().after(&[Dice::new(&rolls[0]).genesis()]) else { continue };
        for roll in &rolls[1..] {
            let group = Dice::new(roll).group(&model);
            match model.after(&group) {
                Some(next) => {
                    kinds.extend(group.iter().map(|event| body(&event.what).kind()));
                    n_taken += group.len();
                    model = next;
                }
                None => n_refused += group.len(),
            }
        }
    }
    assert_eq!(kinds, (2..=10).collect());
    assert!(n_taken > 300 && n_refused > 100, "taken {n_taken}, refused {n_refused}");
}
