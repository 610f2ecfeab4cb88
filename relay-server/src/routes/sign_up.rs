//! Sign-up: the account and its first session.

pub(super) mod start;
pub(super) mod finish;
