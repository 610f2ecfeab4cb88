//! A model that is on its way: a question waits in its chat, which says how long, and is asked by itself.

use client_core::view::{AuthorView, MessageState, MessageView};
use shared_types::account::{ModelOffer, ModelState};

use crate::world::World;

fn set_model(world: &World, state: ModelState) {
    world.relay().set_about(|about| about.models[0].state = state);
}

#[test]
fn a_question_waits_for_the_model_the_chat_says_how_long_and_it_is_asked_by_itself() {
    let mut world = World::new();
    set_model(&world, ModelState::Preparing { wait_s: 120 });
    world.add_person("laptop");
    world.on("laptop").sign_up();
    world.on("laptop").send("is anyone there?");
    world.run();
    assert_eq!(world.on("laptop").states(), [MessageState::WaitingForModel { wait_s: 120 }]);
    for wait_s in [117, 60, 3] {
        set_model(&world, ModelState::Preparing { wait_s });
        world.pass_ms(4_000);
        assert_eq!(world.on("laptop").states(), [MessageState::WaitingForModel { wait_s }], "the estimate follows");
    }
    assert_eq!(world.relay().asked(), Vec::<Vec<u8>>::new(), "nothing leaves before");
    world.restart("laptop");
    world.pass_ms(4_000);
    assert_eq!(world.on("laptop").states(), [MessageState::WaitingForModel { wait_s: 3 }], "also after a restart");

    set_model(&world, ModelState::Ready);
    world.pass_ms(4_000);
    assert_eq!(world.on("laptop").messages(), ["is anyone there?", "a scripted answer"]);
    assert_eq!(world.relay().asked().len(), 1);
}

#[test]
fn what_a_question_waits_for_changes_with_the_connection() {
    let mut world = World::new();
    set_model(&world, ModelState::Preparing { wait_s: 50 });
    world.add_person("laptop");
    world.on("laptop").sign_up();
    world.cut_off("laptop");
    world.on("laptop").send("first offline");
    assert_eq!(world.on("laptop").states(), [MessageState::WaitingOffline]);
    world.reconnect("laptop");
    world.pass_ms(40_000);
    assert_eq!(world.on("laptop").states(), [MessageState::WaitingForModel { wait_s: 50 }]);
    world.cut_off("laptop");
    world.pass_ms(10_000);
    assert_eq!(world.on("laptop").states(), [MessageState::WaitingOffline]);
    set_model(&world, ModelState::Ready);
    world.reconnect("laptop");
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["first offline", "a scripted answer"]);
}

// Adversary: A1, a malicious relay, offers models whose names are as long as an answer of it may be.
// Invariant: an offer over its limits is not taken, so nothing that is written of an answer outgrows its row.
// Regression caught: each answer's row holds the name, and the core ends for ever when a page of them is written.
#[test]
fn a_huge_offer_is_not_kept() {
    let mut world = World::new();
    world.relay().set_about(|about| {
        let honest = about.models[0].clone();
        for id in ["x".repeat(300 * 1024), honest.id.clone()] {
            about.models.insert(0, ModelOffer { id, owner: "y".repeat(300 * 1024), ..honest.clone() });
        }
    });
    world.add_person("laptop");
    world.on("laptop").sign_up();
    for question in ["one", "two", "three", "four", "five"] {
        world.on("laptop").send(question);
        world.settle();
    }
    world.restart("laptop");
    assert_eq!(world.on("laptop").messages().len(), 10);
    let is_short = |view: &MessageView| match &view.author {
        AuthorView::Model { offer: Some(offer) } => offer.owner.len() < 300,
        AuthorView::Model { offer: None } | AuthorView::You => true,
    };
    assert!(world.on("laptop").views().iter().all(is_short));
}
