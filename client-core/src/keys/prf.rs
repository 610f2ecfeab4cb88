//! Outputs of an authenticator's PRF. The account output and the local one are different types, so that unlocking
//! a device cannot derive what signs in.

use shared_types::ids::{DeviceId, Hash};
use thiserror::Error;

use super::secret::Secret;

/// An authenticator answered its PRF with zeros only, so it holds no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the authenticator's PRF output is all zero")]
pub struct ZeroPrf;

/// PRF output of the account input ([`prf_account_input`]): what signs in and opens the account.
#[derive(Debug)]
pub struct PrfOutput(Secret<32>);

/// PRF output of the local input ([`prf_local_input`]): what unlocks one device.
///
/// It is no [`PrfOutput`]:
/// ```compile_fail,E0308
/// use client_core::keys::{LocalPrfOutput, MethodSecret};
/// fn harvest(local: &LocalPrfOutput, account_id: shared_types::ids::AccountId) -> MethodSecret {
///     MethodSecret::from_prf(local, account_id, "localhost", b"credential")
/// }
/// ```
#[derive(Debug)]
pub struct LocalPrfOutput(Secret<32>);

impl PrfOutput {
    /// Takes the output over, overwrites the caller's copy of it, refuses zeros.
    pub fn parse(mut bytes: [u8; 32]) -> Result<Self, ZeroPrf> {
        take_nonzero(&mut bytes).map(Self)
    }

    pub(super) fn secret(&self) -> &Secret<32> {
        &self.0
    }
}

impl LocalPrfOutput {
    /// Takes the output over, overwrites the caller's copy of it, refuses zeros.
    pub fn parse(mut bytes: [u8; 32]) -> Result<Self, ZeroPrf> {
        take_nonzero(&mut bytes).map(Self)
    }

    pub(super) fn secret(&self) -> &Secret<32> {
        &self.0
    }
}

fn take_nonzero(bytes: &mut [u8; 32]) -> Result<Secret<32>, ZeroPrf> {
    let any_bit = bytes.iter().fold(0, |bits, byte| bits | byte);
    let secret = Secret::take(bytes);
    if any_bit == 0 { Err(ZeroPrf) } else { Ok(secret) }
}

/// What an authenticator evaluates to sign up and sign in.
pub fn prf_account_input() -> Hash {
    Hash::of(&[b"sotto/prf/account/v1"])
}

/// What an authenticator evaluates to unlock one device.
pub fn prf_local_input(device_id: &DeviceId) -> Hash {
    Hash::of(&[b"sotto/prf/local/v1", &device_id.0])
}
