//! The list of keys, and the switch for those that are single letters.

use client_core::intention::Intention;
use leptos::prelude::*;

use crate::{
    browser,
    shell::Page,
    ui::{self, IconButton, Picture},
    words::keys,
};

/// Whether the list is shown, for everyone who opens it.
#[derive(Clone, Copy)]
pub struct KeysShown(pub RwSignal<bool>);

/// The list.
#[component]
pub fn KeyList() -> impl IntoView {
    let page = Page::here();
    let KeysShown(is_shown) = expect_context();
    let dialog = ui::modal(is_shown);
    let command = if browser::is_mac() { keys::COMMAND } else { keys::CONTROL };
    let key = move |key: &'static str| view! { <kbd>{if key == keys::CONTROL { command } else { key }}</kbd> };
    let line = move |(what, pressed): &keys::Keys| {
        let pressed = pressed.iter().copied().map(key).collect_view();
        view! { <div><dt>{*what}</dt><dd>{pressed}</dd></div> }
    };
    let group = |(name, lines): (&'static str, &[keys::Keys])| {
        view! { <section><h3>{name}</h3><dl>{lines.iter().map(line).collect_view()}</dl></section> }
    };
    let switch = move |_| page.want(Intention::SetLetterKeys { on: !page.letter_keys.get_untracked() });
    view! {
        <dialog class="dialog keys" aria-label=keys::KEYBOARD node_ref=dialog on:close=move |_| is_shown.set(false)>
            <div class="title">
                <h2>{keys::KEYBOARD}</h2>
                <IconButton picture=Picture::Close label=keys::CLOSE press=move |()| is_shown.set(false)/>
            </div>
            <div class="groups">{keys::GROUPS.map(group).collect_view()}</div>
            <button
                type="button"
                class="switch"
                role="switch"
                aria-label=keys::LETTERS
                aria-description=keys::LETTERS_HINT
                aria-checked=move || page.letter_keys.get().to_string()
                on:click=switch
            >
                <span><b>{keys::LETTERS}</b><span class="hint">{keys::LETTERS_HINT}</span></span>
                <span class="knob" aria-hidden="true"></span>
            </button>
        </dialog>
    }
}
