//! Rows of ciphertext in the relay's database, SQLite or Postgres, read and written behind its back.

use shared_types::ids::{DeviceId, MethodId, PartyId};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions, Connection, Row as _};

use super::account::Account;

/// What an honest relay keeps in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Envelope { author: DeviceId, seq: u64, leaf_index: u16 },
    Anchor { method: MethodId },
    BackLink { sealed_epoch: u32 },
    WordsCopy { epoch: u32 },
    DeviceCopy { epoch: u32 },
}

/// One row with its ciphertext.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) kept: Kept,
    pub(crate) bytes: Vec<u8>,
    /// Its primary key.
    key: Vec<Value>,
}

/// A value of a column.
#[derive(Debug, Clone)]
enum Value {
    Number(i64),
    Bytes(Vec<u8>),
}

/// A row as a database gives it.
trait Columns {
    fn number(&self, column: usize) -> i64;
    fn bytes(&self, column: usize) -> Vec<u8>;
}

impl Columns for SqliteRow {
    fn number(&self, column: usize) -> i64 {
        self.get(column)
    }

    fn bytes(&self, column: usize) -> Vec<u8> {
        self.get(column)
    }
}

impl Columns for PgRow {
    fn number(&self, column: usize) -> i64 {
        self.get(column)
    }

    fn bytes(&self, column: usize) -> Vec<u8> {
        self.get(column)
    }
}

/// The database.
pub(crate) enum Rows {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Rows {
    /// The database of the account's relay.
    pub(crate) async fn open(account: &Account) -> Self {
        let config = &account.relay.config;
        if let Some(url) = &config.database_url {
            return Self::Postgres(PgConnection::connect(url).await.unwrap());
        }
        let file = config.data_dir.join("relay.sqlite");
        Self::Sqlite(SqliteConnectOptions::new().filename(file).connect().await.unwrap())
    }

    /// Every row of an account; of epoch copies those for the words and for the first device.
    pub(crate) async fn list(&mut self, account: &Account) -> Vec<Row> {
        let mut rows = self.list_envelopes(account).await;
        rows.extend(self.list_anchors(account).await);
        rows.extend(self.list_back_links(account).await);
        rows.extend(self.list_copies(account).await);
        rows
    }

    async fn list_envelopes(&mut self, account: &Account) -> Vec<Row> {
        let sql = "SELECT envelope, device_id, seq, position, leaf_index FROM envelopes JOIN batches \
            USING (account_id, position) WHERE account_id = $1 ORDER BY position, leaf_index";
        let row = |row: &dyn Columns| {
            let author = DeviceId(row.bytes(1).try_into().unwrap());
            let (seq, leaf_index) = (row.number(2).try_into().unwrap(), row.number(4).try_into().unwrap());
            let key = vec![Value::Number(row.number(3)), Value::Number(row.number(4))];
            Row { key, bytes: row.bytes(0), kept: Kept::Envelope { author, seq, leaf_index } }
        };
        self.select(sql, &[id_of(account)], row).await
    }

    async fn list_anchors(&mut self, account: &Account) -> Vec<Row> {
        let sql = "SELECT envelope, method_id FROM anchors WHERE account_id = $1 ORDER BY method_id";
        let row = |row: &dyn Columns| {
            let method = MethodId(row.bytes(1).try_into().unwrap());
            Row { key: vec![Value::Bytes(row.bytes(1))], bytes: row.bytes(0), kept: Kept::Anchor { method } }
        };
        self.select(sql, &[id_of(account)], row).await
    }

    async fn list_back_links(&mut self, account: &Account) -> Vec<Row> {
        let sql = "SELECT envelope, sealed_epoch FROM back_links WHERE account_id = $1 ORDER BY sealed_epoch";
        let row = |row: &dyn Columns| {
            let sealed_epoch = row.number(1).try_into().unwrap();
            let key = vec![Value::Number(row.number(1))];
            Row { key, bytes: row.bytes(0), kept: Kept::BackLink { sealed_epoch } }
        };
        self.select(sql, &[id_of(account)], row).await
    }

    async fn list_copies(&mut self, account: &Account) -> Vec<Row> {
        let mut rows = Vec::new();
        let device: PartyId = account.session.device.id().into();
        for recipient in [account.words_keys.id().into(), device] {
            let sql = "SELECT sealed, epoch FROM epoch_copies WHERE account_id = $1 AND recipient = $2 ORDER BY epoch";
            let row = |row: &dyn Columns| {
                let epoch = row.number(1).try_into().unwrap();
                let kept = if recipient == device { Kept::DeviceCopy { epoch } } else { Kept::WordsCopy { epoch } };
                let key = vec![Value::Number(row.number(1)), Value::Bytes(recipient.0.to_vec())];
                Row { key, bytes: row.bytes(0), kept }
            };
            rows.extend(self.select(sql, &[id_of(account), Value::Bytes(recipient.0.to_vec())], row).await);
        }
        rows
    }

    async fn select(&mut self, sql: &'static str, values: &[Value], row: impl Fn(&dyn Columns) -> Row) -> Vec<Row> {
        match self {
            Self::Sqlite(connection) => {
                let found = values.iter().fold(sqlx::query(sql), |query, value| match value {
                    Value::Number(number) => query.bind(*number),
                    Value::Bytes(bytes) => query.bind(bytes.clone()),
                });
                found.fetch_all(connection).await.unwrap().iter().map(|found| row(found)).collect()
            }
            Self::Postgres(connection) => {
                let found = values.iter().fold(sqlx::query(sql), |query, value| match value {
                    Value::Number(number) => query.bind(*number),
                    Value::Bytes(bytes) => query.bind(bytes.clone()),
                });
                found.fetch_all(connection).await.unwrap().iter().map(|found| row(found)).collect()
            }
        }
    }

    /// Puts other bytes into a row of an account.
    pub(crate) async fn write(&mut self, account: &Account, row: &Row, bytes: &[u8]) {
        let sql = match row.kept {
            Kept::Envelope { .. } => {
                "UPDATE envelopes SET envelope = $1 WHERE account_id = $2 AND position = $3 AND leaf_index = $4 \
                 RETURNING envelope"
            }
            Kept::Anchor { .. } => {
                "UPDATE anchors SET envelope = $1 WHERE account_id = $2 AND method_id = $3 RETURNING envelope"
            }
            Kept::BackLink { .. } => {
                "UPDATE back_links SET envelope = $1 WHERE account_id = $2 AND sealed_epoch = $3 RETURNING envelope"
            }
            Kept::WordsCopy { .. } | Kept::DeviceCopy { .. } => {
                "UPDATE epoch_copies SET sealed = $1 WHERE account_id = $2 AND epoch = $3 AND recipient = $4 \
                 RETURNING sealed"
            }
        };
        let values = [vec![Value::Bytes(bytes.to_vec()), id_of(account)], row.key.clone()].concat();
        let written = |now: &dyn Columns| Row { bytes: now.bytes(0), ..row.clone() };
        let written = self.select(sql, &values, written).await;
        assert!(matches!(written.as_slice(), [now] if now.bytes == bytes), "one row is written");
    }
}

fn id_of(account: &Account) -> Value {
    Value::Bytes(account.log.account_id().0.to_vec())
}
