//! Whole cores against a true relay that lies in random ways, over HTTP.
//!
//! `SOTTO_EVIL_STEPS` makes it longer; a run that fails prints its seed and the fewest steps that fail.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

#[path = "relay_http/authenticator.rs"]
mod authenticator;
#[path = "stories/world/clock.rs"]
mod clock;
#[path = "evil_relay/counted.rs"]
mod counted;
#[expect(dead_code, reason = "stories look at more of it")]
#[path = "stories/world/tab.rs"]
mod tab;
#[path = "evil_relay/world.rs"]
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write};
use std::thread;

use client_core::keys::DeviceKeys;
use client_core::keys::seeded::SeededRng;
use client_core::view::{IntegrityState, Problem};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use relay_server::evil::{Hook, To};
use shared_types::batch::SignedBatch;
use shared_types::ids::Hash;
use shared_types::sync::{BatchParcel, PushBody};

use world::World;

const N_DEVICES: usize = 3;
/// Steps of all runs, at least.
const N_STEPS: usize = 10_000;
/// The same without lies.
const N_HONEST_STEPS: usize = 1_000;
/// Runs under way at a time, each in a world of its own.
const N_THREADS: u64 = 2;
/// Long enough for a device that has just started to read what was held once more, from the very start too.
const AGAIN_S: u64 = 60;
/// Words of the owner; no byte of them is the relay's to see.
const CANARY: &str = "canary-quartz-lantern";

/// What happens in a run.
#[derive(Debug, Clone)]
enum Step {
    Write { device: usize },
    Rename { device: usize },
    Close { device: usize },
    Open { device: usize },
    Lie { lie: Lie, device: Option<usize> },
    TurnHonest,
    Pass { seconds: u64 },
}

/// The kinds of hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    Replay,
    Swap,
    Drop,
    Fork,
    Inject,
    Downgrade,
    Freeze,
    Truncate,
}

const LIES: [Lie; 8] =
    [Lie::Replay, Lie::Swap, Lie::Drop, Lie::Fork, Lie::Inject, Lie::Downgrade, Lie::Freeze, Lie::Truncate];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let device = || 0..N_DEVICES;
    let step = prop_oneof![
        4 => device().prop_map(|device| Step::Write { device }),
        2 => device().prop_map(|device| Step::Rename { device }),
        2 => device().prop_map(|device| Step::Close { device }),
        2 => device().prop_map(|device| Step::Open { device }),
        4 => (prop::sample::select(&LIES[..]), prop::option::of(device())).prop_map(|(lie, device)| Step::Lie { lie, device }),
        1 => Just(Step::TurnHonest),
        2 => (1..40_u64).prop_map(|seconds| Step::Pass { seconds }),
    ];
    prop::collection::vec(step, 60..120)
}

/// What devices have pushed, oldest first.
fn pushed(world: &World) -> Vec<BatchParcel> {
    let seen = world.evil().seen();
    let pushes = seen.iter().filter(|seen| seen.line == "POST /v1/batches");
    pushes.filter_map(|push| PushBody::parse(&push.body).ok()).flat_map(|body| body.parcels).collect()
}

/// A batch that the relay makes of the newest one: by an author of its own, or in the name of the true one.
fn forged(world: &World, lie: Lie) -> Option<BatchParcel> {
    let genuine = pushed(world).pop()?;
    if lie == Lie::Inject {
        let keys = DeviceKeys::generate(&mut SeededRng::new(99));
        let mut batch = SignedBatch::parse(&genuine.batch).unwrap().batch;
        (batch.device_id, batch.seq, batch.previous) = (keys.id(), 0, Hash::ZERO);
        batch.seen.clear();
        let signature = keys.sign_batch(&batch);
        return Some(BatchParcel { batch: batch.with_signature(signature), envelopes: genuine.envelopes });
    }
    let mut forged = genuine;
    // The end of what is signed.
    let last_leaf = forged.batch.len() - 65;
    forged.batch[last_leaf] ^= 1;
    Some(forged)
}

fn hook(world: &World, lie: Lie) -> Option<Hook> {
    Some(match lie {
        Lie::Replay => Hook::Replay,
        Lie::Swap => Hook::Swap,
        Lie::Drop => Hook::Drop,
        Lie::Fork => Hook::Fork(forged(world, lie)?),
        Lie::Inject => Hook::Inject(forged(world, lie)?),
        Lie::Downgrade => Hook::Downgrade,
        Lie::Freeze => Hook::Freeze,
        Lie::Truncate => Hook::Truncate,
    })
}

fn take(world: &mut World, number: usize, step: &Step) {
    match step {
        Step::Write { device } => world.write(*device, &format!("{CANARY} {number}")),
        Step::Rename { device } => world.rename(*device, &format!("{CANARY} title {number}")),
        Step::Close { device } => world.close(*device),
        Step::Open { device } => world.open(*device),
        Step::Lie { lie, device } => {
            let to = device.map_or(To::Everyone, |device| To::Device(world.id(device)));
            if let Some(hook) = hook(world, *lie) {
                world.evil().tell(to, hook);
            }
        }
        Step::TurnHonest => world.evil().turn_honest(),
        Step::Pass { seconds } => world.pass_s(*seconds),
    }
}

/// Says something in `./check`, also of a test that passes.
fn tell(what: &str) {
    writeln!(io::stderr().lock(), "evil_relay: {what}").unwrap();
}

/// What runs came to.
#[derive(Debug, Default)]
struct Tally {
    n_steps: usize,
    n_runs: usize,
    n_lies: usize,
    /// Devices that hold everything in the end.
    n_whole: usize,
    /// Devices that say that something is wrong.
    n_warned: usize,
    /// How often a device was seen in each state, after a step.
    states: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.n_steps += other.n_steps;
        self.n_runs += other.n_runs;
        self.n_lies += other.n_lies;
        self.n_whole += other.n_whole;
        self.n_warned += other.n_warned;
        for (state, n_seen) in &other.states {
            *self.states.entry(state).or_default() += n_seen;
        }
    }

    fn count_states(&mut self, world: &World) {
        for device in (0..N_DEVICES).filter(|device| world.is_open(*device)) {
            *self.states.entry(name_of(world.status(device).integrity)).or_default() += 1;
        }
    }
}

fn name_of(state: IntegrityState) -> &'static str {
    match state {
        IntegrityState::Verified => "verified",
        IntegrityState::Syncing => "syncing",
        IntegrityState::Withheld => "withheld",
        IntegrityState::Altered => "altered",
        IntegrityState::Forked => "forked",
        IntegrityState::RolledBack => "rolled back",
    }
}

/// Runs the steps, lets the relay be honest again, and looks at what everybody holds.
fn run(steps: &[Step]) -> Tally {
    let mut tally = Tally { n_steps: steps.len(), n_runs: 1, ..Tally::default() };
    let mut world = World::with_devices(N_DEVICES);
    world.write(0, &format!("{CANARY} first"));
    for (number, step) in steps.iter().enumerate() {
        take(&mut world, number, step);
        tally.n_lies += usize::from(matches!(step, Step::Lie { .. }));
        tally.count_states(&world);
    }
    world.evil().turn_honest();
    for device in 0..N_DEVICES {
        world.close(device);
        world.open(device);
    }
    world.pass_s(AGAIN_S);
    let witness = world.add_device();
    let expected = world.everything(witness);
    for device in 0..N_DEVICES {
        let held = world.everything(device);
        let status = world.status(device);
        for text in world.written(device) {
            let is_kept = held.iter().any(|(_, texts)| texts.contains(text));
            assert!(is_kept, "device {device} has lost {text:?} of its own: {held:?}");
        }
        if status.integrity == IntegrityState::Verified && status.problem.is_none() {
            assert_eq!(held, expected, "device {device} shows no trouble, and holds another vault");
            tally.n_whole += 1;
        } else {
            tally.n_warned += 1;
        }
    }
    assert_nothing_readable(&world);
    tally
}

/// Neither raw nor in base64, at any place of a longer text.
fn assert_nothing_readable(world: &World) {
    let mut forms = vec![CANARY.as_bytes().to_vec()];
    for offset in 0..3 {
        let shifted = [&vec![0; offset][..], CANARY.as_bytes()].concat();
        let whole = shifted.get(..shifted.len() / 3 * 3).unwrap();
        let skipped = if offset == 0 { 0 } else { 4 };
        let texts = [BASE64.encode(whole), BASE64URL_NOPAD.encode(whole)];
        forms.extend(texts.map(|text| text.bytes().skip(skipped).collect()));
    }
    let seen = world.evil().seen();
    assert!(seen.iter().any(|seen| seen.line == "POST /v1/batches"), "something was pushed");
    for seen in &seen {
        for bytes in [&seen.headers, &seen.body] {
            let is_in = |form: &Vec<u8>| bytes.windows(form.len()).any(|window| window == form.as_slice());
            assert!(!forms.iter().any(is_in), "{} carries what the owner wrote", seen.line);
        }
    }
}

// Adversary: A1, a malicious relay, that replays, swaps, drops, forks, injects, downgrades, freezes and truncates in
// any order, to one device or to all, and turns honest in the end.
// Invariant: every device holds what a fresh one reads, or shows that something is wrong; what was written here stays
// here; no word of the owner is on the wire.
// Regression caught: an order of lies after which a device is silently behind, stuck, or without its own words.
#[test]
fn after_any_lies_every_device_is_whole_or_says_so() {
    let wanted = env::var("SOTTO_EVIL_STEPS").ok().map(|steps| steps.parse().expect("a number of steps"));
    let n_steps = wanted.unwrap_or(N_STEPS) / usize::try_from(N_THREADS).unwrap();
    let tallies = thread::scope(|scope| {
        let threads =
            (0..N_THREADS).map(|thread| scope.spawn(move || run_seeds(thread, n_steps, |_| ()))).collect::<Vec<_>>();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Vec<_>>()
    });
    let mut all = Tally::default();
    for tally in &tallies {
        all.add(tally);
    }
    tell(&format!("{} steps, {} lies, seeds 0 to {}", all.n_steps, all.n_lies, all.n_runs - 1));
    tell(&format!("{} devices whole, {} warned; states seen: {:?}", all.n_whole, all.n_warned, all.states));
    assert!(all.n_steps >= n_steps, "{all:?}");
    assert!(all.n_whole > 0 && all.n_warned > 0, "{all:?}");
}

/// Two devices have written what the third, which is closed, has not read; and a batch by one of them that the relay
/// could show instead of a genuine one, signed by the same key.
fn with_news() -> (World, BatchParcel) {
    let mut world = World::with_devices(N_DEVICES);
    for device in 0..N_DEVICES {
        world.write(device, &format!("{CANARY} known"));
        world.pass_s(5);
    }
    // The first device's profile is used twice: its second life is kept from seeing what it wrote in its first.
    let (id, profile) = (world.id(0), world.profile(0));
    world.evil().tell(To::Device(id), Hook::Freeze);
    world.rename(0, &format!("{CANARY} one story"));
    world.pass_s(5);
    let later = world.profile(0);
    world.restore(0, &profile);
    world.rename(0, &format!("{CANARY} another story"));
    world.pass_s(5);
    let signed = pushed(&world).pop().expect("it was pushed, and refused");
    world.evil().turn_honest();
    world.restore(0, &later);
    world.close(1);
    for device in [0, 2, 0, 2] {
        world.write(device, &format!("{CANARY} news"));
        world.pass_s(5);
    }
    (world, signed)
}

// Adversary: A1, a malicious relay, tells one device one kind of lie.
// Invariant: each kind has its visible state, or changes nothing; and the evidence outlasts the lie.
// Regression caught: a hook that does nothing, so that the runs above prove less than they say.
#[test]
fn each_hook_causes_its_state() {
    use IntegrityState::{Altered, Forked, RolledBack, Verified, Withheld};
    let cases = [
        (Lie::Replay, Verified, None),
        (Lie::Swap, Altered, None),
        (Lie::Drop, Withheld, None),
        (Lie::Fork, Forked, None),
        (Lie::Inject, Altered, None),
        (Lie::Downgrade, Altered, Some(Problem::RelayConfused)),
        (Lie::Freeze, RolledBack, None),
        (Lie::Truncate, Verified, Some(Problem::RelayConfused)),
    ];
    for (lie, state, problem) in cases {
        let (mut world, signed) = with_news();
        let told = if lie == Lie::Fork { Hook::Fork(signed) } else { hook(&world, lie).unwrap() };
        // The oldest batch of the page is known already.
        for _ in 0..if lie == Lie::Drop { 2 } else { 1 } {
            world.evil().tell(To::Device(world.id(1)), told.clone());
        }
        world.open(1);
        if lie == Lie::Freeze {
            // A frozen device finds out when it writes.
            world.write(1, &format!("{CANARY} into the ice"));
        }
        // What is left out of one page is found in another, a little later.
        world.pass_s(if lie == Lie::Drop { 2 } else { AGAIN_S });
        let status = world.status(1);
        tell(&format!(
            "{lie:?} alone: {}{}",
            name_of(status.integrity),
            problem.map_or("", |_| ", no answer believed")
        ));
        assert_eq!((status.integrity, status.problem), (state, problem), "{lie:?}");
        let others = [0, 2].map(|device| world.status(device).integrity);
        assert_eq!(others, [Verified; 2], "{lie:?}: it was told to one device");

        world.evil().turn_honest();
        world.close(1);
        world.open(1);
        world.pass_s(AGAIN_S);
        let kept = if state == Withheld { Verified } else { state };
        assert_eq!(world.status(1).integrity, kept, "{lie:?}: evidence is kept, what came late is none");
        assert_eq!(world.everything(1), world.everything(2), "{lie:?}: what was held back comes");
    }
}

// Adversary: none; the same steps without the lies.
// Invariant: a relay that is honest is never accused, however devices come, go and write at once.
// Regression caught: a check that mistakes a slow or a busy day for an attack, so that people learn to look away.
#[test]
fn an_honest_relay_is_never_accused() {
    let tally = run_seeds(0, N_HONEST_STEPS, |steps| steps.retain(|step| !matches!(step, Step::Lie { .. })));
    tell(&format!("{} steps with an honest relay: {:?}", tally.n_steps, tally.states));
    assert_eq!(tally.states.keys().copied().collect::<Vec<_>>(), ["verified"], "{tally:?}");
    assert_eq!((tally.n_lies, tally.n_warned), (0, 0), "{tally:?}");
    assert_eq!(tally.n_whole, tally.n_runs * N_DEVICES, "{tally:?}");
}

/// Runs of every second seed, from the first on, until there were so many steps.
fn run_seeds(first: u64, n_steps: usize, change: impl Fn(&mut Vec<Step>)) -> Tally {
    let all = RefCell::new(Tally::default());
    for seed in (first..).step_by(usize::try_from(N_THREADS).unwrap()) {
        if all.borrow().n_steps >= n_steps {
            break;
        }
        let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 24, ..Config::default() };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let result = runner.run(&steps(), |mut steps| {
            change(&mut steps);
            all.borrow_mut().add(&run(&steps));
            Ok(())
        });
        result.unwrap_or_else(|failed| panic!("seed {seed}: {failed}"));
    }
    all.into_inner()
}
