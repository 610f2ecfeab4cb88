//! Streams: the batches of chosen scopes.

pub(super) mod pull;
