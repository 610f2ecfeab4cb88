//! Fresh keys: a new epoch is begun when one is due, owed or wanted; what never left is sealed again under it.
//!
//! ```text
//! make, keep the key ─► append (compare-and-swap) ─► read the log: it says whose epoch began ─► seal again ─► push
//! ```

use super::{Client, Stage, problem_of_relay};
use crate::account::Rotation;
use crate::records::Record;
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::sync::engine::Effect;
use crate::time::Timestamp;
use crate::view::Problem;
use crate::view::security::ChangeState;

use super::happening::Happening;
use super::opened::Opened;
use shared_types::error::ErrorCode;

/// How often a device that runs looks whether a rotation is due: the machine may have slept meanwhile.
const LOOK_AGAIN_MS: u64 = 3_600_000;

impl Opened {
    /// Tells the engine whether this device rotates now; when to look again.
    pub(super) fn poll_rotation(&mut self, now: Timestamp) -> Option<Timestamp> {
        let rotation = self.vault.rotation(now);
        let may_write = self.vault.can_write();
        let is_asked = self.key_change == Some(ChangeState::UnderWay) && rotation != Rotation::Others;
        let is_due = matches!(rotation, Rotation::Due | Rotation::Owed) || is_asked;
        let is_held = rotation == Rotation::Owed || !self.vault.holds_current_epoch();
        self.engine.handle_rotation(may_write && is_due, may_write && is_held);
        match rotation {
            Rotation::At(at_s) => {
                Some(Timestamp(at_s.saturating_add(1).saturating_mul(1000)).min(now.after_ms(LOOK_AGAIN_MS)))
            }
            Rotation::Others | Rotation::Due | Rotation::Owed => None,
        }
    }

    /// The log was read, and may have begun a new epoch: what never left under an older one is taken back, to be
    /// written again.
    pub(super) fn take_back_older(&mut self, epoch_before: u32, now: Timestamp) -> Vec<Vec<Record>> {
        if self.vault.log().epoch().part.number > epoch_before {
            self.engine.handle_epoch_begun();
            if self.key_change == Some(ChangeState::UnderWay) {
                self.key_change = Some(ChangeState::Done);
            }
        }
        if self.vault.has_unhanded_of_an_older_epoch() { self.vault.take_back_unhanded(now) } else { Vec::new() }
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// The user wants fresh keys.
    pub(super) fn change_keys(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.key_change = Some(if opened.vault.rotation(now) == Rotation::Others || !opened.vault.can_write() {
            ChangeState::Failed(Problem::NotAdmitted)
        } else if opened.engine.is_online() {
            opened.engine.handle_rotation_asked();
            ChangeState::UnderWay
        } else {
            ChangeState::Failed(Problem::Offline)
        });
        self.show_security_again();
    }

    pub(super) async fn begin_rotation(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let made = opened.vault.make_epoch(now, &mut *self.platform.rng);
        let (Some(request), Some(session)) = (made, opened.session()) else {
            return self.handle_not_rotated(&unknown_session());
        };
        if self.commit().await.is_err() {
            return self.handle_not_rotated(&RelayError::Unreachable);
        }
        let relay = self.relay.clone();
        self.begin(async move { Happening::Rotated(relay.append_log(&session, request).await) });
    }

    pub(super) fn handle_rotated(&mut self, result: Result<(), RelayError>) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        match result {
            // Another device may have been faster: what it began is as good.
            Ok(()) | Err(RelayError::Refused { code: ErrorCode::LogConflict, .. }) => {
                opened.engine.handle_appended(now);
            }
            Err(error) => self.handle_not_rotated(&error),
        }
    }

    fn handle_not_rotated(&mut self, error: &RelayError) {
        if let Stage::Open(opened) = &mut self.stage
            && opened.key_change == Some(ChangeState::UnderWay)
        {
            opened.key_change = Some(ChangeState::Failed(problem_of_relay(*error)));
        }
        self.handle_failed(Effect::Rotate, error);
        self.show_security_again();
    }
}

fn unknown_session() -> RelayError {
    RelayError::Refused { code: ErrorCode::UnknownSession, retry_after_s: None, now: None }
}
