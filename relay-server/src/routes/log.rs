//! The account log.

pub(super) mod append;
pub(super) mod list;
