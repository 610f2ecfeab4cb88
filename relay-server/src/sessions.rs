//! Tokens of sessions, and tickets: 256 random bits, stored hashed. Sessions that were looked up lately.

use std::collections::BTreeMap;
use std::sync::Mutex;

use shared_types::ids::{AccountId, Hash, MethodId};

use crate::db::Session;
use crate::random::random_bytes;

/// Sessions that are kept in memory.
const MAX_KEPT: usize = 1024;

/// Stands where a session has its method, if a confirmed device let its device in: no method has this id.
pub(crate) const NO_METHOD: MethodId = MethodId([0; MethodId::LEN]);

/// A fresh token and what is stored of it.
pub(crate) fn new_token() -> ([u8; 32], Hash) {
    let token = random_bytes();
    (token, Hash::of(&[&token]))
}

/// Sessions by the hash of their token, as they were when they were looked up.
///
/// One may have ended since, also in another process: it tells whose key to verify with, never that a request is
/// allowed. Whoever goes by it has the database check that it stands ([`crate::db::Standing`]).
#[derive(Debug, Default)]
pub(crate) struct KeptSessions {
    by_token: Mutex<BTreeMap<Hash, Session>>,
}

impl KeptSessions {
    /// The session of a token, unless it is over by now.
    pub(crate) fn find(&self, token_hash: &Hash, now_s: u64) -> Option<Session> {
        let by_token = self.by_token.lock().expect("no holder of this lock panics");
        by_token.get(token_hash).filter(|session| session.expires_at > now_s).cloned()
    }

    /// Keeps one that was just looked up.
    pub(crate) fn keep(&self, token_hash: Hash, session: Session) {
        let mut by_token = self.by_token.lock().expect("no holder of this lock panics");
        if by_token.len() >= MAX_KEPT {
            by_token.pop_first();
        }
        by_token.insert(token_hash, session);
    }

    /// Forgets those of an account that is no more.
    pub(crate) fn forget_account(&self, account: &AccountId) {
        self.by_token.lock().expect("no holder of this lock panics").retain(|_, session| session.account != *account);
    }

    /// Forgets one.
    pub(crate) fn forget(&self, token_hash: &Hash) {
        self.by_token.lock().expect("no holder of this lock panics").remove(token_hash);
    }
}
