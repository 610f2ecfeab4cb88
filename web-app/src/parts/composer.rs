//! The text box: what will leave stands above the line, before Send can be pressed.

use client_core::view::{Problem, is_long};
use leptos::{
    ev::{ClipboardEvent, KeyboardEvent, SubmitEvent},
    html,
    prelude::*,
};

use super::{head::model_name, picker::Picker};
use crate::{
    browser,
    shell::{OpenChat, Page},
    ui::{Icon, IconButton, IconSize, Pause, Picture, TroubleNote},
    words::{
        chat::{self, Turn},
        receipt,
    },
};

/// Id of the text box.
pub const MESSAGE_BOX: &str = "message";

/// The text box.
#[component]
pub fn Composer() -> impl IntoView {
    let page = Page::here();
    let text_box = NodeRef::<html::Textarea>::new();
    let pause = Pause::here();
    Effect::new(move || {
        page.draft.track();
        if let Some(text_box) = text_box.get() {
            browser::grow(&text_box);
        }
    });
    let typed = move |event| {
        let text = event_target_value(&event);
        if is_long(&text) {
            page.fold(&text);
            page.draft.set(String::new());
        } else {
            page.draft.set(text);
        }
        pause.then(move || page.keep_draft());
    };
    let pasted = move |event: ClipboardEvent| {
        // Thousands of lines would be laid out before anything else is done.
        if let Some(text) = browser::pasted_text(&event).filter(|text| is_long(text)) {
            event.prevent_default();
            page.fold(&text);
            pause.then(move || page.keep_draft());
        }
    };
    let is_too_long = Memo::new(move |_| page.is_too_long());
    let is_writing = Memo::new(move |_| page.open.with(is_writing));
    let send = move || {
        if !is_writing.get_untracked() {
            pause.stop();
            page.send();
        }
    };
    let pressed = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
        if event.key() == "ArrowUp" && page.draft.with_untracked(String::is_empty) {
            browser::press_deed("edit");
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    let model = model_name(page);
    let placeholder = move || placeholder(is_writing.get(), page.status.get().online, &model.get());
    view! {
        <form class="composer" aria-label=chat::FORM on:submit=submitted>
            <div class="box">
                <Leaves/>
                <Folded pause=pause/>
                <TroubleNote problem=Signal::derive(move || is_too_long.get().then_some(Problem::QuestionTooLong))/>
                <label class="unseen" for=MESSAGE_BOX>{chat::MESSAGE}</label>
                <textarea
                    id=MESSAGE_BOX
                    rows="1"
                    // Off, or the browser writes the draft into its session files.
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=placeholder
                    node_ref=text_box
                    prop:value=page.draft
                    on:input=typed
                    on:paste=pasted
                    on:keydown=pressed
                ></textarea>
                <div class="row">
                    <Picker/>
                    <span class="gap"></span>
                    <Go is_writing=is_writing is_too_long=is_too_long/>
                </div>
            </div>
        </form>
    }
}

#[component]
fn Go(is_writing: Memo<bool>, is_too_long: Memo<bool>) -> impl IntoView {
    let page = Page::here();
    let is_empty = Memo::new(move |_| {
        let is_blank = |text: &String| text.trim().is_empty();
        is_too_long.get() || (page.draft.with(is_blank) && page.folded.with(is_blank))
    });
    view! {
        <Show
            when=move || is_writing.get()
            fallback=move || view! {
                <button type="submit" class="go" aria-label=chat::SEND title=chat::SEND disabled=is_empty>
                    <Icon picture=Picture::Send/>
                </button>
            }
        >
            <button type="button" class="go stop" aria-label=chat::STOP on:click=move |_| page.stop()>
                <Icon picture=Picture::Stop size=IconSize::Small/>
                {chat::STOP_SHORT}
            </button>
        </Show>
    }
}

/// A long text that was pasted.
#[component]
fn Folded(pause: Pause) -> impl IntoView {
    let page = Page::here();
    let words = Memo::new(move |_| page.folded.with(|text| (!text.is_empty()).then(|| chat::pasted(text))));
    let remove = move |()| {
        page.folded.set(String::new());
        pause.then(move || page.keep_draft());
    };
    move || {
        words.get().map(|words| {
            view! {
                <p class="folded">
                    <Icon picture=Picture::List/>
                    <span>{words}</span>
                    <IconButton class="small" picture=Picture::Close label=chat::REMOVE_PASTED press=remove/>
                </p>
            }
        })
    }
}

/// What will leave, and to whom.
#[component]
fn Leaves() -> impl IntoView {
    let page = Page::here();
    let model = model_name(page);
    let is_empty = Memo::new(move |_| page.text().trim().is_empty());
    let turn = Memo::new(move |_| page.open.with(next_turn));
    let head = move || if page.status.get().online { chat::WILL_SEND } else { chat::WILL_WAIT };
    view! {
        <p class="leaves">
            <Icon picture=Picture::Send size=IconSize::Small/>
            <span><b>{head}</b>" "{move || chat::leaves(turn.get(), &model.get())}</span>
            <button
                type="button"
                class="icon-button small"
                aria-label=receipt::SEE
                title=receipt::SEE
                disabled=is_empty
                on:click=move |_| page.see_receipt()
            >
                <Icon picture=Picture::Receipt size=IconSize::Small/>
            </button>
        </p>
    }
}

fn next_turn(open: &OpenChat) -> Turn {
    match open {
        OpenChat::Here(conversation) if !conversation.is_empty() => Turn::Later,
        OpenChat::New | OpenChat::Here(_) => Turn::First,
        OpenChat::Awaited(_) => Turn::Later,
    }
}

fn is_writing(open: &OpenChat) -> bool {
    match open {
        OpenChat::Here(conversation) => conversation.is_writing(),
        OpenChat::New | OpenChat::Awaited(_) => false,
    }
}

fn placeholder(is_writing: bool, is_online: bool, model: &str) -> String {
    match (is_writing, is_online) {
        (true, _) => chat::placeholder_writing(model),
        (false, true) => chat::placeholder(model),
        (false, false) => chat::PLACEHOLDER_OFFLINE.to_owned(),
    }
}
