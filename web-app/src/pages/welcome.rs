//! Welcome: what this is, what the server can see, and the way in.

use client_core::{
    intention::Intention,
    view::{Problem, ScreenView, WelcomeView},
};
use leptos::prelude::*;

use super::view_of;
use crate::{
    browser::{self, Route},
    parts::{Horizon, SkipLink},
    shell::Page,
    ui::{BusyButton, Icon, Logo, Note, Picture, ThemeSwitch, TroubleNote},
    words::{self, password, welcome},
};

/// The page.
#[component]
pub(super) fn Welcome() -> impl IntoView {
    browser::set_title(&words::tab(welcome::TAB));
    view! {
        <SkipLink/>
        <div class="welcome">
            <header><Logo/><ThemeSwitch/></header>
            <main id="main" tabindex="-1">
                <h1>{welcome::HEADING}</h1>
                <p class="lead">{welcome::LEAD}</p>
                <div class="ways">
                    <SignUp/>
                    <p><a href=Route::SignIn.link()>{welcome::HAVE_ACCOUNT}</a></p>
                </div>
            </main>
            <Horizon/>
        </div>
    }
}

#[component]
fn SignUp() -> impl IntoView {
    let page = Page::here();
    let view = asked();
    let name = RwSignal::new(String::new());
    let is_online = Memo::new(move |_| view.with(|view| view.as_ref().is_none_or(|view| view.online)));
    let can_sign_up = Memo::new(move |_| view.with(|view| view.as_ref().is_none_or(|view| view.can_sign_up)));
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    let device_name = move || {
        let name = name.get_untracked().trim().to_owned();
        (!name.is_empty()).then_some(name)
    };
    let is_off = Signal::derive(move || !is_online.get());
    let with_key = move |_| page.want(Intention::SignUpWithKey { device_name: device_name() });
    view! {
        <Show when=move || !is_online.get()>
            <Note picture=Picture::Off what=welcome::OFFLINE then=welcome::OFFLINE_HINT/>
        </Show>
        <Show
            when=move || can_sign_up.get()
            fallback=|| view! { <Note picture=Picture::Lock what=welcome::CLOSED then=welcome::CLOSED_HINT/> }
        >
            <BusyButton
                class="primary hero"
                picture=Picture::Passkey
                label=welcome::CREATE
                busy=busy
                off=is_off
                press=move |()| page.want(Intention::SignUp { device_name: device_name() })
            />
            <button
                type="button"
                class="button line large"
                disabled=move || is_off.get() || busy.get().is_some()
                on:click=with_key
            >
                <Icon picture=Picture::Key/>
                {welcome::USE_KEY}
            </button>
            <button type="button" class="button line large" on:click=|_| Route::NewPassword.go()>
                <Icon picture=Picture::Lock/>
                {password::USE}
            </button>
            <TroubleNote problem=Signal::derive(move || view.get().and_then(|view| view.problem))/>
            <div class="field">
                <label for="device-name">{welcome::DEVICE_NAME}</label>
                <input
                    class="input"
                    id="device-name"
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="60"
                    aria-describedby="device-name-hint"
                    prop:value=name
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <p class="hint" id="device-name-hint">{welcome::DEVICE_NAME_HINT}</p>
            </div>
        </Show>
    }
}

/// What the core says about this page; an offline note says it better than a problem.
pub(super) fn asked() -> Memo<Option<WelcomeView>> {
    let view = view_of(|screen| if let ScreenView::Welcome(view) = screen { Some(view) } else { None });
    Memo::new(move |_| {
        let mut view = view.get()?;
        if !view.online && view.problem == Some(Problem::Offline) {
            view.problem = None;
        }
        Some(view)
    })
}
