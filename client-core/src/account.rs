//! The account as this device builds and checks it: sign-up, sign-in, entries of the account log, epochs, anchors.
//!
//! Everything here is a pure function of keys, the verified log and what the relay sent. What the relay sent is
//! believed only where the log or a key certifies it.

mod anchor;
mod entries;
mod epochs;
mod hand_over;
mod rehearsal;
mod sign_in;
mod sign_up;
mod state_code;

pub use anchor::Anchor;
pub use entries::{
    AppendParts, LetIn, MethodChange, add_device, advance_epoch, change_methods, checkpoint, confirm_device,
    revoke_devices, sign_out,
};
pub use epochs::{EpochKeys, Recipient, Rotation, UnopenedEpoch, may_rotate, next_rotation_s};
pub use hand_over::{Admission, HandOverFault, answer_offer};
pub use rehearsal::next_check_s;
pub use sign_in::{Abort, SignedSignIn, open_account, sign_sign_in};
pub use sign_up::{FirstMethod, PrfKind, PrfMethod, SignUp, SignUpError, SignUpParts};
pub use state_code::{N_STATE_WORDS, state_code};
