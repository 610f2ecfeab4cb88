//! The one loop of what is done from time to time: whatever is over is removed, from the database and from memory.
//!
//! A row is over by its own time, so that any number of processes may run this on one database: where one is at it,
//! the others skip the round. Whoever reads looks at the time too; nothing that is over is used because it is still there.

use tokio::sync::watch;

use crate::db::{DbError, Removed};
use crate::metrics::Round;
use crate::state::Relay;

/// Between two rounds, seconds.
const PAUSE_S: u64 = 60;

impl Relay {
    /// Runs round after round, for ever.
    pub(crate) async fn run_jobs(&self) {
        loop {
            let now = self.clock.now_s();
            self.remove_what_is_over(now).await;
            self.rounds.send_modify(|n_rounds| *n_rounds += 1);
            self.clock.wait_until(now + PAUSE_S).await;
        }
    }

    /// How many rounds have been done.
    pub fn rounds(&self) -> watch::Receiver<u64> {
        self.rounds.subscribe()
    }

    async fn remove_what_is_over(&self, now: u64) {
        for (kind, n_removed) in [
            ("nonces", self.nonces.remove_expired(now)),
            ("limits", self.windows.remove_quiet(now)),
            ("answers", self.turns.remove_expired(now)),
            ("channels", self.events.remove_unheard()),
        ] {
            self.metrics.count_removed(kind, u64::try_from(n_removed).unwrap_or(u64::MAX));
        }
        let removed = async {
            let accounts = Removed { table: "accounts", n_rows: self.db.remove_deleted().await? };
            let mut removed = self.db.remove_expired(now).await?;
            removed.push(accounts);
            Ok::<_, DbError>(removed)
        };
        match removed.await {
            Ok(removed) => {
                self.metrics.count_round(Round::Done);
                for table in removed {
                    self.metrics.count_removed(table.table, table.n_rows);
                }
            }
            Err(error) => {
                self.metrics.count_round(Round::Failed);
                tracing::warn!(error = %error, "removing what is over failed; it will be tried again");
            }
        }
    }
}
