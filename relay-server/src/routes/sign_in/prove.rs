//! `POST /v1/sign-in/prove`: OPAQUE's last message proves the password, and only then an account is named.
//!
//! A wrong password, a wrong code and an unknown name are refused here, in the same words and by the same queries.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use shared_types::error::ErrorCode;
use shared_types::ids::Hash;
use shared_types::limits::MAX_CONTROL_BYTES;
use shared_types::password::{SignInProveRequest, SignInProveResponse};

use crate::ceremonies::{self, Ceremony};
use crate::error::RouteError;
use crate::passwords::Passwords;
use crate::signed::Unsigned;
use crate::state::Relay;

/// Names the account.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    unsigned: Unsigned<MAX_CONTROL_BYTES>,
) -> Result<Json<SignInProveResponse>, RouteError> {
    let now = relay.clock.now_s();
    let request: SignInProveRequest = unsigned.json()?;
    let Some(Ceremony::Password(sign_in)) = ceremonies::take(&*relay.db, &request.nonce, now).await? else {
        return Err(ErrorCode::SignInRefused.into());
    };
    if !Passwords::is_proven(&sign_in.state, &request.ke3.0) {
        return Err(ErrorCode::SignInRefused.into());
    }
    let found = relay.db.find_password(&sign_in.handle).await?.ok_or(ErrorCode::SignInRefused)?;
    let transcript = Hash::of(&[&sign_in.exchanged, &request.ke3.0]);
    let proven = Ceremony::Proven { account: found.account, method: found.method, transcript };
    let nonce = ceremonies::open(&*relay.db, &proven, now).await?;
    Ok(Json(SignInProveResponse { account_id: found.account, nonce }))
}
