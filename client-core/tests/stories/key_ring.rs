//! The key ring stream carries one key for each scope: each chat, the chat list, the settings; it opens everything.

use std::collections::{BTreeMap, BTreeSet};

use client_core::envelope;
use client_core::relay::fake::evil::To;
use client_core::view::IntegrityState;
use shared_types::batch::SignedBatch;
use shared_types::ids::{KeyId, StreamTag};

use crate::world::World;

/// The key of every envelope at the relay, by its stream, in the order in which they came.
fn keys_by_stream(world: &World) -> Vec<(StreamTag, KeyId)> {
    let mut keys = Vec::new();
    for parcel in world.relay().stored_batches(world.account("laptop")) {
        let signed = SignedBatch::parse(&parcel.batch).expect("the relay stores batches");
        for (leaf, (_, envelope)) in signed.batch.leaves.iter().zip(&parcel.envelopes) {
            keys.push((leaf.tag, envelope::peek_key_id(envelope).expect("an envelope names its key")));
        }
    }
    keys
}

/// A named device with two chats of two turns each.
fn with_two_chats() -> World {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("one").send("two");
    world.settle();
    world.on("laptop").send_in_new_chat("three").send("four");
    world.settle();
    world
}

#[test]
fn each_chat_and_the_chat_list_have_one_scope_key_of_their_own() {
    let world = with_two_chats();
    let mut by_stream: BTreeMap<StreamTag, BTreeSet<KeyId>> = BTreeMap::new();
    for (stream, key) in keys_by_stream(&world) {
        by_stream.entry(stream).or_default().insert(key);
    }
    assert_eq!(by_stream.len(), 5, "two chats, the chat list, the settings (the device's name), the key ring");
    assert!(by_stream.values().all(|keys| keys.len() == 1), "one key each, as long as the epoch lasts");
    let different: BTreeSet<&KeyId> = by_stream.values().flatten().collect();
    assert_eq!(different.len(), 5, "no two scopes share one");
}

/// The ring is the stream that comes before anything else: nothing opens without it.
fn ring_of(world: &World) -> StreamTag {
    keys_by_stream(world).first().expect("something was written").0
}

#[test]
fn the_key_ring_stream_brings_the_key_of_every_scope_and_opens_everything_on_a_fresh_device() {
    let mut world = with_two_chats();
    let ring = ring_of(&world);
    let n_brought = keys_by_stream(&world).iter().filter(|(stream, _)| *stream == ring).count();
    assert_eq!(n_brought, 4, "one op for each of the other scopes");

    world.add_device_like("phone", "laptop");
    world.relay().withhold_stream(To::Link("phone"), ring);
    world.on("phone").sign_in();
    world.settle();
    assert_eq!(world.on("phone").titles(), Vec::<String>::new(), "without the ring nothing opens");
    assert_eq!(world.on("phone").integrity(), IntegrityState::Withheld);

    world.relay().turn_honest();
    world.pass_ms(3_600_000);
    assert_eq!(world.on("phone").titles(), world.on("laptop").titles());
    assert_eq!(world.on("phone").messages(), ["three", "a scripted answer", "four", "a scripted answer"]);
    assert_eq!(world.on("phone").integrity(), IntegrityState::Verified);
}

#[test]
fn a_scope_key_that_another_device_brought_seals_here_too() {
    let mut world = with_two_chats();
    let n_keys = |world: &World| keys_by_stream(world).into_iter().collect::<BTreeSet<_>>().len();
    let n_before = n_keys(&world);
    world.add_device_like("phone", "laptop");
    world.on("phone").sign_in();
    world.settle();
    world.on("phone").open_newest().send("five");
    world.settle();
    assert_eq!(n_keys(&world), n_before, "nothing is minted where a key of the epoch is");
    assert_eq!(world.on("laptop").messages().last().map(String::as_str), Some("a scripted answer"));
}
