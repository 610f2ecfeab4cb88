//! `POST /v1/providers`: the operator sees, tries, attaches and removes providers.
//!
//! Only the operator may name an address, because the relay then speaks to it (`docs/decisions/0005`). A key that came
//! in never goes out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use shared_types::error::ErrorCode;
use shared_types::ids::Hash;
use shared_types::limits::MAX_CONTROL_BYTES;
use shared_types::provider::{Admission, NewProvider, ProviderWish, ProvidersRequest, ProvidersResponse, Tried};

use crate::config::OpenAiConfig;
use crate::error::RouteError;
use crate::provider::{settings_of, try_out};
use crate::signed::{Signed, check_write_protocol};
use crate::state::Relay;

/// Name of a provider while it is only tried.
const TRIED: &str = "tried";

/// Does what the operator wants; to anybody else it only says whether a token would help.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    headers: HeaderMap,
    signed: Signed<MAX_CONTROL_BYTES>,
) -> Result<Json<ProvidersResponse>, RouteError> {
    check_write_protocol(&headers)?;
    let log = relay.load_log(&signed.account).await?;
    if !Relay::is_active(&log, &signed.device) {
        return Err(ErrorCode::NotAllowed.into());
    }
    let request: ProvidersRequest = signed.json()?;
    drop(signed);
    let admission = admission(&relay, request.operator.reveal());
    if admission != Admission::Admitted {
        return Ok(Json(ProvidersResponse { admission, providers: Vec::new(), tried: None }));
    }
    let tried = match request.wish {
        ProviderWish::List => None,
        ProviderWish::Test(wish) => Some(test(&wish).await.1),
        ProviderWish::Attach(wish) => Some(attach(&relay, &wish).await),
        ProviderWish::Remove { name } => remove(&relay, &name),
    };
    let providers = relay.providers.rows(relay.clock.now_s());
    Ok(Json(ProvidersResponse { admission, providers, tried }))
}

/// Whether somebody is the operator: by the token, or, without one, because the relay is for this machine alone.
fn admission(relay: &Relay, said: &str) -> Admission {
    match &relay.config.operator_token {
        // Equal hashes, so that the time that it takes tells nothing of the token.
        Some(token) if Hash::of(&[said.as_bytes()]) == Hash::of(&[token.reveal().as_bytes()]) => Admission::Admitted,
        Some(_) if said.is_empty() => Admission::TokenWanted,
        Some(_) => Admission::TokenWrong,
        None if relay.is_for_this_machine => Admission::Admitted,
        None => Admission::Closed,
    }
}

async fn test(wish: &NewProvider) -> (Option<OpenAiConfig>, Tried) {
    let Ok(config) = settings_of(wish, TRIED) else { return (None, Tried::BadAddress) };
    let tried = try_out(config.clone()).await;
    (Some(config), tried)
}

async fn attach(relay: &Relay, wish: &NewProvider) -> Tried {
    let (config, tried) = test(wish).await;
    let (Some(config), Tried::Works { models }) = (config, &tried) else { return tried };
    match relay.providers.attached.attach(&config, models) {
        Ok(()) => tried,
        Err(error) => {
            tracing::error!(error = %error, "a provider could not be kept");
            Tried::NotKept
        }
    }
}

fn remove(relay: &Relay, name: &str) -> Option<Tried> {
    let error = relay.providers.attached.remove(name).err()?;
    tracing::error!(error = %error, "the providers could not be kept");
    Some(Tried::NotKept)
}
