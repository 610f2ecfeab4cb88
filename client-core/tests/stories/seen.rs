//! «What the relay saw»: an honest relay's counts hold, and one that counts wrong is told.

use client_core::intention::Intention;
use client_core::relay::fake::evil::To;
use client_core::view::Problem;
use client_core::view::seen::{SeenView, Verdict};
use shared_types::seen::{SEEN_DAYS, SeenResponse};

use crate::world::World;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn look(world: &mut World, name: &str, day: Option<u64>) -> SeenView {
    world.on(name).want(Intention::ShowSeen { day });
    world.settle();
    world.tab(name).seen.clone().expect("the page is shown")
}

fn verdict(world: &mut World, name: &str) -> Verdict {
    look(world, name, None).seen.expect("the relay answers").verdict
}

/// One device that has written.
fn alone() -> World {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("hello");
    world.settle();
    world
}

#[test]
fn the_counts_of_an_honest_relay_match_also_after_a_restart_and_a_night() {
    let mut world = alone();
    let today = look(&mut world, "laptop", None);
    let seen = today.seen.expect("the relay answers");
    assert_eq!(seen.verdict, Verdict::Matches);
    assert!(today.n_own > 0 && seen.counts.n_saves() == today.n_own);
    assert!(!today.has_after && today.has_before);

    world.restart("laptop");
    world.on("laptop").send("hello again");
    world.settle();
    assert_eq!(verdict(&mut world, "laptop"), Verdict::Matches);

    world.pass_ms(DAY_MS);
    world.on("laptop").send("the next day");
    world.settle();
    assert_eq!(verdict(&mut world, "laptop"), Verdict::Matches);
    let before = look(&mut world, "laptop", Some(today.day));
    assert_eq!(before.seen.map(|seen| seen.verdict), Some(Verdict::Matches));
    assert!(before.has_after);
    let oldest = look(&mut world, "laptop", Some(0));
    assert_eq!((oldest.day, oldest.has_before), (today.day + 1 - (SEEN_DAYS - 1), false), "no further back");
}

// Adversary: a relay that would rather not say how much it saw, or that writes in an account's name.
// Invariant: counts that cannot be true are told, be they too low or too high.
// Regression caught: the page shows the relay's numbers and checks only that they came.
#[test]
fn a_relay_that_counts_too_few_or_too_many_is_told() {
    let bends: [fn(&mut SeenResponse); 4] = [
        |seen| seen.counts.saves.iter_mut().for_each(|saves| *saves = saves.saturating_sub(1)),
        |seen| seen.counts.saves[0] += 1,
        |seen| seen.counts.records -= 1,
        |seen| seen.counts.bytes += 1,
    ];
    for (nth, bend) in bends.into_iter().enumerate() {
        let mut world = alone();
        world.relay().bend_counts(To::Everyone, bend);
        assert_eq!(verdict(&mut world, "laptop"), Verdict::Differs, "bend {nth}");
    }
}

#[test]
fn what_other_devices_save_fits_and_what_nobody_saved_does_not() {
    let mut world = World::with_devices(["laptop", "phone"]);
    for name in ["laptop", "phone"] {
        world.on(name).send("hello");
        world.settle();
    }
    for name in ["laptop", "phone"] {
        assert_eq!(verdict(&mut world, name), Verdict::Fits, "{name}");
    }
    world.relay().bend_counts(To::Everyone, |seen| seen.counts.saves[0] += 50);
    for name in ["laptop", "phone"] {
        assert_eq!(verdict(&mut world, name), Verdict::Differs, "{name}");
    }
}

#[test]
fn a_push_whose_answer_was_lost_is_counted_once() {
    let mut world = alone();
    world.link("laptop").lose_next_answer();
    world.on("laptop").send("did it arrive?");
    world.settle();
    assert_eq!(verdict(&mut world, "laptop"), Verdict::Matches);
}

#[test]
fn without_the_relay_the_last_counts_stay_and_it_is_said() {
    let mut world = alone();
    let before = look(&mut world, "laptop", None);
    world.cut_off("laptop");
    let after = look(&mut world, "laptop", None);
    assert_eq!(after.problem, Some(Problem::Offline));
    assert_eq!(after.seen, before.seen);
}
