//! The strip over a chat while nothing can be synced, and the way past the rail.

use client_core::{
    intention::Intention,
    view::{Lead, Problem},
};
use leptos::{ev::MouseEvent, prelude::*};

use super::{CheckWords, newcomer::Newcomer};
use crate::{
    browser,
    shell::Page,
    ui::{Icon, IconSize, Picture},
    words::{
        self, chat,
        problem::{self, Said},
        recover,
    },
};

/// «You are offline», or signed out on the server.
#[component]
pub fn Strip() -> impl IntoView {
    let page = Page::here();
    let is_offline = Memo::new(move |_| !page.status.get().online);
    let is_signed_out = Memo::new(move |_| page.status.get().problem.is_some_and(Problem::is_mended_by_signing_in));
    let refusal = Memo::new(move |_| page.status.get().problem.filter(|problem| problem.is_refusal_to_try_again()));
    let bar = Memo::new(move |_| page.status.get().problem.filter(|problem| problem.keeps_from_writing()));
    let refused = move || refusal.get().map(problem::say);
    // A question that waits has the button on its card.
    let (lead, is_checking) = (Memo::new(move |_| page.status.get().lead), RwSignal::new(false));
    let has_card = Memo::new(move |_| page.waits_for_the_relay());
    view! {
        <Newcomer/>
        {move || lead.get().map(|lead| strip_of_lead(page, lead, is_checking))}
        <CheckWords is_open=is_checking/>
        <Show when=move || is_signed_out.get()>
            <div class="strip">
                <Icon picture=Picture::Lock/>
                <span role="status"><strong>{chat::SIGNED_OUT}</strong>" "{chat::SIGNED_OUT_HINT}</span>
                <button type="button" class="button quiet small" on:click=move |_| page.want(Intention::SignInAgain)>
                    <Icon picture=Picture::Passkey size=IconSize::Small/>
                    {chat::SIGN_IN_AGAIN}
                </button>
            </div>
        </Show>
        {move || refused().map(|said| strip_of_refusal(page, said))}
        {move || bar.get().map(problem::say).map(strip_of_reading)}
        <Show when=move || is_offline.get()>
            <div class="strip">
                <Icon picture=Picture::Off/>
                <span role="status"><strong>{chat::OFFLINE}</strong>" "{chat::OFFLINE_HINT}</span>
                <Show when=move || !has_card.get()>
                    <button type="button" class="button quiet small" on:click=move |_| page.want(Intention::TryNow)>
                        <Icon picture=Picture::Redo size=IconSize::Small/>
                        {chat::TRY_NOW}
                    </button>
                </Show>
            </div>
        </Show>
    }
}

fn strip_of_lead(page: Page, lead: Lead, is_checking: RwSignal<bool>) -> impl IntoView {
    let (what, then) = match lead {
        Lead::Recover => (recover::PUT_OFF, recover::PUT_OFF_HINT),
        Lead::CheckWords => (recover::CHECK, recover::CHECK_HINT),
    };
    let buttons = match lead {
        Lead::Recover => view! {
            <button
                type="button"
                class="button quiet small"
                on:click=move |_| page.want(Intention::Recover { later: false })
            >
                {recover::GO_ON}
            </button>
        }
        .into_any(),
        Lead::CheckWords => view! {
            <span class="answers">
                <button type="button" class="button quiet small" on:click=move |_| is_checking.set(true)>
                    {recover::CHECK_NOW}
                </button>
                <button
                    type="button"
                    class="button quiet small"
                    on:click=move |_| page.want(Intention::CheckWordsLater)
                >
                    {recover::NOT_NOW}
                </button>
            </span>
        }
        .into_any(),
    };
    view! {
        <div class="strip">
            <Icon picture=Picture::List/>
            <span role="status"><strong>{what}</strong>" "{then}</span>
            {buttons}
        </div>
    }
}

fn strip_of_reading(said: Said) -> impl IntoView {
    view! {
        <div class="strip">
            <Icon picture=Picture::Alert/>
            <span role="status"><strong>{said.what}</strong>". "{said.then}</span>
        </div>
    }
}

fn strip_of_refusal(page: Page, said: Said) -> impl IntoView {
    view! {
        <div class="strip">
            <Icon picture=Picture::Alert/>
            <span role="status"><strong>{said.what}</strong>" "{said.then}</span>
            <button type="button" class="button quiet small" on:click=move |_| page.want(Intention::TryNow)>
                <Icon picture=Picture::Redo size=IconSize::Small/>
                {chat::TRY_NOW}
            </button>
        </div>
    }
}

/// The first thing that Tab reaches: past everything to the page's main part.
#[component]
pub fn SkipLink() -> impl IntoView {
    let skip = move |event: MouseEvent| {
        // The tab's address names a chat; it stays.
        event.prevent_default();
        browser::focus_id("main");
    };
    view! { <a class="skip" href="#main" on:click=skip>{words::SKIP}</a> }
}
