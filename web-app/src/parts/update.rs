//! A newer release is here: above the page, where it covers nothing, it asks, and goes on when the person says so.

use client_core::view::Problem;
use leptos::prelude::*;

use crate::{
    browser,
    shell::Page,
    ui::{Icon, Picture},
    words::stuck::{RELOAD, UPDATE},
};

/// The place where it asks.
#[component]
pub fn Update() -> impl IntoView {
    let page = Page::here();
    let is_too_old =
        Memo::new(move |_| page.status.with(|status| status.problem.is_some_and(Problem::is_mended_by_a_newer_app)));
    Effect::new(move || {
        if is_too_old.get() {
            browser::ask_for_update();
        }
    });
    view! {
        <div role="status">
            <Show when=move || page.update.get()>
                <div class="strip newer">
                    <Icon picture=Picture::Sync/>
                    <span>{UPDATE}</span>
                    <button type="button" class="button line small" on:click=move |_| page.take_update()>{RELOAD}</button>
                </div>
            </Show>
        </div>
    }
}
