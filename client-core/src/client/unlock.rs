//! Unlocking: the passkey's local PRF output, or the recovery words, unwrap the local store key, and the rows open. The relay is not asked.

use shared_types::ids::{DeviceId, Hash, MethodId};

use super::opened::Opened;
use super::sign_up::{parse_prf, problem_of_gesture};
use super::tabs::TabId;
use super::{Client, Stage, problem_of_store};
use crate::intention::{GestureAnswer, GestureFailure, GestureRequest, TypedPhrase};
use crate::keys::{LocalPrfOutput, LocalStoreKey, LocalUnlockSecret, RecoveryWords, UnlockWay, prf_local_input};
use crate::records::EnrolmentRow;
use crate::relay::Relay;
use crate::store::{Access, Row, Store, Table};
use crate::time::Timestamp;
use crate::vault::{LockedRows, OpenVaultError, Vault};
use crate::view::{Busy, Delta, LockedView, Problem};

/// Tries in a row before a wait.
const MAX_TRIES: u32 = 5;
/// The wait, seconds.
const WAIT_S: u64 = 30;
/// How often the wait is shown, milliseconds.
const COUNT_DOWN_MS: u64 = 1000;

/// A device whose rows are sealed.
pub(super) struct Locked {
    /// Whether the relay answers, as far as is known.
    pub(super) online: bool,
    enrolment: EnrolmentRow,
    /// Rows that the recovery words may unwrap.
    words_rows: Vec<Row>,
    has_password: bool,
    /// A password is stretched.
    is_stretching: bool,
    asking: Option<TabId>,
    n_failed: u32,
    wait_until: Option<Timestamp>,
    now: Timestamp,
    problem: Option<Problem>,
}

impl Locked {
    /// `rows` are those that no passkey unwraps.
    pub(super) fn new(enrolment: EnrolmentRow, rows: Vec<Row>) -> Self {
        let of_password = UnlockWay::Password.row_key_hash().0;
        let (of_password, words_rows): (Vec<_>, _) = rows.into_iter().partition(|row| row.key == of_password);
        Self {
            online: true,
            enrolment,
            words_rows,
            has_password: !of_password.is_empty(),
            is_stretching: false,
            asking: None,
            n_failed: 0,
            wait_until: None,
            now: Timestamp::default(),
            problem: None,
        }
    }

    /// The local store key, if a row of this device is the words'.
    fn unwrap_with(&self, words: &RecoveryWords) -> Option<LocalStoreKey> {
        let EnrolmentRow { account_id, device_id, .. } = self.enrolment;
        self.words_rows.iter().find_map(|row| {
            let place = Hash(row.key.as_slice().try_into().ok()?);
            LocalUnlockSecret::from_words_at(words, device_id, place).unwrap(account_id, &row.value).ok()
        })
    }

    /// A password is to be stretched, unless one is already or it is too early; whose device it is for.
    pub(super) fn begin_with_password(&mut self, tab: TabId, now: Timestamp) -> Option<DeviceId> {
        self.now = now;
        let may_try = self.has_password && !self.is_stretching && self.wait_until.is_none_or(|until| until <= now);
        if !may_try {
            return None;
        }
        (self.asking, self.problem, self.is_stretching) = (Some(tab), None, true);
        Some(self.enrolment.device_id)
    }

    /// It is; for which tab.
    pub(super) fn end_with_password(&mut self) -> Option<TabId> {
        let was_stretching = std::mem::replace(&mut self.is_stretching, false);
        self.asking.take().filter(|_| was_stretching)
    }

    /// A tab is gone: if it was asking its passkey, nobody does any more.
    pub(super) fn handle_gone(&mut self, tab: TabId) {
        self.asking = self.asking.filter(|asking| *asking != tab);
    }

    pub(super) fn view(&self) -> LockedView {
        let wait_ms = self.wait_until.map_or(0, |until| until.0.saturating_sub(self.now.0));
        LockedView {
            online: self.online,
            busy: self.asking.map(|_| if self.is_stretching { Busy::Stretching } else { Busy::WaitingForPasskey }),
            problem: self.problem,
            wait_s: u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX),
            has_passkey: !self.enrolment.passkeys.is_empty(),
            has_words: !self.words_rows.is_empty(),
            has_password: self.has_password,
        }
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) fn begin_unlock(&mut self, tab: TabId) {
        if matches!(self.stage, Stage::Joining(_)) {
            return self.join_with_passkey(tab);
        }
        let (challenge, now) = (self.random_bytes(), self.now());
        let Stage::Locked(locked) = &mut self.stage else { return };
        locked.now = now;
        if locked.wait_until.is_some_and(|until| now < until) {
            return self.show_screen();
        }
        locked.asking = Some(tab);
        locked.problem = None;
        let enrolment = &locked.enrolment;
        let request = GestureRequest::Get {
            challenge,
            rp_id: enrolment.rp_id.clone(),
            allow: enrolment.passkeys.iter().map(|(_, credential_id)| credential_id.clone()).collect(),
            prf_first: prf_local_input(&enrolment.device_id).0.to_vec(),
            prf_second: None,
        };
        self.show_screen();
        self.tabs.send(tab, Delta::Gesture(request));
    }

    pub(super) async fn handle_unlock_gesture(&mut self, tab: TabId, result: Result<GestureAnswer, GestureFailure>) {
        let Stage::Locked(locked) = &mut self.stage else { return };
        if locked.asking != Some(tab) {
            return;
        }
        locked.asking = None;
        let secret = result.map_err(problem_of_gesture).and_then(|answer| unlock_secret(&locked.enrolment, &answer));
        let enrolment = locked.enrolment.clone();
        let opened = match secret {
            Ok((secret, method)) => self.open_with(&enrolment, &secret, UnlockWay::Prf(method)).await,
            Err(problem) => Err(problem),
        };
        match opened {
            Ok(opened) => self.enter(tab, opened).await,
            Err(problem) => self.count_failure(problem),
        }
    }

    pub(super) async fn unlock_with_words(&mut self, tab: TabId, typed: &TypedPhrase) {
        if matches!(self.stage, Stage::Joining(_)) {
            return self.join_with_words(tab, typed);
        }
        let now = self.now();
        let Stage::Locked(locked) = &mut self.stage else { return };
        locked.now = now;
        if locked.wait_until.is_some_and(|until| now < until) {
            return self.show_screen();
        }
        let Some(words) = self.read_words(tab, typed) else { return };
        let Stage::Locked(locked) = &mut self.stage else { return };
        (locked.asking, locked.problem) = (None, None);
        let enrolment = locked.enrolment.clone();
        let opened = match locked.unwrap_with(&words) {
            Some(store_key) => self.load_vault(&enrolment, &store_key).await.map(|vault| (vault, store_key)),
            None => Err(Problem::WordsDoNotUnlock),
        };
        match opened {
            Ok((vault, store_key)) => {
                self.enter(tab, Opened::new(vault, store_key, enrolment, self.store.access())).await;
            }
            Err(problem) => self.count_failure(problem),
        }
    }

    pub(super) fn count_failure(&mut self, problem: Problem) {
        let now = self.now();
        let Stage::Locked(locked) = &mut self.stage else { return };
        locked.problem = Some(problem);
        locked.now = now;
        let is_wrong = [Problem::UnlockFailed, Problem::WordsDoNotUnlock, Problem::PasswordDoesNotUnlock];
        if is_wrong.contains(&problem) {
            locked.n_failed += 1;
            if locked.n_failed % MAX_TRIES == 0 {
                locked.wait_until = Some(now.after_ms(WAIT_S * 1000));
                self.wake_after(COUNT_DOWN_MS);
            }
        }
        self.show_screen();
    }

    /// Shows how long the wait still is, once a second until it is over.
    pub(super) fn count_down(&mut self) {
        let now = self.now();
        let Stage::Locked(locked) = &mut self.stage else { return };
        let Some(until) = locked.wait_until else { return };
        locked.now = now;
        if until <= now {
            (locked.wait_until, locked.problem) = (None, None);
        } else {
            self.wake_after(COUNT_DOWN_MS);
        }
        self.show_screen();
    }

    pub(super) async fn open_with_password(&self, secret: &LocalUnlockSecret) -> Result<Opened, Problem> {
        let Stage::Locked(locked) = &self.stage else { return Err(Problem::PasswordDoesNotUnlock) };
        let opened = self.open_with(&locked.enrolment, secret, UnlockWay::Password).await;
        let of_password = |problem| {
            if problem == Problem::UnlockFailed { Problem::PasswordDoesNotUnlock } else { problem }
        };
        opened.map_err(of_password)
    }

    async fn open_with(
        &self,
        enrolment: &EnrolmentRow,
        secret: &LocalUnlockSecret,
        way: UnlockWay,
    ) -> Result<Opened, Problem> {
        let key = way.row_key_hash();
        let row = self.store.load_row(Table::Unlock, &key.0).await.map_err(problem_of_store)?;
        let row = row.ok_or(Problem::UnlockFailed)?;
        let store_key = secret.unwrap(enrolment.account_id, &row).map_err(|_| Problem::UnlockFailed)?;
        let vault = self.load_vault(enrolment, &store_key).await?;
        Ok(Opened::new(vault, store_key, enrolment.clone(), self.store.access()))
    }

    pub(super) async fn load_vault(
        &self,
        enrolment: &EnrolmentRow,
        store_key: &LocalStoreKey,
    ) -> Result<Vault, Problem> {
        let is_read_only = self.store.access() == Access::ReadOnly;
        let sealer = store_key.row_sealer(enrolment.account_id, enrolment.device_id);
        let mut rows = LockedRows::default();
        for table in LockedRows::TABLES {
            let mut take = |row: Row| {
                // What another release has sealed in its own way is passed over, and the rest is read.
                if !is_read_only || !crate::envelope::is_of_newer_schema(&row.value) {
                    rows.add(table, row, &sealer);
                }
            };
            self.store.read_rows(table, &mut take).await.map_err(problem_of_store)?;
        }
        Vault::open(store_key, enrolment.account_id, enrolment.device_id, &rows).map_err(|error| match error {
            OpenVaultError::Damaged if is_read_only => Problem::NewerRelease,
            OpenVaultError::Damaged => Problem::DamagedRow,
            OpenVaultError::Newer => Problem::NewerRelease,
        })
    }
}

fn unlock_secret(enrolment: &EnrolmentRow, answer: &GestureAnswer) -> Result<(LocalUnlockSecret, MethodId), Problem> {
    let passkey = enrolment.passkeys.iter().find(|(_, credential_id)| *credential_id == answer.credential_id);
    let (method, _) = passkey.ok_or(Problem::UnlockFailed)?;
    let [first, _] = &answer.prf;
    let output = parse_prf(first.as_ref(), LocalPrfOutput::parse)?.ok_or(Problem::PasskeyWithoutPrf)?;
    Ok((LocalUnlockSecret::from_prf(&output, enrolment.device_id, *method), *method))
}
