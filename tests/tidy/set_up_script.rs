//! `scripts/set-up` where nothing is there, and where every tool only notes that it was called: it says in one
//! sentence what is missing, says what each step does, and never fetches twice.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::tree::Tree;

/// What every Linux has; no Rust, no package manager.
const BARE_TOOLS: [&str; 24] = [
    "bash", "cat", "chmod", "cp", "cut", "dirname", "env", "find", "flock", "grep", "head", "id", "mkdir", "mktemp",
    "mv", "printf", "rm", "sed", "sh", "sort", "tail", "touch", "uname", "xargs",
];

/// Stand-ins that note in `$FETCHED` what they were asked to bring, and bring just enough of it.
const STAND_INS: [(&str, &str); 9] = [
    ("cc", "exit 0"),
    ("rustc", "case $1 in --version) echo 'rustc 9.0.0 (x)' ;; *) echo \"$PLACE/std\" ;; esac"),
    (
        "cargo",
        "echo \"cargo $2 $3\" >>\"$FETCHED\"; case $3 in wasm-bindgen-cli) name=wasm-bindgen ;; *) name=$3 ;; esac\n\
         while [ $# -gt 1 ]; do [ \"$1\" = --version ] && version=$2; [ \"$1\" = --root ] && root=$2; shift; done\n\
         printf '#!/bin/sh\\necho %s\\n' \"$version\" >\"$root/bin/$name\"; chmod +x \"$root/bin/$name\"",
    ),
    ("node", "exit 0"),
    ("sudo", "[ \"$1\" = -n ] && shift; exec \"$@\""),
    (
        "npm",
        "echo npm >>\"$FETCHED\"; while [ \"$1\" != --prefix ]; do shift; done; prefix=$2; shift 2\n\
         for package in \"$@\"; do\n\
           folder=$prefix/node_modules/${package%@*}; mkdir -p \"$folder\"\n\
           printf '  \"version\": \"%s\"\\n' \"${package##*@}\" >\"$folder/package.json\"\n\
         done",
    ),
    (
        "python3",
        "case $* in *' download '*) echo pip >>\"$FETCHED\" ;; '- '*) cat >/dev/null; echo model >\"$4\" ;; esac",
    ),
    ("sha256sum", "cat >/dev/null"),
    ("dpkg-query", "[ -e \"$PLACE/packages\" ] && echo installed"),
];

fn write_tool(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("a tool can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a run bit can be set");
}

/// A machine with a bare system and a cache of its own.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn bare() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        fs::create_dir(folder.path().join("bin")).expect("a folder can be made");
        for tool in BARE_TOOLS {
            let places = ["/usr/bin", "/bin"].map(|place| Path::new(place).join(tool));
            if let Some(place) = places.iter().find(|place| place.exists()) {
                symlink(place, folder.path().join("bin").join(tool)).expect("a link can be made");
            }
        }
        Self { folder }
    }

    /// With Rust, Node, Python and a package manager that bring only their notes.
    fn with_stand_ins() -> Self {
        let machine = Self::bare();
        let bin = machine.folder.path().join("bin");
        for (tool, script) in STAND_INS {
            write_tool(&bin.join(tool), script);
        }
        let brings = "echo \"apt $1\" >>\"$FETCHED\"; touch \"$PLACE/packages\"\n\
            for tool in chromium chromedriver; do cp \"$PLACE/bin/node\" \"$PLACE/bin/$tool\"; done";
        write_tool(&bin.join("apt-get"), brings);
        let std = machine.folder.path().join("std");
        fs::create_dir(&std).expect("a folder can be made");
        fs::write(std.join("libstd-1.rlib"), "").expect("a file can be written");
        machine
    }

    fn set_up(&self, purpose: &str) -> Output {
        let place = self.folder.path();
        Command::new(Tree::of_this_checkout().root.join("scripts/set-up"))
            .arg(purpose)
            .env_clear()
            .env("PATH", place.join("bin"))
            .env("PLACE", place)
            .env("FETCHED", place.join("fetched"))
            .env("SOTTO_CACHE", place.join("cache"))
            .output()
            .expect("the script can be started")
    }

    fn fetched(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("fetched")).expect("something was fetched");
        text.lines().map(str::to_owned).collect()
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_machine_without_rust_and_packages_gets_one_clear_sentence() {
    let output = Machine::bare().set_up("web");
    let said = text_of(&output.stderr);
    assert!(!output.status.success());
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("set-up: Rust ") && said.contains(" is needed"), "{said}");
}

#[test]
fn each_step_says_what_it_does_and_nothing_is_fetched_twice() {
    let machine = Machine::with_stand_ins();
    let first = machine.set_up("check");
    let said = text_of(&first.stdout);
    assert!(first.status.success(), "{said}{}", text_of(&first.stderr));
    let fetched = machine.fetched();
    for part in ["cargo --quiet wasm-bindgen-cli", "cargo --quiet trunk", "npm", "pip", "apt install"] {
        assert_eq!(fetched.iter().filter(|line| *line == part).count(), 1, "{part}: {fetched:?}");
    }
    for step in ["wasm-bindgen-cli", "trunk", "wasm-opt", "axe-core", "the model's package", "SHA-256", "Chromium"] {
        assert!(said.contains(step), "no word of {step}: {said}");
    }

    let second = machine.set_up("check");
    assert!(second.status.success(), "{}", text_of(&second.stderr));
    assert_eq!(text_of(&second.stdout), "set-up: ready for check\n");
    assert_eq!(machine.fetched(), fetched);
}
