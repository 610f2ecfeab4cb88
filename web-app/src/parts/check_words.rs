//! «Check your recovery words»: all of them are typed, and compared with the account.

use client_core::{intention::Intention, view::WordsAnswer};
use leptos::{html, prelude::*};

use super::{WORDS_FIELD, WordsField};
use crate::{
    browser,
    shell::Page,
    ui::{Icon, Picture, modal},
    words::{members, recover},
};

/// The question, while it is open.
#[component]
pub fn CheckWords(
    /// Whether it is.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let dialog = modal(is_open);
    view! {
        <dialog
            class="dialog"
            aria-label=recover::CHECK_HEADING
            node_ref=dialog
            on:close=move |_| is_open.set(false)
        >
            {move || is_open.get().then(|| question(is_open))}
        </dialog>
    }
}

fn question(is_open: RwSignal<bool>) -> impl IntoView {
    let page = Page::here();
    let field = NodeRef::<html::Textarea>::new();
    Effect::new(|| browser::focus_id(WORDS_FIELD));
    // Once they are words, what they are of is said over the page.
    Effect::new(move || {
        if page.words.with(|answer| *answer == Some(WordsAnswer::Taken)) {
            is_open.set(false);
        }
    });
    let check = move |_| {
        if let Some(field) = field.get_untracked() {
            page.words.set(None);
            page.want(Intention::CheckWords(field.value().into()));
        }
    };
    view! {
        <h2>{recover::CHECK_HEADING}</h2>
        <p>{recover::CHECK_TEXT}</p>
        <WordsField field=field/>
        <div class="row">
            <button type="button" class="button quiet" on:click=move |_| is_open.set(false)>{members::CANCEL}</button>
            <button type="button" class="button primary" on:click=check>
                <Icon picture=Picture::Check/>
                {recover::CHECK_GO}
            </button>
        </div>
    }
}
