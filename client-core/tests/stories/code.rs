//! Code in answers: plain at once, in classes when it is whole and was read, and never in the way of words.

use client_core::relay::fake::Script;
use client_core::view::MessageState;
use client_core::view::blocks::{Block, CodeClass};
use client_core::view::highlight::Code;

use crate::world::World;

const ANSWER: &str = "```rust\nlet x\n```\n\nand that is all";

fn let_x() -> Code {
    Code { grammar: "Rust", text: "let x\n".into() }
}

/// Class and text of every piece of code that a device shows.
fn shown_code(world: &mut World) -> Vec<(CodeClass, String)> {
    let mut pieces = Vec::new();
    for message in world.on("laptop").views() {
        for block in &message.blocks {
            if let Block::Code { spans, .. } = block {
                pieces.extend(spans.iter().map(|span| (span.class, span.text.clone())));
            }
        }
    }
    pieces
}

#[test]
fn code_in_an_answer_is_read_once_when_it_is_whole_and_again_only_by_a_new_core() {
    let mut world = World::with_devices(["laptop"]);
    world.relay().script_answer(Script::of(ANSWER));
    world.relay().hold_answers();
    world.on("laptop").send("code, please");
    world.relay().release_words(1);
    world.pass_ms(60);
    assert_eq!(shown_code(&mut world), [(CodeClass::Plain, "let ".into())]);
    assert_eq!(world.highlighter().asked(), [], "it may still grow");

    world.relay().release_words(2);
    world.pass_ms(60);
    assert_eq!(shown_code(&mut world), [(CodeClass::Keyword, "let x\n".into())]);
    assert_eq!(world.on("laptop").states().last(), Some(&MessageState::Writing));
    world.relay().release_answers();
    world.settle();
    assert_eq!(shown_code(&mut world), [(CodeClass::Keyword, "let x\n".into())]);
    assert_eq!(world.highlighter().asked(), [let_x()]);

    world.restart("laptop");
    world.on("laptop").open_newest();
    assert_eq!(shown_code(&mut world), [(CodeClass::Keyword, "let x\n".into())]);
    assert_eq!(world.highlighter().asked(), [let_x(), let_x()]);
}

#[test]
fn the_same_code_in_question_and_answer_is_read_once_and_shown_in_classes_in_both() {
    let mut world = World::with_devices(["laptop"]);
    world.relay().script_answer(Script::of(ANSWER));
    world.on("laptop").send(ANSWER);
    world.settle();
    let piece = (CodeClass::Keyword, "let x\n".to_owned());
    assert_eq!(shown_code(&mut world), [piece.clone(), piece]);
    assert_eq!(world.highlighter().asked(), [let_x()]);
}

#[test]
fn without_a_highlighter_code_stays_plain_and_the_answer_is_whole() {
    let mut world = World::with_devices(["laptop"]);
    world.highlighter().lose();
    world.relay().script_answer(Script::of(ANSWER));
    world.on("laptop").send("code, please");
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["code, please", ANSWER]);
    assert_eq!(world.on("laptop").states(), [MessageState::Done, MessageState::Done]);
    assert_eq!(shown_code(&mut world), [(CodeClass::Plain, "let x\n".into())]);
    assert_eq!(world.on("laptop").notices(), []);
    assert_eq!(world.highlighter().asked(), [let_x()]);
}

#[test]
fn an_answer_without_code_asks_for_no_highlighter() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("no code");
    world.settle();
    assert_eq!(world.highlighter().asked(), []);
}
