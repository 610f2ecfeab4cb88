//! A question that is being edited: its bubble is a text box.

use client_core::view::ChatId;
use leptos::{ev::KeyboardEvent, html, prelude::*};

use crate::{
    browser,
    shell::{Message, Page},
    ui::{Icon, IconSize, Pause, Picture},
    words::message as said,
};

/// The text box of a question.
#[component]
pub fn EditBox(
    /// Its chat.
    chat: ChatId,
    /// The question.
    message: Message,
) -> impl IntoView {
    let page = Page::here();
    let text_box = NodeRef::<html::Textarea>::new();
    let pause = Pause::here();
    let (id, edit) = (message.id, RwSignal::from(message.edit));
    let first = edit.get_untracked().unwrap_or_default();
    // Whoever presses the button wants to write; a draft that was found here does not take the focus.
    let is_begun = first == message.text.get_untracked();
    Effect::new(move || {
        if let Some(text_box) = text_box.get() {
            browser::grow(&text_box);
            if is_begun {
                browser::focus_element(&text_box);
            }
        }
    });
    let typed = move |event| {
        let text = event_target_value(&event);
        edit.set(Some(text.clone()));
        page.edit(id, text);
        pause.then(move || page.keep_edit());
    };
    let cancel = move || {
        pause.stop();
        page.edit(id, String::new());
        page.keep_edit();
        edit.set(None);
    };
    let ask = move || {
        let text = edit.get_untracked().unwrap_or_default();
        if !text.trim().is_empty() {
            pause.stop();
            edit.set(None);
            page.ask_edited(chat, id, text);
        }
    };
    let pressed = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "Enter" if !event.shift_key() && !event.is_composing() => ask(),
            "Escape" => cancel(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div class="edit">
            <textarea
                rows="1"
                aria-label=said::EDIT_QUESTION
                // Off, or the browser writes the draft into its session files.
                autocomplete="off"
                spellcheck="false"
                node_ref=text_box
                prop:value=first
                on:input=typed
                on:keydown=pressed
            ></textarea>
            <div class="row">
                <button type="button" class="button quiet small" on:click=move |_| cancel()>{said::CANCEL_EDIT}</button>
                <button type="button" class="button primary small" on:click=move |_| ask()>
                    <Icon picture=Picture::Send size=IconSize::Small/>
                    {said::ASK_EDITED}
                </button>
            </div>
        </div>
    }
}
