//! Who is in: a new device is confirmed, a device is taken off, and what those may not do who came with a passkey only.

use client_core::intention::Intention;
use client_core::relay::fake::Seen;
use client_core::relay::fake::evil::To;
use client_core::view::security::{By, ChangeState, Event, MemberAction, RemovalReason, SecurityView, WayKind};
use client_core::view::{IntegrityState, Problem};
use shared_types::error::ErrorCode;
use shared_types::ids::DeviceId;

use crate::world::{Mood, World};

fn security(world: &mut World, name: &str) -> SecurityView {
    world.on(name).want(Intention::ShowSecurity);
    world.tab(name).security.clone().expect("it is shown")
}

fn state(world: &mut World, name: &str) -> Option<ChangeState> {
    security(world, name).change.map(|change| change.state)
}

/// The device that joined last.
fn newest(world: &World) -> DeviceId {
    world.log("laptop").devices().max_by_key(|device| device.added_seq).expect("there is one").part.id
}

fn remove(world: &mut World, by: &str, device: DeviceId) {
    world.on(by).want(Intention::ChangeMember(device, MemberAction::Remove(RemovalReason::Compromised)));
}

#[test]
fn a_new_device_is_confirmed_by_one_that_is_and_may_then_do_the_same() {
    let mut world = World::with_devices(["laptop", "phone"]);
    let phone = newest(&world);
    let row = security(&mut world, "laptop").devices.into_iter().find(|row| row.id == phone).expect("it is listed");
    assert_eq!(row.actions.first(), Some(&MemberAction::Confirm));
    assert!(security(&mut world, "phone").devices.iter().all(|row| row.actions.is_empty()));

    world.on("laptop").want(Intention::ChangeMember(phone, MemberAction::Confirm));
    assert_eq!(state(&mut world, "laptop"), Some(ChangeState::Done));
    assert_eq!(world.tab("laptop").gestures.len(), 1, "no passkey is asked after that of the sign-up");
    let actions = |world: &mut World, name| -> Vec<_> {
        security(world, name).devices.into_iter().flat_map(|row| row.actions).collect()
    };
    assert!(!actions(&mut world, "phone").is_empty(), "it may now");
    assert!(!actions(&mut world, "laptop").contains(&MemberAction::Confirm));
}

#[test]
fn every_other_device_asks_whether_that_was_its_owner_until_one_has_answered() {
    let mut world = World::with_devices(["laptop", "phone"]);
    let phone = newest(&world);
    let asked = world.tab("laptop").newcomer.clone().expect("it asks");
    assert_eq!((asked.id, asked.may_answer), (phone, true));
    assert_eq!(world.tab("phone").newcomer, None, "nobody is asked about itself, nor about who was there before");
    world.restart("laptop");
    assert!(world.tab("laptop").newcomer.is_some(), "it goes on asking");
    world.add_device_like("tablet", "laptop");
    world.on("tablet").sign_in();
    world.settle();
    let tablet = newest(&world);
    let ask = |world: &World, name| world.tab(name).newcomer.as_ref().map(|asked| (asked.id, asked.may_answer));
    assert_eq!((ask(&world, "laptop"), ask(&world, "phone")), (Some((tablet, true)), Some((tablet, false))));

    remove(&mut world, "laptop", tablet);
    world.settle();
    assert_eq!((ask(&world, "laptop"), ask(&world, "phone")), (Some((phone, true)), None), "that was not me");
    world.on("laptop").want(Intention::ChangeMember(phone, MemberAction::Confirm));
    world.settle();
    assert_eq!(ask(&world, "laptop"), None, "that was me");
}

#[test]
fn a_device_is_taken_off_with_a_passkey_and_the_keys_are_changed_with_it() {
    let mut world = World::with_devices(["laptop", "phone", "tablet"]);
    world.on("laptop").send("all three read this");
    world.settle();
    let tablet = newest(&world);
    remove(&mut world, "laptop", tablet);
    assert_eq!(state(&mut world, "laptop"), Some(ChangeState::Done));
    let log = world.log("laptop");
    assert_eq!(log.epoch().part.number, 2);
    assert!(log.epoch().part.copies.iter().all(|(recipient, _)| *recipient != tablet.into()));
    let events: Vec<Event> = security(&mut world, "phone").events.iter().map(|event| event.what).take(2).collect();
    assert_eq!(events, [Event::KeysChanged, Event::Compromised]);
    world.on("phone").open_newest().send("not for the tablet");
    world.settle();
    assert_eq!(world.on("laptop").messages().len(), 4);
    for name in ["laptop", "phone"] {
        assert_eq!(world.on(name).integrity(), IntegrityState::Verified, "{name}");
    }
}

#[test]
fn whoever_cancels_is_offline_or_shows_another_passkey_takes_nobody_off() {
    let mut world = World::with_devices(["laptop", "phone"]);
    let phone = newest(&world);
    for (mood, problem) in [
        (Mood::Cancels, Problem::PasskeyCancelled),
        (Mood::OtherAccount, Problem::NotThisAccount),
        (Mood::WithoutPrf, Problem::PasskeyWithoutPrf),
    ] {
        world.set_mood("laptop", mood);
        remove(&mut world, "laptop", phone);
        assert_eq!(state(&mut world, "laptop"), Some(ChangeState::Failed(problem)));
    }
    world.set_mood("laptop", Mood::Silent);
    remove(&mut world, "laptop", phone);
    assert_eq!(state(&mut world, "laptop"), Some(ChangeState::WaitingForPasskey));
    world.set_mood("laptop", Mood::Willing);
    world.link("laptop").refuse_all("append_log", ErrorCode::LogRefused);
    remove(&mut world, "laptop", phone);
    let refused = Problem::Relay { code: ErrorCode::LogRefused, retry_after_s: None };
    assert_eq!(state(&mut world, "laptop"), Some(ChangeState::Failed(refused)));
    world.link("laptop").refuse_nothing();
    world.cut_off("laptop");
    remove(&mut world, "laptop", phone);
    assert_eq!(state(&mut world, "laptop"), Some(ChangeState::Failed(Problem::Offline)));
    assert!(world.log("laptop").devices().all(|device| device.revoked.is_none()));
    world.reconnect("laptop");
    world.settle();
    remove(&mut world, "laptop", phone);
    assert_eq!(state(&mut world, "laptop"), Some(ChangeState::Done), "and then it can");
}

#[test]
fn who_is_in_is_changed_again_when_another_device_was_faster_but_not_for_ever() {
    for (n_slower, expected) in [(1, ChangeState::Done), (100, ChangeState::Failed(Problem::RelayConfused))] {
        let mut world = World::with_confirmed(["laptop", "phone", "tablet"]);
        let tablet = newest(&world);
        // So often the laptop is shown the log as it is now.
        let (n_entries, mut n_left) = (world.log("laptop").entries().len(), n_slower);
        world.relay().bend_logs(To::Link("laptop"), move |log| {
            if n_left > 0 {
                n_left -= 1;
                log.entries.truncate(n_entries);
            }
        });
        world.on("phone").want(Intention::ChangeKeysNow);
        world.settle();
        remove(&mut world, "laptop", tablet);
        world.settle();
        assert_eq!(state(&mut world, "laptop"), Some(expected), "{n_slower}");
        let is_revoked = world.log("phone").device(&tablet).expect("it is listed").revoked.is_some();
        assert_eq!(is_revoked, expected == ChangeState::Done, "{n_slower}");
        let is_append = |seen: &&Seen| (seen.link.as_str(), seen.call) == ("laptop", "append_log");
        let n_appends = world.relay().seen().iter().filter(is_append).count();
        assert!(n_appends > 3, "two confirmations, and more than one removal: {n_appends}");
    }
}

#[test]
fn a_device_that_is_not_confirmed_is_told_that_it_may_not() {
    let mut world = World::with_devices(["laptop", "phone", "tablet"]);
    let (entries_before, tablet) = (world.log("laptop").entries().len(), newest(&world));
    let laptop = world.log("laptop").devices().find(|device| device.added_seq == 0).expect("the first").part.id;
    for device in [laptop, tablet] {
        world.on("phone").want(Intention::ChangeMember(device, MemberAction::Confirm));
        assert_eq!(state(&mut world, "phone"), Some(ChangeState::Failed(Problem::NotAdmitted)));
        remove(&mut world, "phone", device);
        assert_eq!(state(&mut world, "phone"), Some(ChangeState::Failed(Problem::NotAdmitted)));
    }
    world.settle();
    assert_eq!(world.log("laptop").entries().len(), entries_before);
}

#[test]
fn one_device_signs_out_all_the_others_at_once() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.add_device_like("tablet", "laptop");
    world.on("tablet").sign_in();
    world.settle();
    let own = world.on("laptop").device_id();
    world.on("laptop").want(Intention::ChangeMember(own, MemberAction::RemoveOthers));
    assert_eq!(state(&mut world, "laptop"), Some(ChangeState::Done));
    assert_eq!(security(&mut world, "laptop").devices.len(), 1);
    assert!(
        security(&mut world, "laptop").devices.iter().all(|row| row.actions.is_empty()),
        "nobody is left to sign out"
    );
    world.settle();
    for name in ["phone", "tablet"] {
        assert!(world.disk(name).all_rows().is_empty(), "{name} has been wiped");
    }
    world.on("laptop").send("written alone");
    world.settle();
    assert_eq!(world.on("laptop").status().n_unsent, 0);
}

#[test]
fn a_device_is_locked_from_afar_and_opens_again_with_its_passkey() {
    let mut world = World::with_devices(["laptop", "phone"]);
    let phone = newest(&world);
    world.on("laptop").want(Intention::ChangeMember(phone, MemberAction::Confirm));
    world.on("laptop").send("before");
    world.settle();
    world.on("laptop").want(Intention::ChangeMember(phone, MemberAction::Lock));
    assert_eq!(state(&mut world, "laptop"), Some(ChangeState::Done));
    assert!(!world.is_running("phone"), "it has locked");
    assert!(!world.disk("phone").all_rows().is_empty(), "and kept what it has");
    world.start("phone");
    world.on("phone").unlock();
    world.on("phone").want(Intention::SignInAgain);
    world.settle();
    assert_eq!(world.on("phone").status().problem, None);
    let laptop = world.on("laptop").device_id();
    world.on("phone").want(Intention::ChangeMember(laptop, MemberAction::Lock));
    assert!(!world.is_running("laptop"), "each may lock the other");
}

#[test]
fn a_device_that_nobody_has_vouched_for_locks_and_signs_out_nobody() {
    let mut world = World::with_devices(["laptop", "phone"]);
    let (laptop, phone) = (world.on("laptop").device_id(), world.on("phone").device_id());
    for wish in [
        Intention::ChangeMember(laptop, MemberAction::Lock),
        Intention::ChangeMember(phone, MemberAction::RemoveOthers),
    ] {
        world.on("phone").want(wish);
        assert_eq!(state(&mut world, "phone"), Some(ChangeState::Failed(Problem::NotAdmitted)));
    }
    assert!(world.is_running("laptop"));
}

#[test]
fn the_log_says_who_did_what_and_is_saved_with_its_signatures() {
    let mut world = World::with_devices(["laptop", "phone"]);
    let phone = newest(&world);
    world.on("laptop").want(Intention::ChangeMember(phone, MemberAction::Confirm));
    remove(&mut world, "laptop", phone);
    let events = security(&mut world, "laptop").events;
    let by = |what: Event| events.iter().find(|event| event.what == what).map(|event| event.by.clone());
    let laptop = || By::Device(Some("laptop".to_owned()));
    assert_eq!(by(Event::Founded), Some(vec![]));
    assert_eq!(by(Event::Joined { confirmed: false }), Some(vec![By::Way(WayKind::Passkey, None)]));
    assert_eq!(by(Event::Confirmed), Some(vec![laptop()]));
    assert_eq!(by(Event::KeysChanged), Some(vec![laptop()]));
    let removal = by(Event::Compromised).expect("it is there");
    assert!(removal.contains(&laptop()) && removal.contains(&By::Way(WayKind::Passkey, None)), "{removal:?}");

    world.on("laptop").want(Intention::SaveEvidence);
    let file = world.tab("laptop").evidence.clone().expect("it is saved");
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    let hex = |value: &serde_json::Value| data_encoding::HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap();
    let entries: Vec<Vec<u8>> = file["log"].as_array().unwrap().iter().map(hex).collect();
    let log = shared_types::log::LogState::verify(world.account("laptop"), entries.iter().map(Vec::as_slice)).unwrap();
    assert_eq!(log.head(), world.log("laptop").head(), "anybody can verify it");
    assert_eq!(file["state_code"].as_str().unwrap().split(' ').count(), 8);
}

#[test]
fn a_device_is_seen_to_have_been_active_by_what_it_signed_last() {
    let mut world = World::with_devices(["laptop", "phone"]);
    let phone = newest(&world);
    let active_s = |world: &mut World| {
        let row = security(world, "laptop").devices.into_iter().find(|row| row.id == phone);
        row.expect("it is listed").active_s
    };
    let joined_s = active_s(&mut world);
    world.pass_ms(3 * 60 * 60 * 1000);
    assert_eq!(active_s(&mut world), joined_s, "nobody has heard of it since");
    world.on("phone").send("a sign of life");
    world.settle();
    assert!(active_s(&mut world) >= joined_s + 3 * 60 * 60);
}
