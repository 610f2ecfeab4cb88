//! `POST /v1/sign-in/start`: a challenge and a nonce; for words also the account that they open.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use shared_types::account::{SignInStartRequest, SignInStartResponse};
use shared_types::error::ErrorCode;
use shared_types::ids::WireBytes;
use shared_types::limits::MAX_CONTROL_BYTES;

use crate::ceremonies::{self, Ceremony};
use crate::error::RouteError;
use crate::random::random_bytes;
use crate::request_log::ClientAddress;
use crate::signed::Unsigned;
use crate::state::Relay;

/// Opens the ceremony.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    unsigned: Unsigned<MAX_CONTROL_BYTES>,
) -> Result<Json<SignInStartResponse>, RouteError> {
    let now = relay.clock.now_s();
    relay.windows.count_sign_in(address, now)?;
    let (challenge, account_id, ceremony) = match unsigned.json()? {
        SignInStartRequest::Passkey => {
            let (options, state) =
                relay.webauthn.start_discoverable_authentication().map_err(|_| RouteError::Passkey)?;
            (options.public_key.challenge, None, Ceremony::Passkey(Box::new(state)))
        }
        SignInStartRequest::Words { lookup_id } => {
            let found = relay.db.find_account_of_words(&lookup_id).await?;
            let account = found.ok_or(ErrorCode::SignInRefused)?;
            (random_bytes::<32>().to_vec(), Some(account), Ceremony::Words { account })
        }
    };
    let nonce = ceremonies::open(&*relay.db, &ceremony, now).await?;
    Ok(Json(SignInStartResponse { challenge: WireBytes(challenge), nonce, account_id }))
}
