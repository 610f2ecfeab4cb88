//! What client and relay agree on: ids, signed formats and their one verifier, wire messages, limits, error codes.
//!
//! Nothing here encrypts, does I/O or reads a clock. Authenticated bytes are laid out by hand through
//! [`bytes::Writer`] and read back through [`bytes::Reader`]; `docs/formats.md` is their specification.

pub mod account;
pub mod batch;
pub mod bytes;
pub mod error;
pub mod hand_over;
pub mod ids;
pub mod limits;
pub mod log;
pub mod ordered;
pub mod password;
pub mod prompt;
pub mod provider;
pub mod public_key;
pub mod request;
pub mod seen;
pub mod statement;
pub mod sync;
