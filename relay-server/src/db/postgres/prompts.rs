//! Counts of prompts as rows: a number for each account and day, nothing else.

use shared_types::ids::AccountId;

use super::{Connection, seen};
use crate::db::columns::to_sql;
use crate::db::{DbError, PromptCount, Standing};

/// Counts a prompt unless the day's limit is reached or its standing has changed.
pub(super) async fn count(
    connection: &mut Connection,
    account: &AccountId,
    standing: &Standing,
    day: u64,
    max: u32,
) -> Result<PromptCount, DbError> {
    if max == 0 {
        return Ok(PromptCount::LimitReached);
    }
    let counted = sqlx::query(
        "INSERT INTO prompt_days (account_id, day, n_prompts)
         SELECT account_id, $1::BIGINT, 1 FROM sessions
         WHERE token_hash = $2 AND account_id = $3 AND expires_at > $4 AND $5 =
            (SELECT hash FROM log_entries WHERE account_id = sessions.account_id ORDER BY seq DESC LIMIT 1)
         ON CONFLICT (account_id, day) DO UPDATE SET n_prompts = prompt_days.n_prompts + 1
         WHERE prompt_days.n_prompts < $6",
    )
    .bind(to_sql(day)?)
    .bind(&standing.token_hash.0[..])
    .bind(&account.0[..])
    .bind(to_sql(standing.now_s)?)
    .bind(&standing.log_head.hash.0[..])
    .bind(i64::from(max))
    .execute(&mut *connection)
    .await?;
    if counted.rows_affected() == 1 {
        return Ok(PromptCount::Counted);
    }
    Ok(if stands(connection, account, standing).await? { PromptCount::LimitReached } else { PromptCount::Moved })
}

async fn stands(connection: &mut Connection, account: &AccountId, standing: &Standing) -> Result<bool, DbError> {
    let found = sqlx::query(
        "SELECT 1 FROM sessions
         WHERE token_hash = $1 AND account_id = $2 AND expires_at > $3 AND $4 =
            (SELECT hash FROM log_entries WHERE account_id = sessions.account_id ORDER BY seq DESC LIMIT 1)",
    )
    .bind(&standing.token_hash.0[..])
    .bind(&account.0[..])
    .bind(to_sql(standing.now_s)?)
    .bind(&standing.log_head.hash.0[..])
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Takes back a counted prompt.
pub(super) async fn take_back(connection: &mut Connection, account: &AccountId, day: u64) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE prompt_days SET n_prompts = n_prompts - 1 WHERE account_id = $1 AND day = $2 AND n_prompts > 0",
    )
    .bind(&account.0[..])
    .bind(to_sql(day)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets the counts of days that are too long ago; how many.
pub(super) async fn remove_before(connection: &mut Connection, now_s: u64) -> Result<u64, DbError> {
    let removed = sqlx::query("DELETE FROM prompt_days WHERE day <= $1").bind(seen::last_day(now_s)?);
    Ok(removed.execute(connection).await?.rows_affected())
}
