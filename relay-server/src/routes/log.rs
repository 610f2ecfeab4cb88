//! The account log.

pub(super) mod list;
pub(super) mod append;
