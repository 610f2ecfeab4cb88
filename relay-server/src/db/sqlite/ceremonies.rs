//! Sign-ups and sign-ins that are under way, as rows under the hash of their nonce.

use shared_types::ids::{AccountId, Hash};

use super::Connection;
use crate::db::columns::{fixed, from_sql, to_sql};
use crate::db::{DbError, FinishedSignUp, Opening, StartedCeremony};

/// Account, state, end.
type CeremonyColumns = (Option<Vec<u8>>, Vec<u8>, i64);

/// Stores a ceremony unless too many are open.
pub(super) async fn open(
    connection: &mut Connection,
    ceremony: &StartedCeremony,
    now_s: u64,
    max_open: u32,
) -> Result<Opening, DbError> {
    let inserted = sqlx::query(
        "INSERT INTO ceremonies (nonce_hash, account_id, state, expires_at) SELECT ?, ?, ?, ?
         WHERE (SELECT COUNT(*) FROM ceremonies WHERE expires_at >= ?) < ?",
    )
    .bind(&ceremony.nonce_hash.0[..])
    .bind(ceremony.account.as_ref().map(|account| &account.0[..]))
    .bind(&ceremony.state)
    .bind(to_sql(ceremony.expires_at)?)
    .bind(to_sql(now_s)?)
    .bind(i64::from(max_open))
    .execute(connection)
    .await?;
    Ok(if inserted.rows_affected() == 1 { Opening::Opened } else { Opening::TooMany })
}

/// Takes a ceremony: its row is gone, in time or not.
pub(super) async fn take(
    connection: &mut Connection,
    nonce_hash: &Hash,
    now_s: u64,
) -> Result<Option<StartedCeremony>, DbError> {
    let row: Option<CeremonyColumns> =
        sqlx::query_as("DELETE FROM ceremonies WHERE nonce_hash = ? RETURNING account_id, state, expires_at")
            .bind(&nonce_hash.0[..])
            .fetch_optional(connection)
            .await?;
    row.map(|row| parse(nonce_hash, row)).transpose().map(|row| row.filter(|row| row.expires_at >= now_s))
}

/// A ceremony that is not late.
pub(super) async fn find(
    connection: &mut Connection,
    nonce_hash: &Hash,
    now_s: u64,
) -> Result<Option<StartedCeremony>, DbError> {
    let row: Option<CeremonyColumns> =
        sqlx::query_as("SELECT account_id, state, expires_at FROM ceremonies WHERE nonce_hash = ? AND expires_at >= ?")
            .bind(&nonce_hash.0[..])
            .bind(to_sql(now_s)?)
            .fetch_optional(connection)
            .await?;
    row.map(|row| parse(nonce_hash, row)).transpose()
}

fn parse(nonce_hash: &Hash, (account, state, expires_at): CeremonyColumns) -> Result<StartedCeremony, DbError> {
    let account = account.map(|bytes| fixed(bytes).map(AccountId)).transpose()?;
    Ok(StartedCeremony { nonce_hash: *nonce_hash, account, state, expires_at: from_sql(expires_at)? })
}

/// Remembers that a sign-up made its account.
pub(super) async fn keep_finished(
    connection: &mut Connection,
    account: &AccountId,
    finished: &FinishedSignUp,
) -> Result<(), DbError> {
    sqlx::query("INSERT INTO finished_sign_ups (nonce_hash, account_id, expires_at) VALUES (?, ?, ?)")
        .bind(&finished.nonce_hash.0[..])
        .bind(&account.0[..])
        .bind(to_sql(finished.expires_at)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// The account that the sign-up of a nonce has made.
pub(super) async fn find_finished(
    connection: &mut Connection,
    nonce_hash: &Hash,
    now_s: u64,
) -> Result<Option<AccountId>, DbError> {
    let found: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT account_id FROM finished_sign_ups WHERE nonce_hash = ? AND expires_at >= ?")
            .bind(&nonce_hash.0[..])
            .bind(to_sql(now_s)?)
            .fetch_optional(connection)
            .await?;
    found.map(|bytes| fixed(bytes).map(AccountId)).transpose()
}

/// Forgets ceremonies that are over; how many.
pub(super) async fn remove_expired(connection: &mut Connection, now_s: u64) -> Result<u64, DbError> {
    let removed = sqlx::query("DELETE FROM ceremonies WHERE expires_at < ?").bind(to_sql(now_s)?);
    Ok(removed.execute(connection).await?.rows_affected())
}

/// Forgets sign-ups that nobody may finish again; how many.
pub(super) async fn remove_expired_finished(connection: &mut Connection, now_s: u64) -> Result<u64, DbError> {
    let removed = sqlx::query("DELETE FROM finished_sign_ups WHERE expires_at < ?").bind(to_sql(now_s)?);
    Ok(removed.execute(connection).await?.rows_affected())
}
