//! The rules, grouped by what they guard.

mod attacks;
mod bridge;
mod colours;
mod databases;
mod dependencies;
mod error_codes;
mod evidence;
mod failures;
mod fields;
mod habits;
mod keys;
mod layout;
mod migrations;
mod places;
mod promises;
mod pure;
mod relay;
mod sentences;
mod versions;
mod walk;
