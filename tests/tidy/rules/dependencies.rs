//! Who may depend on whom: the table of ARCHITECTURE.md, read from manifests and from `use` lines.

use crate::manifests::{Use, edges};
use crate::source::words;
use crate::tree::{Breach, Tree};

/// One row of the table: what a crate never uses.
struct Row {
    package: &'static str,
    /// Where its product code lies.
    folder: &'static str,
    /// Packages that the product code never uses.
    never: &'static [&'static str],
    /// Packages that not even its tests use.
    never_in_tests: &'static [&'static str],
    sentence: &'static str,
}

const CONTENT_CIPHERS: [&str; 9] =
    ["content-cipher", "aes", "aes-gcm", "aes-gcm-siv", "aead", "chacha20", "chacha20poly1305", "hpke", "age"];

const TABLE: [Row; 10] = [
    Row {
        package: "shared-types",
        folder: "shared-types/src/",
        never: &["sqlx", "tokio", "web-sys", "client-core", "relay-server", "web-app", "local-model"],
        never_in_tests: &["client-core", "relay-server"],
        sentence: "`shared-types` never uses content ciphers, sqlx, tokio, web_sys, our other crates",
    },
    Row {
        package: "client-core",
        folder: "client-core/src/",
        never: &["leptos", "axum", "relay-server", "web-app", "local-model"],
        never_in_tests: &["leptos"],
        sentence: "`client-core` never uses leptos, axum, relay-server, sentences for the UI",
    },
    Row {
        package: "web-app",
        folder: "web-app/src/",
        never: &["rexie", "reqwest", "gloo-net", "hyper", "ureq", "relay-server", "local-model"],
        never_in_tests: &[],
        sentence: "`web-app` never uses cipher crates, rexie, HTTP clients, rules of the product",
    },
    Row {
        package: "web-core",
        folder: "web-app/core/src/",
        never: &["leptos", "rexie", "reqwest", "relay-server", "local-model"],
        never_in_tests: &[],
        sentence: "`web-core` hands ports to client-core; it never uses leptos, cipher crates, rexie, HTTP clients",
    },
    Row {
        package: "web-highlight",
        folder: "web-app/highlight/src/",
        never: &[
            "leptos",
            "rexie",
            "reqwest",
            "gloo-net",
            "client-core",
            "shared-types",
            "relay-server",
            "local-model",
        ],
        never_in_tests: &["relay-server", "local-model"],
        sentence: "`web-highlight` tells the words of code apart; it never uses our other crates, leptos, cipher crates, HTTP clients",
    },
    Row {
        package: "web-reader",
        folder: "web-app/reader/src/",
        never: &[
            "leptos",
            "rexie",
            "reqwest",
            "gloo-net",
            "client-core",
            "shared-types",
            "relay-server",
            "local-model",
        ],
        never_in_tests: &["relay-server", "local-model"],
        sentence: "`web-reader` reads codes in pictures; it never uses our other crates, leptos, cipher crates, HTTP clients",
    },
    Row {
        package: "password-client",
        folder: "client-core/password/src/",
        never: &["client-core", "shared-types", "relay-server", "web-app", "local-model", "leptos", "reqwest"],
        never_in_tests: &["client-core", "relay-server"],
        sentence: "`password-client` is the client's half of passwords; it never uses our other crates",
    },
    Row {
        package: "web-password",
        folder: "web-app/password/src/",
        never: &["leptos", "rexie", "reqwest", "gloo-net", "client-core", "shared-types", "relay-server"],
        never_in_tests: &[],
        sentence: "`web-password` makes a file of password-client; it never uses our other crates, leptos, HTTP clients",
    },
    Row {
        package: "relay-server",
        folder: "relay-server/src/",
        never: &["client-core", "web-app", "local-model"],
        never_in_tests: &["client-core"],
        sentence: "`relay-server` stores, orders, meters, forwards; understands nothing: it never uses client-core, content ciphers",
    },
    Row {
        package: "local-model",
        folder: "local-model/src/",
        never: &["shared-types", "client-core", "relay-server", "web-app"],
        never_in_tests: &["shared-types", "client-core", "relay-server", "web-app"],
        sentence: "`local-model` never uses our other crates",
    },
];

impl Row {
    /// `client-core` seals content; nobody else links what opens it.
    fn never_links(&self, package: &str) -> bool {
        let is_cipher = self.package != "client-core" && CONTENT_CIPHERS.contains(&package);
        is_cipher || self.never.contains(&package)
    }
}

fn declared_dependencies(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for edge in edges(tree) {
        let Some(row) = TABLE.iter().find(|row| row.package == edge.from) else {
            continue;
        };
        let is_refused = match edge.used {
            Use::Product => row.never_links(&edge.to),
            Use::Tests => row.never_in_tests.contains(&edge.to.as_str()),
        };
        if is_refused {
            let manifest = row.folder.replace("src/", "Cargo.toml");
            let sentence = format!("depends on {}; {}", edge.to, row.sentence);
            breaches.push(Breach::of(&manifest, sentence));
        }
    }
    breaches
}

fn used_names(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.rust_sources() {
        let Some(row) = TABLE.iter().find(|row| file.path.starts_with(row.folder)) else {
            continue;
        };
        for (line, code) in source.product_lines() {
            for (start, word) in words(code) {
                let is_path = code.split_at(start + word.len()).1.starts_with("::");
                if is_path && row.never_links(&word.replace('_', "-")) {
                    let sentence = format!("names {word}; {}", row.sentence);
                    breaches.push(Breach::at(&file.path, line, sentence));
                }
            }
        }
    }
    breaches
}

/// The page touches the browser in one place.
fn browser_places(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.rust_sources() {
        if file.belongs_to("web-app/src/browser") || !file.path.starts_with("web-app/src/") {
            continue;
        }
        for (line, code) in source.product_lines() {
            if words(code).any(|(_, word)| word == "web_sys") {
                breaches.push(Breach::at(&file.path, line, "`web-app` may use web_sys in `browser/` only"));
            }
        }
    }
    breaches
}

/// Answers are drawn as elements, never as text that becomes elements.
fn inner_html(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in &tree.files {
        if !file.path.starts_with("web-app/") {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            if line.contains("inner_html") {
                breaches.push(Breach::at(
                    &file.path,
                    index + 1,
                    "`inner_html` does not occur in web-app: text is drawn as typed blocks",
                ));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    const LIBRARY: &str = "//! A.\n";

    fn manifest(name: &str, dependencies: &str) -> String {
        format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{dependencies}\n")
    }

    fn planted_breach(package: &str, dependencies: &str) {
        let path = format!("{package}/Cargo.toml");
        let library = format!("{package}/src/lib.rs");
        let root = format!("[workspace]\nresolver = \"3\"\nmembers = [\"{package}\", \"other\"]\n");
        let planted = [
            ("Cargo.toml", root.as_str()),
            (path.as_str(), &manifest(package, dependencies)),
            (library.as_str(), LIBRARY),
            ("other/Cargo.toml", &manifest("client-core", "")),
            ("other/src/lib.rs", LIBRARY),
        ];
        assert_refused(declared_dependencies, &planted, &format!("{path}:1"));
    }

    #[test]
    fn crates_depend_as_the_table_says() {
        assert_tidy(declared_dependencies);
    }

    #[test]
    fn tidy_refuses_a_dependency_that_the_table_forbids() {
        let on_core = "[dependencies]\nclient-core = { path = \"../other\" }";
        planted_breach("relay-server", on_core);
        planted_breach("shared-types", on_core);
        planted_breach("local-model", on_core);
        planted_breach("relay-server", "[dependencies]\naes-gcm = \"0.11\"");
        planted_breach("web-app", "[dependencies]\nhpke = \"0.15\"");
        planted_breach("web-app", "[dependencies]\nrexie = \"0.6\"");
        let in_tests = "[dev-dependencies]\nclient-core = { path = \"../other\" }";
        planted_breach("relay-server", in_tests);
    }

    #[test]
    fn sources_name_only_what_the_table_allows() {
        assert_tidy(used_names);
    }

    #[test]
    fn tidy_refuses_a_name_that_the_table_forbids() {
        for (path, line) in [
            ("relay-server/src/lib.rs", "use client_core::keys;"),
            ("relay-server/src/routes/a.rs", "use aes_gcm::Aes256Gcm;"),
            ("client-core/src/lib.rs", "use leptos::prelude;"),
            ("client-core/src/sync.rs", "use axum::Router;"),
            ("web-app/src/bridge.rs", "use rexie::Rexie;"),
            ("web-app/core/src/main.rs", "use leptos::prelude;"),
            ("web-app/highlight/src/main.rs", "use client_core::view;"),
            ("shared-types/src/lib.rs", "use tokio::sync;"),
        ] {
            let text = format!("//! A.\n{line}\n");
            assert_refused(used_names, &[(path, &text)], &format!("{path}:2"));
        }
        let text = "//! A.\nuse aes_gcm::Aes256Gcm;\n";
        assert_accepted(used_names, &[("client-core/src/envelope.rs", text)]);
    }

    #[test]
    fn the_browser_is_touched_in_one_place() {
        assert_tidy(browser_places);
    }

    #[test]
    fn tidy_refuses_the_browser_outside_its_place() {
        let text = "//! A.\nuse leptos::web_sys::Window;\n";
        let planted = [("web-app/src/pages/chat.rs", text)];
        assert_refused(browser_places, &planted, "web-app/src/pages/chat.rs:2");
        assert_accepted(browser_places, &[("web-app/src/browser/keyboard.rs", text)]);
    }

    #[test]
    fn text_never_becomes_elements() {
        assert_tidy(inner_html);
    }

    #[test]
    fn tidy_refuses_inner_html() {
        let text = "//! A.\nview! { <div inner_html=text/> }\n";
        assert_refused(inner_html, &[("web-app/src/ui/a.rs", text)], "web-app/src/ui/a.rs:2");
    }
}
