//! `DELETE /v1/devices/{device_id}/session`: signs a device out.
//!
//! A device ends its own session; a confirmed one also that of another.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use http::StatusCode;
use shared_types::error::ErrorCode;
use shared_types::ids::DeviceId;
use shared_types::log::DeviceStatus;
use shared_types::sync::RelayEvent;

use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// Ends the session; ending none is the same.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    path: Result<Path<DeviceId>, PathRejection>,
    signed: Signed<0>,
) -> Result<StatusCode, RouteError> {
    let Path(device) = path?;
    if device != signed.device {
        let log = relay.load_log(&signed.account).await?;
        let asker = log.device(&signed.device).filter(|asker| asker.is_active());
        if asker.is_none_or(|asker| asker.status() != DeviceStatus::Confirmed) {
            return Err(ErrorCode::NotAllowed.into());
        }
    }
    relay.db.end_session(&signed.account, &device).await?;
    relay.tell_device(&signed.account, device, RelayEvent::SignedOut).await;
    Ok(StatusCode::NO_CONTENT)
}
