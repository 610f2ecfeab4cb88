//! `POST /v1/hand-over/finish`: a session for a device that a confirmed one lets in.
//!
//! What proves it is the entry that will let it in: signed by both, and such that it could be appended at this moment.
//! It names the newest entry of the log, so that it is good once; and an answer of this account waits where it says.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use shared_types::account::SessionGrant;
use shared_types::error::ErrorCode;
use shared_types::hand_over::HandOverFinishRequest;
use shared_types::ids::{DeviceId, PartyId, WireBytes};
use shared_types::limits::{MAX_CONTROL_BYTES, SESSION_LIFE_S};
use shared_types::log::{DevicePart, DeviceStatus, Entry, EntryBody};

use super::hash_of;
use crate::db::{OfferState, Session};
use crate::error::RouteError;
use crate::routes::log::append::check_time;
use crate::sessions::{NO_METHOD, new_token};
use crate::signed::Unsigned;
use crate::state::Relay;

const DAY_S: u64 = 24 * 60 * 60;

/// Grants the session. Whatever is wrong is refused in the same words.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    unsigned: Unsigned<MAX_CONTROL_BYTES>,
) -> Result<Json<SessionGrant>, RouteError> {
    let now = relay.clock.now_s();
    let request: HandOverFinishRequest = unsigned.json()?;
    let (entry, _) = Entry::parse(&request.entry.0)?;
    let refused = || RouteError::Refused(ErrorCode::SignInRefused);
    let device = device_of(&entry).ok_or_else(refused)?;
    let OfferState::Answered(answered) = relay.db.find_answer(&hash_of(&request.answer_id), now).await? else {
        return Err(refused());
    };
    if answered.account != entry.account_id {
        return Err(refused());
    }
    let log = relay.find_log(&answered.account).await?.ok_or_else(refused)?;
    check_time(entry.time_s, now).map_err(|_| refused())?;
    let is_of_device = |signer: &PartyId| signer.0 == device.id.0 || log.device(&DeviceId(signer.0)).is_some();
    if !entry.signers.iter().all(is_of_device) || log.append(&request.entry.0).is_err() {
        return Err(refused());
    }
    let (token, token_hash) = new_token();
    let session = Session {
        account: answered.account,
        device: device.id,
        device_key: device.signing,
        method: NO_METHOD,
        expires_at: now + SESSION_LIFE_S,
    };
    relay.db.begin_session(&token_hash, &session).await?;
    relay.db.count_sign_in(&session.account, now / DAY_S).await?;
    Ok(Json(SessionGrant { token: WireBytes(token.to_vec()), expires_at: session.expires_at }))
}

/// The device that an entry lets in as one that is confirmed.
fn device_of(entry: &Entry) -> Option<&DevicePart> {
    let EntryBody::DeviceAdd { device, status: DeviceStatus::Confirmed } = &entry.body else { return None };
    Some(device)
}
