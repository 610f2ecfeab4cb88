//! Questions and answers: offline, taken back, stopped, refused, cut, empty, and after a crash.

use client_core::intention::Intention;
use client_core::relay::fake::{Script, ScriptEnd};
use client_core::view::{ChatRowState, MessageState, Problem};
use shared_types::error::ErrorCode;
use shared_types::prompt::PromptRequest;

use crate::world::World;

fn asked(world: &World) -> Vec<PromptRequest> {
    world.relay().asked().iter().map(|body| serde_json::from_slice(body).expect("a prompt")).collect()
}

/// The last words of each prompt.
fn asked_questions(world: &World) -> Vec<String> {
    asked(world).iter().map(|prompt| prompt.messages.last().expect("a question").content.clone()).collect()
}

#[test]
fn questions_written_offline_are_asked_once_in_order_on_reconnecting() {
    let mut world = World::with_devices(["laptop"]);
    world.cut_off("laptop");
    world.on("laptop").send("first");
    world.on("laptop").send("second");
    world.on("laptop").send_in_new_chat("elsewhere");
    world.settle();
    assert_eq!(asked(&world), []);
    assert_eq!(world.on("laptop").states(), [MessageState::WaitingOffline]);
    assert_eq!(world.tab("laptop").chats.len(), 2);
    assert!(world.tab("laptop").chats.iter().all(|row| row.state == ChatRowState::Waiting));

    world.relay().script_answer(Script::of("one"));
    world.reconnect("laptop");
    world.settle();
    let questions = asked_questions(&world);
    assert_eq!(questions.len(), 3, "each once: {questions:?}");
    let place = |text: &str| questions.iter().position(|question| question == text).expect("it was asked");
    assert!(place("first") < place("second"));
    let second = &asked(&world)[place("second")];
    let contents: Vec<&str> = second.messages.iter().skip(1).map(|message| message.content.as_str()).collect();
    assert_eq!(contents, ["first", "one", "second"], "the answer to the first is known to the second");

    let first_chat = world.tab("laptop").chats.iter().find(|row| row.title.as_deref() == Some("first")).unwrap().id;
    world.on("laptop").open(first_chat);
    assert_eq!(world.on("laptop").messages(), ["first", "one", "second", "a scripted answer"]);
    assert!(world.tab("laptop").chats.iter().all(|row| row.state == ChatRowState::Calm));
}

#[test]
fn a_waiting_question_can_be_taken_back_into_the_composer() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("kept");
    world.settle();
    world.cut_off("laptop");
    world.on("laptop").send("thought better of");
    let chat = world.on("laptop").chat();
    world.on("laptop").want(Intention::TakeBack(chat));
    assert_eq!(world.on("laptop").messages(), ["kept", "a scripted answer"]);
    assert_eq!(world.on("laptop").draft(), "thought better of");
    world.reconnect("laptop");
    world.settle();
    assert_eq!(asked_questions(&world), ["kept"]);
    assert_eq!(world.on("phone").messages(), ["kept", "a scripted answer"]);
    world.restart("laptop");
    assert_eq!(world.on("laptop").draft(), "thought better of");
}

#[test]
fn a_reader_who_stops_keeps_what_came() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.relay().script_answer(Script::of("one two three four"));
    world.relay().hold_answers();
    world.on("laptop").send("count");
    world.relay().release_words(2);
    world.run();
    let chat = world.on("laptop").chat();
    world.on("laptop").want(Intention::Stop(chat));
    world.relay().release_answers();
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["count", "one two "]);
    assert_eq!(world.on("laptop").states(), [MessageState::Done, MessageState::Stopped]);
    assert!(world.relay().seen().iter().any(|seen| seen.call == "stop"), "the relay was told");
    assert_eq!(world.on("phone").messages(), ["count", "one two "]);
}

#[test]
fn an_answer_that_fails_says_so_keeps_its_words_and_can_be_asked_again() {
    let failures = [
        ErrorCode::ProviderDown,
        ErrorCode::ProviderSlow,
        ErrorCode::ProviderGarbage,
        ErrorCode::ProviderRefused,
        ErrorCode::ProviderBusy,
    ];
    let failed = |code| MessageState::Failed(Problem::Relay { code, retry_after_s: None });
    let mut cases = vec![(ScriptEnd::Length, "half of ", MessageState::CutAtLength)];
    for code in failures {
        cases.push((ScriptEnd::Failed(code), "half of ", failed(code)));
        cases.push((ScriptEnd::Refused(code), "", failed(code)));
    }
    for (end, kept, state) in cases {
        let mut world = World::with_devices(["laptop", "phone"]);
        world.relay().script_answer(Script::of("half of ").ending(end));
        world.on("laptop").send("tell me");
        world.settle();
        assert_eq!(world.on("laptop").messages(), ["tell me", kept], "{end:?}");
        assert_eq!(world.on("laptop").states(), [MessageState::Done, state], "{end:?}");
        world.on("laptop").ask_again();
        world.settle();
        assert_eq!(world.on("laptop").messages(), ["tell me", "a scripted answer"], "{end:?}");
        assert_eq!(world.on("laptop").states(), [MessageState::Done, MessageState::Done], "{end:?}");
        assert_eq!(world.on("phone").messages(), ["tell me", "a scripted answer"], "{end:?}");
    }
}

#[test]
fn an_answer_without_a_word_is_said_to_be_empty() {
    let mut world = World::with_devices(["laptop"]);
    world.relay().script_answer(Script::of(" "));
    world.on("laptop").send("well?");
    world.settle();
    assert_eq!(world.on("laptop").states(), [MessageState::Done, MessageState::Failed(Problem::AnswerEmpty)]);
}

#[test]
fn a_connection_that_breaks_in_an_answer_is_taken_up_where_it_was() {
    let mut world = World::with_devices(["laptop"]);
    world.relay().script_answer(Script::of("one two three four").ending(ScriptEnd::CutAfter(2)));
    world.on("laptop").send("count");
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["count", "one two three four"]);
    assert_eq!(world.relay().asked().len(), 1);

    world.relay().script_answer(Script::of("five six seven"));
    world.relay().hold_answers();
    world.on("laptop").send("go on");
    world.relay().release_words(1);
    world.run();
    world.cut_off("laptop");
    world.relay().release_answers();
    world.pass_ms(5_000);
    assert_eq!(world.on("laptop").last_drawn(), "five");
    world.reconnect("laptop");
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["count", "one two three four", "go on", "five six seven"]);
}

#[test]
fn an_answer_that_the_relay_has_lost_is_cut_and_keeps_what_came() {
    let mut world = World::with_devices(["laptop"]);
    world.relay().script_answer(Script::of("one two three"));
    world.relay().hold_answers();
    world.on("laptop").send("count");
    world.relay().release_words(1);
    world.run();
    world.relay().forget_turns();
    world.relay().release_answers();
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["count", "one "]);
    assert_eq!(world.on("laptop").states(), [MessageState::Done, MessageState::Failed(Problem::AnswerCut)]);
}

#[test]
fn a_model_that_is_not_there_yet_is_waited_for() {
    let mut world = World::with_devices(["laptop"]);
    world.relay().script_answer(Script::of("").ending(ScriptEnd::Refused(ErrorCode::NoProvider)));
    world.on("laptop").send("anyone?");
    assert!(world.on("laptop").status().online, "the relay itself answers");
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["anyone?", "a scripted answer"]);
    let [first, second] = <[_; 2]>::try_from(world.relay().asked()).expect("it was asked twice");
    assert_eq!(first, second, "the same turn with the same body");
}

#[test]
fn a_turn_whose_device_crashed_is_taken_up_with_the_same_body_and_answered_once() {
    for forgets in [false, true] {
        let mut world = World::with_devices(["laptop", "phone"]);
        world.relay().script_answer(Script::of("one two three"));
        world.relay().script_answer(Script::of("one two three"));
        world.relay().hold_answers();
        world.on("laptop").send("count");
        world.relay().release_words(2);
        world.run();
        world.crash("laptop");
        if forgets {
            world.relay().forget_turns();
        }
        world.start("laptop");
        world.on("laptop").unlock();
        world.relay().release_answers();
        world.settle();
        assert_eq!(world.on("laptop").messages(), ["count", "one two three"], "{forgets}");
        assert_eq!(world.on("phone").messages(), ["count", "one two three"], "{forgets}");
        let mut bodies: Vec<_> = world.relay().seen().into_iter().filter(|seen| seen.call == "ask").collect();
        assert_eq!(bodies.len(), if forgets { 2 } else { 1 }, "a prompt leaves again only if the relay has lost it");
        bodies.dedup_by(|one, other| one.bytes == other.bytes);
        assert_eq!(bodies.len(), 1, "the same body");
    }
}

#[test]
fn a_lost_answer_to_a_question_does_not_ask_it_twice() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("first");
    world.settle();
    world.cut_off("laptop");
    world.on("laptop").send("second");
    world.reconnect("laptop");
    // Whatever call comes first loses its answer, then the next, until the question itself has.
    for _ in 0..40 {
        world.link("laptop").lose_next_answer();
        world.pass_ms(2_000);
    }
    world.settle();
    world.settle();
    assert_eq!(asked_questions(&world), ["first", "second"]);
    assert_eq!(world.on("laptop").messages(), ["first", "a scripted answer", "second", "a scripted answer"]);
}

#[test]
fn a_chat_deleted_elsewhere_asks_nothing_more() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("first");
    world.settle();
    world.on("phone").open_newest();
    world.cut_off("phone");
    world.on("phone").send("second");
    world.pass_ms(1);
    let chat = world.on("laptop").chat();
    world.on("laptop").want(Intention::DeleteChat(chat));
    world.settle();
    world.link("phone").reconnect();
    world.settle();
    assert_eq!(world.on("laptop").titles(), Vec::<String>::new());
    assert_eq!(world.on("phone").titles(), Vec::<String>::new());
}
