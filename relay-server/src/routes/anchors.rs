//! Anchors, one a method.

pub(super) mod put;
pub(super) mod show;
