//! The account as a whole.

pub(super) mod delete;
