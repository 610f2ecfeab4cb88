//! Tickets for the events socket.

pub(super) mod issue;
