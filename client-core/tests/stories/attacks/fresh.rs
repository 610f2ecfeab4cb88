//! Attack row 9: what a relay can show a fresh device, and what that device does before its user has agreed.

use client_core::intention::Intention;
use client_core::relay::fake::FakeRelay;
use client_core::relay::fake::evil::To;
use client_core::view::{AgreeView, IntegrityState, Problem, ScreenView};
use shared_types::account::AnchorPut;
use shared_types::ids::MethodId;
use shared_types::log::{DeviceStatus, LogState};

use crate::world::World;

/// What the phone asks its user, or why it does not.
fn asked(world: &mut World) -> Result<AgreeView, Option<Problem>> {
    world.on("phone").want(Intention::SignInWithPasskey);
    let ScreenView::Agree(view) = world.on("phone").screen().clone() else { return Err(world.on("phone").problem()) };
    Ok(view)
}

/// How much of an account a relay has: entries, anchor, batches.
fn n_written(world: &World) -> (usize, Option<AnchorPut>, usize) {
    let account = world.account("laptop");
    let relay = world.relay();
    (relay.stored_log(account).len(), anchor(world, relay), relay.stored_batches(account).len())
}

fn passkey(world: &World) -> MethodId {
    let account = world.account("laptop");
    let entries = world.relay().stored_log(account);
    let log = LogState::verify(account, entries.iter().map(Vec::as_slice)).expect("an honest log");
    let mut methods = log.active_methods();
    methods.find(|method| !method.is_words()).expect("an account has a passkey").part.id
}

fn anchor(world: &World, relay: &FakeRelay) -> Option<AnchorPut> {
    relay.stored_anchor(world.account("laptop"), passkey(world))
}

// Adversary: A1, a malicious relay, shows a fresh device an account that its user would not call their own.
// Invariant: before the user agrees to the devices and the last change that are shown, a fresh device writes nothing:
// no entry, no anchor, no batch, and nothing on its own disk.
// Regression caught: the device joins first and asks then, so that an old or forked account is extended.
#[test]
fn a_fresh_device_writes_nothing_before_the_user_agrees() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("from before");
    world.settle();
    let before = n_written(&world);

    world.add_device_like("phone", "laptop");
    let view = asked(&mut world).expect("it asks first");
    assert_eq!(view.devices.len(), 1);
    assert_eq!(Some(view.devices[0].id), view.last_change_by);
    for intention in [
        Intention::Send { chat: None, text: "too early".to_owned(), model: None },
        Intention::KeepDraft { chat: None, text: "too early".to_owned() },
        Intention::TryNow,
        Intention::NewChat,
        Intention::Lock,
    ] {
        world.on("phone").want(intention);
        world.settle();
        assert_eq!(n_written(&world), before);
        assert!(world.disk("phone").all_rows().is_empty(), "nor is anything kept on the device");
        world.restart_locked("phone");
        asked(&mut world).expect("it asks again");
    }

    world.on("phone").want(Intention::Agree);
    world.settle();
    let (n_entries, anchor, _) = n_written(&world);
    assert_eq!(n_entries, before.0 + 1);
    assert_ne!(anchor, before.1, "the passkey remembers what was agreed to");
    let account = world.account("laptop");
    let log = world.relay().stored_log(account);
    let log = LogState::verify(account, log.iter().map(Vec::as_slice)).expect("an honest log");
    let statuses: Vec<_> = log.active_devices().map(shared_types::log::DeviceState::status).collect();
    assert!(statuses.contains(&DeviceStatus::Unconfirmed), "a passkey alone confirms nobody");
    assert_eq!(world.on("phone").messages(), ["from before", "a scripted answer"]);
}

/// The account at three times: with one device, with two and with three, each with a chat of another name. The phone
/// is fresh.
fn at_three_times() -> (World, [FakeRelay; 3]) {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("a question").rename("time 0");
    world.settle();
    let first = world.relay().split();
    let mut later = ["tablet", "watch"].into_iter().zip(1..).map(|(name, time)| {
        world.add_device_like(name, "laptop");
        world.on(name).sign_in();
        world.settle();
        world.on(name).open_newest().rename(&format!("time {time}"));
        world.settle();
        world.relay().split()
    });
    let [second, third] = [later.next(), later.next()].map(|relay| relay.expect("two devices join"));
    drop(later);
    world.add_device_like("phone", "laptop");
    (world, [first, second, third])
}

// Adversary: A1, a malicious relay that has kept everything, shows a fresh device an old account, or parts of several.
// Invariant: the account as it was at any time since the method was added can be shown, and the user is asked whether
// it is theirs. A log that does not reach what the method's anchor has seen is refused before that; batches that are
// newer than the log are by devices, or name entries, that are not in it: not believed, and shown. Batches older than the log are the same window once more: nobody has told this device
// of the rest.
// Regression caught: the window grows (an anchor is not looked at), or the honest relay falls out of it.
#[test]
fn the_documented_window_is_exactly_this() {
    for anchored in 0..3 {
        for logged in 0..3 {
            for written in 0..3 {
                let case = format!("anchor of time {anchored}, log of time {logged}, batches of time {written}");
                let (mut world, times) = at_three_times();
                let account = world.account("laptop");
                let shown = times[logged].split();
                let kept = anchor(&world, &times[anchored]);
                assert!(kept.is_some());
                shown.bend_anchors(To::Everyone, move |answer| answer.anchor.clone_from(&kept));
                let batches = times[written].stored_batches(account);
                shown.bend_pages(To::Everyone, move |page| {
                    page.parcels.clone_from(&batches);
                    page.more = false;
                });
                world.move_to("phone", &shown);
                let n_entries = shown.stored_log(account).len();
                let view = match asked(&mut world) {
                    Ok(view) => view,
                    Err(problem) => {
                        assert!(anchored > logged, "{case}: within the window");
                        assert_eq!(problem, Some(Problem::AccountRolledBack), "{case}");
                        assert_eq!(shown.stored_log(account).len(), n_entries, "{case}: nothing is written");
                        assert!(world.disk("phone").all_rows().is_empty(), "{case}");
                        continue;
                    }
                };
                assert!(anchored <= logged, "{case}: outside the window");
                assert_eq!(view.devices.len(), logged + 1, "{case}: what the user is asked to recognise");
                world.on("phone").want(Intention::Agree);
                world.settle();
                let is_verified = world.on("phone").integrity() == IntegrityState::Verified;
                assert_eq!(is_verified, written <= logged, "{case}");
                assert_eq!(world.on("phone").titles(), [format!("time {}", written.min(logged))], "{case}");
            }
        }
    }
}
