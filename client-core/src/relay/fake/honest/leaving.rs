//! How a device or the account leaves an honest relay.

use shared_types::account::SignInFinishRequest;
use shared_types::error::ErrorCode;
use shared_types::ids::DeviceId;
use shared_types::log::DeviceStatus;

use super::{Books, Caller, RelayError, refuse};

impl Books {
    pub(in crate::relay::fake) fn end_session(&mut self, caller: Caller, device: DeviceId) -> Result<(), RelayError> {
        if device != caller.device {
            self.check_confirmed(caller)?;
        }
        self.sessions.retain(|_, row| row.caller.account != caller.account || row.caller.device != device);
        Ok(())
    }

    /// Forgets the account, and says which devices were signed out by it.
    pub(in crate::relay::fake) fn delete_account(
        &mut self,
        caller: Caller,
        request: &SignInFinishRequest,
    ) -> Result<Vec<DeviceId>, RelayError> {
        let statement = self.check_sign_in(request)?;
        if (statement.account_id, statement.device_id) != (caller.account, caller.device) {
            return refuse(ErrorCode::SignInRefused);
        }
        self.check_confirmed(caller)?;
        let of_account = |row: &super::SessionRow| row.caller.account == caller.account;
        let devices = self.sessions.values().filter(|row| of_account(row)).map(|row| row.caller.device).collect();
        self.sessions.retain(|_, row| row.caller.account != caller.account);
        self.accounts.remove(&caller.account);
        Ok(devices)
    }

    pub(super) fn check_confirmed(&self, caller: Caller) -> Result<(), RelayError> {
        let asker = self.account_of(caller)?.log.device(&caller.device).filter(|asker| asker.is_active());
        let is_confirmed = asker.is_some_and(|asker| asker.status() == DeviceStatus::Confirmed);
        if is_confirmed { Ok(()) } else { refuse(ErrorCode::NotAllowed) }
    }
}
