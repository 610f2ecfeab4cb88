//! Ways to sign in that are added to an account.

pub(super) mod check;
pub(super) mod start;
