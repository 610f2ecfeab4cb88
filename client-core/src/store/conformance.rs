//! What every [`Store`] does alike; run natively on memory and SQLite, in Chromium on IndexedDB and memory.

use super::{Expectation, Row, Store, StoreBatch, StoreError, Table, Write};

const BIG_BYTES: usize = 1024 * 1024;

/// Runs the whole suite; every call of `open` opens the same database again.
pub async fn run<S: Store>(open: impl AsyncFn() -> S) {
    committed_rows_are_there_after_reopening(&open).await;
    bytes_survive_exactly(&open).await;
    rows_come_in_the_order_of_their_keys(&open).await;
    tables_do_not_share_rows(&open).await;
    a_later_write_of_a_batch_wins(&open).await;
    a_failed_expectation_changes_nothing(&open).await;
    only_one_of_two_writers_wins(&open).await;
    a_batch_of_many_rows_is_one_change(&open).await;
    big_rows_are_kept(&open).await;
    commits_at_once_all_happen(&open).await;
    nothing_is_left_after_erasing(&open).await;
}

async fn opened_empty<S: Store>(open: &impl AsyncFn() -> S) -> S {
    let store = open().await;
    store.erase().await.expect("an open store erases");
    store
}

async fn committed_rows_are_there_after_reopening<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    store.commit(writes([put(Table::Keys, b"a", b"1"), put(Table::Outbox, b"b", b"2")])).await.expect("a commit");
    store.commit(writes([put(Table::Keys, b"a", b"3"), delete(Table::Outbox, b"b")])).await.expect("a commit");
    drop(store);

    let store = open().await;
    assert_eq!(load(&store, Table::Keys, b"a").await, Some(b"3".to_vec()));
    assert_eq!(load(&store, Table::Outbox, b"b").await, None);
}

async fn bytes_survive_exactly<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let cases = [
        row(b"", b"an empty key"),
        row(b"\0", b""),
        row(b"\0\0", b"\0\0"),
        Row { key: every_byte.clone(), value: every_byte.iter().rev().copied().collect() },
        row(&[0xff; 32], b"\xff\xfe not UTF-8 \x80"),
    ];
    for case in &cases {
        let write = Write::Put { table: Table::Device, row: case.clone() };
        store.commit(writes([write])).await.expect("a commit");
    }
    drop(store);

    let store = open().await;
    for case in &cases {
        assert_eq!(load(&store, Table::Device, &case.key).await.as_ref(), Some(&case.value), "key {:?}", case.key);
    }
    assert_eq!(list(&store, Table::Device).await.len(), cases.len());
}

async fn rows_come_in_the_order_of_their_keys<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    let ascending: [&[u8]; 8] = [b"", b"\0", b"\0\0", b"\0\x01", b"\x01", b"a", b"ab", b"\xff"];
    let mixed = [5, 0, 7, 2, 4, 1, 6, 3].map(|index: usize| put(Table::Messages, ascending[index], b"x"));
    store.commit(writes(mixed)).await.expect("a commit");

    let keys: Vec<Vec<u8>> = list(&store, Table::Messages).await.into_iter().map(|row| row.key).collect();
    assert_eq!(keys, ascending.map(<[u8]>::to_vec));
}

async fn tables_do_not_share_rows<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    let one_each = Table::ALL.map(|table| put(table, b"same key", table.name().as_bytes()));
    store.commit(writes(one_each)).await.expect("a commit over every table");
    store.commit(writes([delete(Table::Heads, b"same key")])).await.expect("a commit");
    for table in Table::ALL {
        let expected = (table != Table::Heads).then(|| row(b"same key", table.name().as_bytes()));
        assert_eq!(list(&store, table).await, Vec::from_iter(expected));
    }
}

async fn a_later_write_of_a_batch_wins<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    let batch = writes([
        put(Table::Drafts, b"a", b"1"),
        put(Table::Drafts, b"a", b"2"),
        put(Table::Drafts, b"b", b"1"),
        delete(Table::Drafts, b"b"),
        delete(Table::Drafts, b"c"),
        put(Table::Drafts, b"c", b"1"),
    ]);
    store.commit(batch).await.expect("a commit");
    assert_eq!(list(&store, Table::Drafts).await, [row(b"a", b"2"), row(b"c", b"1")]);
}

async fn a_failed_expectation_changes_nothing<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    store.commit(writes([put(Table::Heads, b"head", b"4")])).await.expect("a commit");
    let held = expect_row(Table::Heads, b"head", Some(b"4"));
    let failing = [
        expect_row(Table::Heads, b"head", Some(b"5")),
        expect_row(Table::Heads, b"head", Some(b"")),
        expect_row(Table::Heads, b"head", None),
        expect_row(Table::Heads, b"other", Some(b"4")),
        expect_row(Table::Outbox, b"head", Some(b"4")),
    ];
    for expectation in failing {
        let batch = StoreBatch {
            expectations: vec![held.clone(), expectation],
            writes: vec![put(Table::Heads, b"head", b"9"), put(Table::Outbox, b"x", b"y")],
        };
        assert_eq!(store.commit(batch).await, Err(StoreError::Moved));
        assert_eq!(load(&store, Table::Heads, b"head").await, Some(b"4".to_vec()));
        assert_eq!(list(&store, Table::Outbox).await, []);
    }

    let expectations = vec![held, expect_row(Table::Outbox, b"x", None)];
    let batch = StoreBatch { expectations, writes: vec![put(Table::Outbox, b"x", b"y")] };
    assert_eq!(store.commit(batch).await, Ok(()));
    assert_eq!(list(&store, Table::Outbox).await, [row(b"x", b"y")]);
}

async fn only_one_of_two_writers_wins<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    let claim = |value: &[u8]| StoreBatch {
        expectations: vec![expect_row(Table::Heads, b"head", None)],
        writes: vec![put(Table::Heads, b"head", value)],
    };
    let (first, second) = futures_util::join!(store.commit(claim(b"one")), store.commit(claim(b"two")));
    let winner = match (first, second) {
        (Ok(()), Err(StoreError::Moved)) => b"one".to_vec(),
        (Err(StoreError::Moved), Ok(())) => b"two".to_vec(),
        other => panic!("exactly one writer wins, not {other:?}"),
    };
    assert_eq!(load(&store, Table::Heads, b"head").await, Some(winner));
}

async fn a_batch_of_many_rows_is_one_change<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    // A store may read them in parts: as many as fill some exactly, and a few more.
    for n_rows in [1000, 1003_u32] {
        let rows: Vec<Row> = (0..n_rows).map(|number| row(&number.to_be_bytes(), &number.to_le_bytes())).collect();
        let puts = rows.iter().map(|row| Write::Put { table: Table::Messages, row: row.clone() });
        store.commit(StoreBatch { expectations: Vec::new(), writes: puts.collect() }).await.expect("a commit");
        assert_eq!(list(&store, Table::Messages).await, rows);

        let deletes = rows.iter().map(|row| Write::Delete { table: Table::Messages, key: row.key.clone() });
        store.commit(StoreBatch { expectations: Vec::new(), writes: deletes.collect() }).await.expect("a commit");
        assert_eq!(list(&store, Table::Messages).await, []);
    }
    assert_eq!(store.commit(StoreBatch::default()).await, Ok(()), "an empty batch");
}

async fn big_rows_are_kept<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    let big: Vec<u8> = (0..BIG_BYTES).map(|place| u8::try_from(place % 251).expect("below 251")).collect();
    store.commit(writes([put(Table::Messages, b"big", &big)])).await.expect("a commit");
    drop(store);

    let store = open().await;
    assert_eq!(load(&store, Table::Messages, b"big").await, Some(big));
}

async fn commits_at_once_all_happen<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    let commits = (0..20_u8).map(|number| store.commit(writes([put(Table::Outbox, &[number], b"x")])));
    assert_eq!(futures_util::future::join_all(commits).await, [Ok(()); 20]);
    assert_eq!(list(&store, Table::Outbox).await.len(), 20);
}

async fn nothing_is_left_after_erasing<S: Store>(open: &impl AsyncFn() -> S) {
    let store = opened_empty(open).await;
    let one_each = Table::ALL.map(|table| put(table, b"key", b"value"));
    store.commit(writes(one_each)).await.expect("a commit");
    store.erase().await.expect("an open store erases");
    drop(store);

    let store = open().await;
    for table in Table::ALL {
        assert_eq!(list(&store, table).await, []);
    }
    store.commit(writes([put(Table::Keys, b"new", b"life")])).await.expect("a commit after erasing");
    assert_eq!(list(&store, Table::Keys).await, [row(b"new", b"life")]);
}

async fn load<S: Store>(store: &S, table: Table, key: &[u8]) -> Option<Vec<u8>> {
    store.load_row(table, key).await.expect("an open store loads")
}

async fn list<S: Store>(store: &S, table: Table) -> Vec<Row> {
    store.list_rows(table).await.expect("an open store lists")
}

fn writes(writes: impl IntoIterator<Item = Write>) -> StoreBatch {
    StoreBatch { expectations: Vec::new(), writes: writes.into_iter().collect() }
}

fn row(key: &[u8], value: &[u8]) -> Row {
    Row { key: key.to_vec(), value: value.to_vec() }
}

fn put(table: Table, key: &[u8], value: &[u8]) -> Write {
    Write::Put { table, row: row(key, value) }
}

fn delete(table: Table, key: &[u8]) -> Write {
    Write::Delete { table, key: key.to_vec() }
}

fn expect_row(table: Table, key: &[u8], value: Option<&[u8]>) -> Expectation {
    Expectation { table, key: key.to_vec(), value: value.map(<[u8]>::to_vec) }
}
