//! Sign-in: a session for a device, proven by a method and the device's own key.

pub(super) mod finish;
pub(super) mod prove;
pub(super) mod start;
