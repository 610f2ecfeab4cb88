//! Recovery words instead of a passkey: one field for all 24, on a fresh device and on a locked one.

use client_core::{
    intention::{Intention, TypedPhrase},
    view::WordsAnswer,
};
use leptos::{attr::custom::custom_attribute, ev::SubmitEvent, html, prelude::*};

use crate::{
    browser,
    shell::Page,
    ui::{BusyButton, Icon, IconSize, Picture},
    words::by_words,
};

/// Id of the field.
const FIELD: &str = "recovery-words";
/// Id of what stands under it.
const HINT: &str = "recovery-words-hint";

/// The field alone, and what is wrong with what was typed there. The words live in it alone, and there only until the
/// core has them.
#[component]
pub(super) fn WordsField(
    /// The field.
    field: NodeRef<html::Textarea>,
) -> impl IntoView {
    let page = Page::here();
    page.words.set(None);
    Effect::new(move || {
        if page.words.with(|answer| *answer == Some(WordsAnswer::Taken))
            && let Some(field) = field.get_untracked()
        {
            field.set_value("");
        }
    });
    let wrong = Memo::new(move |_| page.words.with(|answer| answer.as_ref().and_then(by_words::wrong)));
    view! {
        <div class="field">
            <label for=FIELD>{by_words::FIELD}</label>
            <textarea
                class="input"
                id=FIELD
                rows="5"
                autocomplete="off"
                autocapitalize="none"
                {..custom_attribute("autocorrect", "off")}
                spellcheck="false"
                aria-invalid=move || wrong.get().map(|_| "true")
                aria-describedby=HINT
                node_ref=field
            ></textarea>
            <div id=HINT role="alert">
                {move || match wrong.get() {
                    Some(wrong) => view! { <p class="wrong"><Icon picture=Picture::Alert size=IconSize::Small/>{wrong}</p> }.into_any(),
                    None => view! { <p class="hint">{by_words::FIELD_HINT}</p> }.into_any(),
                }}
            </div>
        </div>
    }
}

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
    Effect::new(|| browser::focus_id(FIELD));
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
