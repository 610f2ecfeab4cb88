//! Versions: a question in other words, an answer written again, and which of them is shown.

use client_core::intention::Intention;
use client_core::relay::fake::Script;
use client_core::view::{MessageState, Step};
use shared_types::error::ErrorCode;
use shared_types::prompt::PromptRequest;

use crate::world::World;

/// What each prompt said, without its instructions.
fn asked(world: &World) -> Vec<Vec<String>> {
    let prompts = world.relay().asked();
    let prompts = prompts.iter().map(|body| serde_json::from_slice::<PromptRequest>(body).expect("a prompt"));
    prompts.map(|prompt| prompt.messages.into_iter().skip(1).map(|message| message.content).collect()).collect()
}

fn script(world: &World, answers: &[&str]) {
    for answer in answers {
        world.relay().script_answer(Script::of(answer));
    }
}

/// A chat of two turns on all devices: q1 a1 q2 a2.
fn two_turns<const N: usize>(names: [&str; N]) -> World {
    let mut world = World::with_devices(names);
    script(&world, &["a1", "a2"]);
    world.on("laptop").send("q1");
    world.settle();
    world.on("laptop").send("q2");
    world.settle();
    for name in names {
        assert_eq!(world.on(name).messages(), ["q1", "a1", "q2", "a2"]);
    }
    world
}

#[test]
fn an_edited_question_is_a_version_beside_the_first_with_an_answer_of_its_own() {
    let mut world = two_turns(["laptop", "phone"]);
    script(&world, &["a1 anew", "a3"]);
    world.on("laptop").edit("q1", "  q1 in other words ");
    world.settle();
    for name in ["laptop", "phone"] {
        assert_eq!(world.on(name).messages(), ["q1 in other words", "a1 anew"], "{name}");
        assert_eq!(world.on(name).version("q1 in other words"), Some((2, 2)), "{name}");
        assert_eq!(world.on(name).version("a1 anew"), None, "{name}");
    }
    world.on("laptop").send("q3");
    world.settle();
    assert_eq!(world.on("phone").messages(), ["q1 in other words", "a1 anew", "q3", "a3"]);
    world.on("phone").step("q1 in other words", Step::Back);
    world.settle();
    for name in ["phone", "laptop"] {
        assert_eq!(world.on(name).messages(), ["q1", "a1", "q2", "a2"], "{name}: what followed the first is with it");
        assert_eq!(world.on(name).version("q1"), Some((1, 2)), "{name}");
    }
}

#[test]
fn an_answer_written_again_is_a_version_beside_the_first() {
    let mut world = two_turns(["laptop", "phone"]);
    script(&world, &["a1 again", "a3", "a1 once more"]);
    world.on("laptop").write_again("a1");
    world.settle();
    assert_eq!(world.on("phone").messages(), ["q1", "a1 again"]);
    assert_eq!(world.on("phone").version("a1 again"), Some((2, 2)));
    world.on("phone").send("q3");
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["q1", "a1 again", "q3", "a3"]);
    world.on("laptop").write_again("a1 again");
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["q1", "a1 once more"]);
    assert_eq!(world.on("laptop").version("a1 once more"), Some((3, 3)));
    world.on("laptop").step("a1 once more", Step::Back).step("a1 again", Step::Back);
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2", "a2"]);
    world.on("laptop").step("a1", Step::Back);
    assert_eq!(world.on("laptop").version("a1"), Some((1, 3)), "there is none before the first");
}

#[test]
fn a_prompt_holds_the_branch_that_is_shown_and_nothing_of_another() {
    let mut world = two_turns(["laptop"]);
    script(&world, &["a2 again", "a3", "a1 anew", "a4", "a5"]);
    world.on("laptop").write_again("a2");
    world.settle();
    world.on("laptop").send("q3");
    world.settle();
    world.on("laptop").edit("q1", "other q1");
    world.settle();
    world.on("laptop").send("q4");
    world.settle();
    world.on("laptop").step("other q1", Step::Back).step("a2 again", Step::Back);
    world.on("laptop").send("q5");
    world.settle();
    let [_, _, again, third, edited, fourth, fifth] = <[_; 7]>::try_from(asked(&world)).expect("seven prompts");
    assert_eq!(again, ["q1", "a1", "q2"]);
    assert_eq!(third, ["q1", "a1", "q2", "a2 again", "q3"]);
    assert_eq!(edited, ["other q1"]);
    assert_eq!(fourth, ["other q1", "a1 anew", "q4"]);
    assert_eq!(fifth, ["q1", "a1", "q2", "a2", "q5"]);
}

#[test]
fn two_devices_that_edit_the_same_question_at_once_keep_both_versions() {
    let mut world = two_turns(["laptop", "phone"]);
    world.cut_off("laptop");
    world.cut_off("phone");
    world.on("laptop").edit("q2", "q2 of the laptop");
    world.pass_ms(10);
    world.on("phone").edit("q2", "q2 of the phone");
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2 of the laptop"]);
    world.reconnect("laptop");
    world.reconnect("phone");
    world.settle();
    for name in ["laptop", "phone"] {
        let answer = "a scripted answer";
        assert_eq!(world.on(name).messages(), ["q1", "a1", "q2 of the phone", answer], "{name}: the last chosen");
        assert_eq!(world.on(name).version("q2 of the phone"), Some((3, 3)), "{name}");
        world.on(name).step("q2 of the phone", Step::Back);
        assert_eq!(world.on(name).messages(), ["q1", "a1", "q2 of the laptop", answer], "{name}");
        world.on(name).step("q2 of the laptop", Step::Back);
        assert_eq!(world.on(name).messages(), ["q1", "a1", "q2", "a2"], "{name}");
        world.on(name).step("q2", Step::On).step("q2 of the laptop", Step::On);
        world.settle();
    }
}

#[test]
fn the_version_that_was_chosen_is_remembered_and_the_last_choice_counts_everywhere() {
    let mut world = two_turns(["laptop", "phone"]);
    world.on("laptop").edit("q2", "q2 edited");
    world.settle();
    world.cut_off("laptop");
    world.on("laptop").step("q2 edited", Step::Back);
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2", "a2"], "also without the relay");
    world.restart("laptop");
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2", "a2"]);
    world.pass_ms(10);
    world.on("phone").step("q2 edited", Step::Back).step("q2", Step::On);
    world.reconnect("laptop");
    world.settle();
    for name in ["laptop", "phone"] {
        assert_eq!(world.on(name).messages(), ["q1", "a1", "q2 edited", "a scripted answer"], "{name}");
    }
}

#[test]
fn an_answer_is_written_again_in_the_place_of_the_one_that_is_shown_while_it_grows() {
    let mut world = two_turns(["laptop"]);
    script(&world, &["one two three"]);
    world.relay().hold_answers();
    world.on("laptop").write_again("a1");
    assert_eq!(world.on("laptop").messages(), ["q1", ""]);
    assert_eq!(world.on("laptop").states(), [MessageState::Done, MessageState::Thinking]);
    assert_eq!(world.on("laptop").version(""), Some((2, 2)));
    world.relay().release_words(2);
    world.run();
    world.on("laptop").step("", Step::Back);
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2", "a2"], "the reader may look at the first meanwhile");
    world.relay().release_answers();
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2", "a2"], "and stays there");
    world.on("laptop").step("a1", Step::On);
    assert_eq!(world.on("laptop").messages(), ["q1", "one two three"]);
}

#[test]
fn an_answer_to_be_written_again_waits_offline_and_can_be_given_up() {
    let mut world = two_turns(["laptop"]);
    world.cut_off("laptop");
    world.on("laptop").write_again("a2");
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2"]);
    assert_eq!(world.on("laptop").states().last(), Some(&MessageState::WaitingOffline));
    let chat = world.on("laptop").chat();
    world.on("laptop").want(Intention::TakeBack(chat));
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2", "a2"], "the question was answered before and stays");
    world.on("laptop").write_again("a2");
    world.restart("laptop");
    world.reconnect("laptop");
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2", "a scripted answer"]);
    assert_eq!(world.on("laptop").version("a scripted answer"), Some((2, 2)));
    assert_eq!(asked(&world).len(), 3, "asked once");
}

#[test]
fn an_edited_question_that_waits_is_taken_back_and_the_first_is_shown_again() {
    let mut world = two_turns(["laptop", "phone"]);
    world.cut_off("laptop");
    world.on("laptop").edit("q2", "q2 edited");
    let chat = world.on("laptop").chat();
    world.on("laptop").want(Intention::TakeBack(chat));
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2", "a2"]);
    assert_eq!(world.on("laptop").version("q2"), None);
    assert_eq!(world.on("laptop").draft(), "q2 edited");
    world.reconnect("laptop");
    world.settle();
    assert_eq!(world.on("phone").messages(), ["q1", "a1", "q2", "a2"]);
}

#[test]
fn an_edit_that_changes_nothing_asks_again() {
    let mut world = two_turns(["laptop"]);
    world.on("laptop").edit("q2", " q2 ");
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2", "a scripted answer"]);
    assert_eq!(
        (world.on("laptop").version("q2"), world.on("laptop").version("a scripted answer")),
        (None, Some((2, 2)))
    );
}

#[test]
fn an_edit_while_an_answer_is_written_stops_that_and_keeps_what_came() {
    let mut world = World::with_devices(["laptop"]);
    script(&world, &["one two three", "better"]);
    world.relay().hold_answers();
    world.on("laptop").send("count");
    world.relay().release_words(1);
    world.run();
    world.on("laptop").edit("count", "count to three");
    world.relay().release_answers();
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["count to three", "better"]);
    world.on("laptop").step("count to three", Step::Back);
    assert_eq!(world.on("laptop").messages(), ["count", "one "]);
    assert_eq!(world.on("laptop").states(), [MessageState::Done, MessageState::Stopped]);
}

#[test]
fn a_half_edited_question_waits_over_other_chats_and_a_restart() {
    let mut world = two_turns(["laptop"]);
    let chat = world.on("laptop").chat();
    world.on("laptop").keep_edit("q1", "q1, but").keep_edit("q2", "q2, and").keep_draft("q3?");
    world.on("laptop").send_in_new_chat("elsewhere").open(chat);
    assert_eq!(world.on("laptop").edit_draft("q1"), Some("q1, but"));
    world.restart("laptop");
    world.on("laptop").open(chat);
    assert_eq!(world.on("laptop").edit_draft("q1"), Some("q1, but"));
    assert_eq!(world.on("laptop").edit_draft("q2"), Some("q2, and"));
    assert_eq!(world.on("laptop").draft(), "q3?");
    world.on("laptop").keep_edit("q1", "").edit("q2", "q2, and so on");
    world.settle();
    world.restart("laptop");
    world.on("laptop").open(chat);
    assert_eq!(world.on("laptop").edit_draft("q1"), None);
    world.on("laptop").step("q2, and so on", Step::Back);
    assert_eq!(world.on("laptop").edit_draft("q2"), None, "it was sent");
}

#[test]
fn an_edit_that_cannot_be_saved_stays_in_its_text_box() {
    let mut world = two_turns(["laptop"]);
    world.on("laptop").keep_edit("q2", "q2 half");
    world.disk("laptop").fill_up();
    world.on("laptop").edit("q2", "q2 whole");
    assert_eq!(world.on("laptop").messages(), ["q1", "a1", "q2", "a2"]);
    assert_eq!(world.on("laptop").edit_draft("q2"), Some("q2 whole"));
    assert_eq!(world.on("laptop").notices().len(), 1);
}

#[test]
fn a_question_that_is_refused_without_a_word_leaves_no_version_behind_when_it_is_asked_again() {
    let mut world = World::with_devices(["laptop"]);
    let refused = client_core::relay::fake::ScriptEnd::Refused(ErrorCode::ProviderRefused);
    world.relay().script_answer(Script::of("").ending(refused));
    world.on("laptop").send("q1");
    world.settle();
    world.on("laptop").ask_again();
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["q1", "a scripted answer"]);
    assert_eq!(world.on("laptop").version("a scripted answer"), None);
}

#[test]
fn a_long_chat_shows_a_whole_window_of_the_branch_that_was_chosen() {
    let mut world = World::with_devices(["laptop"]);
    for nth in 0..30 {
        world.on("laptop").send(&format!("q{nth}"));
        world.settle();
    }
    world.on("laptop").edit("q20", "q20 edited");
    world.settle();
    for nth in 100..130 {
        world.on("laptop").send(&format!("q{nth}"));
        world.settle();
    }
    world.on("laptop").step("q129", Step::Back);
    let chat = world.on("laptop").chat();
    world.on("laptop").want(Intention::ShowEarlier(chat));
    world.on("laptop").step("q20 edited", Step::Back);
    world.restart("laptop");
    let texts = world.on("laptop").messages();
    assert_eq!(texts.len(), 40, "{texts:?}");
    assert_eq!(texts.iter().rev().nth(1).map(String::as_str), Some("q29"));
    assert!(world.on("laptop").conversation().has_earlier);
}

#[test]
fn single_letters_are_shortcuts_until_they_are_switched_off_on_this_device() {
    let mut world = World::with_devices(["laptop", "phone"]);
    assert!(world.tab("laptop").letter_keys);
    world.on("laptop").want(Intention::SetLetterKeys { on: false });
    assert!(!world.tab("laptop").letter_keys);
    world.settle();
    for name in ["laptop", "phone"] {
        world.restart(name);
    }
    assert_eq!((world.tab("laptop").letter_keys, world.tab("phone").letter_keys), (false, true));
}

#[test]
fn a_draft_that_is_too_long_to_be_asked_is_kept_all_the_same() {
    let mut world = World::with_devices(["laptop"]);
    let pasted = "a line of forty letters, more or less..\n".repeat(20_000);
    world.on("laptop").keep_draft(&pasted);
    world.on("laptop").send(&pasted);
    assert_eq!(world.on("laptop").titles(), [""; 0]);
    world.restart("laptop");
    assert_eq!(world.on("laptop").draft(), pasted);
}
