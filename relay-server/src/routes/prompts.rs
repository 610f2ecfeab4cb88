//! Prompts: ask, resume, stop.

pub(super) mod ask;
pub(super) mod resume;
pub(super) mod stop;
