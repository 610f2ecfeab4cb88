//! A model that is on its way: a question waits in its chat, which says how long, and is asked by itself.

use client_core::view::{AuthorView, MessageState, MessageView};
use shared_types::account::{ModelOffer, ModelPlace, ModelState};
use shared_types::prompt::PromptRequest;

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

fn model(place: ModelPlace, state: ModelState) -> ModelOffer {
    let name = if place == ModelPlace::Server { "here" } else { "elsewhere" };
    ModelOffer {
        id: name.to_owned(),
        label: String::new(),
        place,
        owner: name.to_owned(),
        region: None,
        policy: None,
        state,
        context_tokens: 2048,
    }
}

/// Names of the models that were asked.
fn asked_models(world: &World) -> Vec<String> {
    let bodies = world.relay().asked();
    let prompts = bodies.iter().map(|body| serde_json::from_slice::<PromptRequest>(body).expect("a prompt"));
    prompts.map(|prompt| prompt.model).collect()
}

// Adversary: A4, a provider to whom the user never chose to speak, and whoever takes the server's own model down.
// Invariant: a prompt goes to the model that was shown when it was sent, or waits; another one only by a new act.
// Regression caught: the page names the first model and the first ready one is asked, so words leave the server unseen.
#[test]
fn a_question_never_goes_to_another_model_than_the_one_shown() {
    let offers = |here, there| vec![model(ModelPlace::Server, here), model(ModelPlace::Remote, there)];
    let mut world = World::new();
    world.relay().set_about(|about| about.models = offers(ModelState::Down, ModelState::Ready));
    world.add_person("laptop");
    world.on("laptop").sign_up();
    world.settle();
    world.on("laptop").send("for this server only");
    world.settle();
    assert_eq!(asked_models(&world), [""; 0], "nothing leaves");
    assert_eq!(world.on("laptop").states(), [MessageState::WaitingForModel { wait_s: 0 }]);
    world.restart("laptop");
    world.relay().set_about(|about| about.models.reverse());
    world.settle();
    assert_eq!(asked_models(&world), [""; 0], "not after a restart, nor when the other model is shown");
    world.relay().set_about(|about| about.models = offers(ModelState::Ready, ModelState::Ready));
    world.settle();
    assert_eq!(asked_models(&world), ["here"]);

    // The same name at another place is another model.
    world.relay().set_about(|about| about.models = offers(ModelState::Down, ModelState::Ready));
    world.restart("laptop");
    world.settle();
    world.on("laptop").send_in_new_chat("and this");
    world.settle();
    world.relay().set_about(|about| about.models = vec![ModelOffer { id: "here".into(), ..about.models[1].clone() }]);
    world.settle();
    assert_eq!(asked_models(&world), ["here"]);
    world.on("laptop").ask_again();
    world.settle();
    assert_eq!(asked_models(&world), ["here", "here"], "asking again is for the model that is shown now");
}

#[test]
fn a_question_that_was_sent_before_any_model_was_shown_stays_on_the_server() {
    let mut world = World::with_devices(["laptop"]);
    world.crash("laptop");
    world.relay().set_about(|about| about.models = vec![model(ModelPlace::Remote, ModelState::Ready)]);
    world.link("laptop").cut_off();
    world.start("laptop");
    world.on("laptop").unlock();
    world.on("laptop").send("who hears this?");
    world.reconnect("laptop");
    world.settle();
    assert_eq!(asked_models(&world), [""; 0]);
    world.relay().set_about(|about| about.models.push(model(ModelPlace::Server, ModelState::Ready)));
    world.settle();
    assert_eq!(asked_models(&world), ["here"]);
}
