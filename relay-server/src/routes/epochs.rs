//! Sealed copies of epoch keys.

pub(super) mod list;
