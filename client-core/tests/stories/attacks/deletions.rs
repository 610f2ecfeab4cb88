//! Attack row 25: a loss that is called a deletion, a deletion that is called a loss, and what a deletion covers.

use client_core::intention::Intention;
use client_core::relay::fake::evil::To;
use client_core::view::{ChatId, IntegrityState};
use shared_types::sync::PageBody;

use super::HOURS_MS;
use crate::world::World;

/// Two devices that hold one chat.
fn with_a_chat() -> (World, ChatId) {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("kept");
    world.settle();
    world.on("phone").open_newest();
    let chat = world.on("laptop").chat();
    (world, chat)
}

fn delete_on_laptop(world: &mut World, chat: ChatId) {
    world.on("laptop").want(Intention::DeleteChat(chat));
    world.settle();
}

/// The relay answers as if everything from now on had been erased: the batches stand, their envelopes are gone.
fn erase(page: &mut PageBody) {
    page.parcels.iter_mut().for_each(|parcel| parcel.envelopes.clear());
}

// Adversary: A1, a malicious relay, keeps something back and says that it was deleted, or loses a deletion.
// Invariant: gone is what a device of the account deleted, by a signed op; whatever else is missing is withheld, shown
// as such, and comes back when it is served.
// Regression caught: a leaf without its envelope is taken for a deletion, or a lost deletion for none.
#[test]
fn deleted_and_withheld_are_told_apart() {
    // A true deletion: the chat is gone, and nothing is wrong.
    let (mut world, chat) = with_a_chat();
    delete_on_laptop(&mut world, chat);
    assert_eq!(world.on("phone").titles(), [""; 0]);
    assert_eq!(world.on("phone").integrity(), IntegrityState::Verified);

    // The relay keeps the deletion back: the chat stays, and it is said that something is missing.
    let (mut world, chat) = with_a_chat();
    world.relay().bend_pages(To::Link("phone"), erase);
    delete_on_laptop(&mut world, chat);
    assert_eq!(world.on("phone").titles(), ["kept"]);
    assert_eq!(world.on("phone").integrity(), IntegrityState::Withheld);
    world.relay().turn_honest();
    world.pass_ms(HOURS_MS);
    assert_eq!(world.on("phone").titles(), [""; 0]);
    assert_eq!(world.on("phone").integrity(), IntegrityState::Verified);

    // The relay keeps a question back, on a device that has the chat and on one that has nothing.
    let (mut world, _) = with_a_chat();
    world.add_device_like("tablet", "laptop");
    world.on("tablet").want(Intention::SignInWithPasskey);
    for name in ["phone", "tablet"] {
        world.relay().bend_pages(To::Link(name), erase);
    }
    world.on("tablet").want(Intention::Agree);
    world.on("laptop").send("not deleted");
    world.settle();
    for (name, titles) in [("phone", &["kept"][..]), ("tablet", &[])] {
        assert_eq!(world.on(name).titles(), titles, "{name}");
        assert_eq!(world.on(name).integrity(), IntegrityState::Withheld, "{name}: nobody deleted it");
    }
    assert_eq!(world.on("phone").messages(), ["kept", "a scripted answer"]);
    world.relay().turn_honest();
    world.pass_ms(HOURS_MS);
    for name in ["phone", "tablet"] {
        let all = ["kept", "a scripted answer", "not deleted", "a scripted answer"];
        assert_eq!(world.on(name).messages(), all, "{name}");
        assert_eq!(world.on(name).integrity(), IntegrityState::Verified, "{name}");
    }
}

// Adversary: A1, a malicious relay, serves a deletion late, again, or before what it should follow.
// Invariant: a deletion covers what was there at its moment: what was brought back or written after it stays, wherever
// the deletion arrives after that; of messages only the one that it names is gone.
// Regression caught: whoever writes into a chat without knowing of its deletion loses what they wrote.
#[test]
fn a_tombstone_covers_nothing_that_came_later() {
    // Written offline, after the deletion and without knowing of it.
    let (mut world, chat) = with_a_chat();
    world.cut_off("phone");
    delete_on_laptop(&mut world, chat);
    world.on("phone").send("written later");
    world.reconnect("phone");
    world.settle();
    for name in ["phone", "laptop"] {
        let all = ["kept", "a scripted answer", "written later", "a scripted answer"];
        assert_eq!(world.on(name).messages(), all, "{name}: it came after and is not covered");
    }
    // A later deletion covers that too.
    delete_on_laptop(&mut world, chat);
    assert_eq!(world.on("phone").titles(), [""; 0]);

    // Brought back, and the deletion is served again after that.
    world.on("laptop").want(Intention::UndoDelete(chat));
    world.settle();
    let mut served = Vec::new();
    world.relay().bend_pages(To::Link("phone"), move |page| {
        page.parcels.reverse();
        served.extend(page.parcels.clone());
        page.parcels.extend(served.clone());
    });
    world.on("laptop").open(chat).rename("brought back");
    world.settle();
    world.restart("phone");
    world.settle();
    assert_eq!(world.on("phone").titles(), ["brought back"]);

    // Of two questions one is taken back while nobody can answer.
    world.relay().turn_honest();
    world.relay().set_about(|about| about.models.clear());
    world.restart("laptop");
    world.settle();
    world.on("laptop").open(chat).send("taken back");
    world.settle();
    world.on("laptop").want(Intention::TakeBack(chat)).send("stays");
    world.settle();
    let texts = world.on("phone").open(chat).messages();
    assert_eq!(texts.last().map(String::as_str), Some("stays"));
    assert!(!texts.contains(&"taken back".to_owned()), "{texts:?}");
}
