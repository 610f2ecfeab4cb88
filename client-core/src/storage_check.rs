//! Tells whether this browser keeps what it is given, before anyone trusts it with an account:
//! counts the starts of the core in a database of its own, one strict write and one read.
//!
//! A browser that forgets (a private window, a full disk) shows a first start every time.

use rexie::{ObjectStore, Rexie, TransactionMode};
use wasm_bindgen::JsValue;

use crate::store::indexed_db::require_strict;

const DATABASE: &str = "sotto-storage-check";
const STORE: &str = "starts";
const COUNT: &str = "count";

/// What the check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageCheck {
    /// How many times this profile has passed the check, this one included.
    pub n_starts: u32,
}

/// Why the check found nothing.
#[derive(Debug, thiserror::Error)]
pub enum StorageCheckError {
    /// The browser refuses its database.
    #[error("the browser does not keep data")]
    Refused(#[from] rexie::Error),
}

/// Writes the next count, waits until it is on the disk and reads it back.
pub async fn check_storage() -> Result<StorageCheck, StorageCheckError> {
    require_strict();
    let database = Rexie::builder(DATABASE).version(1).add_object_store(ObjectStore::new(STORE)).build().await?;
    let n_starts = read_count(&database).await?.saturating_add(1);
    write_count(&database, n_starts).await?;
    let kept = read_count(&database).await?;
    database.close();
    Ok(StorageCheck { n_starts: kept })
}

async fn read_count(database: &Rexie) -> Result<u32, rexie::Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadOnly)?;
    let kept = transaction.store(STORE)?.get(JsValue::from_str(COUNT)).await?;
    let count = kept.and_then(|value| value.as_f64()).unwrap_or_default();
    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "only write_count writes it, from a u32"
    )]
    Ok(count as u32)
}

async fn write_count(database: &Rexie, n_starts: u32) -> Result<(), rexie::Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    transaction.store(STORE)?.put(&JsValue::from(n_starts), Some(&JsValue::from_str(COUNT))).await?;
    transaction.commit().await
}
