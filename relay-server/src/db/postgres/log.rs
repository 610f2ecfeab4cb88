//! Account logs as rows.

use shared_types::ids::{AccountId, Hash};
use shared_types::log::LogHead;

use super::{Connection, accounts, anchors, ceremonies, credentials, epochs, passwords, sessions};
use crate::db::columns::{fixed, from_sql};
use crate::db::{Anchoring, Appending, Creation, DbError, LogAppend, NewEntry};

/// The newest entry.
pub(super) async fn find_head(connection: &mut Connection, account: &AccountId) -> Result<Option<LogHead>, DbError> {
    let row: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hash FROM log_entries WHERE account_id = $1 ORDER BY seq DESC LIMIT 1")
            .bind(&account.0[..])
            .fetch_optional(connection)
            .await?;
    row.map(|(seq, hash)| Ok(LogHead { seq: from_sql(seq)?, hash: Hash(fixed(hash)?) })).transpose()
}

/// All entries.
pub(super) async fn list(connection: &mut Connection, account: &AccountId) -> Result<Vec<Vec<u8>>, DbError> {
    Ok(sqlx::query_scalar("SELECT entry FROM log_entries WHERE account_id = $1 ORDER BY seq")
        .bind(&account.0[..])
        .fetch_all(connection)
        .await?)
}

/// Appends entries and what follows from them; the caller rolls back on a conflict.
pub(super) async fn append(
    connection: &mut Connection,
    account: &AccountId,
    append: &LogAppend,
) -> Result<Appending, DbError> {
    if find_head(connection, account).await? != append.after {
        return Ok(Appending::Conflict);
    }
    for entry in &append.entries {
        insert(connection, account, entry).await?;
    }
    if let Some(epoch) = &append.epoch {
        epochs::insert(connection, account, epoch).await?;
    }
    for words in &append.words {
        if accounts::insert_words(connection, account, words).await? == Creation::Exists {
            return Ok(Appending::Conflict);
        }
    }
    for credential in &append.credentials {
        if credentials::insert(connection, account, credential).await? == Creation::Exists {
            return Ok(Appending::Conflict);
        }
    }
    for password in &append.passwords {
        if passwords::insert(connection, password).await? == Creation::Exists {
            return Ok(Appending::HandleTaken);
        }
    }
    for anchor in &append.anchors {
        if anchors::put(connection, account, anchor).await? == Anchoring::Conflict {
            return Ok(Appending::Conflict);
        }
    }
    for nonce_hash in &append.ceremonies {
        // In time or not was said before.
        if ceremonies::take(connection, nonce_hash, 0).await?.is_none() {
            return Ok(Appending::Conflict);
        }
    }
    for method in &append.removed_methods {
        sqlx::query("DELETE FROM words_lookups WHERE account_id = $1 AND method_id = $2")
            .bind(&account.0[..])
            .bind(&method.0[..])
            .execute(&mut *connection)
            .await?;
        sqlx::query("DELETE FROM passwords WHERE account_id = $1 AND method_id = $2")
            .bind(&account.0[..])
            .bind(&method.0[..])
            .execute(&mut *connection)
            .await?;
        sqlx::query("DELETE FROM credentials WHERE account_id = $1 AND method_id = $2")
            .bind(&account.0[..])
            .bind(&method.0[..])
            .execute(&mut *connection)
            .await?;
    }
    for method in &append.removed_methods {
        sessions::end_of_method(connection, account, method).await?;
    }
    for device in &append.revoked_devices {
        sessions::end(connection, account, device).await?;
    }
    Ok(Appending::Appended)
}

/// Stores one entry.
pub(super) async fn insert(connection: &mut Connection, account: &AccountId, entry: &NewEntry) -> Result<(), DbError> {
    sqlx::query("INSERT INTO log_entries (account_id, seq, hash, entry) VALUES ($1, $2, $3, $4)")
        .bind(&account.0[..])
        .bind(i64::from(entry.head.seq))
        .bind(&entry.head.hash.0[..])
        .bind(&entry.bytes)
        .execute(connection)
        .await?;
    Ok(())
}
