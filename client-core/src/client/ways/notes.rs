//! What is known of a way to sign in beside the log: its name, and whether it is found by itself.

use shared_types::ids::MethodId;

use crate::client::tabs::TabId;
use crate::client::{Client, Stage};
use crate::records::MethodNote;
use crate::relay::Relay;
use crate::store::Store;
use crate::view::{Delta, NoticeView};

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// A way to sign in works only where it is known; that is only a note: an account without it is whole.
    pub(in crate::client) async fn note_unlisted(&mut self, way: MethodId) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let note = MethodNote { is_unlisted: true, ..MethodNote::default() };
        let record = opened.vault.edit_method_note(way, note, now);
        self.write(vec![record]).await.ok();
    }

    /// A way to sign in is called something else.
    pub(in crate::client) async fn rename_way(&mut self, tab: TabId, way: MethodId, name: &str) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.vault.log().method(&way).is_none_or(|method| !method.is_active()) {
            return;
        }
        let record = opened.vault.edit_method_name(way, name, now);
        if let Err(problem) = self.write(vec![record]).await {
            self.tabs.send(tab, Delta::Notice(NoticeView::Trouble(problem)));
        }
        self.show_security_again();
    }
}
