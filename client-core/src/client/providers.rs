//! The operator's wishes, carried to the relay; nothing of them is kept here.

use shared_types::provider::{ProvidersRequest, ProvidersResponse};

use super::happening::Happening;
use super::tabs::TabId;
use super::{Client, Stage, problem_of_relay};
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::view::{Delta, Problem};

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(super) fn ask_for_providers(&self, tab: TabId, request: ProvidersRequest) {
        let Stage::Open(opened) = &self.stage else { return };
        let Some(session) = opened.session() else {
            return self.tabs.send(tab, Delta::Providers(Err(Problem::Offline)));
        };
        let relay = self.relay.clone();
        self.begin(async move { Happening::Providers(tab, relay.providers(&session, request).await) });
    }

    pub(super) fn show_providers(&mut self, tab: TabId, result: Result<ProvidersResponse, RelayError>) {
        // What is offered may have changed with it.
        self.ask_about();
        self.tabs.send(tab, Delta::Providers(result.map_err(problem_of_relay)));
    }
}
