//! Counts of prompts as rows: a number for each account and day, nothing else.

use shared_types::ids::AccountId;

use super::{Connection, seen};
use crate::db::columns::to_sql;
use crate::db::{DbError, PromptCount};

/// Counts a prompt unless the day's limit is reached.
pub(super) async fn count(
    connection: &mut Connection,
    account: &AccountId,
    day: u64,
    max: u32,
) -> Result<PromptCount, DbError> {
    if max == 0 {
        return Ok(PromptCount::LimitReached);
    }
    let counted = sqlx::query(
        "INSERT INTO prompt_days (account_id, day, n_prompts) VALUES ($1, $2, 1)
         ON CONFLICT (account_id, day) DO UPDATE SET n_prompts = prompt_days.n_prompts + 1
         WHERE prompt_days.n_prompts < $3",
    )
    .bind(&account.0[..])
    .bind(to_sql(day)?)
    .bind(i64::from(max))
    .execute(connection)
    .await?;
    Ok(if counted.rows_affected() == 1 { PromptCount::Counted } else { PromptCount::LimitReached })
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
