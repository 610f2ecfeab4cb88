//! The tidy checks: rules about the tree that no compiler knows, as plain text over its files.
//!
//! Each rule is a function from a [`tree::Tree`] to the breaches it found. Its tests run it twice:
//! over this checkout, where it must find nothing, and over a small planted tree, where it must
//! find exactly the breach (`tidy_refuses_…`).

mod check_script;
mod manifests;
mod rules;
mod set_up_script;
mod source;
mod tree;
