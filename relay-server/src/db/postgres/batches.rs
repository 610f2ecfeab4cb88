//! Batches and envelopes as rows, ordered by a position that rises within each account.

use shared_types::ids::{AccountId, DeviceId, Hash, StreamTag};
use shared_types::sync::PageBody;
use sqlx::{Postgres, QueryBuilder};

use super::{Connection, seen};
use crate::db::columns::{fixed, from_sql, to_sql};
use crate::db::page::{self, PageEnvelope, PageRow};
use crate::db::{ChainHead, DbError, Envelopes, NewBatch, Push, Pushing};

/// The newest batch of a device.
pub(super) async fn find_head(
    connection: &mut Connection,
    account: &AccountId,
    device: &DeviceId,
) -> Result<Option<ChainHead>, DbError> {
    let row: Option<(i64, Vec<u8>, i64)> = sqlx::query_as(
        "SELECT seq, hash, log_seq FROM batches WHERE account_id = $1 AND device_id = $2 ORDER BY seq DESC LIMIT 1",
    )
    .bind(&account.0[..])
    .bind(&device.0[..])
    .fetch_optional(connection)
    .await?;
    row.map(|(seq, hash, log_seq)| {
        Ok(ChainHead { seq: from_sql(seq)?, hash: Hash(fixed(hash)?), log_seq: from_sql(log_seq)? })
    })
    .transpose()
}

/// Position and hash of one batch.
pub(super) async fn find(
    connection: &mut Connection,
    account: &AccountId,
    device: &DeviceId,
    seq: u64,
) -> Result<Option<(u64, Hash)>, DbError> {
    let Ok(seq) = to_sql(seq) else { return Ok(None) };
    let row: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT position, hash FROM batches WHERE account_id = $1 AND device_id = $2 AND seq = $3")
            .bind(&account.0[..])
            .bind(&device.0[..])
            .bind(seq)
            .fetch_optional(connection)
            .await?;
    row.map(|(position, hash)| Ok((from_sql(position)?, Hash(fixed(hash)?)))).transpose()
}

/// Stores batches; the caller rolls back unless they are accepted.
pub(super) async fn push(connection: &mut Connection, push: &Push) -> Result<Pushing, DbError> {
    if find_head(connection, &push.account, &push.device).await? != push.after {
        return Ok(Pushing::HeadMoved);
    }
    let (stored_bytes, newest): (i64, i64) = sqlx::query_as(
        "SELECT stored_bytes, (SELECT COALESCE(MAX(position), 0) FROM batches WHERE account_id = accounts.account_id)
         FROM accounts WHERE account_id = $1",
    )
    .bind(&push.account.0[..])
    .fetch_one(&mut *connection)
    .await?;
    let n_bytes: u64 = push.batches.iter().map(NewBatch::n_bytes).sum();
    if from_sql::<u64>(stored_bytes)? + n_bytes > push.max_account_bytes {
        return Ok(Pushing::QuotaExceeded);
    }
    let mut position: u64 = from_sql(newest)?;
    for batch in &push.batches {
        position += 1;
        insert(connection, push, to_sql(position)?, batch).await?;
    }
    sqlx::query("UPDATE accounts SET stored_bytes = stored_bytes + $1 WHERE account_id = $2")
        .bind(to_sql(n_bytes)?)
        .bind(&push.account.0[..])
        .execute(&mut *connection)
        .await?;
    seen::count_saves(connection, push).await?;
    Ok(Pushing::Accepted { position })
}

async fn insert(connection: &mut Connection, push: &Push, position: i64, batch: &NewBatch) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO batches (account_id, position, device_id, seq, hash, log_seq, n_bytes, batch)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&push.account.0[..])
    .bind(position)
    .bind(&push.device.0[..])
    .bind(to_sql(batch.seq)?)
    .bind(&batch.hash.0[..])
    .bind(i64::from(batch.log_seq))
    .bind(to_sql(batch.n_bytes())?)
    .bind(&batch.bytes)
    .execute(&mut *connection)
    .await?;
    for (leaf_index, (tag, envelope)) in (0_i64..).zip(&batch.envelopes) {
        sqlx::query(
            "INSERT INTO envelopes (account_id, position, leaf_index, stream_tag, envelope) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&push.account.0[..])
        .bind(position)
        .bind(leaf_index)
        .bind(&tag.0[..])
        .bind(envelope)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// A page of batches after a position.
pub(super) async fn load_page(
    connection: &mut Connection,
    account: &AccountId,
    after: u64,
    max_batches: usize,
    envelopes: Envelopes<'_>,
) -> Result<PageBody, DbError> {
    let Ok(after_row) = to_sql(after) else { return Ok(page::empty(after)) };
    let mut rows = list_rows(connection, account, after_row, max_batches + 1, envelopes).await?;
    let more = page::cut(&mut rows, max_batches);
    let found = list_envelopes(connection, account, &rows, envelopes).await?;
    page::assemble(after, more, rows, found)
}

async fn list_rows(
    connection: &mut Connection,
    account: &AccountId,
    after: i64,
    n_rows: usize,
    envelopes: Envelopes<'_>,
) -> Result<Vec<PageRow>, DbError> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT position, n_bytes, batch FROM batches WHERE account_id = ");
    query.push_bind(&account.0[..]).push(" AND position > ").push_bind(after);
    if let Envelopes::Of(tags) = envelopes {
        query.push(" AND position IN (SELECT position FROM envelopes WHERE account_id = ");
        query.push_bind(&account.0[..]).push(" AND position > ").push_bind(after);
        push_tags(&mut query, tags);
        query.push(")");
    }
    query.push(" ORDER BY position LIMIT ").push_bind(i64::try_from(n_rows).map_err(|_| DbError::Corrupt)?);
    let rows: Vec<(i64, i64, Vec<u8>)> = query.build_query_as().fetch_all(connection).await?;
    rows.into_iter()
        .map(|(position, n_bytes, batch)| Ok(PageRow { position, n_bytes: from_sql(n_bytes)?, batch }))
        .collect()
}

async fn list_envelopes(
    connection: &mut Connection,
    account: &AccountId,
    rows: &[PageRow],
    envelopes: Envelopes<'_>,
) -> Result<Vec<PageEnvelope>, DbError> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
    let mut query =
        QueryBuilder::<Postgres>::new("SELECT position, leaf_index, envelope FROM envelopes WHERE account_id = ");
    query.push_bind(&account.0[..]);
    query.push(" AND position BETWEEN ").push_bind(first.position).push(" AND ").push_bind(last.position);
    match envelopes {
        Envelopes::All => {}
        Envelopes::None => return Ok(Vec::new()),
        Envelopes::Of(tags) => push_tags(&mut query, tags),
    }
    query.push(" ORDER BY position, leaf_index");
    Ok(query.build_query_as().fetch_all(connection).await?)
}

fn push_tags(query: &mut QueryBuilder<Postgres>, tags: &[StreamTag]) {
    let tags: Vec<Vec<u8>> = tags.iter().map(|tag| tag.0.to_vec()).collect();
    query.push(" AND stream_tag = ANY(").push_bind(tags).push(")");
}
