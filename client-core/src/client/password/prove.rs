//! Proving a password to the relay, up to the account that it names then: what a sign-in and a signature begin with.
//!
//! ```text
//! name, password, account secret, code ─► KE1 ─► KE2, stretched ─► KE3 ─► the relay names an account ─► method keys
//! ```
//! Every failure of name, password or code looks the same, here as on the wire.

use std::rc::Rc;

use shared_types::account::{SignInFinishRequest, SignInStartRequest};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, Nonce, WireBytes};
use shared_types::password::{Code, Handle, SignInProveRequest};
use zeroize::Zeroizing;

use super::{RunPassword, problem_of_text};
use crate::account::sign_sign_in;
use crate::client::{Client, ceremony, problem_of_relay};
use crate::intention::{PasswordForm, TypedText};
use crate::keys::{AccountSecret, DeviceKeys, MethodKeys, MethodSecret, PasswordMode};
use crate::password::{PasswordTask, Purpose, StepRandom};
use crate::records::PasswordRow;
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::vault::Vault;
use crate::view::Problem;

/// What was typed, read as far as it can be read here.
pub(in crate::client) struct Typed {
    handle: String,
    pub(super) password: Zeroizing<String>,
    secret: Option<Rc<AccountSecret>>,
    code: Code,
}

impl Typed {
    pub(in crate::client) fn read(form: &PasswordForm) -> Result<Self, Problem> {
        let secret = form.account_code.as_ref().map(|typed| AccountSecret::parse(typed.as_str()));
        if matches!(secret, Some(None)) {
            return Err(Problem::AccountCodeUnreadable);
        }
        Ok(Self {
            handle: form.handle.as_str().to_owned(),
            password: Zeroizing::new(form.password.as_str().to_owned()),
            secret: secret.flatten().map(Rc::new),
            code: read_code(&form.code),
        })
    }

    /// The same on a device that knows name and account code, which are not typed there.
    pub(in crate::client) fn read_here(form: &PasswordForm, vault: &Vault) -> Result<Self, Problem> {
        match vault.password() {
            Some(known) if vault.knows_password() => Ok(Self {
                handle: known.handle.clone(),
                password: Zeroizing::new(form.password.as_str().to_owned()),
                secret: vault.account_secret().filter(|_| !known.is_portable).cloned(),
                code: read_code(&form.code),
            }),
            Some(_) | None => Self::read(form),
        }
    }

    fn mode(&self) -> PasswordMode {
        if self.secret.is_some() { PasswordMode::TwoSecret } else { PasswordMode::Portable }
    }
}

/// Digits as they were typed, with or without gaps.
pub(super) fn read_code(typed: &TypedText) -> Code {
    Code(typed.as_str().chars().filter(|letter| !letter.is_whitespace()).collect())
}

/// What a ceremony needs of its client.
pub(in crate::client) struct Means<R> {
    pub(super) relay: Rc<R>,
    host: String,
    pub(super) run: RunPassword,
    randoms: [StepRandom; 2],
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(in crate::client) fn password_means(&mut self) -> Means<R> {
        let rng = &mut *self.platform.rng;
        let randoms = [StepRandom::draw(rng), StepRandom::draw(rng)];
        let (relay, host) = (self.relay.clone(), self.platform.host.clone());
        Means { relay, host, run: self.platform.password.clone(), randoms }
    }
}

/// A password that the relay has found right, and what it opens.
pub(in crate::client) struct PasswordProof {
    pub(in crate::client) account_id: AccountId,
    pub(in crate::client) keys: MethodKeys,
    pub(in crate::client) rp_id: String,
    /// What its owner need not type again on this device.
    pub(in crate::client) kept: KeptPassword,
    nonce: Nonce,
    transcript: Vec<u8>,
}

/// What a device keeps of a password: all but the password.
pub(in crate::client) struct KeptPassword {
    pub(in crate::client) row: PasswordRow,
    pub(in crate::client) secret: Option<Rc<AccountSecret>>,
}

impl PasswordProof {
    /// The end of a sign-in, good for this device alone.
    pub(in crate::client) fn finish(&self, device: &DeviceKeys) -> SignInFinishRequest {
        let signed = sign_sign_in(&self.keys, device, self.nonce, &self.transcript, &self.rp_id);
        SignInFinishRequest {
            statement: WireBytes(signed.statement),
            method_signature: signed.method_signature,
            device_signature: signed.device_signature,
            assertion: None,
        }
    }
}

/// Proves what was typed.
pub(in crate::client) async fn prove<R: Relay>(means: Means<R>, typed: &Typed) -> Result<PasswordProof, Problem> {
    let Means { relay, host, run, randoms: [first, second] } = means;
    let missing = Problem::PasswordModuleMissing;
    let secret = typed.secret.as_ref().map(|secret| secret.bytes());
    let task = PasswordTask::begin(Purpose::SignIn, &typed.handle, &typed.password, secret, &first);
    let begun = run(task).await.ok_or(missing)?.begun().map_err(problem_of_text)?;

    let (handle, ke1) = (Handle(begun.handle.clone()), WireBytes(begun.message.clone()));
    let start = SignInStartRequest::Password { handle, ke1, code: typed.code.clone() };
    let started = ceremony::begin(relay.clone(), host, async |relay| relay.sign_in_start(start).await).await?;
    let ke2 = started.start.ke2.ok_or(Problem::RelayConfused)?;
    let task = PasswordTask::end(Purpose::SignIn, &begun, &started.rp_id, &ke2.0, &second);
    let ended = run(task).await.ok_or(missing)?.ended().map_err(problem_of_text)?;

    let prove = SignInProveRequest { nonce: started.start.nonce, ke3: WireBytes(ended.message.clone()) };
    let proven = relay.sign_in_prove(prove).await.map_err(refused)?;
    let account_id = proven.account_id;
    let method_secret = MethodSecret::from_export_key(&ended.export_key, account_id, typed.mode());
    let row = PasswordRow { handle: typed.handle.clone(), is_portable: typed.secret.is_none() };
    Ok(PasswordProof {
        account_id,
        keys: MethodKeys::derive(&method_secret, account_id),
        rp_id: started.rp_id,
        kept: KeptPassword { row, secret: typed.secret.clone() },
        nonce: proven.nonce,
        transcript: [begun.message, ke2.0, ended.message].concat(),
    })
}

/// Whether name, password or code were wrong, nobody is told.
pub(super) fn refused(error: RelayError) -> Problem {
    let problem = problem_of_relay(error);
    let is_refused = matches!(problem, Problem::Relay { code: ErrorCode::SignInRefused, .. });
    if is_refused { Problem::PasswordRefused } else { problem }
}
