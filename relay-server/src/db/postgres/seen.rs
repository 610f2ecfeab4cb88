//! Counts of a day as rows: what an account may look up, and nothing that tells one save from another.

use shared_types::ids::AccountId;
use shared_types::prompt::Usage;
use shared_types::seen::{SEEN_DAYS, SeenCounts, SeenResponse};
use shared_types::sync::Cursor;

use super::Connection;
use crate::db::columns::{from_sql, to_sql};
use crate::db::{DbError, Push};

const DAY_S: u64 = 24 * 60 * 60;
const HOUR_S: u64 = 60 * 60;

/// Records, bytes, five sizes, sign-ins, tokens in and out.
type DayColumns = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);

/// Counts the batches of a push, in its transaction.
pub(super) async fn count_saves(connection: &mut Connection, push: &Push) -> Result<(), DbError> {
    let (day, hour) = (push.now_s / DAY_S, push.now_s % DAY_S / HOUR_S);
    let mut counts = SeenCounts::default();
    for batch in &push.batches {
        counts.add_save(0, u64::try_from(batch.envelopes.len()).map_err(|_| DbError::Corrupt)?, batch.n_bytes());
    }
    sqlx::query(
        "INSERT INTO seen_hours (account_id, day, hour, n_saves) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, day, hour) DO UPDATE SET n_saves = seen_hours.n_saves + excluded.n_saves",
    )
    .bind(&push.account.0[..])
    .bind(to_sql(day)?)
    .bind(to_sql(hour)?)
    .bind(to_sql(counts.n_saves())?)
    .execute(&mut *connection)
    .await?;
    add(connection, &push.account, day, &counts).await
}

/// Counts a sign-in.
pub(super) async fn count_sign_in(connection: &mut Connection, account: &AccountId, day: u64) -> Result<(), DbError> {
    add(connection, account, day, &SeenCounts { sign_ins: 1, ..SeenCounts::default() }).await
}

/// Counts the tokens of a turn.
pub(super) async fn count_tokens(
    connection: &mut Connection,
    account: &AccountId,
    day: u64,
    usage: Usage,
) -> Result<(), DbError> {
    let (input_tokens, output_tokens) = (u64::from(usage.input_tokens), u64::from(usage.output_tokens));
    add(connection, account, day, &SeenCounts { input_tokens, output_tokens, ..SeenCounts::default() }).await
}

async fn add(connection: &mut Connection, account: &AccountId, day: u64, counts: &SeenCounts) -> Result<(), DbError> {
    let mut query = sqlx::query(
        "INSERT INTO seen_days (account_id, day, n_records, n_bytes, n_to_1k, n_to_4k, n_to_16k, n_to_64k, n_larger,
             n_sign_ins, input_tokens, output_tokens)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (account_id, day) DO UPDATE SET
             n_records = seen_days.n_records + excluded.n_records,
             n_bytes = seen_days.n_bytes + excluded.n_bytes,
             n_to_1k = seen_days.n_to_1k + excluded.n_to_1k,
             n_to_4k = seen_days.n_to_4k + excluded.n_to_4k,
             n_to_16k = seen_days.n_to_16k + excluded.n_to_16k,
             n_to_64k = seen_days.n_to_64k + excluded.n_to_64k,
             n_larger = seen_days.n_larger + excluded.n_larger,
             n_sign_ins = seen_days.n_sign_ins + excluded.n_sign_ins,
             input_tokens = seen_days.input_tokens + excluded.input_tokens,
             output_tokens = seen_days.output_tokens + excluded.output_tokens",
    )
    .bind(&account.0[..])
    .bind(to_sql(day)?)
    .bind(to_sql(counts.records)?)
    .bind(to_sql(counts.bytes)?);
    for size in counts.sizes {
        query = query.bind(to_sql(size)?);
    }
    for count in [counts.sign_ins, counts.input_tokens, counts.output_tokens] {
        query = query.bind(to_sql(count)?);
    }
    query.execute(connection).await?;
    Ok(())
}

/// The counts of a day, then the newest cursor.
pub(super) async fn load(
    connection: &mut Connection,
    account: &AccountId,
    day: u64,
    now: u64,
) -> Result<SeenResponse, DbError> {
    let day = to_sql(day).unwrap_or(i64::MAX);
    let row: Option<DayColumns> = sqlx::query_as(
        "SELECT n_records, n_bytes, n_to_1k, n_to_4k, n_to_16k, n_to_64k, n_larger, n_sign_ins, input_tokens,
             output_tokens
         FROM seen_days WHERE account_id = $1 AND day = $2",
    )
    .bind(&account.0[..])
    .bind(day)
    .fetch_optional(&mut *connection)
    .await?;
    let (records, bytes, tiny, small, middle, large, huge, sign_ins, input_tokens, output_tokens) =
        row.unwrap_or_default();
    let hours: Vec<(i64, i64)> =
        sqlx::query_as("SELECT hour, n_saves FROM seen_hours WHERE account_id = $1 AND day = $2")
            .bind(&account.0[..])
            .bind(day)
            .fetch_all(&mut *connection)
            .await?;
    let prompts: Option<i64> =
        sqlx::query_scalar("SELECT n_prompts FROM prompt_days WHERE account_id = $1 AND day = $2")
            .bind(&account.0[..])
            .bind(day)
            .fetch_optional(&mut *connection)
            .await?;
    let newest: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(position), 0) FROM batches WHERE account_id = $1")
        .bind(&account.0[..])
        .fetch_one(connection)
        .await?;
    let mut counts = SeenCounts {
        records: from_sql(records)?,
        bytes: from_sql(bytes)?,
        sizes: [from_sql(tiny)?, from_sql(small)?, from_sql(middle)?, from_sql(large)?, from_sql(huge)?],
        sign_ins: from_sql(sign_ins)?,
        prompts: from_sql(prompts.unwrap_or_default())?,
        input_tokens: from_sql(input_tokens)?,
        output_tokens: from_sql(output_tokens)?,
        ..SeenCounts::default()
    };
    for (hour, n_saves) in hours {
        let saves = counts.saves.get_mut(from_sql::<usize>(hour)?).ok_or(DbError::Corrupt)?;
        *saves = from_sql(n_saves)?;
    }
    Ok(SeenResponse { now, cursor: Cursor(from_sql(newest)?), counts })
}

/// Forgets the counts of hours that are too long ago; how many.
pub(super) async fn remove_hours_before(connection: &mut Connection, now_s: u64) -> Result<u64, DbError> {
    let removed = sqlx::query("DELETE FROM seen_hours WHERE day <= $1").bind(last_day(now_s)?);
    Ok(removed.execute(connection).await?.rows_affected())
}

/// Forgets the counts of days that are too long ago; how many.
pub(super) async fn remove_days_before(connection: &mut Connection, now_s: u64) -> Result<u64, DbError> {
    let removed = sqlx::query("DELETE FROM seen_days WHERE day <= $1").bind(last_day(now_s)?);
    Ok(removed.execute(connection).await?.rows_affected())
}

/// The last day that is not kept any more.
pub(super) fn last_day(now_s: u64) -> Result<i64, DbError> {
    Ok(i64::try_from(now_s / DAY_S).map_err(|_| DbError::Corrupt)? - i64::try_from(SEEN_DAYS).unwrap_or_default())
}
