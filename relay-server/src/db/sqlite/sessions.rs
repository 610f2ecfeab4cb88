//! Sessions as rows: one a device, its token hashed.

use shared_types::ids::{AccountId, DeviceId, Hash, MethodId};
use shared_types::public_key::SigningPublic;

use super::Connection;
use crate::db::columns::{fixed, from_sql, to_sql};
use crate::db::{DbError, Session};

/// Account, device, device key, method, end.
type SessionColumns = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, i64);

/// Begins a session; one that the device had ends.
pub(super) async fn begin(connection: &mut Connection, token_hash: &Hash, session: &Session) -> Result<(), DbError> {
    end(connection, &session.account, &session.device).await?;
    sqlx::query(
        "INSERT INTO sessions (token_hash, account_id, device_id, device_key, method_id, expires_at)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&token_hash.0[..])
    .bind(&session.account.0[..])
    .bind(&session.device.0[..])
    .bind(&session.device_key.as_bytes()[..])
    .bind(&session.method.0[..])
    .bind(to_sql(session.expires_at)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// A session that has not expired.
pub(super) async fn find(
    connection: &mut Connection,
    token_hash: &Hash,
    now_s: u64,
) -> Result<Option<Session>, DbError> {
    let row: Option<SessionColumns> = sqlx::query_as(
        "SELECT account_id, device_id, device_key, method_id, expires_at FROM sessions WHERE token_hash = ? AND expires_at > ?",
    )
    .bind(&token_hash.0[..])
    .bind(to_sql(now_s)?)
    .fetch_optional(connection)
    .await?;
    row.map(|(account, device, device_key, method, expires_at)| {
        Ok(Session {
            account: AccountId(fixed(account)?),
            device: DeviceId(fixed(device)?),
            device_key: SigningPublic::parse(&fixed(device_key)?).map_err(|_| DbError::Corrupt)?,
            method: MethodId(fixed(method)?),
            expires_at: from_sql(expires_at)?,
        })
    })
    .transpose()
}

/// Ends the session of a device, if it has one.
pub(super) async fn end(connection: &mut Connection, account: &AccountId, device: &DeviceId) -> Result<(), DbError> {
    sqlx::query("DELETE FROM sessions WHERE account_id = ? AND device_id = ?")
        .bind(&account.0[..])
        .bind(&device.0[..])
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends every session that a method began.
pub(super) async fn end_of_method(
    connection: &mut Connection,
    account: &AccountId,
    method: &MethodId,
) -> Result<(), DbError> {
    sqlx::query("DELETE FROM sessions WHERE account_id = ? AND method_id = ?")
        .bind(&account.0[..])
        .bind(&method.0[..])
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets sessions that are over; how many.
pub(super) async fn remove_expired(connection: &mut Connection, now_s: u64) -> Result<u64, DbError> {
    let removed = sqlx::query("DELETE FROM sessions WHERE expires_at <= ?").bind(to_sql(now_s)?);
    Ok(removed.execute(connection).await?.rows_affected())
}
