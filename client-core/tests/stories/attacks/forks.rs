//! Attack row 10: a relay that tells two devices two stories, of one device or of the account.

use client_core::relay::fake::evil::To;
use client_core::view::IntegrityState;
use shared_types::batch::SignedBatch;
use shared_types::log::LogState;
use shared_types::sync::BatchParcel;

use crate::world::World;

/// What the relay has of this device, in its order.
fn batches_of(world: &mut World, name: &str) -> Vec<BatchParcel> {
    let own = world.on(name).device_id();
    let stored = world.link(name).relay().stored_batches(world.account(name));
    stored.into_iter().filter(|parcel| signed(parcel).batch.device_id == own).collect()
}

fn signed(parcel: &BatchParcel) -> SignedBatch {
    SignedBatch::parse(&parcel.batch).expect("the relay takes no other")
}

// Adversary: A1 together with whoever holds a device's key: the relay keeps two histories of that device and shows one
// to each of the others.
// Invariant: as soon as one device is shown anything of both, it keeps two signatures over one place of a chain.
// Regression caught: the later story replaces the earlier one, or the proof is thrown away.
#[test]
fn a_fork_yields_two_signatures() {
    let mut world = World::with_devices(["laptop", "phone", "tablet"]);
    world.on("laptop").send("known to all");
    world.settle();
    // Two relays from here on, and the laptop's profile twice.
    let other = world.relay().split();
    let profile = world.disk("laptop").all_rows();
    world.move_to("tablet", &other);
    world.on("laptop").rename("one story");
    world.settle();
    let one = batches_of(&mut world, "laptop");
    world.crash("laptop");
    world.disk("laptop").restore(&profile);
    world.move_to("laptop", &other);
    world.on("laptop").rename("another story");
    world.settle();
    let another = batches_of(&mut world, "laptop");
    assert_eq!(world.on("phone").titles(), ["one story"]);
    assert_eq!(world.on("tablet").titles(), ["another story"]);
    for device in ["phone", "tablet"] {
        assert_eq!(world.on(device).integrity(), IntegrityState::Verified, "{device} has seen one story only");
    }

    let n_common = one.iter().zip(&another).take_while(|(one, another)| one == another).count();
    let (first, second) = (signed(&one[n_common]), signed(&another[n_common]));
    assert_eq!((first.batch.device_id, first.batch.seq), (second.batch.device_id, second.batch.seq));
    let shown = another[n_common].clone();
    world.relay().bend_pages(To::Link("phone"), move |page| page.parcels.push(shown.clone()));
    world.restart("phone");
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::Forked);
    assert_eq!(world.on("phone").titles(), ["one story"], "what was believed first stays");
    let account = world.account("phone");
    let log = world.relay().stored_log(account);
    let log = LogState::verify(account, log.iter().map(Vec::as_slice)).expect("an honest log");
    let author = log.device(&first.batch.device_id).expect("the laptop is in the log").part.signing;
    assert!(first.is_signed_by(&author) && second.is_signed_by(&author), "two signatures over one place");
    assert_ne!(first.hash, second.hash);
    world.relay().turn_honest();
    world.restart("phone");
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::Forked, "the evidence is kept");
}

// Adversary: A1, a malicious relay, keeps two account logs that part after some entry, lets one device in by each, and
// shows them to different devices.
// Invariant: a log that does not extend the pinned one is refused; a batch that names an entry off the reader's log is a
// fork of the account; both are shown, and the state codes of the two sides differ.
// Regression caught: the longer log wins, and a device that only one side has let in reads and writes for all.
#[test]
fn two_logs_are_seen_as_a_fork_of_the_account() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("known to all");
    world.settle();
    let other = world.relay().split();
    world.move_to("phone", &other);
    world.add_device_like("tablet", "laptop");
    world.on("tablet").sign_in();
    world.add_device_like("watch", "laptop");
    world.move_to("watch", &other);
    world.on("watch").sign_in();
    world.settle();
    world.on("phone").open_newest().rename("on the other side");
    world.settle();
    let logs = [world.relay(), &other].map(|relay| relay.stored_log(world.account("laptop")));
    assert_eq!(logs[0].len(), logs[1].len());
    assert_ne!(logs[0], logs[1]);
    for device in ["laptop", "phone", "tablet", "watch"] {
        assert_eq!(world.on(device).integrity(), IntegrityState::Verified, "{device} has seen one log only");
    }
    let [laptop, tablet, phone] = ["laptop", "tablet", "phone"].map(|name| world.on(name).security().code);
    assert_eq!(laptop, tablet);
    assert_ne!(laptop, phone, "people who compare them see it");

    // A batch of the other side.
    let foreign = batches_of(&mut world, "phone").pop().expect("the rename was pushed");
    let shown = foreign.clone();
    world.relay().bend_pages(To::Link("laptop"), move |page| page.parcels.push(shown.clone()));
    world.on("tablet").open_newest().rename("on this side");
    world.settle();
    assert_eq!(world.on("laptop").integrity(), IntegrityState::Forked, "by the batch");
    assert_eq!(world.on("laptop").titles(), ["on this side"], "the rest of the account keeps working");

    // The other log itself.
    let entries: Vec<_> = logs[1].iter().cloned().map(shared_types::ids::WireBytes).collect();
    world.relay().bend_logs(To::Link("tablet"), move |log| log.entries.clone_from(&entries));
    world.restart("tablet");
    world.settle();
    assert_eq!(world.on("tablet").integrity(), IntegrityState::Forked, "by the log");
    world.relay().turn_honest();
    for device in ["laptop", "tablet"] {
        world.restart(device);
        world.settle();
        assert_eq!(world.on(device).integrity(), IntegrityState::Forked, "{device} keeps the evidence");
    }
}
