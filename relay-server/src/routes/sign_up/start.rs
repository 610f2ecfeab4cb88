//! `POST /v1/sign-up/start`: a challenge and a nonce for an account to be.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::HeaderMap;
use shared_types::account::{MethodStartResponse, SignUpMode, SignUpStartRequest};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, WireBytes};
use shared_types::limits::MAX_CONTROL_BYTES;
use shared_types::password::{PasswordStart, TOTP_SECRET_BYTES};
use uuid::Uuid;

use crate::ceremonies::{self, Ceremony, NewPassword};
use crate::error::RouteError;
use crate::random::random_bytes;
use crate::request_log::ClientAddress;
use crate::signed::{Unsigned, check_write_protocol};
use crate::state::Relay;
use crate::totp;

/// Opens the ceremony.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    unsigned: Unsigned<MAX_CONTROL_BYTES>,
) -> Result<Json<MethodStartResponse>, RouteError> {
    check_write_protocol(&headers)?;
    let now = relay.clock.now_s();
    relay.windows.count_sign_in(address, now)?;
    let request: SignUpStartRequest = unsigned.json()?;
    check_invitation(&relay, request.invitation.as_deref())?;
    if relay.db.find_log_head(&request.account_id).await?.is_some() {
        return Err(ErrorCode::AccountExists.into());
    }
    if let Some(start) = &request.password {
        return begin_password(&relay, address, request.account_id, start).await.map(Json);
    }
    let user = Uuid::from_bytes(request.account_id.0);
    let (options, registration) =
        relay.webauthn.start_passkey_registration(user, "sotto", "sotto", None).map_err(|_| RouteError::Passkey)?;
    let ceremony = Ceremony::SignUp { account: request.account_id, registration: Box::new(registration) };
    let nonce = ceremonies::open(&*relay.db, &ceremony, now).await?;
    Ok(Json(MethodStartResponse { challenge: WireBytes(options.public_key.challenge), nonce, password: None }))
}

/// Begins a password of an account. It counts like a sign-in: its answer helps whoever guesses as much.
pub(in crate::routes) async fn begin_password(
    relay: &Relay,
    address: IpAddr,
    account: AccountId,
    start: &PasswordStart,
) -> Result<MethodStartResponse, RouteError> {
    let now = relay.clock.now_s();
    let handle = relay.passwords.hash_of(&start.handle)?;
    relay.windows.count_first_message(address, handle, now)?;
    let secret: &[u8; TOTP_SECRET_BYTES] =
        start.totp_secret.0.as_slice().try_into().map_err(|_| ErrorCode::Malformed)?;
    // Said only here, and only so often: whoever signs in learns nothing of it.
    if relay.db.find_password(&handle).await?.is_some() {
        return Err(ErrorCode::HandleTaken.into());
    }
    let totp_step = totp::find_step(secret, &start.code, now).ok_or(ErrorCode::WrongCode)?;
    let answer = relay.passwords.begin_registration(&handle, &start.request.0)?;
    let password = NewPassword { handle, totp_step, totp_secret: relay.passwords.seal_totp(&handle, secret) };
    let nonce = ceremonies::open(&*relay.db, &Ceremony::NewPassword { account, password }, now).await?;
    let challenge = WireBytes(random_bytes::<32>().to_vec());
    Ok(MethodStartResponse { challenge, nonce, password: Some(WireBytes(answer)) })
}

fn check_invitation(relay: &Relay, invitation: Option<&str>) -> Result<(), RouteError> {
    let invited = || {
        let Some(said) = invitation else { return false };
        let said = shared_types::ids::Hash::of(&[said.as_bytes()]);
        let known = |word: &crate::config::Secret| shared_types::ids::Hash::of(&[word.reveal().as_bytes()]);
        relay.config.invitations.iter().any(|word| known(word) == said)
    };
    match relay.site.sign_up {
        SignUpMode::Open => Ok(()),
        SignUpMode::Invitation if invited() => Ok(()),
        SignUpMode::Invitation | SignUpMode::Closed => Err(ErrorCode::SignUpClosed.into()),
    }
}
