//! Sign in on a fresh device, with a passkey that exists or with the recovery words.

use client_core::{
    intention::{HandOverWish, Intention},
    view::{WelcomeView, hand_over::HandOverWay},
};
use leptos::prelude::*;

use super::{by_words::WordsForm, welcome::asked};
use crate::{
    browser::{self, Route},
    parts::Gate,
    shell::Page,
    ui::{BusyButton, Icon, Note, Picture, TroubleNote},
    words::{self, by_words, hand_over, password, welcome},
};

/// Id of the main button.
const SIGN_IN: &str = "sign-in";

/// With a passkey.
#[component]
pub(super) fn SignIn() -> impl IntoView {
    browser::set_title(&words::tab(welcome::SIGN_IN));
    let page = Page::here();
    let view = asked();
    Effect::new(|| browser::focus_id(SIGN_IN));
    view! {
        <Gate heading=welcome::SIGN_IN note=move || note(view)>
            <p class="lead">{welcome::SIGN_IN_LEAD}</p>
            <div class="acts">
                <BusyButton
                    id=SIGN_IN
                    class="primary hero"
                    picture=Picture::Passkey
                    label=welcome::SIGN_IN_BUTTON
                    busy=busy(view)
                    off=off(view)
                    press=move |()| page.want(Intention::SignInWithPasskey)
                />
                <button type="button" class="button line large" on:click=|_| Route::Words.go()>
                    <Icon picture=Picture::List/>
                    {by_words::TAB}
                </button>
                <button
                    type="button"
                    class="button line large"
                    disabled=off(view)
                    on:click=move |_| page.want(Intention::HandOver(HandOverWish::Join(HandOverWay::Code)))
                >
                    <Icon picture=Picture::Device/>
                    {hand_over::FROM_ANOTHER}
                </button>
                <button type="button" class="button line large" on:click=|_| Route::Password.go()>
                    <Icon picture=Picture::Lock/>
                    {password::TAB}
                </button>
            </div>
            <p class="other"><a href=Route::Home.link()>{welcome::NO_ACCOUNT}</a></p>
        </Gate>
    }
}

/// With the recovery words.
#[component]
pub(super) fn SignInByWords() -> impl IntoView {
    browser::set_title(&words::tab(by_words::TAB));
    let view = asked();
    view! {
        <Gate heading=by_words::HEADING note=move || note(view)>
            <p class="lead">{by_words::SIGN_IN_LEAD}</p>
            <WordsForm want=Intention::SignInWithWords busy=busy(view) off=off(view)/>
            <p class="other"><a href=Route::SignIn.link()>{by_words::BACK}</a></p>
        </Gate>
    }
}

fn note(view: Memo<Option<WelcomeView>>) -> impl IntoView {
    let is_off = off(view);
    view! {
        <TroubleNote problem=Signal::derive(move || view.get().and_then(|view| view.problem))/>
        <Show when=move || is_off.get()>
            <Note picture=Picture::Off what=welcome::OFFLINE then=welcome::OFFLINE_HINT/>
        </Show>
    }
}

fn busy(view: Memo<Option<WelcomeView>>) -> Signal<Option<&'static str>> {
    Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy))
}

fn off(view: Memo<Option<WelcomeView>>) -> Signal<bool> {
    Signal::derive(move || view.with(|view| view.as_ref().is_some_and(|view| !view.online)))
}
