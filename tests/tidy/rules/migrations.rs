//! Migrations are numbered without a gap, and both databases have the same ones.

use crate::tree::{Breach, Tree};

const SQLITE: &str = "migrations/sqlite/";
const POSTGRES: &str = "migrations/postgres/";

fn migrations(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let sqlite = names_in(tree, SQLITE);
    for (index, name) in sqlite.iter().enumerate() {
        let number = format!("{:04}_", index + 1);
        if !name.starts_with(&number) || name.strip_suffix(".sql").is_none() {
            let sentence = format!("migrations are contiguous: this one should begin `{number}`");
            breaches.push(Breach::of(&format!("{SQLITE}{name}"), sentence));
        }
    }
    let postgres = names_in(tree, POSTGRES);
    if !postgres.is_empty() && postgres != sqlite {
        breaches.push(Breach::of(POSTGRES, "both databases have migrations of the same numbers and names"));
    }
    breaches
}

fn names_in<'tree>(tree: &'tree Tree, folder: &str) -> Vec<&'tree str> {
    tree.files.iter().filter_map(|file| file.path.strip_prefix(folder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    #[test]
    fn migrations_are_contiguous() {
        assert_tidy(migrations);
    }

    #[test]
    fn tidy_refuses_a_gap_between_migrations() {
        let planted = [("migrations/sqlite/0001_a.sql", ""), ("migrations/sqlite/0003_b.sql", "")];
        assert_refused(migrations, &planted, "migrations/sqlite/0003_b.sql");
    }

    #[test]
    fn tidy_refuses_databases_that_differ() {
        let planted = [("migrations/sqlite/0001_a.sql", ""), ("migrations/postgres/0001_b.sql", "")];
        assert_refused(migrations, &planted, "migrations/postgres/");
        let planted = [("migrations/sqlite/0001_a.sql", ""), ("migrations/postgres/0001_a.sql", "")];
        assert_accepted(migrations, &planted);
    }
}
