//! Unlocking with a password, where its owner has chosen that for this device. The relay is not asked.

use zeroize::Zeroizing;

use super::unlock_secret;
use crate::client::happening::Happening;
use crate::client::tabs::TabId;
use crate::client::{Client, Stage};
use crate::intention::TypedText;
use crate::keys::LocalUnlockSecret;
use crate::relay::Relay;
use crate::store::Store;
use crate::view::Problem;

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(in crate::client) fn unlock_with_password(&mut self, tab: TabId, typed: &TypedText) {
        let now = self.now();
        let Stage::Locked(locked) = &mut self.stage else { return };
        let Some(device) = locked.begin_with_password(tab, now) else { return self.show_screen() };
        let (run, mac) = (self.platform.password.clone(), self.platform.device_mac.clone());
        let password = Zeroizing::new(typed.as_str().to_owned());
        self.show_screen();
        self.begin(async move { Happening::PasswordStretched(unlock_secret(&run, &mac, &password, device).await) });
    }

    pub(in crate::client) async fn handle_password_stretched(&mut self, secret: Result<LocalUnlockSecret, Problem>) {
        let Stage::Locked(locked) = &mut self.stage else { return };
        let Some(tab) = locked.end_with_password() else { return };
        let opened = match secret {
            Ok(secret) => self.open_with_password(&secret).await,
            // What cannot be read is no password of this device.
            Err(Problem::PasswordUnreadable) => Err(Problem::PasswordDoesNotUnlock),
            Err(problem) => Err(problem),
        };
        match opened {
            Ok(opened) => self.enter(tab, opened).await,
            Err(problem) => self.count_failure(problem),
        }
    }
}
