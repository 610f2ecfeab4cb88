//! Signing in with a password, the client's half: what a person types becomes bytes, and OPAQUE (RFC 9807) makes a secret
//! of them that neither the relay nor a thief of its database can guess at.
//!
//! ```text
//! typed ─► NFKC ─► (with the account secret) password input ─► OPAQUE, stretched by Argon2id ─► export key
//! ```
//! Natively for tests, in a browser a WASM file of its own beside the core (decision 0009). Randomness is an argument.

mod ceremony;
mod drawn;
mod input;
mod passphrase;
mod run;
mod stretch;
#[cfg(test)]
mod tests;
mod text;

pub use ceremony::{
    Finished, Refused, Started, Who, finish_registration, finish_sign_in, start_registration, start_sign_in,
};
pub use drawn::N_RANDOM;
pub use input::{ACCOUNT_SECRET_BYTES, password_input};
pub use passphrase::{MIN_PASSPHRASE_WORDS, count_passphrase_words, generate_passphrase};
pub use run::{MAX_ANSWER_BYTES, run};
pub use stretch::stretch;
pub use text::{MAX_TYPED_BYTES, Unreadable, read_handle, read_password};
