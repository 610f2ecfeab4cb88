//! A device that was taken off, at its next contact: it is wiped, and what it never sent is shown first.

use client_core::intention::Intention;
use client_core::relay::fake::evil::To;
use client_core::store::Table;
use client_core::view::security::{MemberAction, RemovalReason};
use client_core::view::{IntegrityState, Problem, ScreenView};
use shared_types::ids::DeviceId;

use crate::world::World;

fn newest(world: &World) -> DeviceId {
    world.log("laptop").devices().max_by_key(|device| device.added_seq).expect("there is one").part.id
}

fn with_phone() -> World {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("both read this");
    world.settle();
    world
}

fn revoke_newest(world: &mut World) {
    let device = newest(world);
    world.on("laptop").want(Intention::ChangeMember(device, MemberAction::Remove(RemovalReason::Lost)));
    world.settle();
    assert!(world.log("laptop").device(&device).expect("it is listed").revoked.is_some());
}

/// Texts that the device shows as never sent.
fn shown(world: &mut World, name: &str) -> Vec<String> {
    let ScreenView::Revoked(view) = world.on(name).screen().clone() else {
        panic!("{:?}", world.on(name).screen());
    };
    view.unsent.into_iter().map(|unsent| unsent.text).collect()
}

#[test]
fn a_device_that_was_taken_off_is_wiped_at_its_next_contact() {
    for is_closed in [false, true] {
        let mut world = with_phone();
        if is_closed {
            world.crash("phone");
        }
        revoke_newest(&mut world);
        if is_closed {
            assert!(!world.disk("phone").all_rows().is_empty());
            world.start("phone");
            world.on("phone").want(Intention::UnlockWithPasskey);
            world.settle();
        }
        assert_eq!(world.on("phone").problem(), Some(Problem::DeviceRevoked), "{is_closed}");
        assert!(world.disk("phone").all_rows().is_empty(), "{is_closed}: nothing is left");
        world.on("phone").sign_in();
        world.settle();
        assert_eq!(world.on("phone").messages().first().map(String::as_str), Some("both read this"), "as a new device");
    }
}

#[test]
fn what_it_never_sent_is_shown_until_its_owner_lets_it_go_and_the_rest_is_wiped_at_once() {
    let mut world = with_phone();
    world.on("phone").open_newest();
    world.cut_off("phone");
    world.on("phone").rename("renamed on the way").send("written on the way").keep_draft("half a thought");
    revoke_newest(&mut world);
    world.reconnect("phone");
    world.settle();
    let expected = ["renamed on the way", "written on the way", "half a thought"];
    assert_eq!(shown(&mut world, "phone"), expected);
    let left = |world: &World| world.disk("phone").all_rows().iter().map(|(table, _)| *table).collect::<Vec<_>>();
    assert!(!left(&world).iter().any(|table| matches!(table, Table::Messages | Table::Directory)));

    // Also after the browser was closed, and without the relay.
    world.crash("phone");
    world.link("phone").cut_off();
    world.start("phone");
    world.on("phone").want(Intention::UnlockWithPasskey);
    assert_eq!(shown(&mut world, "phone"), expected);
    world.on("phone").want(Intention::ForgetDevice);
    assert!(left(&world).is_empty());
    assert_eq!(world.on("phone").problem(), Some(Problem::DeviceRevoked));
    assert_eq!(world.on("laptop").messages(), ["both read this", "a scripted answer"], "nothing of it was taken");
    assert_eq!(world.on("laptop").integrity(), IntegrityState::Verified);
}

#[test]
fn a_relay_that_says_so_wipes_nothing_without_the_entry() {
    let mut world = with_phone();
    world.add_person("mallory");
    world.on("mallory").sign_up();
    world.settle();
    let (n_rows, foreign) = (world.disk("phone").all_rows().len(), world.account("mallory"));
    world.relay().end_all_sessions();
    world.on("phone").want(Intention::TryNow).send("still mine");
    world.settle();
    assert!(matches!(world.on("phone").screen(), ScreenView::Open), "a session that is over is no end");
    // The true end, of which the relay shows everything but the entry; then another account's log.
    world.restart("laptop");
    world.on("laptop").want(Intention::SignInAgain);
    world.settle();
    for is_foreign in [false, true] {
        world.relay().turn_honest();
        if is_foreign {
            world.relay().serve_log_of(To::Link("phone"), foreign);
        } else {
            world.relay().bend_logs(To::Link("phone"), |log| log.entries.truncate(2));
        }
        if !is_foreign {
            revoke_newest(&mut world);
        }
        world.restart("phone");
        world.settle();
        assert!(matches!(world.on("phone").screen(), ScreenView::Open), "{is_foreign}");
        assert!(world.disk("phone").all_rows().len() >= n_rows, "{is_foreign}: nothing is wiped");
    }
    world.relay().turn_honest();
    world.crash("phone");
    world.start("phone");
    world.on("phone").want(Intention::UnlockWithPasskey);
    world.settle();
    assert_eq!(shown(&mut world, "phone"), ["still mine"], "and then it is the end");
}
