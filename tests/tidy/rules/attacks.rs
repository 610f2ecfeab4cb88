//! Adversarial tests say who attacks, what must hold and which regression they would catch; the
//! table of attacks lists every row that is promised.

use crate::source::Function;
use crate::tree::{Breach, Tree};

const TABLE: &str = "docs/attacks.md";
const LABELS: [&str; 3] = ["// Adversary:", "// Invariant:", "// Regression caught:"];

/// Rows of the threat model that are answered with a test.
const PROMISED_ROWS: [u8; 23] = [2, 3, 5, 6, 7, 8, 12, 13, 14, 17, 18, 19, 20, 21, 22, 23, 25, 26, 28, 29, 31, 32, 33];

/// One line of the table.
struct Attack {
    line: usize,
    row: u8,
    test: String,
}

fn table(tree: &Tree) -> Vec<Breach> {
    let Some(file) = tree.find(TABLE) else {
        return Vec::new();
    };
    let (attacks, mut breaches) = read_table(&file.text);
    for row in PROMISED_ROWS {
        if !attacks.iter().any(|attack| attack.row == row) {
            breaches.push(Breach::of(TABLE, format!("attack {row} is missing")));
        }
    }
    breaches
}

fn labels(tree: &Tree) -> Vec<Breach> {
    let text = tree.find(TABLE).map_or("", |file| file.text.as_str());
    let (attacks, _) = read_table(text);
    let is_listed = |name: &str| attacks.iter().any(|attack| attack.test == name);
    let mut breaches = Vec::new();
    for (file, source) in tree.rust_sources() {
        for function in source.functions() {
            let begins = has_label(&function);
            if (begins || is_listed(&function.name)) && !has_all_labels(&function) {
                let sentence =
                    format!("`{}` begins with three comments: Adversary, Invariant, Regression caught", function.name);
                breaches.push(Breach::at(&file.path, function.line, sentence));
            }
        }
    }
    breaches
}

/// Lists the comments that a function begins with: right above it, or first in its body.
fn leading_comments(function: &Function) -> impl Iterator<Item = &str> {
    let inside = function.body.iter().map(|line| line.trim()).take_while(|line| line.starts_with("//"));
    function.comments_above.iter().map(String::as_str).chain(inside)
}

fn has_label(function: &Function) -> bool {
    leading_comments(function).any(|line| LABELS.iter().any(|label| line.starts_with(label)))
}

/// Whether the body begins with the labels, in their order, each with something said.
fn has_all_labels(function: &Function) -> bool {
    let mut missing = LABELS.iter();
    let mut next = missing.next();
    for line in leading_comments(function) {
        let Some(label) = next else {
            return true;
        };
        if line.strip_prefix(label).is_some_and(|said| !said.trim().is_empty()) {
            next = missing.next();
        }
    }
    next.is_none()
}

/// Reads `| row | attack | test |` lines.
fn read_table(page: &str) -> (Vec<Attack>, Vec<Breach>) {
    let mut attacks = Vec::new();
    let mut breaches = Vec::new();
    for (index, line) in page.lines().enumerate() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let Some(Ok(row)) = cells.first().map(|cell| cell.parse::<u8>()) else {
            continue;
        };
        let test = cells.get(2).map_or("", |cell| cell.trim_matches('`'));
        let is_name = |test: &str| {
            !test.is_empty()
                && test.chars().all(|character| character.is_ascii_lowercase() || "_0123456789".contains(character))
        };
        if !is_name(test) {
            breaches.push(Breach::at(TABLE, index + 1, "names no test"));
        }
        attacks.push(Attack { line: index + 1, row, test: test.to_owned() });
    }
    let mut seen = std::collections::BTreeSet::new();
    for attack in &attacks {
        if !seen.insert(&attack.test) {
            let sentence = format!("`{}` is listed twice", attack.test);
            breaches.push(Breach::at(TABLE, attack.line, sentence));
        }
    }
    (attacks, breaches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    #[test]
    fn the_table_of_attacks_is_whole() {
        assert_tidy(table);
    }

    #[test]
    fn tidy_refuses_a_table_without_a_promised_attack() {
        let others = PROMISED_ROWS.iter().filter(|row| **row != 20);
        let rows: Vec<String> = others.map(|row| format!("| {row} | something | `test_{row}` |\n")).collect();
        let rows = rows.concat();
        assert_refused(table, &[(TABLE, &rows)], "docs/attacks.md:1: attack 20");
        let whole = format!("{rows}| 20 | something | `test_20` |\n");
        assert_accepted(table, &[(TABLE, &whole)]);
        let unnamed = format!("{rows}| 20 | something |  |\n");
        let refused = format!("docs/attacks.md:{}: names no test", PROMISED_ROWS.len());
        assert_refused(table, &[(TABLE, &unnamed)], &refused);
    }

    #[test]
    fn attack_tests_say_what_they_are_for() {
        assert_tidy(labels);
    }

    #[test]
    fn tidy_refuses_an_attack_test_without_its_three_lines() {
        let listed = (TABLE, "| 7 | flip any bit | `any_bit` |\n");
        let bare = ("a/tests/a.rs", "//! A.\n#[test]\nfn any_bit() {\n    b();\n}\n");
        assert_refused(labels, &[listed, bare], "a/tests/a.rs:3");
        let half = "//! A.\nfn other() {\n    // Adversary: the relay.\n    // Invariant: x.\n    b();\n}\n";
        assert_refused(labels, &[("a/tests/a.rs", half)], "a/tests/a.rs:2");
        let whole = "//! A.\nfn any_bit() {\n    // Adversary: the relay,\n    // which lies.\n    \
            // Invariant: x.\n    // Regression caught: y.\n    b();\n}\n";
        assert_accepted(labels, &[listed, ("a/tests/a.rs", whole)]);
        let above = "//! A.\n// Adversary: the relay.\n// Invariant: x.\n// Regression caught: y.\n\
            #[test]\nfn any_bit() {\n    b();\n}\n";
        assert_accepted(labels, &[listed, ("a/tests/a.rs", above)]);
    }
}
