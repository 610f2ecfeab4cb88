//! Sign-ups and sign-ins that have been started: each is finished at most once, by any process on the database.
//!
//! A row stands under the hash of its nonce. Its state is one byte for the kind, then what WebAuthn keeps: the
//! challenge, for a sign-up the account to be; no key and no word.

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, Hash, Nonce};
use shared_types::limits::{CEREMONY_LIFE_S, REGISTRATION_LIFE_S, SIGN_UP_LIFE_S};
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyRegistration};

use crate::db::{Db, DbError, Opening, StartedCeremony};
use crate::error::RouteError;
use crate::random::random_bytes;

/// Ceremonies open at the same time in the whole relay.
const MAX_OPEN: u32 = 50_000;

const SIGN_UP: u8 = 1;
const PASSKEY: u8 = 2;
const WORDS: u8 = 3;
const REGISTRATION: u8 = 4;

/// What was started.
#[derive(Debug)]
pub(crate) enum Ceremony {
    /// A sign-up of this account.
    SignUp {
        /// The account to be.
        account: AccountId,
        /// The WebAuthn state.
        registration: Box<PasskeyRegistration>,
    },
    /// A passkey or security key that this account adds.
    Registration {
        /// The account.
        account: AccountId,
        /// The WebAuthn state.
        registration: Box<PasskeyRegistration>,
    },
    /// A sign-in with any passkey.
    Passkey(Box<DiscoverableAuthentication>),
    /// A sign-in with words that were looked up.
    Words {
        /// The account of these words.
        account: AccountId,
    },
}

/// What of a nonce is stored.
pub(crate) fn hash_of(nonce: &Nonce) -> Hash {
    Hash::of(&[&nonce.0])
}

/// Opens a ceremony under a fresh nonce.
pub(crate) async fn open(db: &dyn Db, ceremony: &Ceremony, now_s: u64) -> Result<Nonce, RouteError> {
    let nonce = Nonce(random_bytes());
    let (account, state, life_s) = match ceremony {
        Ceremony::SignUp { account, registration } => (Some(*account), state(SIGN_UP, registration)?, SIGN_UP_LIFE_S),
        Ceremony::Registration { account, registration } => {
            (Some(*account), state(REGISTRATION, registration)?, REGISTRATION_LIFE_S)
        }
        Ceremony::Passkey(authentication) => (None, state(PASSKEY, authentication)?, CEREMONY_LIFE_S),
        Ceremony::Words { account } => (Some(*account), vec![WORDS], CEREMONY_LIFE_S),
    };
    let started = StartedCeremony { nonce_hash: hash_of(&nonce), account, state, expires_at: now_s + life_s };
    match db.open_ceremony(&started, now_s, MAX_OPEN).await? {
        Opening::Opened => Ok(nonce),
        Opening::TooMany => Err(ErrorCode::RateLimited.into()),
    }
}

/// Takes a ceremony: whatever comes of it, its nonce is used up.
pub(crate) async fn take(db: &dyn Db, nonce: &Nonce, now_s: u64) -> Result<Option<Ceremony>, RouteError> {
    db.take_ceremony(&hash_of(nonce), now_s).await?.as_ref().map(parse).transpose()
}

/// Looks a ceremony up; whoever stores what comes of it takes it in the same transaction.
pub(crate) async fn find(db: &dyn Db, nonce: &Nonce, now_s: u64) -> Result<Option<Ceremony>, RouteError> {
    db.find_ceremony(&hash_of(nonce), now_s).await?.as_ref().map(parse).transpose()
}

fn parse(started: &StartedCeremony) -> Result<Ceremony, RouteError> {
    Ok(match (started.state.split_first(), started.account) {
        (Some((&SIGN_UP, json)), Some(account)) => Ceremony::SignUp { account, registration: read(json)? },
        (Some((&PASSKEY, json)), None) => Ceremony::Passkey(read(json)?),
        (Some((&WORDS, [])), Some(account)) => Ceremony::Words { account },
        (Some((&REGISTRATION, json)), Some(account)) => Ceremony::Registration { account, registration: read(json)? },
        _ => return Err(DbError::Corrupt.into()),
    })
}

fn state(kind: u8, kept: &impl Serialize) -> Result<Vec<u8>, RouteError> {
    let mut state = vec![kind];
    serde_json::to_writer(&mut state, kept).map_err(|_| RouteError::Passkey)?;
    Ok(state)
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<Box<T>, RouteError> {
    serde_json::from_slice(json).map(Box::new).map_err(|_| DbError::Corrupt.into())
}
