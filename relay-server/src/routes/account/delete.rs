//! `POST /v1/account/deletion`: everything that is stored of an account goes, keys first.
//!
//! A session is not enough: the body is a whole sign-in of that moment, with a fresh gesture, by the device that asks,
//! and that device is confirmed. So neither a token nor one synced passkey erases an account.

use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use shared_types::account::SignInFinishRequest;
use shared_types::error::ErrorCode;
use shared_types::limits::MAX_CONTROL_BYTES;
use shared_types::log::DeviceStatus;
use shared_types::sync::RelayEvent;

use crate::error::RouteError;
use crate::routes::sign_in::finish;
use crate::signed::{Signed, check_write_protocol};
use crate::state::Relay;

/// Deletes the account. Once its keys are gone the rest goes too, here or with the next round of the job loop.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    headers: HeaderMap,
    signed: Signed<MAX_CONTROL_BYTES>,
) -> Result<StatusCode, RouteError> {
    check_write_protocol(&headers)?;
    let request: SignInFinishRequest = signed.json()?;
    let statement = finish::check(&relay, &request).await?;
    if (statement.account_id, statement.device_id) != (signed.account, signed.device) {
        return Err(ErrorCode::SignInRefused.into());
    }
    let log = relay.load_log(&signed.account).await?;
    let asker = log.device(&signed.device).filter(|asker| asker.is_active());
    if asker.is_none_or(|asker| asker.status() != DeviceStatus::Confirmed) {
        return Err(ErrorCode::NotAllowed.into());
    }
    relay.db.delete_keys(&signed.account).await?;
    relay.forget_account(&signed.account);
    relay.tell(&signed.account, RelayEvent::SignedOut).await;
    if let Err(error) = relay.db.remove_deleted().await {
        tracing::warn!(error = %error, "an account is not removed to its last row yet; that will be tried again");
    }
    Ok(StatusCode::NO_CONTENT)
}
