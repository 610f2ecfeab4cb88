//! Writes and reads a device's rows as the core does: sealed one by one, in one strict transaction of its own store.

use client_core::keys::{LocalStoreKey, RowSealer};
use client_core::randomness::MachineRandomness;
use client_core::store::indexed_db::IndexedDbStore;
use client_core::store::{Row, Store, StoreBatch, Table, Write};
use rand_core::{CryptoRng, Rng};
use shared_types::ids::{AccountId, DeviceId, Hash};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::LENGTH_FIELD_BYTES;

const DATABASE: &str = "bench-ours";
const TABLE: Table = Table::Messages;

/// A store of its own, and the records of its rows.
#[wasm_bindgen]
pub struct Rows {
    store: IndexedDbStore,
    sealer: RowSealer,
    record: Vec<u8>,
    n_all: u32,
    rng: Box<dyn CryptoRng>,
}

#[wasm_bindgen]
impl Rows {
    /// Opens an empty store for so many rows whose records are `n_bytes` long once padded.
    pub async fn open(n_rows: u32, n_bytes: usize) -> Result<Rows, JsError> {
        let store = IndexedDbStore::open(DATABASE).await?;
        store.erase().await?;
        let mut rng = Box::new(MachineRandomness::new());
        let sealer = LocalStoreKey::generate(&mut rng).row_sealer(AccountId([1; 16]), DeviceId([2; 16]));
        let mut record = vec![0; n_bytes - LENGTH_FIELD_BYTES];
        rng.fill_bytes(&mut record);
        Ok(Self { store, sealer, record, n_all: n_rows, rng })
    }

    /// Seals all rows and commits them.
    pub async fn write(&mut self) -> Result<(), JsError> {
        let mut writes = Vec::with_capacity(self.n_all as usize);
        for number in 0..self.n_all {
            let sealed = self.sealer.seal_row(TABLE.number(), &number.to_be_bytes(), &self.record, &mut *self.rng)?;
            let row = Row { key: sealed.key_hash.0.to_vec(), value: sealed.envelope };
            writes.push(Write::Put { table: TABLE, row });
        }
        Ok(self.store.commit(StoreBatch { writes, ..StoreBatch::default() }).await?)
    }

    /// Reads all rows and opens them; the answer is the length of all records.
    pub async fn read(&self) -> Result<usize, JsError> {
        let mut n_bytes = 0;
        let mut take = |row: Row| {
            let key_hash = Hash(row.key.as_slice().try_into().expect("keys of this table are hashes"));
            let record = self.sealer.open_row_at(TABLE.number(), key_hash, &row.value);
            n_bytes += record.expect("an own row opens").len();
        };
        self.store.read_rows(TABLE, &mut take).await?;
        Ok(n_bytes)
    }

    /// Empties the store.
    pub async fn erase(&self) -> Result<(), JsError> {
        Ok(self.store.erase().await?)
    }
}
