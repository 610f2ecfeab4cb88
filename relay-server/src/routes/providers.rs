//! `/v1/providers`: the operator's.

pub(super) mod change;
