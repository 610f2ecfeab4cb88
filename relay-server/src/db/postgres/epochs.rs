//! Sealed copies of epoch keys, and back links, as rows.

use shared_types::account::{BackLink, EpochCopy};
use shared_types::ids::{AccountId, PartyId, WireBytes};

use super::Connection;
use crate::db::columns::from_sql;
use crate::db::{DbError, NewEpoch};

/// Stores an epoch's copies and its back link.
pub(super) async fn insert(connection: &mut Connection, account: &AccountId, epoch: &NewEpoch) -> Result<(), DbError> {
    for copy in &epoch.copies {
        sqlx::query("INSERT INTO epoch_copies (account_id, epoch, recipient, sealed) VALUES ($1, $2, $3, $4)")
            .bind(&account.0[..])
            .bind(i64::from(epoch.number))
            .bind(&copy.recipient.0[..])
            .bind(&copy.sealed.0)
            .execute(&mut *connection)
            .await?;
    }
    if let Some(link) = &epoch.back_link {
        sqlx::query(
            "INSERT INTO back_links (account_id, sealing_epoch, sealed_epoch, envelope) VALUES ($1, $2, $3, $4)",
        )
        .bind(&account.0[..])
        .bind(i64::from(link.sealing_epoch))
        .bind(i64::from(link.sealed_epoch))
        .bind(&link.envelope.0)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Copies for one recipient, by epoch.
pub(super) async fn list_copies(
    connection: &mut Connection,
    account: &AccountId,
    recipient: &PartyId,
) -> Result<Vec<EpochCopy>, DbError> {
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT epoch, sealed FROM epoch_copies WHERE account_id = $1 AND recipient = $2 ORDER BY epoch",
    )
    .bind(&account.0[..])
    .bind(&recipient.0[..])
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(epoch, sealed)| Ok(EpochCopy { epoch: from_sql(epoch)?, sealed: WireBytes(sealed) }))
        .collect()
}

/// Back links, by sealing epoch.
pub(super) async fn list_back_links(
    connection: &mut Connection,
    account: &AccountId,
) -> Result<Vec<BackLink>, DbError> {
    let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT sealing_epoch, sealed_epoch, envelope FROM back_links WHERE account_id = $1 ORDER BY sealing_epoch",
    )
    .bind(&account.0[..])
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(sealing, sealed, envelope)| {
            Ok(BackLink {
                sealing_epoch: from_sql(sealing)?,
                sealed_epoch: from_sql(sealed)?,
                envelope: WireBytes(envelope),
            })
        })
        .collect()
}
