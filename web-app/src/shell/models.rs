//! The model that a tab's text box names, and the receipt of what would leave for it.

use client_core::{
    intention::Intention,
    view::{MessageId, Problem, ReceiptView, ShownModel},
};
use leptos::prelude::*;
use shared_types::{account::ModelOffer, provider::ProvidersResponse};

use super::{OpenChat, Page};

/// What a tab knows of models beside their offers.
#[derive(Clone, Copy)]
pub(super) struct Asking {
    on_its_way: RwSignal<Option<String>>,
    chosen: RwSignal<Option<ShownModel>>,
    receipt: RwSignal<Option<ReceiptView>>,
    providers: RwSignal<Option<Result<ProvidersResponse, Problem>>>,
}

impl Asking {
    pub(super) fn new() -> Self {
        Self {
            on_its_way: RwSignal::new(None),
            chosen: RwSignal::new(None),
            receipt: RwSignal::new(None),
            providers: RwSignal::new(None),
        }
    }
}

impl Page {
    /// A question that was sent and has not appeared yet.
    pub(super) fn on_its_way(self) -> RwSignal<Option<String>> {
        self.asking.get_value().on_its_way
    }

    /// The model that the shown chat is for, if one was chosen.
    pub fn chosen(self) -> RwSignal<Option<ShownModel>> {
        self.asking.get_value().chosen
    }

    /// The receipt that is shown.
    pub fn receipt(self) -> RwSignal<Option<ReceiptView>> {
        self.asking.get_value().receipt
    }

    /// What came of the operator's last wish.
    pub fn providers(self) -> RwSignal<Option<Result<ProvidersResponse, Problem>>> {
        self.asking.get_value().providers
    }

    /// The model that the text box names.
    pub fn shown_model(self) -> Option<ShownModel> {
        let first = || self.models.with_untracked(|models| models.first().map(ShownModel::of));
        self.chosen().get_untracked().or_else(first)
    }

    /// Its offer, if it is offered now.
    pub fn shown_offer(self) -> Option<ModelOffer> {
        self.models.with(|models| match self.chosen().get() {
            Some(chosen) => models.iter().find(|offer| ShownModel::of(offer) == chosen).cloned(),
            None => models.first().cloned(),
        })
    }

    /// The shown chat is for a model from now on; a new chat keeps it with its first question.
    pub fn choose(self, model: ShownModel) {
        self.chosen().set(Some(model.clone()));
        // It was composed for another.
        self.receipt().set(None);
        if let Some(chat) = self.open.with_untracked(OpenChat::id) {
            self.want(Intention::ChooseModel { chat, model });
        }
    }

    /// Asks what exactly would leave for the text box.
    pub fn see_receipt(self) {
        let text = untrack(|| self.text());
        if text.trim().is_empty() || !self.route.get_untracked().is_of_chats() {
            return;
        }
        self.want(Intention::Compose { chat: self.open.with_untracked(OpenChat::id), text, model: self.shown_model() });
    }

    /// Sends what the receipt shows.
    pub fn send_receipt(self, turn: MessageId) {
        self.on_its_way().set(Some(untrack(|| self.text()).trim().to_owned()));
        self.forget_draft();
        self.want(Intention::SendComposed { turn });
    }
}
