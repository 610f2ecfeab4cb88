//! «Sign with your password»: over whatever page wants the word of a way to sign in.

use client_core::{
    intention::{Intention, PasswordWish},
    view::SignView,
};
use leptos::{ev::SubmitEvent, prelude::*};

use super::by_password::{Enter, Proof};
use crate::{
    shell::Page,
    ui::{BusyButton, Icon, Picture, TroubleNote, modal},
    words::{self, members, signing},
};

/// Ids of the fields: the page below may have its own of the same kind.
const NAME: &str = "signer-name";
const PASSWORD: &str = "signer-password";
const ACCOUNT_CODE: &str = "signer-account-code";
const CODE: &str = "signer-code";

/// The question, while it is asked.
#[component]
pub(super) fn Signing() -> impl IntoView {
    let page = Page::here();
    let is_asked = Memo::new(move |_| page.settings.with(|views| views.sign.is_some()));
    let is_open = RwSignal::new(false);
    Effect::new(move || is_open.set(is_asked.get()));
    let dialog = modal(is_open);
    let closed = move |_| {
        is_open.set(false);
        if is_asked.get_untracked() {
            page.want(Intention::Password(PasswordWish::DoNotSign));
        }
    };
    view! {
        <dialog class="dialog way" aria-label=signing::HEADING node_ref=dialog on:close=closed>
            {move || is_asked.get().then(|| question(page, is_open))}
        </dialog>
    }
}

fn question(page: Page, is_open: RwSignal<bool>) -> impl IntoView {
    let view = Memo::new(move |last: Option<&Option<SignView>>| {
        page.settings.with(|views| views.sign).or_else(|| last.copied().flatten())
    });
    let is_known = view.with_untracked(|view| view.is_some_and(|view| view.is_known));
    let by_passkey = view.with_untracked(|view| view.is_some_and(|view| view.by_passkey));
    let proof = Proof::new([NAME, PASSWORD, ACCOUNT_CODE, CODE], is_known);
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    let problem = Signal::derive(move || view.get().and_then(|view| view.problem));
    let submit = move || {
        if busy.get_untracked().is_none() {
            page.want(Intention::Password(PasswordWish::Sign(proof.form())));
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        submit();
    };
    let with_passkey = move |_| page.want(Intention::Password(PasswordWish::SignWithPasskey));
    view! {
        <h2>{signing::HEADING}</h2>
        <p>{signing::TEXT}</p>
        <form class="by-words" on:submit=submitted>
            {proof.fields()}
            <TroubleNote problem=problem/>
            <div class="row">
                <button type="button" class="button quiet" on:click=move |_| is_open.set(false)>{members::CANCEL}</button>
                {by_passkey.then(|| view! {
                    <button
                        type="button"
                        class="button line"
                        disabled=move || busy.get().is_some()
                        on:click=with_passkey
                    >
                        <Icon picture=Picture::Passkey/>
                        {signing::BY_PASSKEY}
                    </button>
                })}
                <BusyButton class="primary" picture=Picture::Key label=signing::SIGN busy=busy off=false press=move |()| submit()/>
            </div>
            <Enter/>
        </form>
    }
}
