//! `POST /v1/sign-in/finish`: a session, bound to the device key that signed the statement.
//!
//! The statement is signed by a method that stands in the account log and by the device; it names our nonce, the
//! passkey's client data and the relying party. Whatever is wrong is refused in the same words, and the nonce is
//! used up by the first try.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use shared_types::account::{SessionGrant, SignInFinishRequest};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, Hash, MethodId, WireBytes};
use shared_types::limits::{MAX_CONTROL_BYTES, SESSION_LIFE_S};
use shared_types::log::{LogState, MethodKind, MethodPart};
use shared_types::statement::SignInStatement;
use webauthn_rs::prelude::{DiscoverableAuthentication, DiscoverableKey, Passkey, PublicKeyCredential};

use crate::ceremonies::{self, Ceremony};
use crate::db::Session;
use crate::error::RouteError;
use crate::sessions::new_token;
use crate::signed::Unsigned;
use crate::state::Relay;

const DAY_S: u64 = 24 * 60 * 60;

/// Grants the session.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    unsigned: Unsigned<MAX_CONTROL_BYTES>,
) -> Result<Json<SessionGrant>, RouteError> {
    let statement = check(&relay, &unsigned.json()?).await?;
    let now = relay.clock.now_s();
    let (token, token_hash) = new_token();
    let session = Session {
        account: statement.account_id,
        device: statement.device_id,
        device_key: statement.signing,
        method: statement.method_id,
        expires_at: now + SESSION_LIFE_S,
    };
    relay.db.begin_session(&token_hash, &session).await?;
    relay.db.count_sign_in(&session.account, now / DAY_S).await?;
    Ok(Json(SessionGrant { token: WireBytes(token.to_vec()), expires_at: session.expires_at }))
}

/// Checks a sign-in to its end: its ceremony, its method and its device. The ceremony is used up by it.
pub(in crate::routes) async fn check(
    relay: &Relay,
    request: &SignInFinishRequest,
) -> Result<SignInStatement, RouteError> {
    let statement = SignInStatement::parse(&request.statement.0)?;
    let taken = ceremonies::take(&*relay.db, &statement.nonce, relay.clock.now_s()).await?;
    let ceremony = taken.ok_or(ErrorCode::SignInRefused)?;
    let log = relay.find_log(&statement.account_id).await?.ok_or(ErrorCode::SignInRefused)?;
    let method = check_statement(relay, request, &statement, &log)?;
    match ceremony {
        Ceremony::Passkey(state) => check_passkey(relay, request, &statement, method, *state).await?,
        Ceremony::Words { account } => check_words(request, &statement, method, account)?,
        Ceremony::Proven { account, method: proven, transcript } => {
            check_password(request, &statement, method, (account, proven, transcript))?;
        }
        Ceremony::SignUp { .. }
        | Ceremony::Registration { .. }
        | Ceremony::NewPassword { .. }
        | Ceremony::Password(_) => return Err(ErrorCode::SignInRefused.into()),
    }
    Ok(statement)
}

/// Both signatures, the method's place in the log, the device's past and the relying party.
fn check_statement<'a>(
    relay: &Relay,
    request: &SignInFinishRequest,
    statement: &SignInStatement,
    log: &'a LogState,
) -> Result<&'a MethodPart, RouteError> {
    let refused = ErrorCode::SignInRefused;
    let method = log.method(&statement.method_id).filter(|method| method.is_active()).ok_or(refused)?;
    let bytes = &request.statement.0;
    let is_signed = method.part.signing.verifies(bytes, &request.method_signature)
        && statement.signing.verifies(bytes, &request.device_signature);
    let was_revoked = log.device(&statement.device_id).is_some_and(|device| !device.is_active());
    let is_here = statement.rp_id_hash == Hash::of(&[relay.site.rp_id.as_bytes()]);
    if is_signed && is_here && !was_revoked { Ok(&method.part) } else { Err(refused.into()) }
}

fn check_words(
    request: &SignInFinishRequest,
    statement: &SignInStatement,
    method: &MethodPart,
    account: AccountId,
) -> Result<(), RouteError> {
    let is_right = method.kind == MethodKind::Words
        && statement.account_id == account
        && statement.transcript_hash == Hash::of(&[])
        && request.assertion.is_none();
    if is_right { Ok(()) } else { Err(ErrorCode::SignInRefused.into()) }
}

fn check_password(
    request: &SignInFinishRequest,
    statement: &SignInStatement,
    method: &MethodPart,
    (account, proven, transcript): (AccountId, MethodId, Hash),
) -> Result<(), RouteError> {
    let is_right = method.kind == MethodKind::Password
        && method.id == proven
        && statement.account_id == account
        && statement.transcript_hash == transcript
        && request.assertion.is_none();
    if is_right { Ok(()) } else { Err(ErrorCode::SignInRefused.into()) }
}

async fn check_passkey(
    relay: &Relay,
    request: &SignInFinishRequest,
    statement: &SignInStatement,
    method: &MethodPart,
    state: DiscoverableAuthentication,
) -> Result<(), RouteError> {
    let refused = || RouteError::Refused(ErrorCode::SignInRefused);
    let assertion = request.assertion.clone().ok_or_else(refused)?;
    let assertion: PublicKeyCredential = serde_json::from_value(assertion).map_err(|_| ErrorCode::Malformed)?;
    let is_bound = statement.transcript_hash == Hash::of(&[&assertion.response.client_data_json])
        && assertion.get_credential_id() == method.credential_id
        // A credential that its authenticator does not list by itself names no account; the statement does.
        && assertion.get_user_unique_id().is_none_or(|user| user == &statement.account_id.0[..])
        && matches!(method.kind, MethodKind::Passkey | MethodKind::SecurityKey);
    if !is_bound {
        return Err(refused());
    }
    let found = relay.db.find_credential(&statement.account_id, &method.credential_id).await?;
    let mut credential = found.ok_or_else(refused)?;
    let mut passkey: Passkey = serde_json::from_slice(&credential.public_key).map_err(|_| RouteError::Passkey)?;
    let key = DiscoverableKey::from(&passkey);
    let result = relay.webauthn.finish_discoverable_authentication_v2(&assertion, state, key).map_err(|_| refused())?;
    if !result.user_verified() {
        return Err(refused());
    }
    if passkey.update_credential(&result) == Some(true) {
        credential.public_key = serde_json::to_vec(&passkey).map_err(|_| RouteError::Passkey)?;
        relay.db.update_credential(&statement.account_id, &credential).await?;
    }
    Ok(())
}
