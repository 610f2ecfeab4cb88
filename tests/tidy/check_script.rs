//! `./check` itself: run with a cargo that only says what it is told to, does the script add up and turn red?

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::tree::Tree;

/// A checkout with the real `check` and a cargo that answers `cargo test` with these words.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn with_tests(printed: &str, exit_code: u8) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let check = Tree::of_this_checkout().root.join("check");
        fs::copy(check, folder.path().join("check")).expect("the script can be copied");
        let cargo = format!(
            "#!/bin/sh\n[ \"$3\" = --example ] && cat seen\n[ \"$1\" = test ] || exit 0\ncat <<'X'\n{printed}\nX\nexit {exit_code}\n"
        );
        write(&folder.path().join("scripts/set-up"), "#!/bin/sh\n");
        write(&folder.path().join("seen"), "readable bytes seen by the relay: 0\n");
        write(&folder.path().join("bin/cargo"), &cargo);
        write(&folder.path().join("docs/evidence/01.md"), "| 1 | it holds | open | missing: all |\n");
        write(&folder.path().join("docs/attacks.md"), "| 7 | flip any bit | `any_bit` |\n| 9 | old | `no_such` |\n");
        write(&folder.path().join("client-core/tests/a.rs"), "fn any_bit() {}\n");
        Self { folder }
    }

    fn check(&self, arguments: &str) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new("./check")
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()))
            .output()
            .expect("the script can be started")
    }
}

fn write(path: &Path, text: &str) {
    let folder = path.parent().expect("a planted file lies in a folder");
    fs::create_dir_all(folder).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a run bit can be set");
}

fn last_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().last().unwrap_or_default().to_owned()
}

const TWO_RUNNERS: &str = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
    test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";

/// `./check quick` runs cargo test twice: for the product and for the build helper.
#[test]
fn check_adds_up_all_runners() {
    let output = Checkout::with_tests(TWO_RUNNERS, 0).check("quick");
    assert_eq!(last_line(&output), "14 passed, 0 failed");
    assert!(output.status.success());
}

#[test]
fn check_is_red_when_a_test_fails() {
    let end = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
    let failed = format!("test far::before_the_end ... FAILED\n{}{end}", "test other ... ok\n".repeat(100));
    let output = Checkout::with_tests(&failed, 101).check("quick");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("far::before_the_end"), "its name lies far before the end of the log");
    assert_eq!(last_line(&output), "6 passed, 4 failed");
    assert!(!output.status.success());
}

#[test]
fn check_is_red_when_a_step_fails_without_a_count() {
    let output = Checkout::with_tests("error: could not compile", 101).check("quick");
    assert_eq!(last_line(&output), "0 passed, 2 failed");
    assert!(!output.status.success());
}

#[test]
fn check_is_red_when_no_test_ran() {
    let output = Checkout::with_tests("nothing to do", 0).check("quick");
    assert_eq!(last_line(&output), "0 passed, 2 failed");
    assert!(!output.status.success());
}

#[test]
fn check_looks_at_the_attacks_that_it_is_asked_for_and_misses_a_row_without_a_test() {
    let run = |rows: &str| {
        let output = Checkout::with_tests(&format!("test a::any_bit ... ok\n{TWO_RUNNERS}"), 0).check(rows);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.parse::<u32>().ok()?, words.last()?.to_owned()))
        });
        let told: Vec<_> = told.filter(|(_, word)| word != "failed").collect();
        (told, output.status.success())
    };
    let row = |number: u32, state: &str| (number, state.to_owned());
    assert_eq!(run("attacks --rows 7"), (vec![row(7, "passed")], true));
    assert_eq!(run("attacks --rows 6-7,9"), (vec![row(6, "absent"), row(7, "passed"), row(9, "absent")], false));
    assert_eq!(run("attacks --rows"), (Vec::new(), false));
}

#[test]
fn check_tells_absent_attacks_from_passed_ones() {
    let output = Checkout::with_tests(&format!("test a::any_bit ... ok\n{TWO_RUNNERS}"), 0).check("attacks");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let state = |name: &str| text.lines().find(|line| line.contains(name)).and_then(|line| line.split(' ').next_back());
    assert_eq!(state("any_bit"), Some("passed"), "{text}");
    assert_eq!(state("no_such"), Some("absent"), "{text}");
    assert!(!output.status.success());
}

#[test]
fn check_of_our_claim_is_red_when_a_relay_could_read_something() {
    let checkout = Checkout::with_tests(TWO_RUNNERS, 0);
    let output = checkout.check("claim");
    assert_eq!(last_line(&output), "14 passed, 0 failed");
    assert!(output.status.success());

    write(&checkout.folder.path().join("seen"), "readable bytes seen by the relay: 7\n");
    let output = checkout.check("claim");
    assert_eq!(last_line(&output), "14 passed, 1 failed");
    assert!(!output.status.success());
}
