//! Anchors, one a method.

pub(super) mod show;
pub(super) mod put;
