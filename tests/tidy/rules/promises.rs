//! Promises: each sentence is said where `docs/promises.md` says, its tests exist, and so does what breaks it.
//!
//! Rows are `| # | said in | sentence | tests | what breaks it |`, read and proven as those of the evidence.

use super::evidence::{cells_of, fault_of};
use super::walk::has_function;
use crate::tree::{Breach, Tree};

const PAGE: &str = "docs/promises.md";

fn promises(tree: &Tree) -> Vec<Breach> {
    let Some(page) = tree.find(PAGE) else {
        return Vec::new();
    };
    let mut breaches = Vec::new();
    let rows = page.text.lines().enumerate().filter_map(|(index, line)| Some((index, cells_of(line)?)));
    for (number, (index, cells)) in (1..).zip(rows) {
        breaches.extend(faults_of(tree, number, &cells).into_iter().map(|fault| Breach::at(PAGE, index + 1, fault)));
    }
    breaches
}

fn faults_of(tree: &Tree, number: usize, cells: &[String]) -> Vec<String> {
    let [first, place, sentence, tests, breaks] = cells else {
        return vec![format!("a row has five cells, not {}", cells.len())];
    };
    let mut faults = Vec::new();
    if *first != number.to_string() {
        faults.push(format!("row {number} is numbered `{first}`"));
    }
    let said_in = tree.find(place.trim_matches('`'));
    if sentence.is_empty() || !said_in.is_some_and(|file| in_one_line(&file.text).contains(sentence.as_str())) {
        faults.push(format!("{place} does not say this"));
    }
    for test in tests.split("<br>").map(str::trim) {
        match fault_of(tree, test) {
            Some(fault) => faults.push(fault),
            None if test.starts_with("test: ") => {}
            None => faults.push(format!("`{test}` is no test")),
        }
    }
    let mut places = breaks.split('`').skip(1).step_by(2).filter(|code| code.contains('/')).peekable();
    if places.peek().is_none() {
        faults.push("names no place that breaks it".to_owned());
    }
    faults.extend(places.filter(|place| !exists(tree, place)).map(|place| format!("`{place}` does not exist")));
    faults
}

/// A text without its line breaks, as it is read.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `path` is a file, or `path::name` a function in it.
fn exists(tree: &Tree, place: &str) -> bool {
    match place.split_once("::") {
        Some((path, name)) => has_function(tree, path, name),
        None => tree.find(place).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    const SAID: (&str, &str) = ("README.md", "# A\nNobody reads\nyour words.\n");
    const TEST: (&str, &str) = ("a/tests/b.rs", "//! A.\nfn it_holds() {\n}\n");
    const CODE: (&str, &str) = ("a/src/c.rs", "//! A.\nfn seals() {\n}\n");
    const GOOD: &str = "| 1 | `README.md` | Nobody reads your words. | test: a/tests/b.rs::it_holds | `a/src/c.rs::seals` seals nothing |";

    fn page_of(row: &str) -> String {
        format!("| # | said in | sentence | tests | what breaks it |\n|---|---|---|---|---|\n{row}\n")
    }

    #[test]
    fn every_promise_is_said_tested_and_can_be_broken() {
        assert_tidy(promises);
        let page = Tree::of_this_checkout().find(PAGE).expect("the page is there");
        assert!(page.text.matches("| test: ").count() > 40, "the page has been cut off");
    }

    #[test]
    fn tidy_refuses_a_promise_that_nobody_makes_or_guards() {
        assert_accepted(promises, &[(PAGE, &page_of(GOOD)), SAID, TEST, CODE]);
        for (from, to) in [
            ("| 1 |", "| 2 |"),
            ("your words", "your letters"),
            ("`README.md`", "`SECURITY.md`"),
            ("it_holds", "it_does_not"),
            ("test: a/tests/b.rs::it_holds", "file: README.md"),
            ("c.rs::seals", "c.rs::opens"),
            ("`a/src/c.rs::seals`", "something"),
            ("| `a/src", "| more | `a/src"),
        ] {
            let page = page_of(&GOOD.replace(from, to));
            assert_refused(promises, &[(PAGE, &page), SAID, TEST, CODE], "docs/promises.md:3");
        }
    }
}
