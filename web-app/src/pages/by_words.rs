//! Recovery words instead of a passkey: one field for all 24, on a fresh device and on a locked one.

use client_core::intention::{Intention, TypedPhrase};
use leptos::{ev::SubmitEvent, html, prelude::*};

use crate::{
    browser,
    parts::{WORDS_FIELD, WordsField},
    shell::Page,
    ui::{BusyButton, Picture},
    words::by_words,
};

/// The field and its button.
#[component]
pub(super) fn WordsForm(
    /// What the words are for.
    want: fn(TypedPhrase) -> Intention,
    /// The button's words while something is under way.
    busy: Signal<Option<&'static str>>,
    /// Whether the button cannot be pressed.
    off: Signal<bool>,
) -> impl IntoView {
    let page = Page::here();
    let field = NodeRef::<html::Textarea>::new();
    Effect::new(|| browser::focus_id(WORDS_FIELD));
    let submit = move || {
        if let Some(field) = field.get_untracked().filter(|_| !off.get_untracked()) {
            page.words.set(None);
            page.want(want(field.value().into()));
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        submit();
    };
    view! {
        <form class="by-words" on:submit=submitted>
            <WordsField field=field/>
            <BusyButton class="primary hero" picture=Picture::Check label=by_words::CONTINUE busy=busy off=off press=move |()| submit()/>
        </form>
    }
}
