//! The settings pages: what a tab that shows one is sent, again whenever it changes.

use shared_types::ids::MethodId;

use super::members::MemberChange;
use super::opened::Opened;
use super::tabs::{SettingsPlace, TabId};
use super::{Client, Stage, problem_of_store};
use crate::keys::UnlockWay;
use crate::relay::Relay;
use crate::store::{Store, Table};
use crate::time::Timestamp;
use crate::view::Delta;
use crate::view::security::SecurityView;

/// What the settings pages show.
#[derive(Default)]
pub(super) struct Settings {
    /// Methods that unlock this device.
    opens_this: Vec<MethodId>,
    shown: Option<SecurityView>,
}

impl Opened {
    fn security(&self, now: Timestamp) -> SecurityView {
        let mut view = self.vault.security(&self.settings.opens_this, now);
        view.keys.change = self.key_change;
        view.change = self.member_change.as_ref().map(MemberChange::view);
        view
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) async fn show_security(&mut self, tab: TabId) {
        let rows = self.store.list_rows(Table::Unlock).await.map_err(problem_of_store);
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let rows = rows.unwrap_or_default();
        let opens = |id: &MethodId| {
            let ways = [UnlockWay::Prf(*id), UnlockWay::Words(*id)];
            ways.iter().any(|way| rows.iter().any(|row| row.key == way.row_key_hash().0))
        };
        let methods = opened.vault.log().methods().map(|method| method.part.id);
        opened.settings.opens_this = methods.filter(opens).collect();
        let view = opened.security(now);
        opened.settings.shown = Some(view.clone());
        self.tabs.show_settings(tab, SettingsPlace::Security);
        self.tabs.send(tab, Delta::Security(view));
    }

    /// Sends the security page anew to the tabs that show it, if it has changed.
    pub(super) fn show_security_again(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        if !self.tabs.has_settings(SettingsPlace::Security) {
            return;
        }
        let view = opened.security(now);
        if opened.settings.shown.as_ref() != Some(&view) {
            opened.settings.shown = Some(view.clone());
            self.tabs.send_to_settings(SettingsPlace::Security, &Delta::Security(view));
        }
    }
}
