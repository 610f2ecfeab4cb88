//! Tickets of events sockets as rows, each taken once.

use shared_types::ids::{AccountId, DeviceId, Hash};

use super::Connection;
use crate::db::columns::{fixed, from_sql, to_sql};
use crate::db::{DbError, Ticket};

/// Stores a ticket.
pub(super) async fn issue(connection: &mut Connection, ticket_hash: &Hash, ticket: &Ticket) -> Result<(), DbError> {
    sqlx::query("INSERT INTO tickets (ticket_hash, account_id, device_id, expires_at) VALUES (?, ?, ?, ?)")
        .bind(&ticket_hash.0[..])
        .bind(&ticket.account.0[..])
        .bind(&ticket.device.0[..])
        .bind(to_sql(ticket.expires_at)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a ticket: its row is gone; it is good in time and while its device has a session.
pub(super) async fn take(
    connection: &mut Connection,
    ticket_hash: &Hash,
    now_s: u64,
) -> Result<Option<Ticket>, DbError> {
    let row: Option<(Vec<u8>, Vec<u8>, i64, bool)> = sqlx::query_as(
        "DELETE FROM tickets WHERE ticket_hash = ? RETURNING account_id, device_id, expires_at,
         EXISTS (SELECT 1 FROM sessions WHERE sessions.account_id = tickets.account_id
             AND sessions.device_id = tickets.device_id AND sessions.expires_at > ?)",
    )
    .bind(&ticket_hash.0[..])
    .bind(to_sql(now_s)?)
    .fetch_optional(connection)
    .await?;
    let Some((account, device, expires_at, has_session)) = row else { return Ok(None) };
    let (account, device) = (AccountId(fixed(account)?), DeviceId(fixed(device)?));
    let ticket = Ticket { account, device, expires_at: from_sql(expires_at)? };
    Ok(Some(ticket).filter(|ticket| has_session && ticket.expires_at >= now_s))
}

/// Forgets tickets that nobody has used; how many.
pub(super) async fn remove_expired(connection: &mut Connection, now_s: u64) -> Result<u64, DbError> {
    let removed = sqlx::query("DELETE FROM tickets WHERE expires_at < ?").bind(to_sql(now_s)?);
    Ok(removed.execute(connection).await?.rows_affected())
}
