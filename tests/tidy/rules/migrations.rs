//! Migrations are numbered without a gap, and those of both databases make the same tables, column by column.
//!
//! Statements are compared word by word once each database's own words are gone: types stand in pairs, and `STRICT`
//! is what Postgres is anyway.

use crate::tree::{Breach, Tree};

const SQLITE: &str = "migrations/sqlite/";
const POSTGRES: &str = "migrations/postgres/";

/// A type of SQLite and the one of Postgres that holds the same.
const SAME_TYPES: [(&str, &str); 4] =
    [("BLOB", "BYTEA"), ("INTEGER", "BIGINT"), ("TEXT", "TEXT"), ("REAL", "DOUBLE PRECISION")];

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
    if postgres != sqlite {
        breaches.push(Breach::of(POSTGRES, "both databases have migrations of the same numbers and names"));
        return breaches;
    }
    breaches.extend(sqlite.iter().filter_map(|name| first_difference(tree, name)));
    breaches
}

fn names_in<'tree>(tree: &'tree Tree, folder: &str) -> Vec<&'tree str> {
    tree.files.iter().filter_map(|file| file.path.strip_prefix(folder)).collect()
}

/// The first statement of a migration that Postgres has otherwise.
fn first_difference(tree: &Tree, name: &str) -> Option<Breach> {
    let path = format!("{POSTGRES}{name}");
    let text = |path: &str| tree.find(path).map_or("", |file| file.text.as_str());
    let wanted: Vec<String> =
        statements(text(&format!("{SQLITE}{name}"))).iter().map(|(_, words)| in_postgres(words)).collect();
    let found = statements(text(&path));
    for (index, (line, words)) in found.iter().enumerate() {
        let same = wanted.get(index).map(String::as_str);
        if same != Some(words) {
            let sentence = format!("SQLite has `{}` here", same.unwrap_or("nothing"));
            return Some(Breach::at(&path, *line, sentence));
        }
    }
    let missing = wanted.get(found.len())?;
    Some(Breach::of(&path, format!("ends before `{missing}`")))
}

/// Statements without comments, their words parted by one space, each with the line that it begins at.
fn statements(sql: &str) -> Vec<(usize, String)> {
    let mut statements = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut begin = 1;
    for (index, line) in sql.lines().enumerate() {
        let code = line.split("--").next().unwrap_or_default();
        for word in code.replace('(', " ( ").replace(')', " ) ").replace(',', " , ").replace(';', " ; ").split(' ') {
            if word == ";" {
                statements.push((begin, std::mem::take(&mut words).join(" ")));
            } else if !word.is_empty() {
                if words.is_empty() {
                    begin = index + 1;
                }
                words.push(word.to_owned());
            }
        }
    }
    if !words.is_empty() {
        statements.push((begin, words.join(" ")));
    }
    statements
}

/// A statement of SQLite in the words of Postgres.
fn in_postgres(statement: &str) -> String {
    let words = statement.split(' ').filter(|word| *word != "STRICT");
    let translated = words.map(|word| {
        let known = SAME_TYPES.iter().find(|(sqlite, _)| *sqlite == word);
        known.map_or(word, |(_, postgres)| postgres)
    });
    translated.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    const IN_SQLITE: &str = "-- Why.\nCREATE TABLE a (\n    id BLOB NOT NULL PRIMARY KEY,\n    n  INTEGER NOT NULL\n) \
        STRICT;\nCREATE INDEX a_by_n ON a (n);\n";
    const IN_POSTGRES: &str = "CREATE TABLE a (\n    id BYTEA  NOT NULL PRIMARY KEY,\n    n  BIGINT NOT NULL\n);\nCREATE INDEX a_by_n ON a (n);\n";

    fn planted(postgres: &str) -> [(&str, &str); 2] {
        [("migrations/sqlite/0001_a.sql", IN_SQLITE), ("migrations/postgres/0001_a.sql", postgres)]
    }

    #[test]
    fn migrations_are_contiguous_and_the_same_in_both_databases() {
        assert_tidy(migrations);
    }

    #[test]
    fn tidy_refuses_a_gap_between_migrations() {
        let names = ["0001_a.sql", "0003_b.sql"];
        let paths: Vec<String> =
            [SQLITE, POSTGRES].iter().flat_map(|folder| names.map(|name| format!("{folder}{name}"))).collect();
        let planted: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
        assert_refused(migrations, &planted, "migrations/sqlite/0003_b.sql");
    }

    #[test]
    fn tidy_refuses_a_migration_that_one_database_lacks() {
        let planted = [("migrations/sqlite/0001_a.sql", ""), ("migrations/postgres/0001_b.sql", "")];
        assert_refused(migrations, &planted, "migrations/postgres/");
        assert_refused(migrations, &[("migrations/sqlite/0001_a.sql", "")], "migrations/postgres/");
    }

    #[test]
    fn tidy_refuses_databases_whose_tables_differ() {
        assert_accepted(migrations, &planted(IN_POSTGRES));
        let place = "migrations/postgres/0001_a.sql";
        let bent = |from: &str, to: &str| IN_POSTGRES.replacen(from, to, 1);
        for (of, other, line) in [
            ("another table", bent("TABLE a", "TABLE b"), 1),
            ("another column", bent("    n ", "    m "), 1),
            ("another type", bent("BIGINT", "INTEGER"), 1),
            ("a column that may be empty", bent("BIGINT NOT NULL", "BIGINT"), 1),
            ("another order", bent("    id BYTEA  NOT NULL PRIMARY KEY,\n", "").replace("\n);", ",\n id BYTEA\n);"), 1),
            ("another index", bent("ON a (n)", "ON a (id)"), 5),
            ("a statement more", format!("{IN_POSTGRES}DROP TABLE a;\n"), 6),
            ("a statement less", bent("CREATE INDEX a_by_n ON a (n);\n", ""), 1),
        ] {
            assert_refused(migrations, &planted(&other), &format!("{place}:{line}: "));
            assert_ne!(other, IN_POSTGRES, "{of}");
        }
    }
}
