//! Whatever goes wrong is said as what happened, then what is safe and what to do, in words that anybody knows: each
//! `Sentence` of `web-app/src/words` has both halves, and the second one names a deed or says that it passes by itself.

use crate::source::Literal;
use crate::tree::{Breach, Tree};

const FOLDER: &str = "web-app/src/words/";

/// How a deed begins: one of them stands in every advice.
const DEEDS: [&str; 35] = [
    "add",
    "allow",
    "ask",
    "choose",
    "close",
    "come",
    "confirm",
    "copy",
    "delete",
    "do",
    "free",
    "go",
    "leave",
    "load",
    "look",
    "make",
    "open",
    "remove",
    "restart",
    "send",
    "set",
    "show",
    "sign",
    "tell",
    "try",
    "type",
    "use",
    "wait",
    "write",
    "itself",
    "themselves",
    "destroy",
    "keep",
    "save",
    "check",
];

/// Words of the trade, which nobody else knows.
const JARGON: [&str; 22] = [
    "authenticate",
    "authentication",
    "batch",
    "cipher",
    "ciphertext",
    "client",
    "commit",
    "credential",
    "encrypt",
    "encrypted",
    "encryption",
    "epoch",
    "hash",
    "payload",
    "prf",
    "protocol",
    "relay",
    "replay",
    "sequence",
    "session",
    "signature",
    "token",
];

/// A half of a failure: its field and what it says.
struct Half<'a> {
    path: &'a str,
    is_advice: bool,
    literal: &'a Literal,
}

fn halves(tree: &Tree) -> Vec<Half<'_>> {
    let sources = tree.rust_sources().filter(|(file, _)| file.path.starts_with(FOLDER));
    let mut halves = Vec::new();
    for (file, source) in sources {
        for literal in source.literals.iter().filter(|literal| literal.line < source.first_test_line) {
            let before = source.code.get(..literal.start).unwrap_or_default().trim_end();
            let is_advice = before.ends_with(" then:");
            if is_advice || before.ends_with(" what:") {
                halves.push(Half { path: &file.path, is_advice, literal });
            }
        }
    }
    halves
}

fn words_of(text: &str) -> Vec<String> {
    let parts = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(str::to_lowercase).collect()
}

fn failures(tree: &Tree) -> Vec<Breach> {
    halves(tree).iter().filter_map(|half| Some(Breach::at(half.path, half.literal.line, fault(half)?))).collect()
}

/// What is wrong with a half, if something is.
fn fault(half: &Half<'_>) -> Option<String> {
    let text = &half.literal.text;
    let words = words_of(text);
    if let Some(word) = words.iter().find(|word| JARGON.contains(&word.as_str())) {
        return Some(format!("\"{text}\": «{word}» is a word of the trade"));
    }
    let begins_well = text.chars().next().is_some_and(char::is_uppercase);
    let ends_well = text.ends_with('.') == half.is_advice;
    if !begins_well || !ends_well {
        let shape =
            if half.is_advice { "whole sentences with a full stop" } else { "one sentence without a full stop" };
        return Some(format!("\"{text}\" is not {shape}"));
    }
    let has_deed = words.iter().any(|word| DEEDS.contains(&word.as_str()));
    (half.is_advice && !has_deed).then(|| format!("\"{text}\" does not say what to do"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    const PATH: &str = "web-app/src/words/problem.rs";

    #[test]
    fn every_failure_says_what_happened_and_what_to_do() {
        assert_tidy(failures);
        assert!(halves(Tree::of_this_checkout()).len() > 150, "the sentences are not found any more");
    }

    #[test]
    fn tidy_refuses_a_failure_without_advice_or_in_words_of_the_trade() {
        let sentence = |what: &str, then: &str| {
            format!("//! A.\nconst A: Sentence = Sentence {{\n    what: \"{what}\",\n    then: \"{then}\",\n}};\n")
        };
        let good = ("The server failed", "What you wrote is safe on this device. Try again in a moment.");
        let check = |what: &str, then: &str, line: usize| {
            assert_refused(failures, &[(PATH, &sentence(what, then))], &format!("{PATH}:{line}"));
        };
        check(good.0, "Your chats are safe.", 4);
        check(good.0, "Your chats are safe. Try again", 4);
        check("The server failed.", good.1, 3);
        check("the server failed", good.1, 3);
        check("Your session is over", good.1, 3);
        assert_accepted(failures, &[(PATH, &sentence(good.0, good.1))]);
    }
}
