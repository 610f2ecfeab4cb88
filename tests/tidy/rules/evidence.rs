//! Evidence: one row for each line that was asked for, with a proof that exists.
//!
//! `docs/evidence/NN.md` holds tables `| # | line | state | proof |`. A `done` row has proofs, an
//! `open` row says what is missing (`missing: …`), no cell is empty. Proofs stand between `<br>`:
//! `test: file::name` · `file: path` · `picture: NAME` · `figure: …` · `command: …`.

use crate::tree::{Breach, Tree};

fn evidence(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in &tree.files {
        if !file.path.starts_with("docs/evidence/") {
            continue;
        }
        let mut n_rows = 0;
        for (index, line) in file.text.lines().enumerate() {
            let Some(cells) = cells_of(line) else {
                continue;
            };
            n_rows += 1;
            for fault in faults_of(tree, n_rows, &cells) {
                breaches.push(Breach::at(&file.path, index + 1, fault));
            }
        }
        if n_rows == 0 {
            breaches.push(Breach::of(&file.path, "has no row"));
        }
    }
    breaches
}

/// Splits a row into its cells; `None` for headings, rules and plain text.
pub(super) fn cells_of(line: &str) -> Option<Vec<String>> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<String> =
        inside.replace("\\|", "\u{1}").split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
    let first = cells.first()?;
    let is_heading = first == "#" || first.starts_with("--");
    (!is_heading).then_some(cells)
}

fn faults_of(tree: &Tree, number: usize, cells: &[String]) -> Vec<String> {
    let [first, line, state, proofs] = cells else {
        return vec![format!("a row has four cells, not {}", cells.len())];
    };
    let mut faults = Vec::new();
    if *first != number.to_string() {
        faults.push(format!("row {number} is numbered `{first}`"));
    }
    if line.is_empty() || proofs.is_empty() {
        faults.push("a cell is empty".to_owned());
    }
    let is_open = match state.as_str() {
        "open" => true,
        "done" => false,
        _ => {
            faults.push("the state is `open` or `done`".to_owned());
            return faults;
        }
    };
    let proofs: Vec<&str> = proofs.split("<br>").map(str::trim).collect();
    let says_missing = proofs.iter().any(|proof| proof.starts_with("missing: "));
    if is_open != says_missing {
        faults.push("an open row says `missing: …`, a done row does not".to_owned());
    }
    let given = proofs.iter().filter(|proof| !proof.is_empty());
    faults.extend(given.filter_map(|proof| fault_of(tree, proof)));
    faults
}

/// Says why a proof is none; `None` when it exists.
pub(super) fn fault_of(tree: &Tree, proof: &str) -> Option<String> {
    let (form, rest) = proof.split_once(": ").unwrap_or((proof, ""));
    let rest = rest.trim_matches('`');
    let exists = match form {
        "missing" => !rest.is_empty(),
        "test" => is_test(tree, rest),
        "file" => tree.files.iter().any(|file| file.path == rest || file.path.starts_with(&format!("{rest}/"))),
        "picture" => is_drawn(tree, rest),
        "figure" => rest.chars().any(|character| character.is_ascii_digit()),
        "command" => is_command(tree, rest),
        _ => return Some(format!("`{proof}` is no form of proof")),
    };
    (!exists).then(|| format!("`{proof}` does not exist"))
}

/// Whether `file::name` is a function of that file, in its tests.
fn is_test(tree: &Tree, proof: &str) -> bool {
    let Some((path, name)) = proof.rsplit_once("::") else {
        return false;
    };
    let Some(file) = tree.find(path) else {
        return false;
    };
    let source = file.source();
    source.functions().iter().any(|function| function.name == name && function.line >= source.first_test_line)
}

/// Whether a browser test names the picture, without its theme and width.
fn is_drawn(tree: &Tree, picture: &str) -> bool {
    let name = ["-light", "-dark", "-phone", "-tablet"]
        .iter()
        .fold(picture.trim_end_matches(".png"), |name, suffix| name.strip_suffix(suffix).unwrap_or(name));
    !name.is_empty()
        && tree.rust_sources().any(|(file, source)| {
            file.path.starts_with("tests/e2e/") && source.literals.iter().any(|literal| literal.text == name)
        })
}

/// Whether the first word of a command is a script of ours that can be run, or cargo.
fn is_command(tree: &Tree, command: &str) -> bool {
    let words = command.split_whitespace();
    let program = words.into_iter().find(|word| !word.contains('='));
    let script = program.and_then(|program| program.strip_prefix("./"));
    match script {
        Some(script) => tree.find(script).is_some_and(|file| file.is_executable),
        None => program == Some("cargo"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    const PAGE: &str = "docs/evidence/01.md";
    const HEAD: &str = "| # | line | state | proof |\n|---|---|---|---|\n";
    const TEST: (&str, &str) = ("a/tests/b.rs", "//! A.\nfn it_holds() {\n}\n");

    fn refused(row: &str) {
        let page = format!("{HEAD}{row}\n");
        assert_refused(evidence, &[(PAGE, &page), TEST], "docs/evidence/01.md:3");
    }

    fn accepted(row: &str) {
        let page = format!("{HEAD}{row}\n");
        assert_accepted(evidence, &[(PAGE, &page), TEST]);
    }

    #[test]
    fn every_proof_exists() {
        assert_tidy(evidence);
    }

    #[test]
    fn tidy_refuses_a_proof_that_does_not_exist() {
        accepted("| 1 | it holds | done | test: a/tests/b.rs::it_holds |");
        refused("| 1 | it holds | done | test: a/tests/b.rs::it_does_not |");
        refused("| 1 | it holds | done | test: a/tests/c.rs::it_holds |");
        refused("| 1 | it holds | done | picture: 01-welcome-light.png |");
        refused("| 1 | it holds | done | command: ./check |");
        refused("| 1 | it holds | done | file: LICENSE |");
        refused("| 1 | it holds | done | figure: fast |");
        refused("| 1 | it holds | done | believe me |");
    }

    #[test]
    fn tidy_refuses_an_empty_cell_and_a_wrong_number() {
        refused("| 1 | it holds | done |  |");
        refused("| 1 |  | open | missing: all |");
        refused("| 2 | it holds | open | missing: all |");
        refused("| 1 | it holds | maybe | missing: all |");
    }

    #[test]
    fn tidy_refuses_an_open_row_that_does_not_say_what_is_missing() {
        refused("| 1 | it holds | open | test: a/tests/b.rs::it_holds |");
        refused("| 1 | it holds | done | missing: half of it |");
        accepted("| 1 | a \\| b | open | missing: half<br>test: a/tests/b.rs::it_holds |");
    }

    #[test]
    fn pictures_are_named_by_a_browser_test() {
        let page = format!("{HEAD}| 1 | looks | done | picture: 01-welcome-phone-dark.png |\n");
        let test = ("tests/e2e/pictures.rs", "//! A.\nfn a() { shoot(\"01-welcome\"); }\n");
        assert_accepted(evidence, &[(PAGE, &page), test]);
    }
}
