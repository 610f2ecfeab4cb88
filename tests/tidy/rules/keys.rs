//! A key is never `Clone`, `Serialize`, `Display`, nor visible in `Debug`.
//!
//! In `keys/` a type is *raw* when it is made of bytes or of a cipher crate's private key, and a
//! *holder* when it is made of such types. Raw types derive nothing that copies or shows; holders
//! may derive `Debug`, because what they hold is mute. Public halves say so in their name.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, words};
use crate::tree::{Breach, Tree};

const FOLDER: &str = "client-core/src/keys";
/// Randomness for tests, in no product build.
const TEST_SUPPORT: &str = "client-core/src/keys/seeded.rs";

const SHOWING: [&str; 2] = ["Debug", "Display"];
const COPYING: [&str; 6] = ["Clone", "Copy", "Serialize", "Deserialize", "Hash", "ToString"];
/// What a raw type is made of, beside arrays and vectors of bytes.
const RAW: [&str; 6] = ["String", "Zeroizing", "SigningKey", "PrivateKey", "KemPrivate", "StaticSecret"];

/// One declared type.
struct Type {
    path: String,
    name: String,
    /// Derived traits with their lines.
    derived: Vec<(usize, String)>,
    body: String,
}

fn keys(tree: &Tree) -> Vec<Breach> {
    let sources: Vec<(&str, &Source)> = tree
        .rust_sources()
        .filter(|(file, _)| file.belongs_to(FOLDER) && file.path != TEST_SUPPORT)
        .map(|(file, source)| (file.path.as_str(), source))
        .collect();
    let types: Vec<Type> = sources.iter().flat_map(|(path, source)| types_of(path, source)).collect();
    let raw: BTreeSet<&str> = types.iter().filter(|one| is_raw(one)).map(|one| one.name.as_str()).collect();
    let holders = holders_of(&types, &raw);
    let mut breaches = Vec::new();
    for one in &types {
        for (line, word) in &one.derived {
            let shows = raw.contains(one.name.as_str()) && SHOWING.contains(&word.as_str());
            let copies = holders.contains(one.name.as_str()) && COPYING.contains(&word.as_str());
            if shows || copies {
                breaches.push(Breach::at(&one.path, *line, sentence(&one.name, word)));
            }
        }
    }
    breaches.extend(sources.iter().flat_map(|(path, source)| refused_impls(path, source, &holders)));
    breaches
}

/// Reads the declarations of a file: derives, name and body.
fn types_of(path: &str, source: &Source) -> Vec<Type> {
    let mut types = Vec::new();
    let mut derived: Vec<(usize, String)> = Vec::new();
    let mut is_in_derive = false;
    let lines: Vec<(usize, &str)> = source.product_lines().collect();
    for (index, (line, code)) in lines.iter().enumerate() {
        is_in_derive = is_in_derive || code.contains("derive(");
        if is_in_derive {
            derived.extend(words(code).map(|(_, word)| (*line, word.to_owned())));
            is_in_derive = !code.contains(")]");
            continue;
        }
        if let Some(name) = declared_type(code) {
            let rest = lines.get(index..).unwrap_or_default();
            types.push(Type {
                path: path.to_owned(),
                name: name.to_owned(),
                derived: std::mem::take(&mut derived),
                body: body_of(rest),
            });
        }
    }
    types
}

/// Joins the lines of a declaration up to its end.
fn body_of(lines: &[(usize, &str)]) -> String {
    let mut body = String::new();
    for (_, code) in lines {
        body.push_str(code);
        body.push('\n');
        let is_one_line = code.trim_end().ends_with(';') || code.trim_end().ends_with("{}");
        if is_one_line && body.lines().count() == 1 || code.starts_with('}') {
            break;
        }
    }
    body
}

/// Whether a type is a choice that carries nothing: its variants may be named for keys.
fn is_plain_choice(one: &Type) -> bool {
    one.body.split_once("enum ").is_some_and(|(_, body)| !body.contains('(') && body.matches('{').count() == 1)
}

/// Finds the name of the type that a line declares.
fn declared_type(code: &str) -> Option<&str> {
    let mut names = words(code).map(|(_, word)| word);
    names.find(|word| ["struct", "enum"].contains(word))?;
    names.next()
}

fn is_raw(one: &Type) -> bool {
    let is_made_of_bytes = one.body.contains("[u8") || one.body.contains("Vec<u8>");
    let is_made_of_secrets = words(&one.body).any(|(_, word)| RAW.contains(&word));
    !is_public_half(&one.name) && (is_made_of_bytes || is_made_of_secrets)
}

/// Grows the set of raw types by whatever holds one of them.
fn holders_of<'types>(types: &'types [Type], raw: &BTreeSet<&'types str>) -> BTreeSet<&'types str> {
    let parts: BTreeMap<&str, BTreeSet<&str>> = types
        .iter()
        .filter(|one| !is_public_half(&one.name) && !is_plain_choice(one))
        .map(|one| (one.name.as_str(), words(&one.body).map(|(_, word)| word).collect()))
        .collect();
    let mut holders = raw.clone();
    loop {
        let n_before = holders.len();
        for (name, parts) in &parts {
            if !parts.is_disjoint(&holders) {
                holders.insert(name);
            }
        }
        if holders.len() == n_before {
            return holders;
        }
    }
}

fn refused_impls(path: &str, source: &Source, holders: &BTreeSet<&str>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (line, code) in source.product_lines() {
        let Some((head, tail)) = code.split_once(" for ") else {
            continue;
        };
        let name = words(tail).next().map_or("", |(_, name)| name);
        if !code.trim_start().starts_with("impl") || !holders.contains(name) {
            continue;
        }
        for (_, word) in words(head) {
            if COPYING.contains(&word) || word == "Display" {
                breaches.push(Breach::at(path, line, sentence(name, word)));
            }
        }
    }
    breaches
}

/// Whether a type of this name holds nothing secret by its name.
fn is_public_half(name: &str) -> bool {
    let suffixes = ["Public", "PublicKey", "PublicKeys", "Id", "Error", "Commitment", "SealedRow"];
    name.starts_with("Public") || suffixes.iter().any(|suffix| name.ends_with(suffix))
}

fn sentence(name: &str, word: &str) -> String {
    format!("`{name}` is `{word}`: a key is never Clone, Serialize, Display, nor visible in Debug")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    #[test]
    fn keys_are_neither_copied_nor_shown() {
        assert_tidy(keys);
    }

    #[test]
    fn tidy_refuses_a_key_that_can_be_copied_or_shown() {
        for derive in ["Clone", "serde::Serialize", "Debug", "PartialEq, Copy"] {
            let text = format!("//! A.\n#[derive({derive})]\npub struct EpochKey([u8; 32]);\n");
            let planted = [("client-core/src/keys/epoch.rs", text.as_str())];
            assert_refused(keys, &planted, "client-core/src/keys/epoch.rs:2");
        }
        let text = "//! A.\nstruct EpochKey([u8; 32]);\nimpl fmt::Display for EpochKey {\n}\n";
        assert_refused(keys, &[("client-core/src/keys.rs", text)], "client-core/src/keys.rs:3");
    }

    #[test]
    fn tidy_refuses_a_copy_of_what_holds_a_key() {
        let text = "//! A.\nstruct Secret([u8; 32]);\nstruct Pair {\n    a: Secret,\n}\n\
            #[derive(Debug, Clone)]\nstruct Keys {\n    pair: Pair,\n}\n";
        assert_refused(keys, &[("client-core/src/keys.rs", text)], "client-core/src/keys.rs:6: `Keys` is `Clone`");
    }

    #[test]
    fn redacted_debug_and_public_halves_are_fine() {
        let text = "//! A.\n#[derive(Zeroize, ZeroizeOnDrop)]\nstruct Secret([u8; 32]);\n\
            impl fmt::Debug for Secret {\n}\n\
            #[derive(Debug)]\nstruct EpochKey(Secret);\n\
            #[derive(Debug, Clone)]\nstruct SigningPublicKey([u8; 32]);\n\
            #[derive(Debug, Clone, Copy)]\nenum Purpose {\n    EpochKey = 1,\n}\n";
        assert_accepted(keys, &[("client-core/src/keys.rs", text)]);
    }
}
