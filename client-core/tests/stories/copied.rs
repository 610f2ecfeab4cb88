//! A profile that was copied, or restored from a backup: one device, behind what it has signed itself.

use client_core::intention::Intention;
use client_core::view::{IntegrityState, Problem};
use shared_types::batch::SignedBatch;
use shared_types::error::ErrorCode;
use shared_types::ids::DeviceId;

use crate::world::World;

/// Authors and numbers of all batches that the relay has: one history has none of them twice.
fn places(world: &World) -> Vec<(DeviceId, u64)> {
    let batches = world.relay().stored_batches(world.account("laptop"));
    batches
        .iter()
        .map(|parcel| SignedBatch::parse(&parcel.batch).expect("the relay takes no other").batch)
        .map(|batch| (batch.device_id, batch.seq))
        .collect()
}

/// The laptop as it is now, after it has gone on and was put back to what it was.
fn restored() -> World {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("before the backup");
    world.settle();
    let backup = world.disk("laptop").all_rows();
    world.on("laptop").send("after the backup");
    world.on("laptop").send_in_new_chat("and in another chat");
    world.settle();
    world.crash("laptop");
    world.disk("laptop").restore(&backup);
    world
}

fn is_one_history(world: &mut World) {
    let mut all = places(world);
    let n_batches = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), n_batches, "one history");
    for device in ["laptop", "phone"] {
        assert_eq!(world.on(device).status().integrity, IntegrityState::Verified, "{device}");
        assert_eq!(world.on(device).status().problem, None, "{device}");
        assert_eq!(world.on(device).status().n_unsent, 0, "{device}");
    }
}

// Adversary: a thief, or the device's own user, who puts an older copy of a browser profile back.
// Invariant: the device goes on where its own chain ends at the relay: nothing is signed twice, nothing is lost.
// Regression caught: a batch that was signed before the relay was read goes out in the place of one that is there.
#[test]
fn a_restored_profile_does_not_fork_itself() {
    for is_cut_off in [false, true] {
        let mut world = restored();
        if is_cut_off {
            world.link("laptop").cut_off();
        }
        world.start("laptop");
        world.on("laptop").unlock();
        world.on("laptop").rename("renamed by the restored one");
        world.on("laptop").send("asked by the restored one");
        world.on("laptop").send_in_new_chat("in a chat of its own");
        world.on("laptop").keep_draft("not sent yet");
        world.pass_ms(2_000);
        world.reconnect("laptop");
        world.settle();
        world.settle();
        is_one_history(&mut world);
        let mut titles = world.on("laptop").titles();
        titles.sort();
        assert_eq!(
            titles,
            ["and in another chat", "in a chat of its own", "renamed by the restored one"],
            "{is_cut_off}"
        );
        let chats: Vec<_> = world.tab("laptop").chats.iter().map(|row| row.id).collect();
        for chat in chats {
            let here = world.on("laptop").open(chat).messages();
            assert_eq!(world.on("phone").open(chat).messages(), here, "{is_cut_off}: both see the same");
        }
        world.restart("laptop");
        world.on("laptop").rename("and renamed again");
        world.settle();
        is_one_history(&mut world);
        world.add_device_like("tablet", "laptop");
        world.on("tablet").sign_in();
        world.settle();
        let mut titles = world.on("tablet").titles();
        titles.sort();
        assert_eq!(titles.len(), 3, "{is_cut_off}: a fresh device opens everything: {titles:?}");
        assert_eq!(world.on("tablet").status().integrity, IntegrityState::Verified);
    }
}

// Adversary: whoever copies a browser profile and uses both copies.
// Invariant: once two histories may exist, the device writes no more, says so, and keeps what was not sent.
// Regression caught: it goes on writing into a branch that nobody else will ever take.
#[test]
fn a_copied_profile_that_has_written_in_two_histories_stops_and_says_so() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("before the copy");
    world.settle();
    world.cut_off("laptop");
    let copy = world.disk("laptop").all_rows();
    world.on("laptop").rename("by the first");
    world.on("laptop").send("asked by the first");
    // It is handed to the network, which loses it: as far as the next session knows, it may have arrived.
    world.link("laptop").reconnect();
    world.link("laptop").refuse_all("push", ErrorCode::Internal);
    world.pass_ms(3_000);
    world.link("laptop").refuse_nothing();
    world.link("laptop").cut_off();
    world.crash("laptop");
    let first = world.disk("laptop").all_rows();
    world.disk("laptop").restore(&copy);
    world.start("laptop");
    world.on("laptop").unlock();
    world.on("laptop").rename("by the second");
    world.reconnect("laptop");
    world.settle();
    assert_eq!(world.on("phone").titles(), ["by the second"]);

    world.crash("laptop");
    world.disk("laptop").restore(&first);
    world.start("laptop");
    world.on("laptop").unlock();
    world.settle();
    assert_eq!(world.on("laptop").status().problem, Some(Problem::CopiedDevice));
    assert_eq!(world.on("laptop").status().integrity, IntegrityState::Forked);
    assert!(world.on("laptop").status().n_unsent > 0, "what was not sent is kept");
    assert_eq!(world.on("laptop").titles(), ["by the first"]);
    let n_asked = world.relay().asked().len();
    world.settle();
    assert_eq!(world.relay().asked().len(), n_asked, "what cannot be written down is not asked again and again");
    world.on("laptop").send("one more");
    assert_eq!(world.on("laptop").draft(), "one more", "nothing more is written");
    world.settle();
    world.restart("laptop");
    world.cut_off("laptop");
    assert_eq!(world.on("laptop").status().problem, Some(Problem::CopiedDevice), "it stays so");
    world.on("laptop").want(Intention::TryNow);
    world.reconnect("laptop");
    world.settle();
    assert_eq!(world.on("phone").titles(), ["by the second"]);
    assert_eq!(world.on("phone").status().integrity, IntegrityState::Verified, "nothing of it has left");
}
