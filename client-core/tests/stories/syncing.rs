//! Several devices: what one writes the others read, also after time apart.

use client_core::intention::Intention;
use client_core::view::{IntegrityState, NoticeView};

use crate::world::World;

#[test]
fn a_message_written_offline_arrives_after_reconnecting() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.cut_off("laptop");
    world.on("laptop").send("hello from the train");
    world.settle();
    assert_eq!(world.on("phone").messages(), Vec::<String>::new());
    assert!(world.on("laptop").status().n_unsent > 0);
    assert!(!world.on("laptop").status().online);

    world.reconnect("laptop");
    world.settle();
    assert_eq!(world.on("phone").messages(), ["hello from the train", "a scripted answer"]);
    assert_eq!(world.on("laptop").status().n_unsent, 0);
    assert!(world.on("laptop").status().online);
    assert_eq!(world.on("phone").integrity(), IntegrityState::Verified);
}

#[test]
fn an_answer_on_one_device_appears_on_the_other_without_any_time_passing() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("hello");
    world.on("phone").open_newest();
    world.on("laptop").send("and again");
    let expected = ["hello", "a scripted answer", "and again", "a scripted answer"];
    assert_eq!(world.on("phone").views().iter().map(|view| view.text.as_str()).collect::<Vec<_>>(), expected);
    world.on("phone").send("from here too");
    assert_eq!(world.on("laptop").messages().last().map(String::as_str), Some("a scripted answer"));
    assert_eq!(world.on("laptop").messages(), world.on("phone").messages());
}

#[test]
fn of_two_devices_that_rename_at_once_the_last_writer_wins_on_both() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("hello");
    world.settle();
    world.on("phone").open_newest();
    world.cut_off("laptop");
    world.cut_off("phone");
    world.on("laptop").rename("from the laptop");
    world.pass_ms(5);
    world.on("phone").rename("from the phone");
    assert_eq!(world.on("laptop").titles(), ["from the laptop"]);
    world.reconnect("phone");
    world.settle();
    world.reconnect("laptop");
    world.settle();
    assert_eq!(world.on("laptop").titles(), ["from the phone"]);
    assert_eq!(world.on("phone").titles(), ["from the phone"]);
}

#[test]
fn a_deleted_chat_is_gone_everywhere_and_comes_back_whole() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("hello");
    world.settle();
    let chat = world.on("laptop").chat();
    world.on("laptop").want(Intention::DeleteChat(chat));
    world.settle();
    assert_eq!(world.on("laptop").notices(), [NoticeView::ChatDeleted(chat)]);
    assert!(world.tab("laptop").open.is_none());
    assert_eq!(world.on("laptop").titles(), Vec::<String>::new());
    assert_eq!(world.on("phone").titles(), Vec::<String>::new());

    world.on("laptop").want(Intention::UndoDelete(chat));
    world.settle();
    assert_eq!(world.on("laptop").titles(), ["hello"]);
    assert_eq!(world.on("phone").messages(), ["hello", "a scripted answer"]);
}

#[test]
fn a_chat_of_many_messages_opens_at_its_end_and_shows_the_rest_when_asked() {
    let mut world = World::with_devices(["laptop", "phone"]);
    for number in 0..60 {
        world.on("laptop").send(&format!("question {number}"));
    }
    world.settle();
    world.on("phone").open_newest();
    assert_eq!(world.on("phone").views().len(), 40);
    assert!(world.on("phone").conversation().has_earlier);
    let chat = world.on("phone").chat();
    world.on("phone").want(Intention::ShowEarlier(chat)).want(Intention::ShowEarlier(chat));
    let texts = world.on("phone").messages();
    let questions: Vec<String> = (0..60).map(|number| format!("question {number}")).collect();
    let asked: Vec<String> = texts.iter().filter(|text| text.starts_with("question")).cloned().collect();
    assert_eq!((texts.len(), asked), (120, questions));
    assert!(!world.on("phone").conversation().has_earlier);

    world.on("laptop").send("one more");
    world.settle();
    assert_eq!(world.on("phone").messages().last().map(String::as_str), Some("a scripted answer"));
    world.restart("phone");
    assert_eq!(world.on("phone").views().len(), 40);
}

#[test]
fn a_device_that_joins_late_reads_everything() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("from the laptop");
    world.settle();
    world.on("phone").send_in_new_chat("from the phone");
    world.settle();
    world.on("phone").rename("a title");
    world.settle();
    world.add_device_like("tablet", "laptop");
    world.on("tablet").sign_in();
    world.settle();
    assert_eq!(world.on("tablet").titles(), world.on("laptop").titles());
    assert_eq!(world.on("tablet").messages(), ["from the phone", "a scripted answer"]);
    assert_eq!(world.on("tablet").integrity(), IntegrityState::Verified);
    world.on("tablet").send("from the tablet");
    world.settle();
    world.on("laptop").open_newest();
    assert_eq!(world.on("laptop").messages(), world.on("tablet").messages());
}

#[test]
fn a_draft_is_there_after_a_crash() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").keep_draft("half a thought");
    world.restart("laptop");
    assert_eq!(world.on("laptop").draft(), "half a thought");
    world.on("laptop").send("whole");
    world.settle();
    world.on("laptop").keep_draft("another");
    world.restart("laptop");
    assert_eq!(world.on("laptop").draft(), "another");
}
