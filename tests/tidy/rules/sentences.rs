//! What a person reads stands in `words`, so that it can be read over, and translated, in one place.
//!
//! In the page's views a string literal is a sentence when it is the text of an element, the value
//! of an attribute that is read aloud, or looks like speech: several words, or one with a capital
//! that is filled in. Class lists, ids, outlines, panics and other attributes are for the machine.

use std::collections::BTreeSet;

use crate::source::{Literal, Source};
use crate::tree::{Breach, Tree};

const FOLDERS: [&str; 4] = ["web-app/src/pages", "web-app/src/parts", "web-app/src/ui", "web-app/src/shell"];

/// Attributes whose value a person reads or hears.
const SPOKEN: [&str; 8] = [
    "aria-label",
    "aria-description",
    "aria-placeholder",
    "aria-roledescription",
    "aria-valuetext",
    "title",
    "placeholder",
    "alt",
];

/// What a literal for programmers follows.
const PROGRAMMERS: [&str; 7] = ["expect(", "panic!(", "unreachable!(", "assert!(", "debug!(", "warn!(", "error!("];

fn sentences(tree: &Tree) -> Vec<Breach> {
    let classes = class_names(tree);
    let mut breaches = Vec::new();
    for (file, source) in tree.rust_sources() {
        if !FOLDERS.iter().any(|folder| file.belongs_to(folder)) {
            continue;
        }
        for literal in &source.literals {
            let is_product = literal.line < source.first_test_line;
            if is_product && is_sentence(literal, source, &classes) {
                let sentence = format!("\"{}\": what a person reads stands in web-app/src/words", literal.text);
                breaches.push(Breach::at(&file.path, literal.line, sentence));
            }
        }
    }
    breaches
}

fn is_sentence(literal: &Literal, source: &Source, classes: &BTreeSet<String>) -> bool {
    let has_letter = literal.text.chars().any(char::is_alphabetic);
    let before = source.code.get(..literal.start).unwrap_or_default();
    if !has_letter || PROGRAMMERS.iter().any(|place| before.ends_with(place)) {
        return false;
    }
    if let Some(attribute) = attribute_of(before) {
        return SPOKEN.contains(&attribute);
    }
    let is_attribute_of_rust = before.trim_end().ends_with("reason =");
    let is_text_of_element = {
        let before = before.trim_end();
        before.ends_with('>') && !before.ends_with("=>") && !before.ends_with("->")
    };
    is_text_of_element || (!is_attribute_of_rust && looks_spoken(&literal.text, classes))
}

/// Finds the name of the attribute that a literal is the value of: `name="…"`, nothing between.
fn attribute_of(before: &str) -> Option<&str> {
    let name = before.strip_suffix('=')?;
    let is_part = |character: char| character.is_alphanumeric() || "-_:".contains(character);
    let start = name.rfind(|character| !is_part(character)).map_or(0, |index| index + 1);
    name.get(start..).filter(|name| !name.is_empty())
}

fn looks_spoken(text: &str, classes: &BTreeSet<String>) -> bool {
    let plain = without_placeholders(text);
    let is_word = |word: &&str| word.contains(char::is_alphabetic) && !word.contains(char::is_numeric);
    let words: Vec<&str> = plain.split_whitespace().filter(is_word).collect();
    let is_class_list = words.iter().all(|word| classes.contains(*word));
    let begins_with_capital = plain.trim_start().starts_with(char::is_uppercase);
    let is_filled_in = plain != text;
    !is_class_list && (words.len() > 1 || (is_filled_in && begins_with_capital))
}

/// Removes what `format!` fills in.
fn without_placeholders(text: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for character in text.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    plain
}

/// Collects the class names that the style sheets know.
fn class_names(tree: &Tree) -> BTreeSet<String> {
    let is_part = |character: char| character.is_alphanumeric() || "-_".contains(character);
    tree.files
        .iter()
        .filter(|file| file.has_extension(".css"))
        .flat_map(|file| file.text.split('.').skip(1))
        .map(|rest| rest.chars().take_while(|character| is_part(*character)).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    #[test]
    fn sentences_stand_in_words() {
        assert_tidy(sentences);
    }

    #[test]
    fn tidy_refuses_a_sentence_in_a_view() {
        for line in [
            "view! { <button>\"Send\"</button> }",
            "view! { <button aria-label=\"Send\"/> }",
            "view! { <p>{\"You are offline.\"}</p> }",
            "let text = format!(\"Delete {name}\");",
            "let text = \"You are offline.\";",
        ] {
            let text = format!("//! A.\n{line}\n");
            let planted = [("web-app/src/pages/chat.rs", text.as_str())];
            assert_refused(sentences, &planted, "web-app/src/pages/chat.rs:2");
            let planted = [("web-app/src/words/chat.rs", text.as_str())];
            assert_accepted(sentences, &planted);
        }
    }

    #[test]
    fn strings_for_the_machine_are_no_sentences() {
        for line in [
            "view! { <p class=\"bubble mine\" id=\"last\"> }",
            "view! { <svg d=\"M0 0 L 1 1\"/> }",
            "match key { \"Enter\" => send(), _ => {} }",
            "let list = list.expect(\"the view has a list\");",
            "let class = if busy { \"button busy\" } else { \"button\" };",
            "let id = format!(\"message-{n}\");",
            "const LINE: &str = \"M12,4h28 M49,7h37\";",
            "view! { <p>{words::OFFLINE}\" · \"</p> }",
        ] {
            let text = format!("//! A.\n{line}\n");
            let planted = [
                ("web-app/src/pages/chat.rs", text.as_str()),
                ("web-app/styles/parts.css", ".button {} .button.busy {}"),
            ];
            assert_accepted(sentences, &planted);
        }
    }
}
