//! The events socket.

pub(super) mod listen;
