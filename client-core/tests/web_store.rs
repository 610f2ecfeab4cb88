//! The stores in a real browser's worker: the same suite, and what only IndexedDB does.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

use client_core::store::indexed_db::IndexedDbStore;
use client_core::store::memory::MemoryDisk;
use client_core::store::{Expectation, Row, Store, StoreBatch, StoreError, Table, Write, conformance};
use rexie::{ObjectStore, Rexie};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

fn put(key: &[u8], value: &[u8]) -> StoreBatch {
    let row = Row { key: key.to_vec(), value: value.to_vec() };
    StoreBatch { expectations: Vec::new(), writes: vec![Write::Put { table: Table::Outbox, row }] }
}

#[wasm_bindgen_test]
async fn the_memory_store_behaves_as_every_store() {
    let disk = MemoryDisk::default();
    conformance::run(async || disk.open()).await;
}

#[wasm_bindgen_test]
async fn the_indexed_db_store_behaves_as_every_store() {
    conformance::run(async || IndexedDbStore::open("conformance").await.unwrap()).await;
}

#[wasm_bindgen_test]
async fn every_write_is_strict() {
    let store = IndexedDbStore::open("strict").await.unwrap();
    assert_eq!(store.durability_of_a_write(), Ok(Some("strict".to_owned())));
    assert_eq!(store.commit(put(b"a", b"1")).await, Ok(()));
}

#[wasm_bindgen_test]
async fn an_aborted_transaction_leaves_earlier_commits_alone() {
    let store = IndexedDbStore::open("aborted").await.unwrap();
    store.commit(put(b"a", b"1")).await.unwrap();
    let expectations = vec![Expectation { table: Table::Outbox, key: b"a".to_vec(), value: None }];
    let refused = StoreBatch { expectations, ..put(b"a", b"2") };
    assert_eq!(store.commit(refused).await, Err(StoreError::Moved));
    assert_eq!(store.load_row(Table::Outbox, b"a").await, Ok(Some(b"1".to_vec())));
}

#[wasm_bindgen_test]
async fn a_database_of_a_newer_release_is_left_untouched() {
    for (version, expected) in [(150, None), (200, Some(StoreError::Newer)), (3, Some(StoreError::Newer))] {
        let name = format!("schema-{version}");
        let tables = Table::ALL.into_iter().map(|table| ObjectStore::new(table.name()));
        let builder = tables.fold(Rexie::builder(&name).version(version), rexie::RexieBuilder::add_object_store);
        builder.build().await.unwrap().close();
        assert_eq!(IndexedDbStore::open(&name).await.err(), expected, "schema {version}");

        let kept = Rexie::builder(&name);
        let kept =
            Table::ALL.into_iter().fold(kept, |kept, table| kept.add_object_store(ObjectStore::new(table.name())));
        assert_eq!(kept.build().await.unwrap().version(), Ok(version));
    }
}

#[wasm_bindgen_test]
async fn it_closes_when_another_release_changes_the_schema() {
    let store = IndexedDbStore::open("outdated").await.unwrap();
    store.commit(put(b"a", b"1")).await.unwrap();
    IndexedDbStore::delete("outdated").await.unwrap();
    assert_eq!(store.commit(put(b"a", b"2")).await, Err(StoreError::Closed));
    assert_eq!(store.load_row(Table::Outbox, b"a").await, Err(StoreError::Closed));
}
