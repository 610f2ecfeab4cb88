//! Anchors as rows: the newest of each method.

use shared_types::account::AnchorPut;
use shared_types::ids::{AccountId, MethodId, WireBytes};

use super::Connection;
use crate::db::columns::{from_sql, to_sql};
use crate::db::{Anchoring, DbError};

/// The anchor of a method.
pub(super) async fn find(
    connection: &mut Connection,
    account: &AccountId,
    method: &MethodId,
) -> Result<Option<AnchorPut>, DbError> {
    let row: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT counter, envelope FROM anchors WHERE account_id = $1 AND method_id = $2")
            .bind(&account.0[..])
            .bind(&method.0[..])
            .fetch_optional(connection)
            .await?;
    row.map(|(counter, envelope)| {
        Ok(AnchorPut { method: *method, counter: from_sql(counter)?, envelope: WireBytes(envelope) })
    })
    .transpose()
}

/// Stores an anchor with a higher counter than the stored one's.
pub(super) async fn put(
    connection: &mut Connection,
    account: &AccountId,
    anchor: &AnchorPut,
) -> Result<Anchoring, DbError> {
    let Ok(counter) = to_sql(anchor.counter) else { return Ok(Anchoring::Conflict) };
    match find(connection, account, &anchor.method).await? {
        Some(standing) if standing == *anchor => return Ok(Anchoring::Stored),
        Some(standing) if standing.counter >= anchor.counter => return Ok(Anchoring::Conflict),
        Some(_) | None => {}
    }
    let stored = sqlx::query(
        "INSERT INTO anchors (account_id, method_id, counter, envelope) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, method_id) DO UPDATE SET counter = excluded.counter, envelope = excluded.envelope
         WHERE anchors.counter < excluded.counter",
    )
    .bind(&account.0[..])
    .bind(&anchor.method.0[..])
    .bind(counter)
    .bind(&anchor.envelope.0)
    .execute(connection)
    .await?;
    Ok(if stored.rows_affected() == 1 { Anchoring::Stored } else { Anchoring::Conflict })
}
