//! Passwords as rows.

use shared_types::ids::{AccountId, Hash, MethodId};

use super::Connection;
use crate::db::columns::{fixed, from_sql, to_sql};
use crate::db::{Creation, DbError, Password};

/// Stores a password; its name may stand only once in the whole relay.
pub(super) async fn insert(connection: &mut Connection, password: &Password) -> Result<Creation, DbError> {
    let inserted = sqlx::query(
        "INSERT INTO passwords (handle_hash, account_id, method_id, record, totp_secret, totp_step)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(&password.handle.0[..])
    .bind(&password.account.0[..])
    .bind(&password.method.0[..])
    .bind(&password.record)
    .bind(&password.totp_secret)
    .bind(to_sql(password.totp_step)?)
    .execute(connection)
    .await?;
    Ok(if inserted.rows_affected() == 1 { Creation::Created } else { Creation::Exists })
}

/// The password of a name.
pub(super) async fn find(connection: &mut Connection, handle: &Hash) -> Result<Option<Password>, DbError> {
    type PasswordRow = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, i64);
    let row: Option<PasswordRow> = sqlx::query_as(
        "SELECT account_id, method_id, record, totp_secret, totp_step FROM passwords WHERE handle_hash = $1",
    )
    .bind(&handle.0[..])
    .fetch_optional(connection)
    .await?;
    let Some((account, method, record, totp_secret, totp_step)) = row else { return Ok(None) };
    Ok(Some(Password {
        handle: *handle,
        account: AccountId(fixed(account)?),
        method: MethodId(fixed(method)?),
        record,
        totp_secret,
        totp_step: from_sql(totp_step)?,
    }))
}

/// The password whose code was used last of all.
pub(super) async fn find_newest(connection: &mut Connection) -> Result<Option<Password>, DbError> {
    let newest: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT handle_hash FROM passwords ORDER BY totp_step DESC LIMIT 1")
            .fetch_optional(&mut *connection)
            .await?;
    match newest {
        Some(handle) => find(connection, &Hash(fixed(handle)?)).await,
        None => Ok(None),
    }
}

/// Uses a code up; whether it is newer than the last one. Without a step it does as much, and no row is it.
pub(super) async fn accept_step(
    connection: &mut Connection,
    handle: &Hash,
    step: Option<u64>,
) -> Result<bool, DbError> {
    let step = step.map_or(Ok(-1), to_sql)?;
    let updated = sqlx::query("UPDATE passwords SET totp_step = $1 WHERE handle_hash = $2 AND totp_step < $1")
        .bind(step)
        .bind(&handle.0[..])
        .execute(connection)
        .await?;
    Ok(updated.rows_affected() == 1)
}
