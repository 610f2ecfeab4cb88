//! What was counted of an account's days.

pub(super) mod show;
