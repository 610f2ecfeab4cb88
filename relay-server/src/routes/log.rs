//! The account log.

pub(super) mod append;
pub(super) mod end;
pub(super) mod list;
