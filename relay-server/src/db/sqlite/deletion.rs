//! Deleting an account: first what lets anybody in or opens anything, then all other rows, some at a time.

use shared_types::ids::AccountId;
use sqlx::{QueryBuilder, Sqlite};

use super::Connection;
use crate::db::DbError;
use crate::db::columns::fixed;
use crate::db::tables::{TABLES, has_keys};

/// Envelopes that one transaction removes, so that other accounts wait for no long one.
const N_AT_ONCE: i64 = 2_000;

/// Removes the account's rows of every table with keys.
pub(super) async fn delete_keys(connection: &mut Connection, account: &AccountId) -> Result<(), DbError> {
    for table in TABLES.iter().filter(|table| has_keys(table.name)) {
        delete_from(connection, table.name, account).await?;
    }
    Ok(())
}

/// An account without a single sealed key: its deletion has begun.
pub(super) async fn find_begun(connection: &mut Connection) -> Result<Option<AccountId>, DbError> {
    let found: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT account_id FROM accounts WHERE NOT EXISTS
             (SELECT 1 FROM epoch_copies WHERE epoch_copies.account_id = accounts.account_id)
         LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    found.map(|bytes| fixed(bytes).map(AccountId)).transpose()
}

/// Removes some of what is left of an account whose keys are gone; whether that was the last of it.
pub(super) async fn delete_some(connection: &mut Connection, account: &AccountId) -> Result<bool, DbError> {
    let removed = sqlx::query(
        "DELETE FROM envelopes WHERE account_id = ?1 AND position IN
             (SELECT position FROM envelopes WHERE account_id = ?1 ORDER BY position LIMIT ?2)",
    )
    .bind(&account.0[..])
    .bind(N_AT_ONCE)
    .execute(&mut *connection)
    .await?;
    if removed.rows_affected() > 0 {
        return Ok(false);
    }
    let is_left = |name: &&str| !has_keys(name) && !["accounts", "envelopes"].contains(name);
    for table in TABLES.iter().map(|table| table.name).filter(is_left).chain(["accounts"]) {
        delete_from(connection, table, account).await?;
    }
    Ok(true)
}

async fn delete_from(connection: &mut Connection, table: &str, account: &AccountId) -> Result<(), DbError> {
    let mut query = QueryBuilder::<Sqlite>::new(format!("DELETE FROM {table} WHERE account_id = "));
    query.push_bind(&account.0[..]).build().execute(connection).await?;
    Ok(())
}
