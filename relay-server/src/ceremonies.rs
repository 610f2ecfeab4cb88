//! Sign-ups and sign-ins that have been started: each is finished at most once, by any process on the database.
//!
//! A row stands under the hash of its nonce. Its state is one byte for the kind, then what WebAuthn keeps: the
//! challenge, for a sign-up the account to be; of a password what OPAQUE checks its end against. No key and no word.

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, Hash, MethodId, Nonce};
use shared_types::limits::{CEREMONY_LIFE_S, REGISTRATION_LIFE_S, SIGN_UP_LIFE_S};
use shared_types::password::{KE1_BYTES, KE2_BYTES};
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyRegistration};

use crate::db::{Db, DbError, Opening, Password, StartedCeremony};
use crate::error::RouteError;
use crate::random::random_bytes;

/// Ceremonies open at the same time in the whole relay.
const MAX_OPEN: u32 = 50_000;

const SIGN_UP: u8 = 1;
const PASSKEY: u8 = 2;
const WORDS: u8 = 3;
const REGISTRATION: u8 = 4;
const NEW_PASSWORD: u8 = 5;
const PASSWORD: u8 = 6;
const PROVEN: u8 = 7;

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
    /// A password that is registered, for this account.
    NewPassword {
        /// The account.
        account: AccountId,
        /// Its name and what its codes are checked against.
        password: NewPassword,
    },
    /// A sign-in with a password that is not proven yet: of which account, it does not say.
    Password(Box<SignInWithPassword>),
    /// A sign-in with a password that is.
    Proven {
        /// The account.
        account: AccountId,
        /// The method.
        method: MethodId,
        /// SHA-256 of all that OPAQUE exchanged.
        transcript: Hash,
    },
}

/// What is kept of a password until its registration ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewPassword {
    /// Hash of the name.
    pub(crate) handle: Hash,
    /// The step of the code that was shown.
    pub(crate) totp_step: u64,
    /// Sealed.
    pub(crate) totp_secret: Vec<u8>,
}

/// What is kept of a sign-in with a password until it is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignInWithPassword {
    /// Hash of the name.
    pub(crate) handle: Hash,
    /// The first two messages.
    pub(crate) exchanged: [u8; KE1_BYTES + KE2_BYTES],
    /// What the last one is checked against.
    pub(crate) state: Vec<u8>,
}

impl NewPassword {
    /// As it is stored of a method, once its registration ended with this record.
    pub(crate) fn into_row(self, account: AccountId, method: MethodId, record: Vec<u8>) -> Password {
        let Self { handle, totp_step, totp_secret } = self;
        Password { handle, account, method, record, totp_secret, totp_step }
    }

    fn to_bytes(&self) -> Vec<u8> {
        [&self.handle.0[..], &self.totp_step.to_be_bytes(), &self.totp_secret].concat()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (handle, rest) = bytes.split_first_chunk()?;
        let (step, sealed) = rest.split_first_chunk()?;
        Some(Self { handle: Hash(*handle), totp_step: u64::from_be_bytes(*step), totp_secret: sealed.to_vec() })
    }
}

impl SignInWithPassword {
    fn to_bytes(&self) -> Vec<u8> {
        [&self.handle.0[..], &self.exchanged, &self.state].concat()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (handle, rest) = bytes.split_first_chunk()?;
        let (exchanged, state) = rest.split_first_chunk()?;
        Some(Self { handle: Hash(*handle), exchanged: *exchanged, state: state.to_vec() })
    }
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
        Ceremony::NewPassword { account, password } => {
            (Some(*account), [&[NEW_PASSWORD], &password.to_bytes()[..]].concat(), SIGN_UP_LIFE_S)
        }
        Ceremony::Password(sign_in) => (None, [&[PASSWORD], &sign_in.to_bytes()[..]].concat(), CEREMONY_LIFE_S),
        Ceremony::Proven { account, method, transcript } => {
            (Some(*account), [&[PROVEN], &method.0[..], &transcript.0[..]].concat(), CEREMONY_LIFE_S)
        }
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
    let corrupt = || RouteError::from(DbError::Corrupt);
    Ok(match (started.state.split_first(), started.account) {
        (Some((&SIGN_UP, json)), Some(account)) => Ceremony::SignUp { account, registration: read(json)? },
        (Some((&PASSKEY, json)), None) => Ceremony::Passkey(read(json)?),
        (Some((&WORDS, [])), Some(account)) => Ceremony::Words { account },
        (Some((&REGISTRATION, json)), Some(account)) => Ceremony::Registration { account, registration: read(json)? },
        (Some((&NEW_PASSWORD, bytes)), Some(account)) => {
            Ceremony::NewPassword { account, password: NewPassword::parse(bytes).ok_or_else(corrupt)? }
        }
        (Some((&PASSWORD, bytes)), None) => {
            Ceremony::Password(Box::new(SignInWithPassword::parse(bytes).ok_or_else(corrupt)?))
        }
        (Some((&PROVEN, bytes)), Some(account)) => {
            let (method, transcript) = bytes.split_first_chunk().ok_or_else(corrupt)?;
            let transcript = Hash(transcript.try_into().map_err(|_| corrupt())?);
            Ceremony::Proven { account, method: MethodId(*method), transcript }
        }
        _ => return Err(corrupt()),
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
