//! This device was taken off: what it never sent is shown once more, to be saved or let go.

use client_core::{intention::Intention, view::ScreenView};
use leptos::prelude::*;

use super::view_of;
use crate::{
    browser,
    parts::Gate,
    shell::Page,
    ui::{Icon, Picture},
    words::{self, revoked},
};

/// The page.
#[component]
pub(super) fn Revoked() -> impl IntoView {
    browser::set_title(&words::tab(revoked::TAB));
    let page = Page::here();
    let view = view_of(|screen| if let ScreenView::Revoked(view) = screen { Some(view) } else { None });
    let save = move |_| {
        if let Some(view) = view.get_untracked() {
            browser::save_text(revoked::FILE_NAME, &revoked::file(&view));
        }
    };
    let texts = move || {
        let unsent = view.get().map(|view| view.unsent).unwrap_or_default();
        unsent.into_iter().map(|unsent| view! { <li>{unsent.text}</li> }).collect_view()
    };
    view! {
        <Gate class="revoked" heading=revoked::HEADING note=|| ()>
            <p class="lead" role="status">{revoked::LEAD}</p>
            <section aria-labelledby="unsent">
                <h2 id="unsent">{revoked::UNSENT}</h2>
                <ul role="list" class="unsent">{texts}</ul>
            </section>
            <div class="acts">
                <button type="button" class="button primary" on:click=save>
                    <Icon picture=Picture::Download/>
                    {revoked::SAVE}
                </button>
                <button type="button" class="button quiet" on:click=move |_| page.want(Intention::ForgetDevice)>
                    {revoked::FORGET}
                </button>
            </div>
        </Gate>
    }
}
