//! Deleting the account: its owner proves with a fresh gesture that it is theirs, the relay forgets everything, and then
//! this device does.

use shared_types::account::SignInFinishRequest;
use shared_types::log::DeviceStatus;

use super::again::Purpose;
use super::happening::Happening;
use super::opened::Opened;
use super::tabs::TabId;
use super::{Client, Stage, problem_of_relay, problem_of_store};
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::view::Problem;
use crate::view::security::ChangeState;

impl Opened {
    /// Whether this device may delete the account: nobody who only has a passkey of it may.
    pub(super) fn may_delete(&self) -> bool {
        let log = self.vault.log();
        let own = log.device(&self.vault.device().id()).filter(|own| own.is_active());
        let is_confirmed = own.is_some_and(|own| own.status() == DeviceStatus::Confirmed);
        is_confirmed && self.vault.can_write() && log.active_methods().any(|method| !method.is_words())
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) fn begin_deletion(&mut self, tab: TabId) {
        let Stage::Open(opened) = &self.stage else { return };
        if matches!(opened.deletion, Some(ChangeState::WaitingForPasskey | ChangeState::UnderWay)) {
            return;
        }
        if !opened.may_delete() {
            return self.show_deletion(ChangeState::Failed(Problem::NotAdmitted));
        }
        self.show_deletion(ChangeState::WaitingForPasskey);
        self.begin_sign_in_again(tab, Purpose::Deletion);
    }

    pub(super) fn send_deletion(&mut self, request: SignInFinishRequest) {
        let Stage::Open(opened) = &self.stage else { return };
        let Some(session) = opened.session() else {
            return self.show_deletion(ChangeState::Failed(Problem::NotAdmitted));
        };
        let relay = self.relay.clone();
        self.begin(async move { Happening::AccountDeleted(relay.delete_account(&session, request).await) });
        self.show_deletion(ChangeState::UnderWay);
    }

    pub(super) async fn handle_account_deleted(&mut self, result: Result<(), RelayError>) {
        if let Err(error) = result {
            return self.show_deletion(ChangeState::Failed(problem_of_relay(error)));
        }
        match self.store.erase().await {
            // Other devices may need the passkey still, to open what they hold.
            Ok(()) => self.return_to_welcome(Some(Problem::AccountDeleted)),
            Err(error) => {
                self.stage = Stage::Stuck(problem_of_store(error));
                self.show_screen();
            }
        }
    }

    /// Keeps where it is, and shows it.
    pub(super) fn show_deletion(&mut self, state: ChangeState) {
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.deletion = Some(state);
        self.show_security_again();
    }
}
