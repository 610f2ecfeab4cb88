//! Sign-ups and sign-ins that have been started: kept in memory, each finished at most once.

use std::collections::HashMap;
use std::sync::Mutex;

use shared_types::ids::{AccountId, Nonce};
use shared_types::limits::{CEREMONY_LIFE_S, SIGN_UP_LIFE_S};
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyRegistration};

use crate::random::random_bytes;

/// Ceremonies open at the same time in the whole relay.
const MAX_OPEN: usize = 50_000;

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
    /// A sign-up that made its account: whoever lost the answer may finish it again.
    SignedUp {
        /// The account.
        account: AccountId,
        /// Until when, Unix seconds.
        until_s: u64,
    },
    /// A sign-in with any passkey.
    Passkey(Box<DiscoverableAuthentication>),
    /// A sign-in with words that were looked up.
    Words {
        /// The account of these words.
        account: AccountId,
    },
}

/// All open ceremonies by their nonce.
#[derive(Debug, Default)]
pub(crate) struct Ceremonies {
    open: Mutex<HashMap<Nonce, (u64, Ceremony)>>,
}

/// Too many ceremonies are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

impl Ceremonies {
    /// Opens a ceremony under a fresh nonce.
    pub(crate) fn open(&self, ceremony: Ceremony, now_s: u64) -> Result<Nonce, TooMany> {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        if open.len() >= MAX_OPEN {
            open.retain(|_, (expires_at, _)| *expires_at >= now_s);
        }
        if open.len() >= MAX_OPEN {
            return Err(TooMany);
        }
        let nonce = Nonce(random_bytes());
        let life_s = match &ceremony {
            Ceremony::SignUp { .. } => SIGN_UP_LIFE_S,
            Ceremony::SignedUp { .. } | Ceremony::Passkey(_) | Ceremony::Words { .. } => CEREMONY_LIFE_S,
        };
        open.insert(nonce, (now_s + life_s, ceremony));
        Ok(nonce)
    }

    /// Remembers that the sign-up of this nonce made its account.
    pub(crate) fn keep_signed_up(&self, nonce: Nonce, account: AccountId, until_s: u64) {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        open.insert(nonce, (until_s, Ceremony::SignedUp { account, until_s }));
    }

    /// Takes a ceremony: whatever comes of it, its nonce is used up.
    pub(crate) fn take(&self, nonce: &Nonce, now_s: u64) -> Option<Ceremony> {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        open.remove(nonce).filter(|(expires_at, _)| *expires_at >= now_s).map(|(_, ceremony)| ceremony)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceremony_is_finished_once_and_in_time() {
        let ceremonies = Ceremonies::default();
        let words = || Ceremony::Words { account: AccountId([1; 16]) };
        let nonce = ceremonies.open(words(), 0).unwrap();
        assert!(ceremonies.take(&nonce, CEREMONY_LIFE_S).is_some());
        assert!(ceremonies.take(&nonce, CEREMONY_LIFE_S).is_none());
        let late = ceremonies.open(words(), 0).unwrap();
        assert!(ceremonies.take(&late, CEREMONY_LIFE_S + 1).is_none());
    }
}
