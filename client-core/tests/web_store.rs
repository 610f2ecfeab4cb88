//! The stores in a real browser's worker: the same suite, and what only IndexedDB does.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

use client_core::store::indexed_db::IndexedDbStore;
use client_core::store::memory::MemoryDisk;
use client_core::store::{Access, Expectation, Row, Store, StoreBatch, StoreError, Table, Write, conformance};
use js_sys::{Array, Function, Object, Proxy, Reflect};
use rexie::{ObjectStore, Rexie};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::DomException;

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
    for (version, access) in [(150, Access::Full), (200, Access::ReadOnly), (3, Access::ReadOnly)] {
        let name = format!("schema-{version}");
        let tables = Table::ALL.into_iter().map(|table| ObjectStore::new(table.name()));
        let builder = tables.fold(Rexie::builder(&name).version(version), rexie::RexieBuilder::add_object_store);
        builder.build().await.unwrap().close();
        let store = IndexedDbStore::open(&name).await.unwrap();
        assert_eq!(store.access(), access, "schema {version}");
        let written = if access == Access::Full { Ok(()) } else { Err(StoreError::Newer) };
        assert_eq!(store.commit(put(b"a", b"1")).await, written, "schema {version}");
        if access == Access::ReadOnly {
            assert_eq!(store.erase().await, written, "schema {version}");
            assert_eq!(store.list_rows(Table::Outbox).await, Ok(Vec::new()), "schema {version}");
        }

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

/// Makes the browser say that there is no room, from the second `put` on, until the original is put back.
fn fill_the_disk() -> impl FnOnce() {
    let class = Reflect::get(&js_sys::global(), &"IDBObjectStore".into()).unwrap();
    let prototype = Reflect::get(&class, &"prototype".into()).unwrap();
    let put: Function = Reflect::get(&prototype, &"put".into()).unwrap().unchecked_into();
    let mut n_puts = 0;
    let trap = Closure::<dyn FnMut(Function, JsValue, Array) -> Result<JsValue, JsValue>>::new(
        move |put: Function, store: JsValue, arguments: Array| {
            n_puts += 1;
            if n_puts == 1 {
                return Reflect::apply(&put, &store, &arguments);
            }
            let full = DomException::new_with_message_and_name("no room", "QuotaExceededError").unwrap();
            Err(full.into())
        },
    );
    let handler = Object::new();
    Reflect::set(&handler, &"apply".into(), &trap.into_js_value()).unwrap();
    Reflect::set(&prototype, &"put".into(), &Proxy::new(&put, &handler)).unwrap();
    move || {
        Reflect::set(&prototype, &"put".into(), &put).unwrap();
    }
}

#[wasm_bindgen_test]
async fn a_full_disk_refuses_the_whole_batch_and_keeps_what_it_has() {
    let store = IndexedDbStore::open("full").await.unwrap();
    store.commit(put(b"a", b"1")).await.unwrap();
    let two = StoreBatch { writes: [put(b"a", b"2").writes, put(b"b", b"2").writes].concat(), ..StoreBatch::default() };
    let make_room = fill_the_disk();
    let refused = store.commit(two.clone()).await;
    make_room();
    assert_eq!(refused, Err(StoreError::Full));
    assert_eq!(store.load_row(Table::Outbox, b"a").await, Ok(Some(b"1".to_vec())));
    assert_eq!(store.load_row(Table::Outbox, b"b").await, Ok(None));
    assert_eq!(store.commit(two).await, Ok(()));
}
