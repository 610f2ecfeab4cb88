//! Passkeys as rows.

use shared_types::ids::{AccountId, MethodId};

use super::Connection;
use crate::db::columns::fixed;
use crate::db::{Creation, Credential, DbError};

/// Stores a passkey; its credential id may stand only once in the whole relay.
pub(super) async fn insert(
    connection: &mut Connection,
    account: &AccountId,
    credential: &Credential,
) -> Result<Creation, DbError> {
    let inserted = sqlx::query(
        "INSERT INTO credentials (credential_id, account_id, method_id, public_key) VALUES (?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(&credential.id)
    .bind(&account.0[..])
    .bind(&credential.method.0[..])
    .bind(&credential.public_key)
    .execute(connection)
    .await?;
    Ok(if inserted.rows_affected() == 1 { Creation::Created } else { Creation::Exists })
}

/// A passkey of an account.
pub(super) async fn find(
    connection: &mut Connection,
    account: &AccountId,
    id: &[u8],
) -> Result<Option<Credential>, DbError> {
    let row: Option<(Vec<u8>, Vec<u8>)> =
        sqlx::query_as("SELECT method_id, public_key FROM credentials WHERE credential_id = ? AND account_id = ?")
            .bind(id)
            .bind(&account.0[..])
            .fetch_optional(connection)
            .await?;
    let Some((method, public_key)) = row else { return Ok(None) };
    Ok(Some(Credential { id: id.to_vec(), method: MethodId(fixed(method)?), public_key }))
}

/// Stores counter and flags after an assertion.
pub(super) async fn update(
    connection: &mut Connection,
    account: &AccountId,
    credential: &Credential,
) -> Result<(), DbError> {
    sqlx::query("UPDATE credentials SET public_key = ? WHERE credential_id = ? AND account_id = ?")
        .bind(&credential.public_key)
        .bind(&credential.id)
        .bind(&account.0[..])
        .execute(connection)
        .await?;
    Ok(())
}
