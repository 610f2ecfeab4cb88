//! Receipts before and after sending, and the model that a chat is for.

use client_core::intention::Intention;
use client_core::view::{AuthorView, MessageId, MessageState, NoticeView, Problem, ReceiptView, ShownModel};
use shared_types::account::{ModelOffer, ModelPlace, ModelState};
use shared_types::prompt::{PromptRequest, Role};

use crate::world::World;

fn receipt(world: &World, name: &str) -> ReceiptView {
    world.tab(name).receipt.clone().expect("a receipt is shown")
}

fn compose(world: &mut World, name: &str, text: &str) -> ReceiptView {
    let tab = world.tab(name);
    let chat = tab.open.as_ref().map(|open| open.id);
    let model = tab.models.first().map(ShownModel::of);
    world.on(name).want(Intention::Compose { chat, text: text.to_owned(), model });
    receipt(world, name)
}

fn last_answer(world: &mut World, name: &str) -> MessageId {
    let device = world.on(name);
    let views = device.views();
    views.iter().rfind(|view| matches!(view.author, AuthorView::Model { .. })).expect("there is an answer").id
}

fn last_body(world: &World) -> String {
    String::from_utf8(world.relay().asked().last().expect("something was asked").clone()).expect("a prompt is UTF-8")
}

// Adversary: a bug of ours, or A4, a provider that should get no more than what its asker saw.
// Invariant: the bytes of the receipt that is shown before sending are the body of the request, one by one.
// Regression caught: the prompt is composed again when it leaves, with another turn, model or history.
#[test]
fn what_a_receipt_shows_before_sending_is_what_leaves_byte_for_byte() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("Where is Lisbon?");
    world.settle();
    let before = compose(&mut world, "laptop", "  And Porto? \n");
    assert_eq!((before.sent_ms, world.relay().asked().len()), (None, 1), "nothing has left yet");
    let prompt: PromptRequest = serde_json::from_str(&before.body).unwrap();
    let roles: Vec<Role> = prompt.messages.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User]);
    assert_eq!(prompt.messages.last().map(|message| message.content.as_str()), Some("And Porto?"));

    // A day without the relay and a crash change nothing of it.
    world.cut_off("laptop");
    world.on("laptop").want(Intention::SendComposed { turn: before.turn });
    world.crash("laptop");
    world.start("laptop");
    world.on("laptop").unlock();
    world.reconnect("laptop");
    world.settle();
    assert_eq!(last_body(&world), before.body);
    assert_eq!(world.on("laptop").messages().len(), 4);

    let answer = last_answer(&mut world, "laptop");
    let chat = world.on("laptop").chat();
    world.on("laptop").want(Intention::ShowReceipt { chat, answer });
    let after = receipt(&world, "laptop");
    assert!(after.sent_ms.is_some());
    assert_eq!(ReceiptView { sent_ms: None, ..after }, before);
}

#[test]
fn every_answer_has_the_receipt_of_what_left_for_it_on_every_device() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("Where is Lisbon?");
    world.settle();
    let answer = last_answer(&mut world, "laptop");
    let chat = world.on("laptop").chat();
    for device in ["laptop", "phone"] {
        world.on(device).want(Intention::OpenChat(chat)).want(Intention::ShowReceipt { chat, answer });
        assert_eq!(receipt(&world, device).body, last_body(&world), "{device}");
    }
    let nothing = MessageId([9; 16]);
    world.on("laptop").want(Intention::ShowReceipt { chat, answer: nothing });
    assert_eq!(world.tab("laptop").notices.last(), Some(&NoticeView::Trouble(Problem::NoReceipt)));
}

#[test]
fn what_was_composed_for_a_new_chat_makes_the_chat_and_what_was_not_sent_never_leaves() {
    let mut world = World::with_devices(["laptop"]);
    let first = compose(&mut world, "laptop", "draft of a question");
    let second = compose(&mut world, "laptop", "the question");
    world.on("laptop").want(Intention::SendComposed { turn: first.turn });
    world.settle();
    assert_eq!(world.relay().asked().len(), 0, "another was composed since");
    world.on("laptop").want(Intention::SendComposed { turn: second.turn });
    world.settle();
    assert_eq!(last_body(&world), second.body);
    assert_eq!(world.on("laptop").messages()[0], "the question");
    world.on("laptop").want(Intention::SendComposed { turn: second.turn });
    world.settle();
    assert_eq!(world.relay().asked().len(), 1, "once");
}

fn offer(id: &str, place: ModelPlace) -> ModelOffer {
    ModelOffer {
        id: id.to_owned(),
        label: String::new(),
        place,
        owner: id.to_owned(),
        region: None,
        policy: None,
        state: ModelState::Ready,
        context_tokens: 2048,
    }
}

#[test]
fn a_chat_keeps_the_model_that_was_chosen_for_it_and_a_new_one_begins_with_the_last() {
    let mut world = World::new();
    let (small, large) = (offer("small", ModelPlace::Server), offer("large", ModelPlace::Remote));
    let models = vec![small.clone(), large.clone()];
    world.relay().set_about(|about| about.models = models);
    world.add_person("laptop");
    world.on("laptop").sign_up();
    world.settle();
    world.on("laptop").send("first");
    world.settle();
    let chat = world.on("laptop").chat();
    assert_eq!(world.on("laptop").conversation().model, None);
    world.on("laptop").want(Intention::ChooseModel { chat, model: ShownModel::of(&large) });
    assert_eq!(world.on("laptop").conversation().model, Some(ShownModel::of(&large)));
    world.restart("laptop");
    world.on("laptop").want(Intention::OpenChat(chat));
    assert_eq!(world.on("laptop").conversation().model, Some(ShownModel::of(&large)), "after a restart");
    world.on("laptop").want(Intention::NewChat);
    assert_eq!(world.tab("laptop").new_model, Some(ShownModel::of(&large)));

    // Sent with another model, a new chat is for that one.
    let (text, model) = ("second".to_owned(), Some(ShownModel::of(&large)));
    world.on("laptop").want(Intention::Send { chat: None, text, model });
    world.settle();
    assert_eq!(world.on("laptop").conversation().model, Some(ShownModel::of(&large)));
    let prompt: PromptRequest = serde_json::from_str(&last_body(&world)).unwrap();
    assert_eq!(prompt.model, "large");

    // It is not offered any more: nothing goes to another.
    world.relay().set_about(|about| about.models = vec![small]);
    world.restart("laptop");
    let chat = world.on("laptop").chat();
    let (text, model) = ("third".to_owned(), Some(ShownModel::of(&large)));
    world.on("laptop").want(Intention::Send { chat: Some(chat), text, model });
    world.settle();
    assert_eq!(world.relay().asked().len(), 2);
    assert_eq!(world.on("laptop").states().last(), Some(&MessageState::WaitingForModel { wait_s: 0 }));
}
