//! New devices that wait to be let in, and what they were answered, as rows under the hash of the answer's id.

use shared_types::ids::{AccountId, Hash};

use super::Connection;
use crate::db::columns::{fixed, to_sql};
use crate::db::{DbError, OfferAnswered, OfferState, OpenOffer, Opening};

/// Account and answer, once there is one.
type AnswerColumns = (Option<Vec<u8>>, Option<Vec<u8>>);

/// Keeps an offer unless too many are open.
pub(super) async fn open(
    connection: &mut Connection,
    offer: &OpenOffer,
    now_s: u64,
    max_open: u32,
) -> Result<Opening, DbError> {
    let inserted = sqlx::query(
        "INSERT INTO hand_overs (answer_hash, offer, expires_at) SELECT $1, $2, $3
         WHERE (SELECT COUNT(*) FROM hand_overs WHERE expires_at >= $4) < $5 ON CONFLICT DO NOTHING",
    )
    .bind(&offer.answer_hash.0[..])
    .bind(&offer.offer)
    .bind(to_sql(offer.expires_at)?)
    .bind(to_sql(now_s)?)
    .bind(i64::from(max_open))
    .execute(connection)
    .await?;
    Ok(if inserted.rows_affected() == 1 { Opening::Opened } else { Opening::TooMany })
}

/// Offers that nobody has answered, in no order that tells when they came.
pub(super) async fn list(connection: &mut Connection, now_s: u64) -> Result<Vec<Vec<u8>>, DbError> {
    let offers = sqlx::query_scalar(
        "SELECT offer FROM hand_overs WHERE answer IS NULL AND expires_at >= $1 ORDER BY answer_hash",
    )
    .bind(to_sql(now_s)?);
    Ok(offers.fetch_all(connection).await?)
}

/// Answers an offer that waits; whether it did.
pub(super) async fn answer(
    connection: &mut Connection,
    answer_hash: &Hash,
    answered: &OfferAnswered,
    now_s: u64,
) -> Result<bool, DbError> {
    let updated = sqlx::query(
        "UPDATE hand_overs SET account_id = $1, answer = $2
         WHERE answer_hash = $3 AND answer IS NULL AND expires_at >= $4",
    )
    .bind(&answered.account.0[..])
    .bind(&answered.answer)
    .bind(&answer_hash.0[..])
    .bind(to_sql(now_s)?)
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// What came of an offer.
pub(super) async fn find(connection: &mut Connection, answer_hash: &Hash, now_s: u64) -> Result<OfferState, DbError> {
    let row: Option<AnswerColumns> =
        sqlx::query_as("SELECT account_id, answer FROM hand_overs WHERE answer_hash = $1 AND expires_at >= $2")
            .bind(&answer_hash.0[..])
            .bind(to_sql(now_s)?)
            .fetch_optional(connection)
            .await?;
    Ok(match row {
        None => OfferState::Gone,
        Some((Some(account), Some(answer))) => {
            OfferState::Answered(OfferAnswered { account: AccountId(fixed(account)?), answer })
        }
        Some(_) => OfferState::Waits,
    })
}

/// Forgets offers that are over, answered or not; how many.
pub(super) async fn remove_expired(connection: &mut Connection, now_s: u64) -> Result<u64, DbError> {
    let removed = sqlx::query("DELETE FROM hand_overs WHERE expires_at < $1").bind(to_sql(now_s)?);
    Ok(removed.execute(connection).await?.rows_affected())
}
