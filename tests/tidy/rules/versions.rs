//! A version that stands in two files is the same in both.

use crate::tree::{Breach, Tree};

const SET_UP: &str = "scripts/set-up";

/// Two places of one version: a file and what stands before the version in it.
struct Pair {
    set_up: &'static str,
    file: &'static str,
    before: &'static str,
}

const PAIRS: [Pair; 4] = [
    Pair { set_up: "wasm_bindgen_version=", file: "Cargo.toml", before: "wasm-bindgen = \"=" },
    Pair { set_up: "wasm_bindgen_version=", file: "Trunk.toml", before: "wasm_bindgen = \"" },
    Pair { set_up: "binaryen_version=", file: "Trunk.toml", before: "wasm_opt = \"version_" },
    Pair { set_up: "min_rust=", file: "Cargo.toml", before: "rust-version = \"" },
];

fn versions(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for pair in PAIRS {
        let (Some(script), Some(file)) = (tree.find(SET_UP), tree.find(pair.file)) else {
            continue;
        };
        let here = version_after(&script.text, pair.set_up);
        let there = version_after(&file.text, pair.before);
        let is_same = match (&here, &there) {
            // wasm-opt is named by its major version only.
            (Some(here), Some(there)) => here == there || here.strip_suffix(".0.0") == Some(there),
            _ => false,
        };
        if !is_same {
            let sentence = format!("{} is {here:?} in {SET_UP} and {there:?} here", pair.set_up);
            breaches.push(Breach::of(pair.file, sentence));
        }
    }
    breaches
}

fn version_after(text: &str, before: &str) -> Option<String> {
    let is_part = |character: &char| character.is_ascii_digit() || *character == '.';
    let rest = text.lines().find_map(|line| line.strip_prefix(before))?;
    Some(rest.chars().take_while(is_part).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    const TRUNK: (&str, &str) = ("Trunk.toml", "wasm_bindgen = \"0.2.130\"\nwasm_opt = \"version_132\"\n");

    #[test]
    fn versions_agree() {
        assert_tidy(versions);
    }

    #[test]
    fn tidy_refuses_two_versions_of_one_tool() {
        let same = (SET_UP, "wasm_bindgen_version=0.2.130 # a\nbinaryen_version=132.0.0\n");
        assert_accepted(versions, &[TRUNK, same]);
        let other = (SET_UP, "wasm_bindgen_version=0.2.129\nbinaryen_version=132.0.0\n");
        assert_refused(versions, &[TRUNK, other], "Trunk.toml:1: wasm_bindgen_version");
        let other = (SET_UP, "wasm_bindgen_version=0.2.130\nbinaryen_version=131.0.0\n");
        assert_refused(versions, &[TRUNK, other], "Trunk.toml:1: binaryen_version");
    }
}
