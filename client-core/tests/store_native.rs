//! The native stores behave alike, and as only they can be made to fail.
#![cfg(not(target_arch = "wasm32"))]

use client_core::store::memory::MemoryDisk;
use client_core::store::sqlite::SqliteStore;
use client_core::store::{Access, Row, Store, StoreBatch, StoreError, Table, Write, conformance};

fn put(key: &[u8], value: &[u8]) -> StoreBatch {
    let row = Row { key: key.to_vec(), value: value.to_vec() };
    StoreBatch { expectations: Vec::new(), writes: vec![Write::Put { table: Table::Outbox, row }] }
}

#[tokio::test]
async fn the_memory_store_behaves_as_every_store() {
    let disk = MemoryDisk::default();
    conformance::run(async || disk.open()).await;
}

#[tokio::test]
async fn the_sqlite_store_behaves_as_every_store() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    conformance::run(async || SqliteStore::open(&file).await.unwrap()).await;
}

#[tokio::test]
async fn a_full_memory_disk_refuses_and_keeps_what_it_has() {
    let disk = MemoryDisk::default();
    let store = disk.open();
    store.commit(put(b"a", b"1")).await.unwrap();
    disk.fill_up();
    assert_eq!(store.commit(put(b"a", b"2")).await, Err(StoreError::Full));
    assert_eq!(store.load_row(Table::Outbox, b"a").await, Ok(Some(b"1".to_vec())));
    disk.make_room();
    assert_eq!(store.commit(put(b"a", b"2")).await, Ok(()));
}

#[tokio::test]
async fn a_memory_store_that_crashed_has_committed_what_it_said() {
    let disk = MemoryDisk::default();
    let store = disk.open();
    store.crash_after(2);
    assert_eq!(store.commit(put(b"a", b"1")).await, Ok(()));
    assert_eq!(store.commit(put(b"b", b"2")).await, Ok(()));
    assert_eq!(store.commit(put(b"c", b"3")).await, Err(StoreError::Closed));
    assert_eq!(store.load_row(Table::Outbox, b"a").await, Err(StoreError::Closed));

    let keys: Vec<Vec<u8>> =
        disk.open().list_rows(Table::Outbox).await.unwrap().into_iter().map(|row| row.key).collect();
    assert_eq!(keys, [b"a".to_vec(), b"b".to_vec()]);
}

#[tokio::test]
async fn a_full_sqlite_disk_refuses_and_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("store.sqlite")).await.unwrap();
    store.commit(put(b"a", b"1")).await.unwrap();
    store.limit_pages(40).await.unwrap();
    let two = StoreBatch {
        writes: [put(b"a", b"2"), put(b"big", &vec![7; 400_000])].map(|batch| batch.writes).concat(),
        ..StoreBatch::default()
    };
    assert_eq!(store.commit(two).await, Err(StoreError::Full));
    assert_eq!(store.load_row(Table::Outbox, b"a").await, Ok(Some(b"1".to_vec())));
    assert_eq!(store.load_row(Table::Outbox, b"big").await, Ok(None));
    assert_eq!(store.commit(put(b"a", b"3")).await, Ok(()));
}

#[tokio::test]
async fn a_sqlite_file_of_a_newer_release_is_left_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let store = SqliteStore::open(&file).await.unwrap();
    store.commit(put(b"a", b"1")).await.unwrap();
    store.close().await;
    assert_eq!(store.load_row(Table::Outbox, b"a").await, Err(StoreError::Closed));

    for (version, access) in [(199, Access::Full), (200, Access::ReadOnly), (7, Access::ReadOnly)] {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {version}"))).execute(&pool).await.unwrap();
        pool.close().await;
        let store = SqliteStore::open(&file).await.unwrap();
        assert_eq!(store.access(), access, "schema {version}");
        let written = if access == Access::Full { Ok(()) } else { Err(StoreError::Newer) };
        assert_eq!(store.commit(put(b"b", b"2")).await, written, "schema {version}");
        assert_eq!(store.load_row(Table::Outbox, b"a").await, Ok(Some(b"1".to_vec())), "schema {version}");
        if access == Access::ReadOnly {
            assert_eq!(store.erase().await, written, "schema {version}");
        }
        store.close().await;
    }
}

#[tokio::test]
async fn a_commit_that_is_dropped_half_way_is_whole_or_absent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let store = SqliteStore::open(&file).await.unwrap();
    for n_polls in [1, 2, 10, 50, 250, 1000] {
        store.erase().await.unwrap();
        let many = (0..200_u8).flat_map(|number| put(&[number], b"x").writes).collect();
        let mut cut_short = Box::pin(store.commit(StoreBatch { expectations: Vec::new(), writes: many }));
        for _ in 0..n_polls {
            if futures_util::poll!(cut_short.as_mut()).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(cut_short);
        let n_rows = store.list_rows(Table::Outbox).await.unwrap().len();
        assert!(n_rows == 0 || n_rows == 200, "{n_rows} rows after {n_polls} polls");
        assert_eq!(store.commit(put(b"next", b"1")).await, Ok(()));
    }
}
