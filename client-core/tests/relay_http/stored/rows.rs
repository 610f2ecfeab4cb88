//! Rows of ciphertext in the relay's SQLite file, read and written behind its back.

use shared_types::ids::{DeviceId, MethodId, PartyId};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row as _};

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
    number: i64,
}

/// The database.
pub(crate) struct Rows(SqliteConnection);

impl Rows {
    pub(crate) async fn open(account: &Account) -> Self {
        let file = account.relay.config.data_dir.join("relay.sqlite");
        Self(SqliteConnectOptions::new().filename(file).connect().await.unwrap())
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
        let sql = "SELECT envelopes.rowid, envelope, device_id, seq, leaf_index FROM envelopes JOIN batches \
            USING (account_id, position) WHERE account_id = ? ORDER BY position, leaf_index";
        let id = account.log.account_id().0.to_vec();
        let found = sqlx::query(sql).bind(id).fetch_all(&mut self.0).await.unwrap();
        let row = |row: &sqlx::sqlite::SqliteRow| {
            let author = DeviceId(row.get::<Vec<u8>, _>(2).try_into().unwrap());
            let (seq, leaf_index) =
                (row.get::<i64, _>(3).try_into().unwrap(), row.get::<i64, _>(4).try_into().unwrap());
            Row { number: row.get(0), bytes: row.get(1), kept: Kept::Envelope { author, seq, leaf_index } }
        };
        found.iter().map(row).collect()
    }

    async fn list_anchors(&mut self, account: &Account) -> Vec<Row> {
        let sql = "SELECT rowid, envelope, method_id FROM anchors WHERE account_id = ?";
        let id = account.log.account_id().0.to_vec();
        let found = sqlx::query(sql).bind(id).fetch_all(&mut self.0).await.unwrap();
        let row = |row: &sqlx::sqlite::SqliteRow| {
            let method = MethodId(row.get::<Vec<u8>, _>(2).try_into().unwrap());
            Row { number: row.get(0), bytes: row.get(1), kept: Kept::Anchor { method } }
        };
        found.iter().map(row).collect()
    }

    async fn list_back_links(&mut self, account: &Account) -> Vec<Row> {
        let sql = "SELECT rowid, envelope, sealed_epoch FROM back_links WHERE account_id = ?";
        let id = account.log.account_id().0.to_vec();
        let found = sqlx::query(sql).bind(id).fetch_all(&mut self.0).await.unwrap();
        let row = |row: &sqlx::sqlite::SqliteRow| {
            let sealed_epoch = row.get::<i64, _>(2).try_into().unwrap();
            Row { number: row.get(0), bytes: row.get(1), kept: Kept::BackLink { sealed_epoch } }
        };
        found.iter().map(row).collect()
    }

    async fn list_copies(&mut self, account: &Account) -> Vec<Row> {
        let mut rows = Vec::new();
        let device: PartyId = account.session.device.id().into();
        for recipient in [account.words_keys.id().into(), device] {
            let sql = "SELECT rowid, sealed, epoch FROM epoch_copies WHERE account_id = ? AND recipient = ?";
            let query = sqlx::query(sql).bind(account.log.account_id().0.to_vec()).bind(recipient.0.to_vec());
            for row in query.fetch_all(&mut self.0).await.unwrap() {
                let epoch = row.get::<i64, _>(2).try_into().unwrap();
                let kept = if recipient == device { Kept::DeviceCopy { epoch } } else { Kept::WordsCopy { epoch } };
                rows.push(Row { number: row.get(0), bytes: row.get(1), kept });
            }
        }
        rows
    }

    /// Puts other bytes into a row.
    pub(crate) async fn write(&mut self, row: &Row, bytes: &[u8]) {
        let sql = match row.kept {
            Kept::Envelope { .. } => "UPDATE envelopes SET envelope = ? WHERE rowid = ?",
            Kept::Anchor { .. } => "UPDATE anchors SET envelope = ? WHERE rowid = ?",
            Kept::BackLink { .. } => "UPDATE back_links SET envelope = ? WHERE rowid = ?",
            Kept::WordsCopy { .. } | Kept::DeviceCopy { .. } => "UPDATE epoch_copies SET sealed = ? WHERE rowid = ?",
        };
        let written = sqlx::query(sql).bind(bytes).bind(row.number).execute(&mut self.0).await.unwrap();
        assert_eq!(written.rows_affected(), 1);
    }
}
