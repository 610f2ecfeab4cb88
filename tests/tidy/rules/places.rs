//! Nothing committed names the machine it was written on, nor where its packages came from.

use crate::tree::{Breach, Tree};

/// Written in pieces, so that this file does not break its own rule.
const REFUSED: [&str; 10] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/home", "/"),
    concat!("/pip", "dl"),
    concat!("static.crates", ".io"),
    concat!("index.crates", ".io"),
    concat!("registry.npm", "js.org"),
    concat!("pypi", ".org"),
    concat!("files.python", "hosted.org"),
    concat!("deb.debian", ".org"),
];

/// The one registry address that Cargo itself writes into a lock file.
const LOCK_SOURCE: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

fn places(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            if REFUSED.iter().any(|place| line.contains(place)) {
                breaches.push(Breach::at(
                    &file.path,
                    index + 1,
                    "names a path of one machine or the host of a registry",
                ));
            }
            let is_foreign_source = file.path == "Cargo.lock" && line.starts_with("source = ") && line != LOCK_SOURCE;
            if is_foreign_source {
                breaches.push(Breach::at(&file.path, index + 1, "every dependency comes from the default registry"));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_refused, assert_tidy};

    #[test]
    fn no_machine_and_no_registry_is_named() {
        assert_tidy(places);
    }

    #[test]
    fn tidy_refuses_a_path_of_one_machine() {
        let planted = format!("cd {}there\n", REFUSED[0]);
        assert_refused(places, &[("run", &planted)], "run:1");
        let planted = format!("see\nhttps://{}/x\n", REFUSED[6]);
        assert_refused(places, &[("docs/a.md", &planted)], "docs/a.md:2");
    }

    #[test]
    fn tidy_refuses_a_dependency_from_elsewhere() {
        let planted = "source = \"git+https://example.org/a\"\n";
        assert_refused(places, &[("Cargo.lock", planted)], "Cargo.lock:1");
    }
}
