//! `scripts/set-up` where nothing is there: it says in one sentence what is missing.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::tree::Tree;

/// What every Linux has; no Rust, no package manager.
const BARE_TOOLS: [&str; 12] =
    ["bash", "cat", "cut", "dirname", "env", "grep", "head", "id", "mkdir", "printf", "sort", "uname"];

#[test]
fn a_machine_without_rust_and_packages_gets_one_clear_sentence() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for tool in BARE_TOOLS {
        let places = ["/usr/bin", "/bin"].map(|place| Path::new(place).join(tool));
        if let Some(place) = places.iter().find(|place| place.exists()) {
            symlink(place, folder.path().join(tool)).expect("a link can be made");
        }
    }
    let output = Command::new(Tree::of_this_checkout().root.join("scripts/set-up"))
        .arg("web")
        .env_clear()
        .env("PATH", folder.path())
        .env("SOTTO_CACHE", folder.path().join("cache"))
        .output()
        .expect("the script can be started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("set-up: Rust ") && said.contains(" is needed"), "{said}");
}
