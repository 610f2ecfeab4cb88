//! Signing in with a password: the whole ceremony is one step for the screen, from what was typed to the fetched account.
//!
//! ```text
//! name, password, account secret, code ─► KE1 ─► KE2, stretched ─► KE3 ─► the relay names an account ─► sign in, fetch
//! ```
//! Every failure of name, password or code looks the same, here as on the wire.

use std::rc::Rc;

use shared_types::account::{SignInFinishRequest, SignInStartRequest};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, WireBytes};
use shared_types::password::{Code, Handle, SignInProveRequest};
use zeroize::Zeroizing;

use super::{DeviceMac, RunPassword, problem_of_text, unlock_secret};
use crate::account::sign_sign_in;
use crate::client::happening::{FetchedAccount, Happening};
use crate::client::sign_in::fetch_account;
use crate::client::tabs::TabId;
use crate::client::{Client, Stage, ceremony, problem_of_relay};
use crate::intention::PasswordForm;
use crate::keys::{AccountSecret, DeviceKeys, LocalUnlockSecret, MethodKeys, MethodSecret, PasswordMode};
use crate::password::{PasswordTask, Purpose, StepRandom, Unreadable};
use crate::relay::Relay;
use crate::store::Store;
use crate::view::Problem;

/// A password that was proven, and what the relay showed for it.
pub(in crate::client) struct ProvenPassword {
    pub(in crate::client) account_id: AccountId,
    pub(in crate::client) keys: MethodKeys,
    pub(in crate::client) local: LocalUnlockSecret,
    pub(in crate::client) rp_id: String,
    pub(in crate::client) fetched: FetchedAccount,
}

/// What was typed, read as far as it can be read here.
struct Typed {
    handle: String,
    password: Zeroizing<String>,
    secret: Option<AccountSecret>,
    code: Code,
}

impl Typed {
    fn read(form: &PasswordForm) -> Result<Self, Problem> {
        let secret = form.account_code.as_ref().map(|typed| AccountSecret::parse(typed.as_str()));
        if matches!(secret, Some(None)) {
            return Err(Problem::AccountCodeUnreadable);
        }
        Ok(Self {
            handle: form.handle.as_str().to_owned(),
            password: Zeroizing::new(form.password.as_str().to_owned()),
            secret: secret.flatten(),
            code: Code(form.code.as_str().chars().filter(|letter| !letter.is_whitespace()).collect()),
        })
    }

    fn mode(&self) -> PasswordMode {
        if self.secret.is_some() { PasswordMode::TwoSecret } else { PasswordMode::Portable }
    }
}

/// What a ceremony needs of its client.
struct Means<R> {
    relay: Rc<R>,
    host: String,
    run: RunPassword,
    mac: DeviceMac,
    randoms: [StepRandom; 2],
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(in crate::client) fn sign_in_with_password(&mut self, tab: TabId, form: &PasswordForm) {
        if !matches!(self.stage, Stage::Welcome(_)) {
            return;
        }
        let typed = match Typed::read(form) {
            Ok(typed) => typed,
            Err(problem) => return self.return_to_welcome(Some(problem)),
        };
        let rng = &mut *self.platform.rng;
        let device = Rc::new(DeviceKeys::generate(rng));
        let means = Means {
            relay: self.relay.clone(),
            host: self.platform.host.clone(),
            run: self.platform.password.clone(),
            mac: self.platform.device_mac.clone(),
            randoms: [StepRandom::draw(rng), StepRandom::draw(rng)],
        };
        self.wait_for_password(tab);
        self.begin(async move {
            let result = prove(means, &typed, &device).await.map(Box::new);
            Happening::PasswordProven(result, Rc::into_inner(device))
        });
    }
}

async fn prove<R: Relay>(means: Means<R>, typed: &Typed, device: &Rc<DeviceKeys>) -> Result<ProvenPassword, Problem> {
    let Means { relay, host, run, mac, randoms: [first, second] } = means;
    let missing = Problem::PasswordModuleMissing;
    let secret = typed.secret.as_ref().map(AccountSecret::bytes);
    let task = PasswordTask::begin(Purpose::SignIn, &typed.handle, &typed.password, secret, &first);
    let begun = run(task).await.ok_or(missing)?.begun().map_err(problem_of_text)?;

    let (handle, ke1) = (Handle(begun.handle.clone()), WireBytes(begun.message.clone()));
    let start = SignInStartRequest::Password { handle, ke1, code: typed.code.clone() };
    let started = ceremony::begin(relay.clone(), host, async |relay| relay.sign_in_start(start).await).await?;
    let ke2 = started.start.ke2.ok_or(Problem::RelayConfused)?;
    let task = PasswordTask::end(Purpose::SignIn, &begun, &started.rp_id, &ke2.0, &second);
    let ended = run(task).await.ok_or(missing)?.ended().map_err(|why: Unreadable| problem_of_text(why))?;

    let prove = SignInProveRequest { nonce: started.start.nonce, ke3: WireBytes(ended.message.clone()) };
    let proven = relay.sign_in_prove(prove).await.map_err(refused)?;
    let account_id = proven.account_id;
    let method_secret = MethodSecret::from_export_key(&ended.export_key, account_id, typed.mode());
    let keys = MethodKeys::derive(&method_secret, account_id);
    let transcript = [begun.message, ke2.0, ended.message].concat();
    let signed = sign_sign_in(&keys, device, proven.nonce, &transcript, &started.rp_id);
    let finish = SignInFinishRequest {
        statement: WireBytes(signed.statement),
        method_signature: signed.method_signature,
        device_signature: signed.device_signature,
        assertion: None,
    };
    let fetched = fetch_account(&relay, finish, device, keys.id()).await.map_err(refused)?;
    let local = unlock_secret(&run, &mac, &typed.password, device.id()).await?;
    Ok(ProvenPassword { account_id, keys, local, rp_id: started.rp_id, fetched })
}

/// Whether name, password or code were wrong, nobody is told.
fn refused(error: crate::relay::RelayError) -> Problem {
    let problem = problem_of_relay(error);
    let is_refused = matches!(problem, Problem::Relay { code: ErrorCode::SignInRefused, .. });
    if is_refused { Problem::PasswordRefused } else { problem }
}
