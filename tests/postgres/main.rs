//! Postgres takes every migration, on a cluster of its own that is thrown away.
//!
//! Where Postgres is not installed this fails: a proof that was not made is none.

#[expect(dead_code, reason = "the tests of the relay use the rest")]
mod cluster;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use cluster::Cluster;

/// Tables whose rows may be there before their account is.
const BEFORE_THE_ACCOUNT: [&str; 3] = ["accounts", "ceremonies", "hand_overs"];
const LARGEST: &str = "9223372036854775807";

/// Every migration in order: its name and statements.
fn migrations() -> Result<Vec<(String, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the package is a folder of the workspace")?;
    let mut migrations = Vec::new();
    for entry in fs::read_dir(root.join("migrations/postgres"))? {
        let path = entry?.path();
        let name = path.file_name().context("a migration has a name")?.to_string_lossy().into_owned();
        migrations.push((name, fs::read_to_string(path)?));
    }
    migrations.sort();
    Ok(migrations)
}

/// Names of the tables that statements make, in order.
fn tables(sql: &str) -> Vec<&str> {
    sql.lines().filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split_whitespace().next()).collect()
}

/// A row for a table: the same id in every column of bytes, the largest number in every other.
fn row(cluster: &Cluster, table: &str, id: &str) -> Result<String> {
    let types = cluster.execute(&format!(
        "SELECT data_type FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
    ))?;
    ensure!(!types.is_empty(), "{table} has no columns");
    let value = |kind: &String| match kind.as_str() {
        "bytea" => Ok(format!("'\\x{id}'")),
        "bigint" => Ok(LARGEST.to_owned()),
        other => Err(anyhow::anyhow!("{table} has a column of type {other}")),
    };
    let values: Vec<String> = types.iter().map(value).collect::<Result<_>>()?;
    Ok(format!("INSERT INTO {table} VALUES ({});", values.join(", ")))
}

#[test]
fn postgres_takes_every_migration_and_keeps_its_rules() -> Result<()> {
    let cluster = Cluster::start()?;
    let migrations = migrations()?;
    for (name, sql) in &migrations {
        cluster.execute(sql).with_context(|| name.clone())?;
    }
    // A table that is made anew is still one table.
    let made: BTreeSet<&str> = migrations.iter().flat_map(|(_, sql)| tables(sql)).collect();
    let expected: Vec<&str> = made.iter().copied().collect();
    let listed = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    assert_eq!(cluster.execute(listed)?, expected);
    assert!(made.len() >= 11, "{made:?}");

    for table in &made {
        let first = row(&cluster, table, "01")?;
        cluster.execute(&first).with_context(|| format!("{table} takes a row"))?;
        assert!(cluster.execute(&first).is_err(), "{table} takes the same row again");
        if !BEFORE_THE_ACCOUNT.contains(table) {
            let orphan = row(&cluster, table, "02")?;
            assert!(cluster.execute(&orphan).is_err(), "{table} takes a row of an account that does not exist");
        }
        assert_eq!(cluster.execute(&format!("SELECT count(*) FROM {table}"))?, ["1"]);
    }
    assert_eq!(cluster.execute("SELECT position FROM envelopes")?, [LARGEST]);
    Ok(())
}
