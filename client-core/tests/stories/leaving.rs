//! Signing out with changes that the relay does not have: they are sent first, or their owner chooses.

use client_core::intention::Intention;
use client_core::view::{LossView, Problem, ScreenView};
use shared_types::error::ErrorCode;
use shared_types::log::LogState;

use crate::world::World;

const ANSWERED: [&str; 2] = ["written on the way out", "a scripted answer"];

/// What keeps the phone from sending.
type Hindrance<'a> = &'a dyn Fn(&World);

/// Two devices; the phone has written without the relay.
fn with_unsent() -> World {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.cut_off("phone");
    world.on("phone").send("written on the way out");
    assert!(world.on("phone").status().n_unsent > 0);
    world
}

#[test]
fn what_is_unsent_is_sent_before_the_device_signs_out() {
    let mut world = with_unsent();
    // The device does not know yet that the relay is back.
    world.link("phone").reconnect();
    world.on("phone").want(Intention::SignOut);
    world.settle();
    assert!(!world.is_running("phone"));
    assert!(world.disk("phone").all_rows().is_empty());
    assert_eq!(world.on("laptop").messages().first().map(String::as_str), Some("written on the way out"));
    assert_eq!(world.tab("phone").loss, None);
}

#[test]
fn whoever_cannot_send_is_told_what_would_be_lost_and_may_stay() {
    let cut_off = |world: &World| world.link("phone").cut_off();
    let too_old = |world: &World| {
        world.link("phone").reconnect();
        world.link("phone").refuse_all("push", ErrorCode::OldProtocol);
    };
    let signed_out = |world: &World| {
        world.link("phone").reconnect();
        world.link("phone").refuse_all("load_log", ErrorCode::UnknownSession);
    };
    let refused = |code| Problem::Relay { code, retry_after_s: None };
    let cases: [(Hindrance<'_>, Problem); 3] = [
        (&cut_off, Problem::Offline),
        (&too_old, refused(ErrorCode::OldProtocol)),
        (&signed_out, refused(ErrorCode::UnknownSession)),
    ];
    for (hinder, problem) in cases {
        let mut world = with_unsent();
        hinder(&world);
        world.on("phone").want(Intention::SignOut);
        let LossView { n_unsent, problem: why } = world.tab("phone").loss.expect("it is said");
        assert!(n_unsent > 0);
        assert_eq!(why, problem);
        assert!(world.is_running("phone"), "{problem:?}");

        world.link("phone").refuse_nothing();
        world.link("phone").reconnect();
        world.on("phone").want(Intention::TryNow);
        world.settle();
        assert!(world.is_running("phone"), "{problem:?}: nobody who stayed is signed out later");
        assert_eq!(world.on("phone").messages(), ANSWERED, "{problem:?}");
        world.on("laptop").open_newest();
        assert_eq!(world.on("laptop").messages(), ANSWERED, "{problem:?}: nothing was lost");
    }
}

#[test]
fn whoever_gives_up_what_is_unsent_leaves_without_the_relay() {
    let mut world = with_unsent();
    world.on("phone").want(Intention::SignOut);
    assert!(world.tab("phone").loss.is_some());
    world.on("phone").want(Intention::SignOutAnyway);
    assert!(!world.is_running("phone"));
    assert!(world.disk("phone").all_rows().is_empty());
    world.start("phone");
    assert!(matches!(world.on("phone").screen(), ScreenView::Welcome(_)));
}

#[test]
fn a_device_that_gave_up_names_as_its_last_batch_one_that_the_relay_has() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("phone").send("sent");
    world.settle();
    world.link("phone").refuse_all("push", ErrorCode::QuotaExceeded);
    world.on("phone").send("not sent");
    world.on("phone").want(Intention::SignOut).want(Intention::SignOutAnyway);
    assert!(!world.is_running("phone"));
    let account = world.account("laptop");
    let entries = world.relay().stored_log(account);
    let log = LogState::verify(account, entries.iter().map(Vec::as_slice)).unwrap();
    let ended = log.devices().find(|device| device.revoked.is_some()).expect("it said that it left");
    let (device, cut) = (ended.part.id, ended.revoked.and_then(|end| end.cut));
    let newest = world.relay().stored_batches(account).into_iter().rev().find_map(|parcel| {
        let signed = shared_types::batch::SignedBatch::parse(&parcel.batch).unwrap();
        (signed.batch.device_id == device).then_some(signed.pin())
    });
    assert_eq!(cut, newest);
}
