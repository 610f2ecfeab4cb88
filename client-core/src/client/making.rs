//! A passkey or security key that is being made: how much the authenticator has given of it, and what it is asked next.
//!
//! ```text
//! create ─► whole, or ─► get (account and local PRF) ─► whole, or ─► get (local PRF) ─► whole
//! ```

use shared_types::ids::{AccountId, DeviceId};

use super::sign_up::parse_prf;
use crate::account::{PrfKind, PrfMethod};
use crate::intention::{GestureAnswer, GestureRequest};
use crate::keys::{LocalPrfOutput, MethodKeys, PrfOutput, prf_account_input, prf_local_input};
use crate::view::Problem;

/// One that is being made on a device.
pub(super) struct Making {
    pub(super) kind: PrfKind,
    rp_id: String,
    device: DeviceId,
    made: Option<Made>,
}

/// What the authenticator has made.
pub(super) struct Made {
    /// The registration as the relay reads it.
    pub(super) registration: String,
    pub(super) credential_id: Vec<u8>,
    /// It is found on a fresh device only by whoever knows its credential id.
    pub(super) is_unlisted: bool,
    account_prf: Option<PrfOutput>,
    local_prf: Option<LocalPrfOutput>,
}

/// What comes after an answer.
pub(super) enum Next {
    Whole,
    Ask(GestureRequest),
}

impl Making {
    pub(super) fn new(kind: PrfKind, rp_id: String, device: DeviceId) -> Self {
        Self { kind, rp_id, device, made: None }
    }

    /// The first question.
    pub(super) fn create(
        &self,
        account: AccountId,
        challenge: Vec<u8>,
        label: String,
        exclude: Vec<Vec<u8>>,
    ) -> GestureRequest {
        GestureRequest::Create {
            challenge,
            rp_id: self.rp_id.clone(),
            user_handle: account.0.to_vec(),
            label,
            kind: self.kind,
            prf: [prf_account_input().0.to_vec(), prf_local_input(&self.device).0.to_vec()],
            exclude,
        }
    }

    /// Takes an answer in.
    pub(super) fn handle(&mut self, answer: &GestureAnswer, challenge: Vec<u8>) -> Result<Next, Problem> {
        let is_create = self.made.is_none();
        let made = self.made.get_or_insert_with(|| Made {
            registration: answer.credential_json.clone(),
            credential_id: answer.credential_id.clone(),
            is_unlisted: answer.is_unlisted,
            account_prf: None,
            local_prf: None,
        });
        if made.credential_id != answer.credential_id {
            return Err(Problem::NotThisAccount);
        }
        let [first, second] = &answer.prf;
        let asked_local_only = made.account_prf.is_some();
        let local = if asked_local_only {
            parse_prf(first.as_ref(), LocalPrfOutput::parse)?
        } else {
            made.account_prf = parse_prf(first.as_ref(), PrfOutput::parse)?;
            parse_prf(second.as_ref(), LocalPrfOutput::parse)?
        };
        made.local_prf = local.or(made.local_prf.take());
        let (has_account, has_local) = (made.account_prf.is_some(), made.local_prf.is_some());
        if has_account && has_local {
            return Ok(Next::Whole);
        }
        // No PRF at all, twice: this authenticator holds no secret.
        if asked_local_only || !has_account && (!is_create || !answer.prf_enabled) {
            return Err(Problem::PasskeyWithoutPrf);
        }
        let local_input = prf_local_input(&self.device).0.to_vec();
        let (prf_first, prf_second) =
            if has_account { (local_input, None) } else { (prf_account_input().0.to_vec(), Some(local_input)) };
        let allow = vec![made.credential_id.clone()];
        Ok(Next::Ask(GestureRequest::Get { challenge, rp_id: self.rp_id.clone(), allow, prf_first, prf_second }))
    }

    /// What it has made, once it is whole.
    pub(super) fn made(&self) -> Option<(&Made, &PrfOutput, &LocalPrfOutput)> {
        let made = self.made.as_ref()?;
        Some((made, made.account_prf.as_ref()?, made.local_prf.as_ref()?))
    }

    /// The method that it is, once it is whole.
    pub(super) fn method(&self) -> Option<PrfMethod<'_>> {
        let (made, output, _) = self.made()?;
        Some(PrfMethod { kind: self.kind, output, rp_id: &self.rp_id, credential_id: &made.credential_id })
    }

    /// Its keys for an account.
    pub(super) fn derive_keys(&self, account: AccountId) -> Option<MethodKeys> {
        self.method()?.derive_keys(account).ok()
    }

    /// Tells the authenticator to forget what it has made, if it has: no account will know it.
    pub(super) fn forget(&self) -> Option<GestureRequest> {
        let made = self.made.as_ref()?;
        Some(GestureRequest::Forget { rp_id: self.rp_id.clone(), credential_id: made.credential_id.clone() })
    }
}
