//! The SQL of both databases stands in files of the same names, with the same functions in the same order.

use crate::tree::{Breach, File, Tree};

const SQLITE: &str = "relay-server/src/db/sqlite/";
const POSTGRES: &str = "relay-server/src/db/postgres/";
/// What only a database of several processes has.
const ONLY_POSTGRES: [&str; 1] = ["notices.rs"];

fn databases(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, other) in [(SQLITE, POSTGRES), (POSTGRES, SQLITE)] {
        for (name, _) in files_in(tree, path) {
            if tree.find(&format!("{other}{name}")).is_none() && !ONLY_POSTGRES.contains(&name) {
                breaches.push(Breach::of(&format!("{path}{name}"), format!("has no twin in {other}")));
            }
        }
    }
    for (name, file) in files_in(tree, SQLITE) {
        let path = format!("{POSTGRES}{name}");
        let Some(twin) = tree.find(&path) else { continue };
        let (wanted, found) = (functions_of(file), functions_of(twin));
        if wanted != found {
            breaches.push(Breach::of(&path, format!("SQLite's file has the functions {}", wanted.join(", "))));
        }
    }
    breaches
}

fn files_in<'tree>(tree: &'tree Tree, folder: &str) -> Vec<(&'tree str, &'tree File)> {
    let inside = tree.files.iter().filter(|file| file.path.starts_with(folder));
    inside.filter_map(|file| Some((file.path.strip_prefix(folder)?, file))).collect()
}

fn functions_of(file: &File) -> Vec<String> {
    file.source().functions().into_iter().map(|function| function.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    const A: (&str, &str) = ("relay-server/src/db/sqlite/a.rs", "fn find() {}\nfn list() {}\n");

    #[test]
    fn both_databases_have_the_same_files_and_functions() {
        assert_tidy(databases);
    }

    #[test]
    fn tidy_refuses_a_file_without_its_twin() {
        assert_refused(databases, &[A], A.0);
        let planted = [A, ("relay-server/src/db/postgres/a.rs", A.1), ("relay-server/src/db/postgres/b.rs", "")];
        assert_refused(databases, &planted, "relay-server/src/db/postgres/b.rs");
    }

    #[test]
    fn tidy_refuses_functions_in_another_order() {
        let twin = "relay-server/src/db/postgres/a.rs";
        assert_refused(databases, &[A, (twin, "fn list() {}\nfn find() {}\n")], twin);
        let notices = ("relay-server/src/db/postgres/notices.rs", "fn listen() {}\n");
        assert_accepted(databases, &[A, (twin, A.1), notices]);
    }
}
