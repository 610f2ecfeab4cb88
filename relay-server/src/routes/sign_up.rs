//! Sign-up: the account and its first session.

pub(super) mod finish;
pub(super) mod start;
