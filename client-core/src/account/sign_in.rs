//! Sign-in: two signatures that bind method and device to the relay's nonce, and the check that the account which
//! the relay then shows is the one that the method belongs to.

use shared_types::ids::{AccountId, Hash, Nonce, Signature};
use shared_types::log::{LogError, LogState};
use shared_types::statement::SignInStatement;
use thiserror::Error;

use crate::keys::{DeviceKeys, MethodKeys};

/// Why a sign-in ends before anything is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Abort {
    /// What the relay shows is no log of this account.
    #[error("the account log is refused")]
    Log(#[from] LogError),
    /// Our own method does not stand in it, or not with our public keys, or not any more.
    #[error("the own method is not active in the account log")]
    MethodMissing,
}

/// A signed statement of sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedSignIn {
    /// SOTS bytes.
    pub statement: Vec<u8>,
    /// Of the method key.
    pub method_signature: Signature,
    /// Of the device key.
    pub device_signature: Signature,
}

/// Signs a sign-in with method and device. `transcript` is clientDataJSON, or empty for words.
pub fn sign_sign_in(
    method: &MethodKeys,
    device: &DeviceKeys,
    nonce: Nonce,
    transcript: &[u8],
    rp_id: &str,
) -> SignedSignIn {
    let part = device.part();
    let statement = SignInStatement {
        account_id: method.account_id(),
        method_id: method.id(),
        device_id: part.id,
        signing: part.signing,
        kem: part.kem,
        nonce,
        transcript_hash: Hash::of(&[transcript]),
        rp_id_hash: Hash::of(&[rp_id.as_bytes()]),
    };
    SignedSignIn {
        statement: statement.to_bytes(),
        method_signature: method.sign_statement(&statement),
        device_signature: device.sign_statement(&statement),
    }
}

/// Verifies the log that the relay shows and finds our own method in it, exactly as we derived it.
pub fn open_account<'a>(
    account_id: AccountId,
    entries: impl IntoIterator<Item = &'a [u8]>,
    method: &MethodKeys,
) -> Result<LogState, Abort> {
    let log = LogState::verify(account_id, entries)?;
    let own = log.method(&method.id()).filter(|own| own.is_active() && method.stand_in(&own.part));
    if own.is_none() || method.account_id() != account_id {
        return Err(Abort::MethodMissing);
    }
    Ok(log)
}
