//! Attacks by the relay on whole clients: rows 2, 5, 13 and 20 of `docs/attacks.md` here, others beside it.

mod cuts;
mod deletions;
mod downgrades;
mod forks;
mod fresh;
mod hand_overs;
mod lengths;
mod members;
mod pages;
mod recipients;
mod rollback;
mod withheld;

use client_core::envelope::n_opened;
use client_core::intention::{GestureRequest, Intention};
use client_core::keys::DeviceKeys;
use client_core::keys::seeded::SeededRng;
use client_core::relay::fake::evil::To;
use client_core::view::{IntegrityState, Problem, ScreenView};
use shared_types::account::AnchorResponse;
use shared_types::batch::SignedBatch;
use shared_types::ids::{DeviceId, Hash};
use shared_types::log::LogState;
use shared_types::sync::BatchParcel;

use crate::world::{Mood, World};

/// Longer than the longest wait before a held page is read again.
const HOURS_MS: u64 = 3 * 3_600_000;

/// A batch of the laptop that the phone has not pulled, and the world in which that is so.
fn with_a_batch_on_its_way() -> (World, BatchParcel) {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("known");
    world.settle();
    world.on("phone").open_newest();
    world.cut_off("phone");
    world.on("laptop").rename("on its way");
    world.settle();
    let newest = world.relay().stored_batches(world.account("laptop")).pop().expect("the rename was pushed");
    (world, newest)
}

/// Shows the phone this batch where the genuine one stands.
fn show_only(world: &mut World, parcel: BatchParcel) {
    world.relay().bend_pages(To::Link("phone"), move |page| {
        page.parcels = vec![parcel.clone()];
        page.more = false;
    });
    world.reconnect("phone");
    world.settle();
}

/// How a batch is bent.
type Bend<'a> = &'a dyn Fn(&BatchParcel) -> BatchParcel;

// Adversary: A1, a malicious relay, puts a batch into a page: by an author of its own making, or in the name of a
// device of the account without that device's signature.
// Invariant: nothing of a batch is decrypted before its author stands in the verified log and its signature holds.
// Regression caught: forged ops reach the vault, or at least the ciphers, and the account looks verified.
#[test]
fn a_foreign_batch_is_refused_before_decryption() {
    let foreign = |genuine: &BatchParcel| {
        let keys = DeviceKeys::generate(&mut SeededRng::new(99));
        let mut batch = SignedBatch::parse(&genuine.batch).unwrap().batch;
        (batch.device_id, batch.seq, batch.previous) = (keys.id(), 0, Hash::ZERO);
        batch.seen.clear();
        let signature = keys.sign_batch(&batch);
        BatchParcel { batch: batch.with_signature(signature), envelopes: genuine.envelopes.clone() }
    };
    let unsigned = |genuine: &BatchParcel| {
        let mut forged = genuine.clone();
        *forged.batch.last_mut().unwrap() ^= 1;
        forged
    };
    let cases: [(&str, Bend<'_>); 2] = [("foreign", &foreign), ("unsigned", &unsigned)];
    for (case, forge) in cases {
        let (mut world, genuine) = with_a_batch_on_its_way();
        let before = (n_opened(), world.on("phone").titles(), world.on("phone").messages());
        assert_eq!(world.on("phone").integrity(), IntegrityState::Verified);
        show_only(&mut world, forge(&genuine));
        let after = (n_opened(), world.on("phone").titles(), world.on("phone").messages());
        assert_eq!(after, before, "{case}");
        assert_eq!(world.on("phone").integrity(), IntegrityState::Altered, "{case}: it is shown");

        world.relay().turn_honest();
        world.cut_off("phone");
        world.reconnect("phone");
        world.settle();
        assert_eq!(world.on("phone").titles(), ["on its way"], "{case}: the rest of the account keeps working");
        assert!(n_opened() > before.0, "{case}: the counter counts");
        world.restart("phone");
        assert_eq!(world.on("phone").integrity(), IntegrityState::Altered, "{case}: the evidence is kept");
    }
}

/// PRF inputs as security.md §4 has them, of all gestures that a device was asked for.
fn check_prf_inputs(world: &World, name: &str, device: DeviceId) {
    let account = Hash::of(&[b"sotto/prf/account/v1"]).0.to_vec();
    let local = Hash::of(&[b"sotto/prf/local/v1", &device.0]).0.to_vec();
    let gestures = &world.tab(name).gestures;
    assert!(!gestures.is_empty());
    for gesture in gestures {
        match gesture {
            GestureRequest::Create { prf, rp_id, .. } => {
                assert_eq!((prf, rp_id.as_str()), (&[account.clone(), local.clone()], "localhost"));
            }
            GestureRequest::Get { prf_first, prf_second, rp_id, .. } => {
                assert_eq!(rp_id, "localhost");
                let inputs = (prf_first, prf_second.as_ref());
                assert!(inputs == (&account, Some(&local)) || inputs == (&local, None), "{gesture:?}");
            }
            GestureRequest::Forget { .. } => {}
        }
    }
}

fn newest_device(world: &World, name: &str) -> DeviceId {
    let account = world.account(name);
    let entries = world.relay().stored_log(account);
    let log = LogState::verify(account, entries.iter().map(Vec::as_slice)).expect("an honest relay stores a good log");
    log.devices().max_by_key(|device| device.added_seq).expect("a log has a device").part.id
}

// Adversary: A1, a malicious relay, bends every option that it sends for WebAuthn, so that an authenticator evaluates
// what the relay would like to know.
// Invariant: PRF inputs and relying party are fixed in the client; of the relay's options only the challenge is taken.
// Regression caught: an input from the relay, so that outputs can be harvested or keys derived for another place.
#[test]
fn relay_options_cannot_alter_prf_inputs() {
    for mood in [Mood::Willing, Mood::PrfOnlyAtGet, Mood::OneResultOnly] {
        let mut world = World::new();
        let bent = Hash::of(&[b"sotto/prf/account/v1", b"of the relay's liking"]).0.to_vec();
        world.relay().bend_sign_ins(To::Everyone, move |start| {
            start.challenge.0.clone_from(&bent);
            start.account_id = Some(shared_types::ids::AccountId([6; 16]));
        });
        world.add_person("laptop");
        world.set_mood("laptop", mood);
        world.on("laptop").sign_up();
        check_prf_inputs(&world, "laptop", newest_device(&world, "laptop"));
        world.add_device_like("phone", "laptop");
        world.on("phone").sign_in();
        let phone = newest_device(&world, "phone");
        check_prf_inputs(&world, "phone", phone);

        world.restart("phone");
        let local = Hash::of(&[b"sotto/prf/local/v1", &phone.0]).0.to_vec();
        let [GestureRequest::Get { prf_first, prf_second: None, .. }] = world.tab("phone").gestures.as_slice() else {
            panic!("one gesture with one input unlocks: {:?}", world.tab("phone").gestures)
        };
        assert_eq!(*prf_first, local, "daily unlock evaluates only the local input");
        let output = world.authenticator("phone").newest_prf_output(&local);
        assert_eq!(world.relay().calls_with(&output), [""; 0], "the output stays on the device");
    }
    for rp_id in ["evil.example", "a.localhost", "host", "", "localhost."] {
        let mut world = World::new();
        world.relay().set_about(|about| about.rp_id = rp_id.to_owned());
        world.add_person("laptop");
        for intention in [Intention::SignUp { device_name: None }, Intention::SignInWithPasskey] {
            world.on("laptop").want(intention);
            assert_eq!(world.on("laptop").problem(), Some(Problem::RelayConfused), "{rp_id:?}");
            assert!(world.tab("laptop").gestures.is_empty(), "no authenticator is asked for {rp_id:?}");
        }
    }
}

// Adversary: A1, a malicious relay, shows another account's log to a fresh device.
// Invariant: a log is believed only for the account that the authenticator's user handle certifies.
// Regression caught: the user is asked to agree to, or writes into, an account that somebody else controls.
#[test]
fn a_fresh_client_refuses_a_foreign_log() {
    let mut world = World::with_devices(["laptop"]);
    world.add_person("mallory");
    world.on("mallory").sign_up();
    world.settle();
    world.add_device_like("phone", "laptop");
    world.relay().serve_log_of(To::Link("phone"), world.account("mallory"));
    let n_opened_before = n_opened();
    world.on("phone").want(Intention::SignInWithPasskey);
    assert_eq!(world.on("phone").problem(), Some(Problem::AccountRefused));
    assert!(matches!(world.on("phone").screen(), ScreenView::Welcome(_)));
    assert_eq!(n_opened(), n_opened_before);
    assert!(world.disk("phone").all_rows().is_empty());
}

// Adversary: A1, a malicious relay, gives a fresh device an epoch key of its own making.
// Invariant: every copy of an epoch key must match the commitment in the signed log.
// Regression caught: a fresh device writes under a key that the relay knows.
#[test]
fn a_fresh_client_takes_no_forged_epoch_key() {
    let mut world = World::with_devices(["laptop"]);
    world.add_person("mallory");
    world.on("mallory").sign_up();
    world.settle();
    world.add_device_like("phone", "laptop");
    world.relay().forge_epoch_copies(To::Link("phone"), vec![7; 80]);
    world.on("phone").want(Intention::SignInWithPasskey);
    assert_eq!(world.on("phone").problem(), Some(Problem::AccountRefused));
    assert!(world.disk("phone").all_rows().is_empty());
}

/// How an anchor is bent, what the log is shown as, and what the user is told.
struct BentAnchor {
    case: &'static str,
    bend: fn(&mut AnchorResponse),
    n_entries: usize,
    problem: Problem,
}

// Adversary: A1, a malicious relay, shows a fresh device an account without the anchor of its method, with a forged
// one, or a log that does not reach what the method remembers.
// Invariant: without the method's own anchor within the log that is shown, the sign-in ends before anything is written.
// Regression caught: the check in sign_in.rs goes, and a fresh device joins an account that was rolled back.
#[test]
fn a_fresh_client_joins_nothing_without_the_anchor_of_its_method() {
    let (whole, refused) = (usize::MAX, Problem::AccountRefused);
    let cases = [
        BentAnchor { case: "missing", bend: |kept| kept.anchor = None, n_entries: whole, problem: refused },
        BentAnchor {
            case: "forged",
            bend: |kept| *kept.anchor.as_mut().unwrap().envelope.0.last_mut().unwrap() ^= 1,
            n_entries: whole,
            problem: refused,
        },
        BentAnchor {
            case: "of another counter",
            bend: |kept| kept.anchor.as_mut().unwrap().counter += 1,
            n_entries: whole,
            problem: refused,
        },
        BentAnchor { case: "off the log", bend: |_| (), n_entries: 1, problem: Problem::AccountRolledBack },
    ];
    for BentAnchor { case, bend, n_entries, problem } in cases {
        let mut world = World::with_devices(["laptop", "phone"]);
        world.add_device_like("tablet", "laptop");
        world.relay().bend_anchors(To::Link("tablet"), bend);
        world.relay().bend_logs(To::Link("tablet"), move |log| log.entries.truncate(n_entries));
        world.on("tablet").want(Intention::SignInWithPasskey);
        assert_eq!(world.on("tablet").problem(), Some(problem), "{case}");
        assert!(matches!(world.on("tablet").screen(), ScreenView::Welcome(_)), "{case}");
        world.on("tablet").want(Intention::Agree);
        assert!(world.disk("tablet").all_rows().is_empty(), "{case}: nothing is kept");
        let account = world.account("laptop");
        assert_eq!(world.relay().stored_log(account).len(), 2, "{case}: nothing is written");

        world.relay().turn_honest();
        world.on("tablet").sign_in();
        assert_eq!(world.relay().stored_log(account).len(), 3, "{case}");
    }
}
