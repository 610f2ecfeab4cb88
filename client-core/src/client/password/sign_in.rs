//! Signing in with a password: the whole ceremony is one step for the screen, from what was typed to the fetched account.

use std::rc::Rc;

use shared_types::ids::AccountId;

use super::prove::{KeptPassword, Means, Typed, prove, refused};
use super::{DeviceMac, unlock_secret};
use crate::client::happening::{FetchedAccount, Happening};
use crate::client::sign_in::fetch_account;
use crate::client::tabs::TabId;
use crate::client::{Client, Stage};
use crate::intention::PasswordForm;
use crate::keys::{DeviceKeys, LocalUnlockSecret, MethodKeys};
use crate::relay::Relay;
use crate::store::Store;
use crate::view::Problem;

/// A password that was proven, and what the relay showed for it.
pub(in crate::client) struct ProvenPassword {
    pub(in crate::client) account_id: AccountId,
    pub(in crate::client) keys: MethodKeys,
    pub(in crate::client) local: LocalUnlockSecret,
    pub(in crate::client) kept: KeptPassword,
    pub(in crate::client) rp_id: String,
    pub(in crate::client) fetched: FetchedAccount,
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
        let device = Rc::new(DeviceKeys::generate(&mut *self.platform.rng));
        let (means, mac) = (self.password_means(), self.platform.device_mac.clone());
        self.wait_for_password(tab);
        self.begin(async move {
            let result = sign_in(means, &mac, &typed, &device).await.map(Box::new);
            Happening::PasswordProven(result, Rc::into_inner(device))
        });
    }
}

async fn sign_in<R: Relay>(
    means: Means<R>,
    mac: &DeviceMac,
    typed: &Typed,
    device: &Rc<DeviceKeys>,
) -> Result<ProvenPassword, Problem> {
    let (relay, run) = (means.relay.clone(), means.run.clone());
    let proof = prove(means, typed).await?;
    let fetched = fetch_account(&relay, proof.finish(device), device, proof.keys.id()).await.map_err(refused)?;
    let local = unlock_secret(&run, mac, &typed.password, device.id()).await?;
    let (account_id, keys, kept, rp_id) = (proof.account_id, proof.keys, proof.kept, proof.rp_id);
    Ok(ProvenPassword { account_id, keys, local, kept, rp_id, fetched })
}
