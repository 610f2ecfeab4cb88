//! Tokens of sessions, and tickets: 256 random bits, stored hashed.

use shared_types::ids::Hash;

use crate::random::random_bytes;

/// A fresh token and what is stored of it.
pub(crate) fn new_token() -> ([u8; 32], Hash) {
    let token = random_bytes();
    (token, Hash::of(&[&token]))
}
