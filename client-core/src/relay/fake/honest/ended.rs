//! What a device that was taken off is still shown.

use shared_types::account::LogResponse;
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, DeviceId, WireBytes};
use shared_types::log::AcceptedEntry;

use super::{Books, RelayError, refusal};

impl Books {
    /// The log up to the end of a device that was taken off.
    pub(in crate::relay::fake) fn list_end(
        &self,
        account: AccountId,
        device: DeviceId,
    ) -> Result<LogResponse, RelayError> {
        let unknown = refusal(ErrorCode::UnknownSession);
        let account = self.account(account).ok_or(unknown)?;
        let end = account.log.device(&device).and_then(|device| device.revoked).ok_or(unknown)?;
        let is_whole = |entry: &AcceptedEntry| entry.entry.seq >= end.log_seq && !entry.is_rotation_due;
        let n_shown = account.log.entries().iter().position(is_whole).map_or(0, |last| last + 1);
        Ok(LogResponse { entries: account.entries.iter().take(n_shown).cloned().map(WireBytes).collect() })
    }
}
