//! The end of this device: it was taken off the account, and sees the entry that says so.
//!
//! ```text
//! session over ─► the log up to this device's end ─► it verifies and says so ─► nothing unsent: everything is wiped
//!                                                                               unsent: the rest is wiped, that is shown
//! ```
//! The relay's word is not enough: nothing is wiped but by an entry that the account's own keys have signed.

use shared_types::account::LogResponse;
use shared_types::error::ErrorCode;
use shared_types::log::LogState;

use super::happening::Happening;
use super::opened::Opened;
use super::{Client, Stage, problem_of_store};
use crate::relay::{Relay, RelayError, Session};
use crate::store::{Access, Store, StoreBatch, Table, Write};
use crate::sync::engine::Obstacle;
use crate::view::security::ChangeState;
use crate::view::{Problem, RevokedView};

/// What is read of the account; not what opens what was never sent.
const READABLE: [Table; 4] = [Table::Directory, Table::Messages, Table::Waiting, Table::Evidence];

/// What is known of the end of this device's session.
#[derive(Default)]
pub(super) struct Ending {
    /// The relay was asked why it knows none.
    has_asked_why: bool,
    /// The relay has said that it was ended.
    pub(super) was_told: bool,
}

impl Opened {
    /// Whether the relay knows no session of this device, and was not asked yet why.
    fn wonders_why(&mut self) -> bool {
        let is_over = self.engine.obstacle() == Some(Obstacle::Stopped(ErrorCode::UnknownSession));
        is_over && !std::mem::replace(&mut self.ending.has_asked_why, is_over)
    }

    /// Whether another device has ended this one's session; an account that is being deleted from here ends its own.
    fn was_ended_elsewhere(&self) -> bool {
        self.ending.was_told && self.deletion != Some(ChangeState::UnderWay)
    }

    pub(super) fn is_ended(&self) -> bool {
        let own = self.vault.log().device(&self.vault.device().id());
        own.is_some_and(|own| own.revoked.is_some())
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// The session is over: perhaps because this device was taken off.
    pub(super) fn poll_end(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if !opened.wonders_why() {
            return;
        }
        let account = opened.vault.account_id();
        let token = opened.vault.session().map(|row| row.token.clone()).unwrap_or_default();
        let session = Session { token, device: opened.vault.device().clone() };
        let relay = self.relay.clone();
        self.begin(async move { Happening::EndLoaded(relay.load_end(&session, account).await) });
    }

    pub(super) async fn handle_end_loaded(&mut self, result: Result<LogResponse, RelayError>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let shown = match result {
            Ok(shown) => shown,
            // Its session was ended from another device, and it was not taken off: it locks.
            Err(RelayError::Refused { code: ErrorCode::UnknownSession, .. }) if opened.was_ended_elsewhere() => {
                return self.lock().await;
            }
            Err(_) => return,
        };
        let entries: Vec<Vec<u8>> = shown.entries.into_iter().map(|entry| entry.0).collect();
        let vault = &mut opened.vault;
        let verified = LogState::verify(vault.account_id(), entries.iter().map(Vec::as_slice));
        let Some(log) = verified.ok().filter(|log| log.extends(&vault.log().head())) else { return };
        vault.set_log(log, entries);
        if opened.is_ended() {
            self.end_device().await;
        }
    }

    /// Wipes everything, but what was written here and never reached the account: that is shown to its owner first.
    pub(super) async fn end_device(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let unsent = opened.vault.list_unsent(now);
        if self.store.access() == Access::ReadOnly {
            return;
        }
        if unsent.is_empty() {
            return self.forget_device().await;
        }
        let log = opened.vault.take_writes(&mut *self.platform.rng);
        if let Err(problem) = self.wipe_readable(log).await {
            self.stage = Stage::Stuck(problem);
            return self.show_screen();
        }
        self.stage = Stage::Revoked(RevokedView { unsent });
        self.show_screen();
    }

    async fn wipe_readable(&self, mut batch: StoreBatch) -> Result<(), Problem> {
        batch.writes.retain(|write| !matches!(write, Write::Put { table, .. } if READABLE.contains(table)));
        for table in READABLE {
            let rows = self.store.list_rows(table).await.map_err(problem_of_store)?;
            batch.writes.extend(rows.into_iter().map(|row| Write::Delete { table, key: row.key }));
        }
        self.store.commit(batch).await.map_err(problem_of_store)
    }

    /// Its owner lets go of what was never sent.
    pub(super) async fn forget_unsent(&mut self) {
        if matches!(self.stage, Stage::Revoked(_)) {
            self.forget_device().await;
        }
    }

    /// Nothing of the account is left here.
    async fn forget_device(&mut self) {
        match self.store.erase().await {
            Ok(()) => self.return_to_welcome(Some(Problem::DeviceRevoked)),
            Err(error) => {
                self.stage = Stage::Stuck(problem_of_store(error));
                self.show_screen();
            }
        }
    }
}
