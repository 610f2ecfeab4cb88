//! `POST /v1/methods/start`: a challenge and a nonce for a passkey or security key that an account adds; for a password
//! OPAQUE's answer, once a code of its authenticator app was right.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::HeaderMap;
use shared_types::account::{MethodStartRequest, MethodStartResponse};
use shared_types::error::ErrorCode;
use shared_types::ids::WireBytes;
use shared_types::limits::MAX_CONTROL_BYTES;
use shared_types::log::{DeviceState, DeviceStatus};
use uuid::Uuid;

use crate::ceremonies::{self, Ceremony};
use crate::error::RouteError;
use crate::request_log::ClientAddress;
use crate::routes::sign_up::start::begin_password;
use crate::signed::{Signed, check_write_protocol};
use crate::state::Relay;

/// Opens the ceremony.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    signed: Signed<MAX_CONTROL_BYTES>,
) -> Result<Json<MethodStartResponse>, RouteError> {
    check_write_protocol(&headers)?;
    let now = relay.clock.now_s();
    relay.windows.count_sign_in(address, now)?;
    let log = relay.load_log(&signed.account).await?;
    let is_confirmed = |device: &DeviceState| device.is_active() && device.status() == DeviceStatus::Confirmed;
    if !log.device(&signed.device).is_some_and(is_confirmed) {
        return Err(ErrorCode::NotAllowed.into());
    }
    if let MethodStartRequest::Password(start) = signed.json()? {
        return begin_password(&relay, address, signed.account, &start).await.map(Json);
    }
    let user = Uuid::from_bytes(signed.account.0);
    let (options, registration) =
        relay.webauthn.start_passkey_registration(user, "sotto", "sotto", None).map_err(|_| RouteError::Passkey)?;
    let ceremony = Ceremony::Registration { account: signed.account, registration: Box::new(registration) };
    let nonce = ceremonies::open(&*relay.db, &ceremony, now).await?;
    Ok(Json(MethodStartResponse { challenge: WireBytes(options.public_key.challenge), nonce, password: None }))
}
