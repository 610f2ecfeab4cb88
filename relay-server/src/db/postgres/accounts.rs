//! Accounts as rows.

use shared_types::ids::{AccountId, LookupId};

use super::{Connection, anchors, ceremonies, credentials, epochs, log, passwords, sessions};
use crate::db::columns::{fixed, to_sql};
use crate::db::{Creation, DbError, NewAccount, WordsLookup};

/// Stores an account with all that belongs to it; the caller rolls back if it exists.
pub(super) async fn create(connection: &mut Connection, new: &NewAccount) -> Result<Creation, DbError> {
    let inserted = sqlx::query(
        "INSERT INTO accounts (account_id, created_day, stored_bytes) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING",
    )
    .bind(&new.account.0[..])
    .bind(to_sql(new.day)?)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Creation::Exists);
    }
    log::insert(connection, &new.account, &new.genesis).await?;
    epochs::insert(connection, &new.account, &new.epoch).await?;
    for anchor in &new.anchors {
        anchors::put(connection, &new.account, anchor).await?;
    }
    for words in &new.words {
        if insert_words(connection, &new.account, words).await? == Creation::Exists {
            return Ok(Creation::Exists);
        }
    }
    if let Some(credential) = &new.credential
        && credentials::insert(connection, &new.account, credential).await? == Creation::Exists
    {
        return Ok(Creation::Exists);
    }
    if let Some(password) = &new.password
        && passwords::insert(connection, password).await? == Creation::Exists
    {
        return Ok(Creation::HandleTaken);
    }
    sessions::begin(connection, &new.token_hash, &new.session).await?;
    ceremonies::keep_finished(connection, &new.account, &new.finished).await?;
    Ok(Creation::Created)
}

/// All accounts, in the order of their ids.
pub(super) async fn list(connection: &mut Connection) -> Result<Vec<AccountId>, DbError> {
    let ids: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT account_id FROM accounts ORDER BY account_id").fetch_all(connection).await?;
    ids.into_iter().map(|bytes| fixed(bytes).map(AccountId)).collect()
}

/// The account of these words.
pub(super) async fn find_by_words(
    connection: &mut Connection,
    lookup: &LookupId,
) -> Result<Option<AccountId>, DbError> {
    let found: Option<Vec<u8>> = sqlx::query_scalar("SELECT account_id FROM words_lookups WHERE lookup_id = $1")
        .bind(&lookup.0[..])
        .fetch_optional(connection)
        .await?;
    found.map(|bytes| fixed(bytes).map(AccountId)).transpose()
}

/// Stores a words method; its lookup id may stand only once.
pub(super) async fn insert_words(
    connection: &mut Connection,
    account: &AccountId,
    words: &WordsLookup,
) -> Result<Creation, DbError> {
    let inserted = sqlx::query(
        "INSERT INTO words_lookups (lookup_id, account_id, method_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(&words.lookup.0[..])
    .bind(&account.0[..])
    .bind(&words.method.0[..])
    .execute(connection)
    .await?;
    Ok(if inserted.rows_affected() == 1 { Creation::Created } else { Creation::Exists })
}
