//! `POST /v1/sign-up/finish`: one transaction makes the whole account and its first session.
//!
//! Nothing is stored unless the founder signed our nonce, the genesis keeps every rule of the account log, the sealed
//! copies are exactly those that it lists, and the passkey that it names answered our challenge or its password was begun
//! with a code of its authenticator app.
//!
//! Whoever lost the answer may finish once more with the same genesis while the nonce lives, and gets another session
//! for the same device key; later they are told that the account exists, and sign in.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use shared_types::account::{AnchorPut, SessionGrant, SignUpFinishRequest};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, LookupId, WireBytes};
use shared_types::limits::{CEREMONY_LIFE_S, MAX_CONTROL_BYTES, SESSION_LIFE_S};
use shared_types::log::{EntryBody, LogState, MethodKind, MethodPart};
use shared_types::statement::SignUpStatement;
use webauthn_rs::prelude::PasskeyRegistration;

use crate::ceremonies::{self, Ceremony, NewPassword};
use crate::db::{Creation, Credential, FinishedSignUp, NewAccount, NewEntry, NewEpoch, Password, Session, WordsLookup};
use crate::error::RouteError;
use crate::passwords::Passwords;
use crate::routes::log::append::{check_copies, check_time};
use crate::routes::methods::check::{self, check_anchors, credential_of};
use crate::sessions::new_token;
use crate::signed::{Unsigned, check_write_protocol};
use crate::state::Relay;

const DAY_S: u64 = 24 * 60 * 60;

/// Makes the account.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    headers: HeaderMap,
    unsigned: Unsigned<MAX_CONTROL_BYTES>,
) -> Result<Json<SessionGrant>, RouteError> {
    check_write_protocol(&headers)?;
    let now = relay.clock.now_s();
    let request: SignUpFinishRequest = unsigned.json()?;
    let nonce_hash = ceremonies::hash_of(&request.nonce);
    let begun = match ceremonies::take(&*relay.db, &request.nonce, now).await? {
        Some(Ceremony::SignUp { account, registration }) if account == request.account_id => {
            Begun::Passkey(registration)
        }
        Some(Ceremony::NewPassword { account, password }) if account == request.account_id => Begun::Password(password),
        Some(_) => return Err(ErrorCode::SignInRefused.into()),
        None => {
            return match relay.db.find_finished_sign_up(&nonce_hash, now).await? {
                Some(account) if account == request.account_id => finish_again(&relay, &request, now).await,
                None if is_account_of(&relay, &request, now).await? => Err(ErrorCode::AccountExists.into()),
                Some(_) | None => Err(ErrorCode::SignInRefused.into()),
            };
        }
    };
    let log = verify_genesis(&request, now)?;
    let (credential, password) = match begun {
        Begun::Passkey(registration) => (Some(register(&relay, &request, &log, &registration)?), None),
        Begun::Password(password) => (None, Some(register_password(&request, &log, password)?)),
    };
    let (token, token_hash) = new_token();
    let session = first_session(&request.account_id, &log, now)?;
    let grant = SessionGrant { token: WireBytes(token.to_vec()), expires_at: session.expires_at };
    let new = NewAccount {
        account: request.account_id,
        day: now / DAY_S,
        genesis: NewEntry { head: log.head(), bytes: request.genesis.0 },
        epoch: NewEpoch { number: log.epoch().part.number, copies: request.copies, back_link: None },
        anchors: checked_anchors(request.anchors, &log)?,
        credential,
        password,
        words: words_of(&log)?,
        token_hash,
        session,
        finished: FinishedSignUp { nonce_hash, expires_at: now + CEREMONY_LIFE_S },
    };
    match relay.db.create_account(&new).await? {
        Creation::Created => {}
        Creation::Exists => return Err(ErrorCode::AccountExists.into()),
        Creation::HandleTaken => return Err(ErrorCode::HandleTaken.into()),
    }
    relay.keep_log(Arc::new(log));
    Ok(Json(grant))
}

/// What was begun, by the method that the account is to have.
enum Begun {
    Passkey(Box<PasskeyRegistration>),
    Password(NewPassword),
}

fn register_password(
    request: &SignUpFinishRequest,
    log: &LogState,
    begun: NewPassword,
) -> Result<Password, RouteError> {
    let method = the_method(log)?;
    let upload = request.password.as_ref().filter(|_| method.kind == MethodKind::Password);
    let upload = upload.ok_or(ErrorCode::SignInRefused)?;
    Ok(begun.into_row(request.account_id, method.id, Passwords::record_of(&upload.0)?))
}

/// Whether the request is, bit for bit, the founding of an account that stands here.
async fn is_account_of(relay: &Relay, request: &SignUpFinishRequest, now: u64) -> Result<bool, RouteError> {
    let genesis = verify_genesis(request, now)?.head().hash;
    let log = relay.find_log(&request.account_id).await?;
    Ok(log.is_some_and(|log| log.hash_at(0) == Some(genesis)))
}

async fn finish_again(
    relay: &Relay,
    request: &SignUpFinishRequest,
    now: u64,
) -> Result<Json<SessionGrant>, RouteError> {
    if !is_account_of(relay, request, now).await? {
        return Err(ErrorCode::SignInRefused.into());
    }
    let log = relay.load_log(&request.account_id).await?;
    let session = first_session(&request.account_id, &verify_genesis(request, now)?, now)?;
    if !Relay::is_active(&log, &session.device) {
        return Err(ErrorCode::NotAllowed.into());
    }
    let (token, token_hash) = new_token();
    relay.db.begin_session(&token_hash, &session).await?;
    Ok(Json(SessionGrant { token: WireBytes(token.to_vec()), expires_at: session.expires_at }))
}

fn verify_genesis(request: &SignUpFinishRequest, now: u64) -> Result<LogState, RouteError> {
    let log = LogState::verify(request.account_id, [request.genesis.0.as_slice()])
        .map_err(crate::routes::log::append::log_refusal)?;
    let genesis = log.entries().first().ok_or(ErrorCode::LogRefused)?;
    let EntryBody::Genesis { founder, epoch, .. } = &genesis.entry.body else {
        return Err(ErrorCode::LogRefused.into());
    };
    let statement = SignUpStatement { account_id: request.account_id, nonce: request.nonce };
    if !founder.verifies(&statement.to_bytes(), &request.founder_signature) {
        return Err(ErrorCode::SignInRefused.into());
    }
    check_time(genesis.entry.time_s, now)?;
    check_copies(epoch, &request.copies)?;
    Ok(log)
}

fn register(
    relay: &Relay,
    request: &SignUpFinishRequest,
    log: &LogState,
    registration: &PasskeyRegistration,
) -> Result<Credential, RouteError> {
    let method = the_method(log)?;
    if !matches!(method.kind, MethodKind::Passkey | MethodKind::SecurityKey) {
        return Err(ErrorCode::LogRefused.into());
    }
    credential_of(&check::register(relay, &request.registration, registration)?, method)
}

/// The one method of a genesis beside words; more would need more registrations, none has nothing to sign in with.
fn the_method(log: &LogState) -> Result<&MethodPart, RouteError> {
    let mut methods = log.active_methods().map(|method| &method.part).filter(|part| part.kind != MethodKind::Words);
    match (methods.next(), methods.next()) {
        (Some(method), None) => Ok(method),
        _ => Err(ErrorCode::LogRefused.into()),
    }
}

fn words_of(log: &LogState) -> Result<Vec<WordsLookup>, RouteError> {
    log.active_methods().filter(|method| method.is_words()).map(|method| words_lookup(&method.part)).collect()
}

/// How a words method is found.
pub(in crate::routes) fn words_lookup(part: &MethodPart) -> Result<WordsLookup, RouteError> {
    let lookup = part.credential_id.as_slice().try_into().map_err(|_| ErrorCode::LogRefused)?;
    Ok(WordsLookup { lookup: LookupId(lookup), method: part.id })
}

fn first_session(account: &AccountId, log: &LogState, now: u64) -> Result<Session, RouteError> {
    let device = log.active_devices().next().ok_or(ErrorCode::LogRefused)?;
    let method = the_method(log)?.id;
    Ok(Session {
        account: *account,
        device: device.part.id,
        device_key: device.part.signing,
        method,
        expires_at: now + SESSION_LIFE_S,
    })
}

fn checked_anchors(anchors: Vec<AnchorPut>, log: &LogState) -> Result<Vec<AnchorPut>, RouteError> {
    check_anchors(&anchors)?;
    let mut methods = BTreeSet::new();
    for anchor in &anchors {
        if log.method(&anchor.method).is_none() || !methods.insert(anchor.method) {
            return Err(ErrorCode::Malformed.into());
        }
    }
    Ok(anchors)
}
