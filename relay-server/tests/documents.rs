//! The documents name everything that there is: each column of the database with its class, each route.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

const MIGRATION: &str = include_str!("../../migrations/sqlite/0001_first.sql");
const OPERATIONS: &str = include_str!("../../docs/operations.md");
const API: &str = include_str!("../../docs/api.md");
const CLASSES: [&str; 6] = ["id", "public", "sealed", "hash", "counter", "time"];

/// (table, column) pairs of the migration.
fn columns() -> Vec<(String, String)> {
    let mut columns = Vec::new();
    let mut table = String::new();
    for line in MIGRATION.lines() {
        if let Some(name) = line.strip_prefix("CREATE TABLE ") {
            name.trim_end_matches(" (").clone_into(&mut table);
        } else if let Some(column) = line.strip_prefix("    ") {
            let name = column.split_whitespace().next().unwrap();
            if name.chars().all(|char| char.is_ascii_lowercase() || char == '_') {
                columns.push((table.clone(), name.to_owned()));
            }
        }
    }
    columns
}

/// (table, column, class) rows of the document.
fn classified() -> Vec<(String, String, String)> {
    let mut rows = Vec::new();
    let mut table = String::new();
    for line in OPERATIONS.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, named, column, class, _] = cells[..] else { continue };
        let Some(column) = column.strip_prefix('`') else { continue };
        if !named.is_empty() {
            named.trim_matches('`').clone_into(&mut table);
        }
        let class = class.split_whitespace().next().unwrap_or_default();
        rows.push((table.clone(), column.trim_end_matches('`').to_owned(), class.to_owned()));
    }
    rows
}

#[test]
fn every_column_has_its_class_in_the_operations_document() {
    let classified = classified();
    let named: Vec<_> = classified.iter().map(|(table, column, _)| (table.clone(), column.clone())).collect();
    assert_eq!(named, columns());
    for (table, column, class) in classified {
        assert!(CLASSES.contains(&class.as_str()), "{table}.{column}: {class}");
    }
}

#[test]
fn every_route_stands_in_the_api_document() {
    for row in relay_server::rows() {
        let named = format!("| `{} {}", row.method, row.path);
        assert!(API.contains(&named), "{named}");
    }
}
