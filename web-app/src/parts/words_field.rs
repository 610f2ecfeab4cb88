//! The field for all 24 recovery words, and what is wrong with what was typed there.

use client_core::view::WordsAnswer;
use leptos::{attr::custom::custom_attribute, html, prelude::*};

use crate::{
    shell::Page,
    ui::{Icon, IconSize, Picture},
    words::by_words,
};

/// Id of the field.
pub const WORDS_FIELD: &str = "recovery-words";
/// Id of what stands under it.
const HINT: &str = "recovery-words-hint";

/// The field. The words live in it alone, and there only until the core has them.
#[component]
pub fn WordsField(
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
            <label for=WORDS_FIELD>{by_words::FIELD}</label>
            <textarea
                class="input"
                id=WORDS_FIELD
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
