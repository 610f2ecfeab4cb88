//! Asking: what leaves for a question, and what becomes of the answer. Pure; `client` sends and shows.

pub mod compose;
pub mod machine;
