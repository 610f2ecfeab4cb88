//! The relay's storage in Postgres: any number of relay processes on one database.
//!
//! What changes an account locks its row first, so that a head that was read cannot move before the commit: the
//! same order of steps as SQLite's one writer, account by account.

mod accounts;
mod anchors;
mod batches;
mod ceremonies;
mod credentials;
mod deletion;
mod epochs;
mod hand_overs;
mod log;
mod notices;
mod passwords;
mod prompts;
mod rows;
mod seen;
mod sessions;
mod tickets;

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use shared_types::account::{AnchorPut, BackLink, EpochCopy};
use shared_types::ids::{AccountId, DeviceId, Hash, LookupId, MethodId, PartyId};
use shared_types::log::LogHead;
use shared_types::prompt::Usage;
use shared_types::seen::SeenResponse;
use shared_types::sync::PageBody;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Postgres, Transaction};

use super::tables::{Cell, Table};
use super::{
    Anchoring, Appending, ChainHead, Creation, Credential, Db, DbError, Envelopes, LogAppend, NewAccount, Notice,
    OfferAnswered, OfferState, OpenOffer, Opening, Password, PromptCount, Push, Pushing, Removed, Session, Standing,
    StartedCeremony, Ticket,
};

const MAX_CONNECTIONS: u32 = 16;
const N_COUNTING: u32 = 4;
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// Held by the one process that removes what is over.
const CLEANING_LOCK: i64 = 0x50_77_70;

/// The storage.
#[derive(Debug, Clone)]
pub struct PostgresDb {
    pool: PgPool,
    /// Counts, which are committed without waiting for the disk.
    counting: PgPool,
}

impl PostgresDb {
    /// Connects to the database of a `postgres://` address and brings its tables up to date.
    pub async fn open_url(url: &str) -> Result<Self, DbError> {
        let options = PgConnectOptions::from_str(url)?;
        let pool = PgPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(CONNECT_WAIT)
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!("../migrations/postgres").run(&pool).await.map_err(|error| DbError::Failed(error.into()))?;
        let unsynced = options.options([("synchronous_commit", "off")]);
        let counting = PgPoolOptions::new().max_connections(N_COUNTING).acquire_timeout(CONNECT_WAIT);
        Ok(Self { pool, counting: counting.connect_lazy_with(unsynced) })
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.counting.close().await;
        self.pool.close().await;
    }

    /// Begins what changes an account: nobody else changes it before this is over.
    async fn begin(&self, account: &AccountId) -> Result<Transaction<'_, Postgres>, DbError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("SELECT 1 FROM accounts WHERE account_id = $1 FOR UPDATE")
            .bind(&account.0[..])
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }

    async fn connection(&self) -> Result<sqlx::pool::PoolConnection<Postgres>, DbError> {
        Ok(self.pool.acquire().await?)
    }
}

#[async_trait]
impl Db for PostgresDb {
    async fn check(&self) -> Result<(), DbError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    async fn remove_expired(&self, now_s: u64) -> Result<Vec<Removed>, DbError> {
        let mut transaction = self.pool.begin().await?;
        let is_alone: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)")
            .bind(CLEANING_LOCK)
            .fetch_one(&mut *transaction)
            .await?;
        if !is_alone {
            return Ok(Vec::new());
        }
        let removed = vec![
            Removed { table: "sessions", n_rows: sessions::remove_expired(&mut transaction, now_s).await? },
            Removed { table: "ceremonies", n_rows: ceremonies::remove_expired(&mut transaction, now_s).await? },
            Removed {
                table: "finished_sign_ups",
                n_rows: ceremonies::remove_expired_finished(&mut transaction, now_s).await?,
            },
            Removed { table: "tickets", n_rows: tickets::remove_expired(&mut transaction, now_s).await? },
            Removed { table: "hand_overs", n_rows: hand_overs::remove_expired(&mut transaction, now_s).await? },
            Removed { table: "prompt_days", n_rows: prompts::remove_before(&mut transaction, now_s).await? },
            Removed { table: "seen_hours", n_rows: seen::remove_hours_before(&mut transaction, now_s).await? },
            Removed { table: "seen_days", n_rows: seen::remove_days_before(&mut transaction, now_s).await? },
        ];
        transaction.commit().await?;
        Ok(removed)
    }

    async fn create_account(&self, new: &NewAccount) -> Result<Creation, DbError> {
        let mut transaction = self.begin(&new.account).await?;
        let creation = accounts::create(&mut transaction, new).await?;
        if creation == Creation::Created {
            transaction.commit().await?;
        }
        Ok(creation)
    }

    async fn find_account_of_words(&self, lookup: &LookupId) -> Result<Option<AccountId>, DbError> {
        accounts::find_by_words(&mut *self.connection().await?, lookup).await
    }

    async fn open_ceremony(&self, ceremony: &StartedCeremony, now_s: u64, max_open: u32) -> Result<Opening, DbError> {
        ceremonies::open(&mut *self.connection().await?, ceremony, now_s, max_open).await
    }

    async fn take_ceremony(&self, nonce_hash: &Hash, now_s: u64) -> Result<Option<StartedCeremony>, DbError> {
        ceremonies::take(&mut *self.connection().await?, nonce_hash, now_s).await
    }

    async fn find_ceremony(&self, nonce_hash: &Hash, now_s: u64) -> Result<Option<StartedCeremony>, DbError> {
        ceremonies::find(&mut *self.connection().await?, nonce_hash, now_s).await
    }

    async fn find_finished_sign_up(&self, nonce_hash: &Hash, now_s: u64) -> Result<Option<AccountId>, DbError> {
        ceremonies::find_finished(&mut *self.connection().await?, nonce_hash, now_s).await
    }

    async fn open_offer(&self, offer: &OpenOffer, now_s: u64, max_open: u32) -> Result<Opening, DbError> {
        hand_overs::open(&mut *self.connection().await?, offer, now_s, max_open).await
    }

    async fn list_offers(&self, now_s: u64) -> Result<Vec<Vec<u8>>, DbError> {
        hand_overs::list(&mut *self.connection().await?, now_s).await
    }

    async fn answer_offer(&self, answer_hash: &Hash, answered: &OfferAnswered, now_s: u64) -> Result<bool, DbError> {
        hand_overs::answer(&mut *self.connection().await?, answer_hash, answered, now_s).await
    }

    async fn find_answer(&self, answer_hash: &Hash, now_s: u64) -> Result<OfferState, DbError> {
        hand_overs::find(&mut *self.connection().await?, answer_hash, now_s).await
    }

    async fn find_log_head(&self, account: &AccountId) -> Result<Option<LogHead>, DbError> {
        log::find_head(&mut *self.connection().await?, account).await
    }

    async fn list_log(&self, account: &AccountId) -> Result<Vec<Vec<u8>>, DbError> {
        log::list(&mut *self.connection().await?, account).await
    }

    async fn append_log(&self, account: &AccountId, append: &LogAppend) -> Result<Appending, DbError> {
        let mut transaction = self.begin(account).await?;
        let appending = log::append(&mut transaction, account, append).await?;
        if appending == Appending::Appended {
            transaction.commit().await?;
        }
        Ok(appending)
    }

    async fn list_epoch_copies(&self, account: &AccountId, recipient: &PartyId) -> Result<Vec<EpochCopy>, DbError> {
        epochs::list_copies(&mut *self.connection().await?, account, recipient).await
    }

    async fn list_back_links(&self, account: &AccountId) -> Result<Vec<BackLink>, DbError> {
        epochs::list_back_links(&mut *self.connection().await?, account).await
    }

    async fn find_anchor(&self, account: &AccountId, method: &MethodId) -> Result<Option<AnchorPut>, DbError> {
        anchors::find(&mut *self.connection().await?, account, method).await
    }

    async fn put_anchor(&self, account: &AccountId, anchor: &AnchorPut) -> Result<Anchoring, DbError> {
        let mut transaction = self.begin(account).await?;
        let anchoring = anchors::put(&mut transaction, account, anchor).await?;
        if anchoring == Anchoring::Stored {
            transaction.commit().await?;
        }
        Ok(anchoring)
    }

    async fn find_credential(&self, account: &AccountId, id: &[u8]) -> Result<Option<Credential>, DbError> {
        credentials::find(&mut *self.connection().await?, account, id).await
    }

    async fn update_credential(&self, account: &AccountId, credential: &Credential) -> Result<(), DbError> {
        credentials::update(&mut *self.connection().await?, account, credential).await
    }

    async fn find_password(&self, handle: &Hash) -> Result<Option<Password>, DbError> {
        passwords::find(&mut *self.connection().await?, handle).await
    }

    async fn find_newest_password(&self) -> Result<Option<Password>, DbError> {
        passwords::find_newest(&mut *self.connection().await?).await
    }

    async fn accept_step(&self, handle: &Hash, step: Option<u64>) -> Result<bool, DbError> {
        passwords::accept_step(&mut *self.connection().await?, handle, step).await
    }

    async fn begin_session(&self, token_hash: &Hash, session: &Session) -> Result<(), DbError> {
        let mut transaction = self.begin(&session.account).await?;
        sessions::begin(&mut transaction, token_hash, session).await?;
        Ok(transaction.commit().await?)
    }

    async fn find_session(&self, token_hash: &Hash, now_s: u64) -> Result<Option<Session>, DbError> {
        sessions::find(&mut *self.connection().await?, token_hash, now_s).await
    }

    async fn end_session(&self, account: &AccountId, device: &DeviceId) -> Result<(), DbError> {
        sessions::end(&mut *self.connection().await?, account, device).await
    }

    async fn issue_ticket(&self, ticket_hash: &Hash, ticket: &Ticket) -> Result<(), DbError> {
        tickets::issue(&mut *self.connection().await?, ticket_hash, ticket).await
    }

    async fn take_ticket(&self, ticket_hash: &Hash, now_s: u64) -> Result<Option<Ticket>, DbError> {
        tickets::take(&mut *self.connection().await?, ticket_hash, now_s).await
    }

    async fn find_chain_head(&self, account: &AccountId, device: &DeviceId) -> Result<Option<ChainHead>, DbError> {
        batches::find_head(&mut *self.connection().await?, account, device).await
    }

    async fn find_batch(
        &self,
        account: &AccountId,
        device: &DeviceId,
        seq: u64,
    ) -> Result<Option<(u64, Hash)>, DbError> {
        batches::find(&mut *self.connection().await?, account, device, seq).await
    }

    async fn push_batches(&self, push: &Push) -> Result<Pushing, DbError> {
        let mut transaction = self.begin(&push.account).await?;
        let pushing = batches::push(&mut transaction, push).await?;
        if matches!(pushing, Pushing::Accepted { .. }) {
            transaction.commit().await?;
        }
        Ok(pushing)
    }

    async fn load_page(
        &self,
        account: &AccountId,
        after: u64,
        max_batches: usize,
        envelopes: Envelopes<'_>,
    ) -> Result<PageBody, DbError> {
        batches::load_page(&mut *self.connection().await?, account, after, max_batches, envelopes).await
    }

    async fn count_prompt(
        &self,
        account: &AccountId,
        standing: &Standing,
        day: u64,
        max: u32,
    ) -> Result<PromptCount, DbError> {
        prompts::count(&mut *self.counting.acquire().await?, account, standing, day, max).await
    }

    async fn take_back_prompt(&self, account: &AccountId, day: u64) -> Result<(), DbError> {
        prompts::take_back(&mut *self.counting.acquire().await?, account, day).await
    }

    async fn delete_keys(&self, account: &AccountId) -> Result<(), DbError> {
        let mut transaction = self.begin(account).await?;
        deletion::delete_keys(&mut transaction, account).await?;
        Ok(transaction.commit().await?)
    }

    async fn remove_deleted(&self) -> Result<u64, DbError> {
        let mut n_removed = 0;
        while let Some(account) = deletion::find_begun(&mut *self.connection().await?).await? {
            let mut transaction = self.begin(&account).await?;
            n_removed += u64::from(deletion::delete_some(&mut transaction, &account).await?);
            transaction.commit().await?;
        }
        Ok(n_removed)
    }

    async fn list_accounts(&self) -> Result<Vec<AccountId>, DbError> {
        accounts::list(&mut *self.connection().await?).await
    }

    async fn count_sign_in(&self, account: &AccountId, day: u64) -> Result<(), DbError> {
        seen::count_sign_in(&mut *self.connection().await?, account, day).await
    }

    async fn count_tokens(&self, account: &AccountId, day: u64, usage: Usage) -> Result<(), DbError> {
        seen::count_tokens(&mut *self.counting.acquire().await?, account, day, usage).await
    }

    async fn load_seen(&self, account: &AccountId, day: u64, now: u64) -> Result<SeenResponse, DbError> {
        seen::load(&mut *self.connection().await?, account, day, now).await
    }

    async fn list_rows(&self, account: &AccountId, table: &Table) -> Result<Vec<Vec<Cell>>, DbError> {
        rows::list(&mut *self.connection().await?, account, table).await
    }

    async fn announce(&self, text: &str) -> Result<(), DbError> {
        notices::announce(&mut *self.connection().await?, text).await
    }

    async fn listen(&self) -> Result<BoxStream<'static, Notice>, DbError> {
        notices::listen(self.pool.clone()).await
    }
}

/// What all functions of this folder run on: a connection, in a transaction or not.
type Connection = PgConnection;
