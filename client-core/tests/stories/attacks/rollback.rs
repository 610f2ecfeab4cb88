//! Attack row 8: a relay that goes back to an older state, on a device that knows better.

use client_core::relay::fake::evil::To;
use client_core::view::IntegrityState;
use shared_types::batch::SignedBatch;

use crate::world::World;

/// Two devices that hold the same, the phone with its browser closed.
fn with_a_closed_phone() -> World {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("kept");
    world.settle();
    world.on("laptop").rename("renamed");
    world.settle();
    world.restart("phone");
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::Verified, "an honest restart finds everything");
    assert_eq!(world.on("phone").titles(), ["renamed"]);
    world.crash("phone");
    world
}

/// The phone is opened, and shows that the relay has gone back, now and whenever it is opened again.
fn assert_seen(world: &mut World, case: &str) {
    world.start("phone");
    world.on("phone").unlock();
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::RolledBack, "{case}: it is shown");
    assert_eq!(world.on("phone").titles(), ["renamed"], "{case}: nothing that was here is undone");
    assert_eq!(world.on("phone").messages(), ["kept", "a scripted answer"], "{case}");
    world.restart("phone");
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::RolledBack, "{case}: the evidence is kept");
}

// Adversary: A1, a malicious relay, or one that was restored from an old copy, shows a known device an older state
// while that device is closed: without the newest op, without any, with an older account log, or all of it.
// Invariant: a device remembers on disk what it has read, and looks whether the relay still has it.
// Regression caught: a device that starts asks only for what is new, and never notices that the old is gone.
#[test]
fn a_rollback_is_seen_after_a_restart() {
    let mut world = with_a_closed_phone();
    let account = world.account("laptop");
    world.relay().lose_newest(account, 1);
    assert_seen(&mut world, "one op");

    let mut world = with_a_closed_phone();
    world.relay().lose_newest(account, usize::MAX);
    assert_seen(&mut world, "every op");

    let mut world = with_a_closed_phone();
    world.relay().bend_logs(To::Everyone, |log| log.entries.truncate(1));
    assert_seen(&mut world, "the log");

    // An op of this device itself, which nobody else has read.
    let mut world = with_a_closed_phone();
    world.start("phone");
    world.on("phone").unlock();
    world.cut_off("laptop");
    world.on("phone").open_newest().rename("of the phone");
    world.settle();
    world.crash("phone");
    let newest = world.relay().stored_batches(account).pop().expect("it was pushed");
    let own = SignedBatch::parse(&newest.batch).expect("an honest device wrote it").hash;
    world.relay().lose_batches(account, |signed| signed.hash == own);
    world.start("phone");
    world.on("phone").unlock();
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::RolledBack, "an own op");
    assert_eq!(world.on("phone").titles(), ["of the phone"]);
}

#[test]
fn an_honest_relay_is_not_called_a_liar() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("kept");
    for number in 0..600 {
        world.on("laptop").rename(&format!("title {number}"));
    }
    world.settle();
    for _ in 0..3 {
        world.link("phone").lose_next_answer();
        world.restart("phone");
        world.link("phone").lose_next_answer();
        world.settle();
        assert_eq!(world.on("phone").integrity(), IntegrityState::Verified);
    }
    assert_eq!(world.on("phone").titles(), ["title 599"]);
}
