//! The relay understands nothing: the words of the content do not occur in it.

use crate::tree::{Breach, Tree};

/// What the relay must not know of. `provider/` speaks the providers' wire format, which has them.
const CONTENT_WORDS: [&str; 4] = ["chat", "title", "draft", "mate"];

fn content_words(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in &tree.files {
        let is_relay = file.path.starts_with("relay-server/src/") || file.path.starts_with("migrations/");
        if !is_relay || file.belongs_to("relay-server/src/provider") {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            for word in CONTENT_WORDS {
                if parts_of_names(line).iter().any(|part| names(part, word)) {
                    let sentence = format!("`{word}`: the relay stores, orders, meters, forwards; understands nothing");
                    breaches.push(Breach::at(&file.path, index + 1, sentence));
                }
            }
        }
    }
    breaches
}

/// Splits a line into the words of its names: `chat_id` and `ChatId` are both `chat`, `id`.
fn parts_of_names(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut was_lower = false;
    for character in line.chars() {
        let begins_word = character.is_uppercase() && was_lower;
        if begins_word || !character.is_alphabetic() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut()
            && character.is_alphabetic()
        {
            part.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    parts
}

fn names(part: &str, word: &str) -> bool {
    part == word || part.strip_suffix('s') == Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    #[test]
    fn the_relay_does_not_know_what_it_stores() {
        assert_tidy(content_words);
    }

    #[test]
    fn tidy_refuses_a_content_word_in_the_relay() {
        for line in ["chat_id TEXT", "-- Titles", "let openDraft = 1;", "struct MateRow;"] {
            let planted = [("migrations/sqlite/0001_accounts.sql", line)];
            assert_refused(content_words, &planted, "migrations/sqlite/0001_accounts.sql:1");
            let planted = [("relay-server/src/lib.rs", line)];
            assert_refused(content_words, &planted, "relay-server/src/lib.rs:1");
        }
        let planted = [("relay-server/src/provider/openai.rs", "/v1/chat/completions")];
        assert_accepted(content_words, &planted);
        let planted = [("relay-server/src/lib.rs", "estimated material, untitled")];
        assert_accepted(content_words, &planted);
    }
}
