//! Whatever is killed at whatever step: between two commits, before a request has left, after it has arrived.

use client_core::intention::Intention;
use client_core::relay::fake::evil::To;
use client_core::view::{IntegrityState, ScreenView};

use crate::world::World;

/// Where a device is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    BeforeCall(u32),
    AfterCall(u32),
    AfterCommits(u32),
}

/// More steps than anything here has.
const MAX_STEPS: u32 = 60;

impl Death {
    fn prepare(self, world: &World, name: &str) {
        match self {
            Self::BeforeCall(n) => world.link(name).break_after(n, false),
            Self::AfterCall(n) => world.link(name).break_after(n, true),
            Self::AfterCommits(n) => world.disk(name).stop_after(n),
        }
    }

    /// The browser dies where it stands, and is there again; whether it came to that.
    fn strike(world: &mut World, name: &str) -> bool {
        world.crash(name);
        let has_died = world.link(name).has_broken() | world.disk(name).go_on();
        world.link(name).reconnect();
        world.start(name);
        has_died
    }
}

/// Runs a story with a death at each of its steps, of each kind, until none is left; how many there were.
fn at_every_step(mut story: impl FnMut(Death) -> bool) -> u32 {
    let kinds: [fn(u32) -> Death; 3] = [Death::BeforeCall, Death::AfterCall, Death::AfterCommits];
    let mut n_deaths = 0;
    for death_at in kinds {
        let n_steps = (0..MAX_STEPS).take_while(|n| story(death_at(*n))).count();
        assert!(n_steps < 60, "it never comes to its end");
        n_deaths += u32::try_from(n_steps).expect("there are few");
    }
    n_deaths
}

fn is_killed_while_signing_up(death: Death) -> bool {
    let mut world = World::new();
    world.add_person("laptop");
    death.prepare(&world, "laptop");
    world.on("laptop").want(Intention::SignUp { device_name: Some("laptop".to_owned()) });
    if matches!(world.on("laptop").screen(), ScreenView::RecoveryKit(_)) {
        let words = world.on("laptop").asked_words();
        world.on("laptop").want(Intention::ConfirmWords { words: words.into() });
    }
    world.run();
    let has_died = Death::strike(&mut world, "laptop");
    if matches!(world.on("laptop").screen(), ScreenView::Locked(_)) {
        world.on("laptop").unlock();
    } else {
        world.on("laptop").sign_up();
    }
    world.on("laptop").send("after all");
    world.settle();
    world.add_device_like("phone", "laptop");
    world.on("phone").sign_in();
    world.settle();
    assert_eq!(world.on("phone").messages(), ["after all", "a scripted answer"], "{death:?}");
    assert_eq!(world.on("phone").integrity(), IntegrityState::Verified, "{death:?}");
    has_died
}

fn is_killed_while_rotating(death: Death) -> bool {
    let mut world = World::with_confirmed(["laptop", "phone"]);
    world.on("laptop").send("before");
    world.settle();
    world.cut_off("laptop");
    world.on("laptop").send("not sent yet");
    world.crash("laptop");
    world.crash("phone");
    world.pass_ms(15 * 86_400_000);
    // Old enough for a rotation: it is the first thing that happens.
    world.link("laptop").reconnect();
    // The relay keeps this device's copies to itself: what it has made it must have kept.
    world.relay().bend_epochs(To::Link("laptop"), |epochs| epochs.copies.clear());
    death.prepare(&world, "laptop");
    world.start("laptop");
    world.on("laptop").want(Intention::UnlockWithPasskey);
    world.pass_ms(2_000);
    let has_died = Death::strike(&mut world, "laptop");
    world.on("laptop").unlock();
    world.settle();
    world.start("phone");
    world.on("phone").unlock();
    world.settle();
    world.on("phone").open_newest().send("from the phone");
    world.settle();
    let log = world.log("laptop");
    assert_eq!(log.epoch().part.number, 2, "{death:?}: once, and not once more for each death");
    let texts = world.on("laptop").open_newest().messages();
    // An answer may have been cut off by the death.
    let questions: Vec<&str> = texts.iter().step_by(2).map(String::as_str).collect();
    assert_eq!(questions, ["before", "not sent yet", "from the phone"], "{death:?}");
    assert_eq!(world.on("phone").messages(), texts, "{death:?}");
    for name in ["laptop", "phone"] {
        let status = world.on(name).status();
        assert_eq!(
            (status.integrity, status.problem, status.n_unsent),
            (IntegrityState::Verified, None, 0),
            "{death:?}"
        );
    }
    has_died
}

// Adversary: chance, which kills a browser, or A1, who keeps an answer back, at any step of a sign-up or a rotation.
// Invariant: the next start goes on or begins anew; nothing that was written is lost, and a rotation happens once.
// Regression caught: an epoch whose key was known only to the memory that is gone.
#[test]
fn killed_at_every_step_it_recovers() {
    let n_deaths = at_every_step(is_killed_while_signing_up);
    assert!(n_deaths >= 6, "of a sign-up: {n_deaths}");
    let n_deaths = at_every_step(is_killed_while_rotating);
    assert!(n_deaths >= 20, "of a rotation: {n_deaths}");
}
