//! Devices and their sessions.

pub(super) mod end_session;
