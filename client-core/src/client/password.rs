//! Signing up, in and unlocking with a password and the code of an authenticator app.
//!
//! The mode is what was chosen on the form, never what the relay says. Argon2id runs in the worker, while the screen says so.

mod prove;
mod sign_in;
mod sign_up;
mod unlock;

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use shared_types::ids::DeviceId;

pub(super) use prove::{KeptPassword, PasswordProof, Typed, prove};
pub(super) use sign_in::ProvenPassword;
pub(super) use sign_up::{MadePassword, RegisteredPassword, Registration};

use super::tabs::TabId;
use super::{Client, Stage};
use crate::intention::PasswordWish;
use crate::keys::LocalUnlockSecret;
use crate::password::{PasswordAnswer, PasswordTask, Unreadable};
use crate::relay::Relay;
use crate::store::Store;
use crate::view::Problem;

/// Runs a task in the module that knows OPAQUE and Argon2id, and loads it when it is first called; `None` if it cannot.
pub type RunPassword = Rc<dyn Fn(PasswordTask) -> LocalBoxFuture<'static, Option<PasswordAnswer>>>;

/// HMAC-SHA-256 of a device id under a key that this browser profile has and never gives away; `None` if it cannot keep one.
pub type DeviceMac = Rc<dyn Fn(DeviceId) -> LocalBoxFuture<'static, Option<[u8; 32]>>>;

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) fn handle_password_wish(&mut self, tab: TabId, wish: PasswordWish) {
        if matches!(wish, PasswordWish::SignUp(_) | PasswordWish::SignIn(_)) {
            self.give_up_elsewhere(tab);
        }
        match wish {
            PasswordWish::SignUp(form) => self.begin_sign_up_with_password(tab, &form),
            PasswordWish::Add { form, name, words } => self.add_password(tab, form, name, words.as_ref()),
            PasswordWish::ShowAccountCode => self.show_account_code(tab),
            PasswordWish::ConfirmCode(code) => self.confirm_code(&code),
            PasswordWish::SignIn(form) => self.sign_in_with_password(tab, &form),
            PasswordWish::Unlock(password) => self.unlock_with_password(tab, &password),
            PasswordWish::Sign(form) => self.sign_with_password(tab, &form),
            PasswordWish::SignWithPasskey => self.sign_with_passkey(tab),
            PasswordWish::DoNotSign => self.do_not_sign(tab),
        }
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Keeps on this device what its owner need not type again.
    pub(super) async fn keep_password(&mut self, kept: Option<KeptPassword>) {
        if let (Stage::Open(opened), Some(kept)) = (&mut self.stage, kept) {
            opened.vault.keep_password(kept.row, kept.secret);
            self.commit_or_tell().await;
        }
    }
}

/// What a device unlocks with by password: made while the password is still there.
async fn unlock_secret(
    run: &RunPassword,
    mac: &DeviceMac,
    password: &str,
    device: DeviceId,
) -> Result<LocalUnlockSecret, Problem> {
    let stretched = run(PasswordTask::stretch(password, &device.0)).await.ok_or(Problem::PasswordModuleMissing)?;
    let stretched = stretched.stretched().map_err(problem_of_text)?;
    let mac = mac(device).await.ok_or(Problem::StoreFailed)?;
    Ok(LocalUnlockSecret::from_password(&stretched, mac, device))
}

fn problem_of_text(why: Unreadable) -> Problem {
    match why {
        Unreadable::Handle => Problem::NameUnreadable,
        Unreadable::Password => Problem::PasswordUnreadable,
        Unreadable::Refused => Problem::PasswordRefused,
    }
}
