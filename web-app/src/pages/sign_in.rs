//! Sign in on a fresh device with a passkey that exists.

use client_core::intention::Intention;
use leptos::prelude::*;

use super::welcome::asked;
use crate::{
    browser::{self, Route},
    parts::Gate,
    shell::Page,
    ui::{BusyButton, Note, Picture, TroubleNote},
    words::{self, welcome},
};

/// Id of the main button.
const SIGN_IN: &str = "sign-in";

/// The page.
#[component]
pub(super) fn SignIn() -> impl IntoView {
    browser::set_title(&words::tab(welcome::SIGN_IN));
    let page = Page::here();
    let view = asked();
    let is_online = Memo::new(move |_| view.with(|view| view.as_ref().is_none_or(|view| view.online)));
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    let problem = Signal::derive(move || view.get().and_then(|view| view.problem));
    let note = move || {
        view! {
            <TroubleNote problem=problem/>
            <Show when=move || !is_online.get()>
                <Note picture=Picture::Off what=welcome::OFFLINE then=welcome::OFFLINE_HINT/>
            </Show>
        }
    };
    Effect::new(|| browser::focus_id(SIGN_IN));
    view! {
        <Gate heading=welcome::SIGN_IN note=note>
            <p class="lead">{welcome::SIGN_IN_LEAD}</p>
            <div class="acts">
                <BusyButton
                    id=SIGN_IN
                    class="primary hero"
                    picture=Picture::Passkey
                    label=welcome::SIGN_IN_BUTTON
                    busy=busy
                    off=Signal::derive(move || !is_online.get())
                    press=move |()| page.want(Intention::SignInWithPasskey)
                />
            </div>
            <p class="other"><a href=Route::Home.link()>{welcome::NO_ACCOUNT}</a></p>
        </Gate>
    }
}
