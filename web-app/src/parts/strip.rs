//! The strip over a chat while there is no connection, and the way past the rail.

use client_core::intention::Intention;
use leptos::{ev::MouseEvent, prelude::*};

use crate::{
    browser,
    shell::Page,
    ui::{Icon, IconSize, Picture},
    words::{self, chat},
};

/// «You are offline.»
#[component]
pub fn Strip() -> impl IntoView {
    let page = Page::here();
    let is_offline = Memo::new(move |_| !page.status.get().online);
    view! {
        <Show when=move || is_offline.get()>
            <div class="strip">
                <Icon picture=Picture::Off/>
                <span role="status"><strong>{chat::OFFLINE}</strong>" "{chat::OFFLINE_HINT}</span>
                <button type="button" class="button quiet small" on:click=move |_| page.want(Intention::TryNow)>
                    <Icon picture=Picture::Redo size=IconSize::Small/>
                    {chat::TRY_NOW}
                </button>
            </div>
        </Show>
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
