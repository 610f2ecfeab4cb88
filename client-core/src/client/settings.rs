//! The settings pages: what a tab that shows one is sent, again whenever it changes.

use super::members::MemberChange;
use super::opened::Opened;
use super::tabs::{SettingsPlace, TabId};
use super::ways::WayChange;
use super::{Client, Stage};
use crate::relay::Relay;
use crate::store::Store;
use crate::time::Timestamp;
use crate::view::Delta;
use crate::view::security::SecurityView;

/// What the settings pages show.
#[derive(Default)]
pub(super) struct Settings {
    shown: Option<SecurityView>,
}

impl Opened {
    fn security(&self, now: Timestamp) -> SecurityView {
        let mut view = self.vault.security(&self.unlock.methods, now);
        view.keys.change = self.key_change;
        view.change = self.member_change.as_ref().map(MemberChange::view);
        view.way_change = self.way_change.as_ref().map(WayChange::view);
        view.deletion = self.deletion;
        view.can_delete = self.may_delete();
        view.letting_in = self.letting_in.view();
        view
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) fn show_security(&mut self, tab: TabId) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let view = opened.security(now);
        opened.settings.shown = Some(view.clone());
        self.tabs.show_settings(tab, SettingsPlace::Security);
        self.tabs.send(tab, Delta::Security(view));
    }

    /// Hands a tab the account log and what did not verify, to be saved.
    pub(super) fn save_evidence(&mut self, tab: TabId) {
        let now = self.now();
        if let Stage::Open(opened) = &self.stage {
            self.tabs.send(tab, Delta::Evidence(opened.vault.evidence(now)));
        }
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
