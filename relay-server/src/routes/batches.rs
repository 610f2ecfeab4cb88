//! Batches: push and pull.

pub(super) mod push;
pub(super) mod pull;
