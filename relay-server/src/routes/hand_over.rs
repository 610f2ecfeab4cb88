//! A confirmed device lets a new one in: the relay keeps what they leave for each other, and reads none of it.

pub(super) mod answer;
pub(super) mod collect;
pub(super) mod finish;
pub(super) mod list;
pub(super) mod offer;

use shared_types::error::ErrorCode;
use shared_types::ids::{AnswerId, Hash};
use shared_types::log::{DeviceStatus, LogState};

use crate::error::RouteError;
use crate::signed::Signed;
use crate::state::Relay;

/// What of an answer's id is stored.
fn hash_of(answer: &AnswerId) -> Hash {
    Hash::of(&[&answer.0])
}

/// Only whoever may let a device in looks at who waits, and answers.
async fn check_confirmed<const N: usize>(relay: &Relay, signed: &Signed<N>) -> Result<(), RouteError> {
    let log = relay.load_log(&signed.account).await?;
    if is_confirmed(&log, signed) { Ok(()) } else { Err(ErrorCode::NotAllowed.into()) }
}

fn is_confirmed<const N: usize>(log: &LogState, signed: &Signed<N>) -> bool {
    log.device(&signed.device).is_some_and(|device| device.is_active() && device.status() == DeviceStatus::Confirmed)
}
