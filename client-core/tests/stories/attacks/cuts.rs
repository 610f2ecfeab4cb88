//! Attack row 19, what was merged before a device's end was heard of.

use client_core::intention::Intention;
use client_core::relay::fake::evil::To;
use client_core::view::IntegrityState;
use client_core::view::security::{MemberAction, RemovalReason};
use shared_types::batch::SignedBatch;
use shared_types::ids::DeviceId;
use shared_types::sync::BatchParcel;

use crate::world::World;

fn author_of(parcel: &BatchParcel) -> DeviceId {
    SignedBatch::parse(&parcel.batch).expect("the relay takes no other").batch.device_id
}

/// The phone goes on in a stranger's hands. The tablet merges what they write and answers in it; the laptop is shown
/// nothing new.
fn with_a_stranger() -> World {
    let mut world = World::with_devices(["laptop", "phone", "tablet"]);
    world.on("laptop").send("known to all");
    world.settle();
    for name in ["phone", "tablet"] {
        world.on(name).open_newest();
    }
    let laptop = world.on("laptop").device_id();
    world.relay().bend_pages(To::Link("laptop"), move |page| {
        page.parcels.retain(|parcel| author_of(parcel) == laptop);
    });
    world.on("phone").rename("by a stranger").send("a stranger's question");
    world.settle();
    world.on("phone").send_in_new_chat("a stranger's chat");
    world.settle();
    world.on("tablet").open_newest().send("its owner's answer to it");
    world.settle();
    world.on("phone").send_in_new_chat("a stranger's monologue");
    world.settle();
    let titles = ["a stranger's monologue", "a stranger's chat", "by a stranger"];
    assert_eq!(world.on("tablet").titles(), titles);
    let first = world.on("laptop").chat();
    world.on("tablet").open(first).send("its owner's question");
    world.settle();
    world
}

fn take_off_phone(world: &mut World) {
    let phone = world.on("phone").device_id();
    world.on("laptop").want(Intention::ChangeMember(phone, MemberAction::Remove(RemovalReason::Compromised)));
    world.settle();
    assert!(world.log("laptop").device(&phone).expect("it is listed").revoked.is_some());
}

/// What a device shows of the account: its chats by title, each with what its people wrote.
fn shown(world: &mut World, name: &str) -> Vec<(String, Vec<String>)> {
    let rows = world.tab(name).chats.clone();
    let mut chats = Vec::new();
    for row in rows {
        world.on(name).open(row.id);
        let questions = world.on(name).messages().into_iter().filter(|text| !text.contains("scripted answer"));
        chats.push((row.title.unwrap_or_default(), questions.collect()));
    }
    chats
}

/// What is left: the chat that was there, and in the stranger's what its owner wrote.
fn expected(first: &[&str]) -> Vec<(String, Vec<String>)> {
    let to_texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    vec![("known to all".to_owned(), to_texts(first)), (String::new(), to_texts(&["its owner's answer to it"]))]
}

// Adversary: A7, a stolen device that writes on until its end is heard of everywhere, and A1, a relay that shows the
// device which takes it off nothing of that.
// Invariant: beyond its cut nothing of it counts, on whatever device and whether or not it was merged before; what its
// owner wrote meanwhile stays, and a fresh device reads all of it.
// Regression caught: a stranger's title or message stays where it was merged in time, and the devices differ for good.
#[test]
fn what_a_revoked_device_wrote_after_its_cut_leaves_the_view() {
    let mut world = with_a_stranger();
    let shown_chat = world.tab("tablet").chats.iter().find(|row| row.title.as_deref() == Some("a stranger's chat"));
    let shown_chat = shown_chat.expect("it is listed").id;
    world.on("tablet").open(shown_chat);
    take_off_phone(&mut world);
    assert_eq!(world.on("tablet").messages(), ["its owner's answer to it", "a scripted answer"], "as it is looked at");
    let first = world.on("laptop").chat();
    world.on("tablet").open(first);
    world.relay().turn_honest();
    // With the tablet's next batch the laptop sees that it was shown too little.
    world.on("tablet").send("and goes on");
    world.settle();
    world.pass_ms(super::HOURS_MS);
    let expected = expected(&["known to all", "its owner's question", "and goes on"]);
    for name in ["laptop", "tablet"] {
        assert_eq!(shown(&mut world, name), expected, "{name}");
        assert_eq!(world.on(name).integrity(), IntegrityState::Verified, "{name}");
        world.restart(name);
        world.settle();
        assert_eq!(shown(&mut world, name), expected, "{name}, opened again");
    }
    world.add_device_like("desk", "laptop");
    world.on("desk").sign_in();
    world.settle();
    assert_eq!(shown(&mut world, "desk"), expected, "a fresh device");
    assert_eq!(world.on("desk").integrity(), IntegrityState::Verified);
}

// Adversary: A1, a relay that uses the end of a device to rid another one of what it holds: it keeps batches back
// while everything is read once more.
// Invariant: nothing is taken away before everything that counts has come again.
// Regression caught: the chat list is emptied first and read again from a relay that does not have it any more.
#[test]
fn a_relay_that_keeps_something_back_loses_nobody_anything() {
    let mut world = with_a_stranger();
    let laptop = world.on("laptop").device_id();
    world.relay().turn_honest();
    world.relay().bend_pages(To::Link("tablet"), move |page| {
        page.parcels.retain(|parcel| author_of(parcel) != laptop);
    });
    take_off_phone(&mut world);
    world.pass_ms(super::HOURS_MS);
    let first = world.on("laptop").chat();
    world.on("tablet").open(first);
    let messages = world.on("tablet").messages();
    assert!(messages.iter().any(|text| text == "known to all"), "{messages:?}");

    world.relay().turn_honest();
    world.pass_ms(super::HOURS_MS);
    assert_eq!(shown(&mut world, "tablet"), expected(&["known to all", "its owner's question"]));
    assert_eq!(world.on("tablet").integrity(), IntegrityState::Verified);
}
