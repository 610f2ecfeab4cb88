//! The relay's storage in one SQLite file: one writing connection, several reading ones.
//!
//! Write-ahead log with a full sync at each commit: what was acknowledged survives a killed process and machine.
//! Only counts of questions and their tokens are not waited for; after a power cut some may be missing.

mod accounts;
mod anchors;
mod batches;
mod ceremonies;
mod credentials;
mod deletion;
mod epochs;
mod hand_overs;
mod log;
mod passwords;
mod prompts;
mod rows;
mod seen;
mod sessions;
mod tickets;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use shared_types::account::{AnchorPut, BackLink, EpochCopy};
use shared_types::ids::{AccountId, DeviceId, Hash, LookupId, MethodId, PartyId};
use shared_types::log::LogHead;
use shared_types::prompt::Usage;
use shared_types::seen::SeenResponse;
use shared_types::sync::PageBody;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection as _, Sqlite, Transaction};
use tokio::sync::Mutex;

use super::tables::{Cell, Table};
use super::{
    Anchoring, Appending, ChainHead, Creation, Credential, Db, DbError, Envelopes, LogAppend, NewAccount, Notice,
    OfferAnswered, OfferState, OpenOffer, Opening, Password, PromptCount, Push, Pushing, Removed, Session, Standing,
    StartedCeremony, Ticket,
};

const N_READERS: u32 = 4;
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// The storage.
#[derive(Debug)]
pub struct SqliteDb {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Counts, which are committed without waiting for the disk: a lost one costs less than every question's wait.
    counting: Mutex<SqliteConnection>,
}

impl SqliteDb {
    /// Opens or makes a file, in our journal mode.
    pub async fn open(options: SqliteConnectOptions) -> Result<Self, DbError> {
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is deleted is overwritten in the file, too.
            .pragma("secure_delete", "ON")
            .busy_timeout(BUSY_WAIT);
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        sqlx::migrate!("../migrations/sqlite").run(&writer).await.map_err(|error| DbError::Failed(error.into()))?;
        // Asking a connection whether it is there costs as much as a read, and a file does not hang up.
        let readers = SqlitePoolOptions::new().max_connections(N_READERS).test_before_acquire(false);
        let readers = readers.connect_with(options.clone()).await?;
        let unsynced = options.synchronous(SqliteSynchronous::Normal);
        let counting = Mutex::new(unsynced.connect().await?);
        Ok(Self { writer, readers, counting })
    }

    /// Writes everything that is committed to a new file.
    pub async fn copy_to(&self, file: &Path) -> Result<(), DbError> {
        let name = file.to_str().ok_or(DbError::Corrupt)?;
        sqlx::query("VACUUM INTO ?").bind(name).execute(&mut *self.reader().await?).await?;
        Ok(())
    }

    /// Whether a file is a relay's database and every page of it is in order; nothing is written to it.
    pub async fn is_whole(file: &Path) -> bool {
        let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
        let look = async {
            let mut connection = options.connect().await?;
            let found: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await?;
            let n_migrations: i64 =
                sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(&mut connection).await?;
            Ok::<bool, sqlx::Error>(found == "ok" && n_migrations > 0)
        };
        look.await.unwrap_or(false)
    }

    /// Closes all connections; the write-ahead log is folded into the file.
    pub async fn close(self) {
        self.readers.close().await;
        // One that cannot be closed is not there any more.
        drop(self.counting.into_inner().close().await);
        self.writer.close().await;
    }

    async fn begin(&self) -> Result<Transaction<'_, Sqlite>, DbError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn writer(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, DbError> {
        Ok(self.writer.acquire().await?)
    }

    async fn reader(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, DbError> {
        Ok(self.readers.acquire().await?)
    }
}

#[async_trait]
impl Db for SqliteDb {
    async fn check(&self) -> Result<(), DbError> {
        // A statement without a table would be answered without a look at the file.
        sqlx::query("SELECT 1 FROM log_entries LIMIT 1").execute(&self.readers).await?;
        Ok(())
    }

    async fn remove_expired(&self, now_s: u64) -> Result<Vec<Removed>, DbError> {
        let mut writer = self.writer().await?;
        Ok(vec![
            Removed { table: "sessions", n_rows: sessions::remove_expired(&mut writer, now_s).await? },
            Removed { table: "ceremonies", n_rows: ceremonies::remove_expired(&mut writer, now_s).await? },
            Removed {
                table: "finished_sign_ups",
                n_rows: ceremonies::remove_expired_finished(&mut writer, now_s).await?,
            },
            Removed { table: "tickets", n_rows: tickets::remove_expired(&mut writer, now_s).await? },
            Removed { table: "hand_overs", n_rows: hand_overs::remove_expired(&mut writer, now_s).await? },
            Removed { table: "prompt_days", n_rows: prompts::remove_before(&mut writer, now_s).await? },
            Removed { table: "seen_hours", n_rows: seen::remove_hours_before(&mut writer, now_s).await? },
            Removed { table: "seen_days", n_rows: seen::remove_days_before(&mut writer, now_s).await? },
        ])
    }

    async fn create_account(&self, new: &NewAccount) -> Result<Creation, DbError> {
        let mut transaction = self.begin().await?;
        let creation = accounts::create(&mut transaction, new).await?;
        if creation == Creation::Created {
            transaction.commit().await?;
        }
        Ok(creation)
    }

    async fn find_account_of_words(&self, lookup: &LookupId) -> Result<Option<AccountId>, DbError> {
        accounts::find_by_words(&mut *self.reader().await?, lookup).await
    }

    async fn open_ceremony(&self, ceremony: &StartedCeremony, now_s: u64, max_open: u32) -> Result<Opening, DbError> {
        ceremonies::open(&mut *self.writer().await?, ceremony, now_s, max_open).await
    }

    async fn take_ceremony(&self, nonce_hash: &Hash, now_s: u64) -> Result<Option<StartedCeremony>, DbError> {
        ceremonies::take(&mut *self.writer().await?, nonce_hash, now_s).await
    }

    async fn find_ceremony(&self, nonce_hash: &Hash, now_s: u64) -> Result<Option<StartedCeremony>, DbError> {
        ceremonies::find(&mut *self.reader().await?, nonce_hash, now_s).await
    }

    async fn find_finished_sign_up(&self, nonce_hash: &Hash, now_s: u64) -> Result<Option<AccountId>, DbError> {
        ceremonies::find_finished(&mut *self.reader().await?, nonce_hash, now_s).await
    }

    async fn open_offer(&self, offer: &OpenOffer, now_s: u64, max_open: u32) -> Result<Opening, DbError> {
        hand_overs::open(&mut *self.writer().await?, offer, now_s, max_open).await
    }

    async fn list_offers(&self, now_s: u64) -> Result<Vec<Vec<u8>>, DbError> {
        hand_overs::list(&mut *self.reader().await?, now_s).await
    }

    async fn answer_offer(&self, answer_hash: &Hash, answered: &OfferAnswered, now_s: u64) -> Result<bool, DbError> {
        hand_overs::answer(&mut *self.writer().await?, answer_hash, answered, now_s).await
    }

    async fn find_answer(&self, answer_hash: &Hash, now_s: u64) -> Result<OfferState, DbError> {
        hand_overs::find(&mut *self.reader().await?, answer_hash, now_s).await
    }

    async fn find_log_head(&self, account: &AccountId) -> Result<Option<LogHead>, DbError> {
        log::find_head(&mut *self.reader().await?, account).await
    }

    async fn list_log(&self, account: &AccountId) -> Result<Vec<Vec<u8>>, DbError> {
        log::list(&mut *self.reader().await?, account).await
    }

    async fn append_log(&self, account: &AccountId, append: &LogAppend) -> Result<Appending, DbError> {
        let mut transaction = self.begin().await?;
        let appending = log::append(&mut transaction, account, append).await?;
        if appending == Appending::Appended {
            transaction.commit().await?;
        }
        Ok(appending)
    }

    async fn list_epoch_copies(&self, account: &AccountId, recipient: &PartyId) -> Result<Vec<EpochCopy>, DbError> {
        epochs::list_copies(&mut *self.reader().await?, account, recipient).await
    }

    async fn list_back_links(&self, account: &AccountId) -> Result<Vec<BackLink>, DbError> {
        epochs::list_back_links(&mut *self.reader().await?, account).await
    }

    async fn find_anchor(&self, account: &AccountId, method: &MethodId) -> Result<Option<AnchorPut>, DbError> {
        anchors::find(&mut *self.reader().await?, account, method).await
    }

    async fn put_anchor(&self, account: &AccountId, anchor: &AnchorPut) -> Result<Anchoring, DbError> {
        let mut transaction = self.begin().await?;
        let anchoring = anchors::put(&mut transaction, account, anchor).await?;
        if anchoring == Anchoring::Stored {
            transaction.commit().await?;
        }
        Ok(anchoring)
    }

    async fn find_credential(&self, account: &AccountId, id: &[u8]) -> Result<Option<Credential>, DbError> {
        credentials::find(&mut *self.reader().await?, account, id).await
    }

    async fn update_credential(&self, account: &AccountId, credential: &Credential) -> Result<(), DbError> {
        credentials::update(&mut *self.writer().await?, account, credential).await
    }

    async fn find_password(&self, handle: &Hash) -> Result<Option<Password>, DbError> {
        passwords::find(&mut *self.reader().await?, handle).await
    }

    async fn find_newest_password(&self) -> Result<Option<Password>, DbError> {
        passwords::find_newest(&mut *self.reader().await?).await
    }

    async fn accept_step(&self, handle: &Hash, step: Option<u64>) -> Result<bool, DbError> {
        passwords::accept_step(&mut *self.writer().await?, handle, step).await
    }

    async fn begin_session(&self, token_hash: &Hash, session: &Session) -> Result<(), DbError> {
        let mut transaction = self.begin().await?;
        sessions::begin(&mut transaction, token_hash, session).await?;
        Ok(transaction.commit().await?)
    }

    async fn find_session(&self, token_hash: &Hash, now_s: u64) -> Result<Option<Session>, DbError> {
        sessions::find(&mut *self.reader().await?, token_hash, now_s).await
    }

    async fn end_session(&self, account: &AccountId, device: &DeviceId) -> Result<(), DbError> {
        sessions::end(&mut *self.writer().await?, account, device).await
    }

    async fn issue_ticket(&self, ticket_hash: &Hash, ticket: &Ticket) -> Result<(), DbError> {
        tickets::issue(&mut *self.writer().await?, ticket_hash, ticket).await
    }

    async fn take_ticket(&self, ticket_hash: &Hash, now_s: u64) -> Result<Option<Ticket>, DbError> {
        tickets::take(&mut *self.writer().await?, ticket_hash, now_s).await
    }

    async fn find_chain_head(&self, account: &AccountId, device: &DeviceId) -> Result<Option<ChainHead>, DbError> {
        batches::find_head(&mut *self.reader().await?, account, device).await
    }

    async fn find_batch(
        &self,
        account: &AccountId,
        device: &DeviceId,
        seq: u64,
    ) -> Result<Option<(u64, Hash)>, DbError> {
        batches::find(&mut *self.reader().await?, account, device, seq).await
    }

    async fn push_batches(&self, push: &Push) -> Result<Pushing, DbError> {
        let mut transaction = self.begin().await?;
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
        batches::load_page(&mut *self.reader().await?, account, after, max_batches, envelopes).await
    }

    async fn count_prompt(
        &self,
        account: &AccountId,
        standing: &Standing,
        day: u64,
        max: u32,
    ) -> Result<PromptCount, DbError> {
        prompts::count(&mut *self.counting.lock().await, account, standing, day, max).await
    }

    async fn take_back_prompt(&self, account: &AccountId, day: u64) -> Result<(), DbError> {
        prompts::take_back(&mut *self.counting.lock().await, account, day).await
    }

    async fn delete_keys(&self, account: &AccountId) -> Result<(), DbError> {
        let mut transaction = self.begin().await?;
        deletion::delete_keys(&mut transaction, account).await?;
        Ok(transaction.commit().await?)
    }

    async fn remove_deleted(&self) -> Result<u64, DbError> {
        let mut n_removed = 0;
        while let Some(account) = deletion::find_begun(&mut *self.reader().await?).await? {
            let mut transaction = self.begin().await?;
            n_removed += u64::from(deletion::delete_some(&mut transaction, &account).await?);
            transaction.commit().await?;
        }
        Ok(n_removed)
    }

    async fn list_accounts(&self) -> Result<Vec<AccountId>, DbError> {
        accounts::list(&mut *self.reader().await?).await
    }

    async fn count_sign_in(&self, account: &AccountId, day: u64) -> Result<(), DbError> {
        seen::count_sign_in(&mut *self.writer().await?, account, day).await
    }

    async fn count_tokens(&self, account: &AccountId, day: u64, usage: Usage) -> Result<(), DbError> {
        seen::count_tokens(&mut *self.counting.lock().await, account, day, usage).await
    }

    async fn load_seen(&self, account: &AccountId, day: u64, now: u64) -> Result<SeenResponse, DbError> {
        seen::load(&mut *self.reader().await?, account, day, now).await
    }

    async fn list_rows(&self, account: &AccountId, table: &Table) -> Result<Vec<Vec<Cell>>, DbError> {
        rows::list(&mut *self.reader().await?, account, table).await
    }

    async fn announce(&self, _text: &str) -> Result<(), DbError> {
        Ok(())
    }

    async fn listen(&self) -> Result<BoxStream<'static, Notice>, DbError> {
        Ok(stream::pending().boxed())
    }
}

/// What all functions of this folder run on: a connection, in a transaction or not.
type Connection = SqliteConnection;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::conformance;

    async fn open_in(folder: &tempfile::TempDir) -> SqliteDb {
        SqliteDb::open(SqliteConnectOptions::new().filename(folder.path().join("file"))).await.unwrap()
    }

    async fn fresh() -> (SqliteDb, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (open_in(&folder).await, folder)
    }

    #[tokio::test]
    async fn the_sqlite_database_behaves_as_every_database() {
        for case in conformance::cases() {
            let (db, _folder) = fresh().await;
            case(&db).await;
        }
    }

    #[tokio::test]
    async fn what_was_acknowledged_is_there_after_reopening() {
        let (db, folder) = fresh().await;
        let position = conformance::store_one_batch(&db).await;
        drop(db);
        let again = open_in(&folder).await;
        assert_eq!(conformance::stored_batches(&again).await, vec![position]);
    }

    #[tokio::test]
    async fn commits_are_synced_in_full() {
        let (db, _folder) = fresh().await;
        let synchronous: i64 =
            sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *db.writer().await.unwrap()).await.unwrap();
        let mode: String =
            sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *db.writer().await.unwrap()).await.unwrap();
        assert_eq!((synchronous, mode.as_str()), (2, "wal"));
        let counts: i64 =
            sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *db.counting.lock().await).await.unwrap();
        assert_eq!(counts, 1, "but those of counts are not");
    }

    #[tokio::test]
    async fn a_full_disk_is_told_apart_and_stores_nothing() {
        let (db, _folder) = fresh().await;
        conformance::store_one_batch(&db).await;
        let pages: i64 =
            sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *db.writer().await.unwrap()).await.unwrap();
        let limit = format!("PRAGMA max_page_count = {pages}");
        sqlx::query(sqlx::AssertSqlSafe(limit)).execute(&mut *db.writer().await.unwrap()).await.unwrap();
        let before = conformance::stored_batches(&db).await;
        let refused = conformance::store_next_batch(&db, 512 * 1024).await;
        assert!(matches!(refused, Err(DbError::Full)), "{refused:?}");
        assert_eq!(conformance::stored_batches(&db).await, before);
    }
}
