//! The end of the account: its owner deletes it.

use client_core::intention::Intention;
use client_core::view::security::ChangeState;
use leptos::prelude::*;

use super::failed;
use crate::{
    shell::Page,
    ui::{BusyButton, Dialog, Picture, TroubleNote},
    words::{deletion, members},
};

/// The card at the end of the page, where this device may delete the account.
#[component]
pub(super) fn Deletion() -> impl IntoView {
    let page = Page::here();
    let is_asked = RwSignal::new(false);
    let of_view =
        move || page.settings.with(|views| views.security.as_ref().map(|view| (view.can_delete, view.deletion)));
    let state = Memo::new(move |_| of_view().and_then(|(_, state)| state));
    let busy = Signal::derive(move || match state.get() {
        Some(ChangeState::WaitingForPasskey) => Some(deletion::WAITING),
        Some(ChangeState::UnderWay) => Some(deletion::DELETING),
        Some(ChangeState::Done | ChangeState::Failed(_)) | None => None,
    });
    let card = move || {
        view! {
            <section class="card" aria-labelledby="deletion">
                <h2 id="deletion">{deletion::HEADING}</h2>
                <p class="hint">{deletion::LEAD}</p>
                <BusyButton
                    id="delete-account"
                    class="danger small"
                    picture=Picture::Trash
                    label=deletion::DELETE
                    busy=busy
                    off=Signal::stored(false)
                    press=move |()| is_asked.set(true)
                />
                <TroubleNote problem=Signal::derive(move || failed(state.get()))/>
            </section>
        }
    };
    view! {
        <Show when=move || of_view().is_some_and(|(can_delete, _)| can_delete)>{card()}</Show>
        <Dialog
            is_open=is_asked
            heading=deletion::QUESTION
            stay=members::CANCEL
            go=deletion::DELETE_EVERYTHING
            picture=Picture::Trash
            press=move |()| page.want(Intention::DeleteAccount)
        >
            <p>{deletion::QUESTION_TEXT}</p>
        </Dialog>
    }
}
