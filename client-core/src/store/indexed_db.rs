//! The store of a browser profile: IndexedDB through rexie, one object store a [`Table`].
//!
//! Keys and values are byte arrays. A commit opens one strict transaction, reads its expectations in it, issues all
//! writes and awaits completion once. Nothing else is awaited inside, or the transaction would end early.

mod strict;

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use futures_util::future::{MaybeDone, join, join_all, maybe_done};
use js_sys::{Array, Reflect, Uint8Array};
use rexie::{KeyRange, ObjectStore, Rexie, Transaction, TransactionMode};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomException, IdbTransaction};

use super::{Access, COMPATIBLE_SCHEMAS, Expectation, Row, SCHEMA, Store, StoreBatch, StoreError, Table, Write};

pub use strict::require_strict;

/// Rows that are asked for at once, when all of a table are read: the browser reads the next ones meanwhile.
const N_PAGE_ROWS: u32 = 500;

/// An opened database.
#[derive(Debug)]
pub struct IndexedDbStore {
    database: Rexie,
    access: Access,
}

/// A transaction as rexie gives it, and as the browser does: only the latter tells why it was aborted.
struct Opened {
    transaction: Transaction,
    raw: IdbTransaction,
}

/// Keys and values of a page.
type KeysAndValues = (rexie::Result<Vec<JsValue>>, rexie::Result<Vec<JsValue>>);

/// Rows that were asked for and may be on their way.
struct Page<'a>(Pin<Box<MaybeDone<Asked<'a>>>>);

type Asked<'a> = Pin<Box<dyn Future<Output = KeysAndValues> + 'a>>;

type Pending<'a> = Pin<Box<dyn Future<Output = rexie::Result<()>> + 'a>>;

impl IndexedDbStore {
    /// Opens the database of this name, making it if it is not there. It closes itself when another release changes
    /// the schema.
    pub async fn open(name: &str) -> Result<Self, StoreError> {
        require_strict();
        // Opened with the version that it has, a database stays as it is.
        let version = find_version(name).await?.unwrap_or(SCHEMA);
        let tables = Table::ALL.into_iter().map(|table| ObjectStore::new(table.name()));
        let builder = tables.fold(Rexie::builder(name).version(version), rexie::RexieBuilder::add_object_store);
        let database = builder.build().await.map_err(|error| reason(&error))?;
        let is_known = COMPATIBLE_SCHEMAS.contains(&version) && Table::ALL.iter().all(|table| has(&database, *table));
        Ok(Self { database, access: if is_known { Access::Full } else { Access::ReadOnly } })
    }

    /// Deletes the database of this name.
    pub async fn delete(name: &str) -> Result<(), StoreError> {
        Rexie::delete(name).await.map_err(|error| reason(&error))
    }

    /// What the browser says about the durability of a write of this store.
    #[cfg(feature = "test-support")]
    pub fn durability_of_a_write(&self) -> Result<Option<String>, StoreError> {
        let opened = self.begin(&Table::ALL, TransactionMode::ReadWrite)?;
        let durability = Reflect::get(&opened.raw, &"durability".into()).map_err(|_| StoreError::Failed)?;
        Ok(durability.as_string())
    }

    fn begin(&self, tables: &[Table], mode: TransactionMode) -> Result<Opened, StoreError> {
        if self.access == Access::ReadOnly && mode != TransactionMode::ReadOnly {
            return Err(StoreError::Newer);
        }
        let names: Vec<&str> = tables.iter().map(|table| table.name()).collect();
        let transaction = self.database.transaction(&names, mode).map_err(|error| reason(&error))?;
        let raw = strict::take_opened().ok_or(StoreError::Failed)?;
        Ok(Opened { transaction, raw })
    }
}

impl Store for IndexedDbStore {
    fn access(&self) -> Access {
        self.access
    }

    async fn load_row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if !has(&self.database, table) {
            return Ok(None);
        }
        let opened = self.begin(&[table], TransactionMode::ReadOnly)?;
        opened.load(table, key).await
    }

    async fn read_rows(&self, table: Table, take: &mut dyn FnMut(Row)) -> Result<(), StoreError> {
        if !has(&self.database, table) {
            return Ok(());
        }
        let opened = self.begin(&[table], TransactionMode::ReadOnly)?;
        let store = opened.transaction.store(table.name()).map_err(|error| reason(&error))?;
        let mut page = Page::ask(&store, None).await;
        loop {
            let (keys, values) = page.read().await?;
            let is_last = keys.len() < N_PAGE_ROWS as usize;
            let after = keys.last().filter(|_| !is_last);
            let next = match after {
                Some(after) => Some(Page::ask(&store, Some(after)).await),
                None => None,
            };
            for (key, value) in keys.iter().zip(&values) {
                take(Row { key: to_bytes(key), value: to_bytes(value) });
            }
            match next {
                Some(next) => page = next,
                None => return Ok(()),
            }
        }
    }

    async fn commit(&self, batch: StoreBatch) -> Result<(), StoreError> {
        let tables = tables_of(&batch);
        if tables.is_empty() {
            return Ok(());
        }
        let opened = self.begin(&tables, TransactionMode::ReadWrite)?;
        if !opened.holds(&batch.expectations).await? {
            opened.transaction.abort().await.map_err(|error| reason(&error))?;
            return Err(StoreError::Moved);
        }
        opened.write(batch.writes).await
    }

    async fn erase(&self) -> Result<(), StoreError> {
        let opened = self.begin(&Table::ALL, TransactionMode::ReadWrite)?;
        let stores = opened.stores()?;
        let clears = stores.iter().map(|(_, store)| -> Pending<'_> { Box::pin(store.clear()) });
        let clears: Vec<_> = clears.collect();
        finish(opened.transaction, &opened.raw, clears).await?;
        super::device_key::forget().await;
        Ok(())
    }
}

impl<'a> Page<'a> {
    /// Asks for the rows after a key, and waits for nothing.
    async fn ask(store: &'a rexie::Store, after: Option<&JsValue>) -> Self {
        let range = || after.map(|after| KeyRange::lower_bound(after, Some(true)).expect("a key that was read is one"));
        let (keys, values) = (range(), range());
        let asked: Asked<'a> =
            Box::pin(join(store.get_all_keys(keys, Some(N_PAGE_ROWS)), store.get_all(values, Some(N_PAGE_ROWS))));
        let mut page = Box::pin(maybe_done(asked));
        match futures_util::poll!(page.as_mut()) {
            Poll::Pending | Poll::Ready(()) => Self(page),
        }
    }

    async fn read(mut self) -> Result<(Vec<JsValue>, Vec<JsValue>), StoreError> {
        self.0.as_mut().await;
        let (keys, values) = self.0.as_mut().take_output().expect("it is awaited once");
        Ok((keys.map_err(|error| reason(&error))?, values.map_err(|error| reason(&error))?))
    }
}

impl Opened {
    async fn load(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let store = self.transaction.store(table.name()).map_err(|error| reason(&error))?;
        let found = store.get(to_js(key)).await.map_err(|error| reason(&error))?;
        Ok(found.as_ref().map(to_bytes))
    }

    async fn holds(&self, expectations: &[Expectation]) -> Result<bool, StoreError> {
        let loads = expectations.iter().map(|expected| self.load(expected.table, &expected.key));
        let found = join_all(loads).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(found.iter().zip(expectations).all(|(found, expected)| *found == expected.value))
    }

    /// The object stores of the transaction, so that writes can borrow them.
    fn stores(&self) -> Result<Vec<(String, rexie::Store)>, StoreError> {
        let names = self.transaction.store_names().into_iter();
        names.map(|name| Ok((name.clone(), self.transaction.store(&name).map_err(|error| reason(&error))?))).collect()
    }

    async fn write(self, writes: Vec<Write>) -> Result<(), StoreError> {
        let stores = self.stores()?;
        let store_of = |table: Table| {
            let found = stores.iter().find(|(name, _)| name == table.name());
            found.map(|(_, store)| store).expect("the transaction is over every table that is written")
        };
        let issue = |write: Write| -> Pending<'_> {
            match write {
                Write::Put { table, row } => {
                    let (key, value) = (to_js(&row.key), to_js(&row.value));
                    Box::pin(async move { store_of(table).put(&value, Some(&key)).await.map(drop) })
                }
                Write::Delete { table, key } => Box::pin(store_of(table).delete(to_js(&key))),
            }
        };
        let pending: Vec<_> = writes.into_iter().map(issue).collect();
        finish(self.transaction, &self.raw, pending).await
    }
}

/// Issues every request in order, then awaits completion once; the requests live until then, for their callbacks.
async fn finish(transaction: Transaction, raw: &IdbTransaction, requests: Vec<Pending<'_>>) -> Result<(), StoreError> {
    let mut issued = Vec::with_capacity(requests.len());
    for mut request in requests {
        match futures_util::poll!(request.as_mut()) {
            Poll::Pending => issued.push(request),
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => {
                raw.abort().map_err(|_| StoreError::Failed)?;
                join_all(issued).await;
                return Err(reason(&error));
            }
        }
    }
    match transaction.done().await {
        Ok(result) if result.is_committed() => Ok(()),
        Ok(_) => Err(raw.error().map_or(StoreError::Failed, |error| named(&error.name()))),
        Err(_) => {
            // The abort that follows would call listeners that are gone.
            raw.set_onabort(None);
            raw.set_onerror(None);
            let refusals = join_all(issued).await.into_iter().filter_map(Result::err);
            let named = refusals.map(|error| reason(&error)).find(|reason| *reason != StoreError::Failed);
            Err(named.unwrap_or(StoreError::Failed))
        }
    }
}

/// Whether a table is there: another release may have done without it.
fn has(database: &Rexie, table: Table) -> bool {
    database.store_names().iter().any(|name| name == table.name())
}

fn tables_of(batch: &StoreBatch) -> Vec<Table> {
    let expected = batch.expectations.iter().map(|expected| expected.table);
    let written = batch.writes.iter().map(|write| match write {
        Write::Put { table, .. } | Write::Delete { table, .. } => *table,
    });
    let mut tables: Vec<Table> = expected.chain(written).collect();
    tables.sort_unstable();
    tables.dedup();
    tables
}

/// The schema version of the database of this name, if there is one; opening it would change it.
async fn find_version(name: &str) -> Result<Option<u32>, StoreError> {
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into()).map_err(|_| StoreError::Failed)?;
    let list = Reflect::get(&factory, &"databases".into()).map_err(|_| StoreError::Failed)?;
    let list: js_sys::Function = list.dyn_into().map_err(|_| StoreError::Failed)?;
    let promise = list.call0(&factory).map_err(|_| StoreError::Failed)?;
    let promise: js_sys::Promise = promise.dyn_into().map_err(|_| StoreError::Failed)?;
    let found = wasm_bindgen_futures::JsFuture::from(promise).await.map_err(|_| StoreError::Failed)?;
    let field = |entry: &JsValue, field: &str| Reflect::get(entry, &field.into()).ok();
    let entry = Array::from(&found)
        .iter()
        .find(|entry| field(entry, "name").and_then(|name| name.as_string()).is_some_and(|found| found == name));
    let Some(entry) = entry else { return Ok(None) };
    let version = field(&entry, "version").and_then(|version| version.as_f64()).ok_or(StoreError::Failed)?;
    #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a float cast saturates")]
    Ok(Some(version as u32))
}

fn to_js(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// Keys come back as array buffers, values as they were put.
fn to_bytes(value: &JsValue) -> Vec<u8> {
    match value.dyn_ref::<Uint8Array>() {
        Some(bytes) => bytes.to_vec(),
        None => Uint8Array::new(value).to_vec(),
    }
}

fn reason(error: &rexie::Error) -> StoreError {
    let rexie::Error::IdbError(cause) = error else { return StoreError::Failed };
    if let idb::Error::DomException(exception) = cause {
        named(&exception.name())
    } else if let idb::Error::TransactionOpenFailed(thrown) | idb::Error::UpdateFailed(thrown) = cause {
        thrown.dyn_ref::<DomException>().map_or(StoreError::Failed, |exception| named(&exception.name()))
    } else {
        StoreError::Failed
    }
}

fn named(name: &str) -> StoreError {
    match name {
        "QuotaExceededError" => StoreError::Full,
        "VersionError" => StoreError::Newer,
        "InvalidStateError" => StoreError::Closed,
        _ => StoreError::Failed,
    }
}
