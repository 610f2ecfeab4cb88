//! A store in one SQLite file: for native devices, tests and benches.
//!
//! One table a [`Table`], one connection, write-ahead log, every commit flushed before it returns. A full disk makes
//! SQLite end the transaction by itself; so a connection on which a write failed is closed and opened anew.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, Executor, Row as _, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::{Access, COMPATIBLE_SCHEMAS, Expectation, Row, SCHEMA, Store, StoreBatch, StoreError, Table, Write};

const SQLITE_FULL: i32 = 13;

/// A database file.
#[derive(Debug)]
pub struct SqliteStore {
    pool: SqlitePool,
    access: Access,
}

impl SqliteStore {
    /// Opens the file, making it if it is not there.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "on")
            .statement_cache_capacity(4 * Table::ALL.len());
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await
            .map_err(|error| reason(&error))?;
        let mut store = Self { pool, access: Access::Full };
        store.access = store.prepare_schema().await?;
        Ok(store)
    }

    /// Closes the file; every later call answers [`StoreError::Closed`].
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Lets the file grow to at most this many pages, so that tests see a full disk.
    #[cfg(feature = "test-support")]
    pub async fn limit_pages(&self, max_pages: u32) -> Result<(), StoreError> {
        let limit = AssertSqlSafe(format!("PRAGMA max_page_count = {max_pages}"));
        self.pool.execute(limit).await.map(drop).map_err(|error| reason(&error))
    }

    async fn prepare_schema(&self) -> Result<Access, StoreError> {
        let mut transaction = self.begin().await?;
        let found: u32 = sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(&mut *transaction)
            .await
            .map_err(|error| reason(&error))?;
        if COMPATIBLE_SCHEMAS.contains(&found) {
            return Ok(Access::Full);
        }
        if found != 0 {
            return Ok(Access::ReadOnly);
        }
        for table in Table::ALL {
            let name = table.name();
            let create = format!("CREATE TABLE \"{name}\" (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL)");
            run(&mut transaction, create).await?;
        }
        run(&mut transaction, format!("PRAGMA user_version = {SCHEMA}")).await?;
        transaction.commit().await.map_err(|error| reason(&error))?;
        Ok(Access::Full)
    }

    /// Whether a table is there: another release may have done without it.
    async fn has_table(&self, table: Table) -> Result<bool, StoreError> {
        let n_found: u32 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?")
            .bind(table.name())
            .fetch_one(&self.pool)
            .await
            .map_err(|error| reason(&error))?;
        Ok(n_found > 0)
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        if self.access == Access::ReadOnly { Err(StoreError::Newer) } else { Ok(()) }
    }

    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| reason(&error))
    }
}

impl Store for SqliteStore {
    fn access(&self) -> Access {
        self.access
    }

    async fn load_row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if self.access == Access::ReadOnly && !self.has_table(table).await? {
            return Ok(None);
        }
        sqlx::query_scalar(AssertSqlSafe(select_value(table)))
            .bind(key)
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| reason(&error))
    }

    async fn read_rows(&self, table: Table, take: &mut dyn FnMut(Row)) -> Result<(), StoreError> {
        if self.access == Access::ReadOnly && !self.has_table(table).await? {
            return Ok(());
        }
        let select = format!("SELECT key, value FROM \"{}\" ORDER BY key", table.name());
        let found = sqlx::query(AssertSqlSafe(select)).fetch_all(&self.pool).await.map_err(|error| reason(&error))?;
        found.iter().map(|row| Row { key: row.get(0), value: row.get(1) }).for_each(take);
        Ok(())
    }

    async fn commit(&self, batch: StoreBatch) -> Result<(), StoreError> {
        self.check_writable()?;
        let mut connection = self.pool.acquire().await.map_err(|error| reason(&error))?;
        let committed = commit_on(&mut connection, batch).await;
        if committed == Err(StoreError::Full) || committed == Err(StoreError::Failed) {
            // What matters was said already: the commit did not happen.
            drop(connection.close().await);
        }
        committed
    }

    async fn erase(&self) -> Result<(), StoreError> {
        self.check_writable()?;
        let mut transaction = self.begin().await?;
        for table in Table::ALL {
            run(&mut transaction, format!("DELETE FROM \"{}\"", table.name())).await?;
        }
        transaction.commit().await.map_err(|error| reason(&error))?;
        self.pool.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.map(drop).map_err(|error| reason(&error))
    }
}

async fn commit_on(connection: &mut SqliteConnection, batch: StoreBatch) -> Result<(), StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(|error| reason(&error))?;
    for expected in &batch.expectations {
        check(&mut transaction, expected).await?;
    }
    for write in batch.writes {
        apply(&mut transaction, write).await?;
    }
    transaction.commit().await.map_err(|error| reason(&error))
}

async fn check(transaction: &mut Transaction<'_, Sqlite>, expected: &Expectation) -> Result<(), StoreError> {
    let found: Option<Vec<u8>> = sqlx::query_scalar(AssertSqlSafe(select_value(expected.table)))
        .bind(&expected.key)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(|error| reason(&error))?;
    if found == expected.value { Ok(()) } else { Err(StoreError::Moved) }
}

async fn apply(transaction: &mut Transaction<'_, Sqlite>, write: Write) -> Result<(), StoreError> {
    let done = match write {
        Write::Put { table, row } => {
            let put = format!(
                "INSERT INTO \"{}\" (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                table.name()
            );
            sqlx::query(AssertSqlSafe(put)).bind(row.key).bind(row.value).execute(&mut **transaction).await
        }
        Write::Delete { table, key } => {
            let delete = format!("DELETE FROM \"{}\" WHERE key = ?", table.name());
            sqlx::query(AssertSqlSafe(delete)).bind(key).execute(&mut **transaction).await
        }
    };
    done.map(drop).map_err(|error| reason(&error))
}

async fn run(transaction: &mut Transaction<'static, Sqlite>, statement: String) -> Result<(), StoreError> {
    transaction.execute(AssertSqlSafe(statement)).await.map(drop).map_err(|error| reason(&error))
}

fn select_value(table: Table) -> String {
    format!("SELECT value FROM \"{}\" WHERE key = ?", table.name())
}

fn reason(error: &sqlx::Error) -> StoreError {
    if let sqlx::Error::PoolClosed = error {
        return StoreError::Closed;
    }
    let code = error.as_database_error().and_then(|refusal| refusal.code()?.parse::<i32>().ok());
    if code.is_some_and(|code| code & 0xff == SQLITE_FULL) { StoreError::Full } else { StoreError::Failed }
}
