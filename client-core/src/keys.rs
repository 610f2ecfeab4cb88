//! Keys: every secret of an account, each a type of its own.
//!
//! ```text
//! words, passkey, password ─► method secret ─► method keys (sign, KEM, seal S)
//! device keys                        random, sealed in the local store
//! epoch key ─► key ring key ─► scope keys ─► (a message key for each envelope)
//!          ├─► back link key ─► the epoch key before
//!          └─► tag key (of epoch 1)
//! hand-over secret ─► the MAC of what two devices leave for each other
//! unlock secret ─► local store key ─► row sealer
//! ```
//! A secret is zeroized when dropped, is neither `Clone` nor serialisable, shows nothing in `Debug`, and leaves
//! this module sealed or as its public half. Randomness is an argument. Bytes: `docs/formats.md`.

mod device;
mod epoch;
mod founder;
mod hand_over;
mod hpke;
mod local;
mod message;
mod method;
mod opaque;
mod pair;
mod prf;
mod scope;
mod secret;
#[cfg(any(test, feature = "test-support"))]
pub mod seeded;
mod tag;
#[cfg(test)]
mod tests;
mod words;

pub use device::DeviceKeys;
pub use epoch::{BackLinkKey, EpochKey, KeyRingKey};
pub use founder::FounderKey;
pub use hand_over::{BadCode, HandOverSecret, HandedOver, N_HAND_OVER_WORDS};
pub use hpke::BadEpochKey;
pub use local::{LocalStoreKey, LocalUnlockSecret, RowSealer, SealedRow, UnlockWay};
pub use method::{MethodKeys, MethodSecret};
pub use opaque::{AccountSecret, ExportKey, PasswordMode};
pub use prf::{LocalPrfOutput, PrfOutput, ZeroPrf, prf_account_input, prf_local_input};
pub use scope::{KeyRingEntry, ScopeKey};
pub(crate) use secret::SealingKey;
pub use tag::TagKey;
pub(crate) use words::word_at;
pub use words::{N_WORDS, RecoveryWords, WordsError};
