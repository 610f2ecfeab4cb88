//! Attack row 11: a relay that leaves out, cuts off and freezes.

use std::collections::{BTreeMap, BTreeSet};

use client_core::relay::fake::evil::To;
use client_core::view::IntegrityState;
use shared_types::batch::{Batch, SignedBatch};
use shared_types::ids::DeviceId;
use shared_types::sync::BatchParcel;

use crate::world::World;

fn batch_of(parcel: &BatchParcel) -> Batch {
    SignedBatch::parse(&parcel.batch).expect("the relay takes no other").batch
}

/// Laptop and tablet go on, in turns, each knowing what the other did, while the phone is away. What the relay had
/// before that, and what it has now.
fn with_a_phone_that_was_away() -> (World, usize) {
    let mut world = World::with_devices(["laptop", "phone", "tablet"]);
    world.on("laptop").send("known to all");
    world.settle();
    world.on("phone").open_newest();
    world.on("tablet").open_newest();
    let n_known = world.relay().stored_batches(world.account("laptop")).len();
    world.cut_off("phone");
    for round in 0..3 {
        for device in ["laptop", "tablet"] {
            world.on(device).rename(&format!("{device} {round}"));
            world.settle();
        }
    }
    (world, n_known)
}

/// Of everything that the relay has, the phone is shown what this chooses.
fn show_only(world: &mut World, is_shown: impl Fn(&Batch) -> bool + 'static) {
    world.relay().bend_pages(To::Link("phone"), move |page| page.parcels.retain(|parcel| is_shown(&batch_of(parcel))));
    world.reconnect("phone");
    world.settle();
}

// Adversary: A1, a malicious relay, leaves one op out of what it serves: its batch, or its envelope alone.
// Invariant: what is missing in the middle of a chain is a gap, and a leaf without its envelope is seen as such.
// Regression caught: a reader that goes on behind the gap, or that takes the batch without its content.
#[test]
fn a_withheld_op_is_visible() {
    let (world, n_known) = with_a_phone_that_was_away();
    let batches = world.relay().stored_batches(world.account("laptop"));
    for (place, parcel) in batches.iter().enumerate().skip(n_known) {
        let left_out = batch_of(parcel);
        let is_last = !batches.iter().skip(place + 1).any(|later| batch_of(later).device_id == left_out.device_id);
        let is_seen = batches.iter().any(|other| {
            let seen = batch_of(other).seen;
            seen.iter().any(|head| head.device == left_out.device_id && head.seq >= left_out.seq)
        });
        let (mut world, _) = with_a_phone_that_was_away();
        show_only(&mut world, move |batch| *batch != left_out);
        if is_last && !is_seen {
            // Nobody who is shown has heard of it: it is missed once its author goes on.
            assert_eq!(world.on("phone").integrity(), IntegrityState::Verified, "batch {place}");
            world.on("tablet").rename("tablet 2");
            world.settle();
        }
        assert_eq!(world.on("phone").integrity(), IntegrityState::Withheld, "batch {place} is left out");

        world.relay().turn_honest();
        world.pass_ms(super::HOURS_MS);
        assert_eq!(world.on("phone").integrity(), IntegrityState::Verified, "it has come after all");
        assert_eq!(world.on("phone").titles(), ["tablet 2"]);
    }

    let (mut world, _) = with_a_phone_that_was_away();
    world.relay().bend_pages(To::Link("phone"), |page| {
        page.parcels.iter_mut().rev().take(1).for_each(|parcel| parcel.envelopes.clear());
    });
    world.reconnect("phone");
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::Withheld, "a leaf without its envelope");
}

// Adversary: A1, a malicious relay, cuts the end off one device's chain, for a device that never had it.
// Invariant: the heads that others have signed say how far each chain reaches.
// Regression caught: each chain is looked at alone, so that whatever its author did last can be made undone.
#[test]
fn a_cut_tail_is_visible() {
    for n_cut in 1..3 {
        let (mut world, n_known) = with_a_phone_that_was_away();
        let batches = world.relay().stored_batches(world.account("laptop"));
        let newest = batches.iter().skip(n_known).map(batch_of);
        let mut tails: BTreeMap<DeviceId, Vec<u64>> = BTreeMap::new();
        newest.for_each(|batch| tails.entry(batch.device_id).or_default().push(batch.seq));
        // The laptop's: the tablet has written since, and names what it had seen.
        let laptop = batch_of(&batches[n_known]).device_id;
        let kept = tails[&laptop].len() - n_cut;
        let from = tails[&laptop][kept];
        show_only(&mut world, move |batch| batch.device_id != laptop || batch.seq < from);
        assert_eq!(world.on("phone").integrity(), IntegrityState::Withheld, "{n_cut} of the laptop's are cut off");
        world.restart("phone");
        assert_eq!(world.on("phone").integrity(), IntegrityState::Withheld, "it is remembered");
    }

    // Of its own, each device looks itself.
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("phone").send("of the phone");
    world.settle();
    world.crash("phone");
    let account = world.account("laptop");
    world.relay().lose_newest(account, 1);
    world.start("phone");
    world.on("phone").unlock();
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::RolledBack, "its own tail");
}

/// Whether batches are all that anybody who knew them had to know: each with the one before it, and with all that it
/// has seen.
fn is_closed(shown: &[&Batch], known: &[Batch]) -> bool {
    let has = |device: DeviceId, seq: u64| {
        let mut all = shown.iter().copied().chain(known);
        all.any(|batch| batch.device_id == device && batch.seq == seq)
    };
    shown.iter().all(|batch| {
        let follows = batch.seq == 0 || has(batch.device_id, batch.seq - 1);
        follows && batch.seen.iter().all(|head| has(head.device, head.seq))
    })
}

// Adversary: A1, a malicious relay, freezes the view of one device, and later shows it a selection of what happened.
// Invariant: of 2^n selections a device takes for the truth only those that once were all of it for somebody: a branch
// that was hidden can never be merged in part, so a relay that froze a view must keep it frozen, and be found out
// when the devices compare their state codes.
// Regression caught: a device that was kept back is led on, with the inconvenient part left out.
#[test]
fn a_frozen_view_makes_an_unmergeable_branch() {
    let (world, n_known) = with_a_phone_that_was_away();
    let all: Vec<Batch> = world.relay().stored_batches(world.account("laptop")).iter().map(batch_of).collect();
    let (known, hidden) = all.split_at(n_known);
    assert!((6..=10).contains(&hidden.len()), "{}", hidden.len());
    let mut n_whole = 0;
    for choice in 0..1_u32 << hidden.len() {
        let chosen: Vec<&Batch> = hidden
            .iter()
            .enumerate()
            .filter_map(|(place, batch)| (choice & 1 << place != 0).then_some(batch))
            .collect();
        let places: BTreeSet<(DeviceId, u64)> = chosen.iter().map(|batch| (batch.device_id, batch.seq)).collect();
        let is_whole = is_closed(&chosen, known);
        let (mut world, _) = with_a_phone_that_was_away();
        let known_places: BTreeSet<_> = known.iter().map(|batch| (batch.device_id, batch.seq)).collect();
        show_only(&mut world, move |batch| {
            let place = (batch.device_id, batch.seq);
            places.contains(&place) || known_places.contains(&place)
        });
        let state = world.on("phone").integrity();
        let expected = if is_whole { IntegrityState::Verified } else { IntegrityState::Withheld };
        assert_eq!(state, expected, "selection {choice:b}");
        n_whole += usize::from(is_whole);
    }
    assert_eq!(n_whole, hidden.len() + 1, "what was true at some time, and nothing else");
}
