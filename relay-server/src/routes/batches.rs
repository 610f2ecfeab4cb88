//! Batches: push and pull.

pub(super) mod pull;
pub(super) mod push;
