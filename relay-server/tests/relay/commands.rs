//! What the program answers its operator, asked on the true binary beside a relay that runs.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use shared_types::ids::AccountId;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Row};

use crate::harness::{ask, assert_refused, copy_and_restore, said, with_batches};

#[tokio::test]
async fn everything_stored_of_an_account_is_shown_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let (_world, person) = with_batches(None, folder.path()).await;
    let shown = ask(None, folder.path(), &["show", &person.account.to_base64url()]);
    let page = said(&shown.stdout);
    assert!(shown.status.success(), "{}", said(&shown.stderr));
    for line in [
        "accounts: 1 row ",
        "log_entries: 1 row ",
        "credentials: 1 row ",
        "epoch_copies: 3 rows ",
        "anchors: 1 row ",
        "sessions: 1 row ",
        "batches: 3 rows ",
        "envelopes: 6 rows ",
        "prompt_days: 0 rows ",
        "back_links: 0 rows ",
    ] {
        assert!(page.contains(line), "no {line}in {page}");
    }
    assert!(page.contains("  of the batch at position 3; its part 1; in the stream "), "{page}");
    assert!(page.contains("; the envelope: 17 bytes, sealed\n"), "{page}");
    assert!(!page.contains("quince"), "sealed bytes are counted, not shown");

    let nobody = ask(None, folder.path(), &["show", &AccountId([9; 16]).to_base64url()]);
    assert_refused(&nobody, "no account of this id is stored here");
    let listed = said(&ask(None, folder.path(), &["show"]).stdout);
    assert!(listed.starts_with("This relay stores 1 account.\n"), "{listed}");
    assert!(listed.contains(&format!("{}  ", person.account.to_base64url())), "{listed}");
    assert_refused(&ask(None, folder.path(), &["show", "nobody"]), "usage: sotto-relay");
}

#[tokio::test]
async fn an_account_is_exported_with_every_byte_that_any_table_holds_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_world, person) = with_batches(None, folder.path()).await;
    let exported = ask(None, folder.path(), &["export-account", &person.account.to_base64url()]);
    assert!(exported.status.success(), "{}", said(&exported.stderr));
    let exported: Value = serde_json::from_slice(&exported.stdout).unwrap();
    assert_eq!(exported["account_id"], person.account.to_base64url());

    // What the file itself says that it holds, asked without any of our lists.
    let file = folder.path().join("relay.sqlite");
    let mut connection = SqliteConnectOptions::new().filename(file).read_only(true).connect().await.unwrap();
    let select = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' \
        AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let tables: Vec<String> = sqlx::query_scalar(select).fetch_all(&mut connection).await.unwrap();
    assert!(tables.len() > 10, "{tables:?}");
    let mut n_cells = 0;
    for table in tables {
        let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table} WHERE account_id = ?")))
            .bind(&person.account.0[..])
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let given = &exported["tables"][&table];
        let columns: Vec<&str> =
            given["columns"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let row_of = |row: &SqliteRow| {
            let names: Vec<_> = row.columns().iter().map(Column::name).collect();
            assert_eq!(names, columns, "{table}");
            names.iter().map(|name| value_in(row, name)).collect::<Vec<Value>>()
        };
        let mut expected: Vec<String> = rows.iter().map(|row| json!(row_of(row)).to_string()).collect();
        let mut rows: Vec<String> = given["rows"].as_array().unwrap().iter().map(Value::to_string).collect();
        expected.sort();
        rows.sort();
        assert_eq!(rows, expected, "{table}");
        n_cells += rows.len() * columns.len();
    }
    assert!(n_cells > 50, "{n_cells} cells were compared");
    let nobody = ask(None, folder.path(), &["export-account", &AccountId([9; 16]).to_base64url()]);
    assert_refused(&nobody, "no account of this id is stored here");
}

fn value_in(row: &SqliteRow, name: &str) -> Value {
    row.try_get::<Vec<u8>, _>(name).map_or_else(
        |_| Value::from(row.try_get::<i64, _>(name).expect("a column holds bytes or a number")),
        |bytes| Value::from(BASE64URL_NOPAD.encode(&bytes)),
    )
}

#[tokio::test]
async fn a_copy_made_while_the_relay_runs_is_restored_elsewhere() {
    copy_and_restore(None, None).await;
}

#[tokio::test]
async fn a_copy_is_made_and_restored_where_an_address_with_a_query_says() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let address = |folder: &tempfile::TempDir| format!("sqlite://{}/accounts.db?mode=rwc", folder.path().display());
    copy_and_restore(Some(&address(&first)), Some(&address(&second))).await;
    for folder in [&first, &second] {
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
        assert_eq!(names, ["accounts.db"]);
    }
}

#[tokio::test]
async fn a_damaged_copy_is_refused_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy");
    std::fs::write(&file, "no database").unwrap();
    let elsewhere = folder.path().join("new");
    let refused = ask(None, &elsewhere, &["restore", file.to_str().unwrap()]);
    assert_refused(&refused, "is no whole copy of a relay's database");
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);
    assert_refused(&ask(None, &elsewhere, &["backup", "x"]), "is no database");
}

#[tokio::test]
async fn the_configuration_is_checked_and_what_does_not_work_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let good = ask(None, folder.path(), &["check-config"]);
    assert!(good.status.success(), "{}", said(&good.stderr));
    assert!(said(&good.stdout).contains("database: works\n"), "{}", said(&good.stdout));
    assert!(ask(None, folder.path(), &["migrate"]).status.success());

    let file = folder.path().join("relay.toml");
    std::fs::write(&file, "web_dir = '/nowhere/at-all'\n").unwrap();
    let bad = ask(None, folder.path(), &["check-config", "--config", file.to_str().unwrap()]);
    assert!(!bad.status.success());
    let words = said(&bad.stderr);
    assert!(words.contains("/nowhere/at-all/index.html is missing"), "{words}");
    let unreachable = ask(Some("postgres://nobody@127.0.0.1:1/none"), folder.path(), &["check-config"]);
    assert!(said(&unreachable.stderr).contains("database: the database cannot be opened"), "{unreachable:?}");
}

#[tokio::test]
async fn a_database_of_every_earlier_release_is_brought_up_to_date_with_what_is_in_it() {
    let all = sqlx::migrate!("../migrations/sqlite");
    for earlier in all.iter() {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteConnectOptions::new().filename(folder.path().join("relay.sqlite")).create_if_missing(true);
        let mut connection = file.connect().await.unwrap();
        all.run_to(earlier.version, &mut connection).await.unwrap();
        let account = AccountId([7; 16]);
        sqlx::query("INSERT INTO accounts (account_id, created_day, stored_bytes) VALUES (?, 20000, 4417)")
            .bind(&account.0[..])
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();

        let moved = ask(None, folder.path(), &["migrate"]);
        assert_eq!(said(&moved.stdout), "The database is up to date.\n", "{}", said(&moved.stderr));
        let listed = said(&ask(None, folder.path(), &["show"]).stdout);
        assert!(listed.contains(&account.to_base64url()) && listed.contains("4417"), "{listed}");
        let mut connection = file.connect().await.unwrap();
        let n_applied: i64 =
            sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations").fetch_one(&mut connection).await.unwrap();
        assert_eq!(usize::try_from(n_applied).unwrap(), all.iter().count());
    }
}
