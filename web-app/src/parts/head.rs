//! The head of a chat: its title, its model, its state, what can be done with it.

use client_core::{intention::Intention, view::ChatId};
use leptos::{ev::KeyboardEvent, html, prelude::*};

use super::{Rail, avatar::Avatar};
use crate::{
    browser,
    shell::{Conversation, OpenChat, Page},
    ui::{Icon, IconButton, Menu, MenuItem, MenuPlace, Picture, Popover, ThemeSwitch},
    words::{
        self, chat,
        rail::{self, Tone},
    },
};

/// Id of the button that opens the chat list.
pub(super) const OPEN_LIST: &str = "open-list";

/// Head of a chat that exists.
#[component]
pub fn ChatHead(
    /// Which chat.
    id: ChatId,
) -> impl IntoView {
    let page = Page::here();
    let is_renaming = RwSignal::new(false);
    let title = Memo::new(move |_| {
        let of_row = page.rows.with(|rows| rows.iter().flatten().find(|row| row.id == id)?.title.clone());
        of_row.or_else(|| page.open.with(|open| conversation(open)?.title.get()))
    });
    let shown = move || {
        let untitled = if page.rows.with(Option::is_some) { rail::UNTITLED } else { chat::LOADING };
        title.get().unwrap_or_else(|| untitled.to_owned())
    };
    let items = vec![
        MenuItem {
            picture: Picture::Edit,
            label: chat::RENAME,
            class: "",
            press: Callback::new(move |()| is_renaming.set(true)),
        },
        MenuItem {
            picture: Picture::Trash,
            label: chat::DELETE,
            class: "danger",
            press: Callback::new(move |()| page.want(Intention::DeleteChat(id))),
        },
    ];
    view! {
        <header class="head">
            <OpenList/>
            <Avatar/>
            <div class="what">
                <Show
                    when=move || is_renaming.get()
                    fallback=move || view! { <h1>{shown}</h1><p class="with">{model_name(page)}</p> }
                >
                    <h1 class="unseen">{shown}</h1>
                    <Rename id=id title=title.get_untracked().unwrap_or_default() is_renaming=is_renaming/>
                </Show>
            </div>
            <State/>
            <Menu class="icon-button" label=chat::MORE place=MenuPlace::Below items=items><Icon picture=Picture::More/></Menu>
        </header>
    }
}

/// Head of the empty chat, where the rail is out of sight.
#[component]
pub fn EmptyHead() -> impl IntoView {
    view! { <header class="head bare"><OpenList/><p class="what">{rail::NEW_CHAT}</p><ThemeSwitch/></header> }
}

#[component]
fn OpenList() -> impl IntoView {
    let list: Rail = expect_context();
    view! { <IconButton id=OPEN_LIST class="open-list" picture=Picture::Menu label=rail::OPEN press=move |()| list.show()/> }
}

#[component]
fn State() -> impl IntoView {
    let page = Page::here();
    let state = Memo::new(move |_| page.open.with(|open| Some(conversation(open)?.integrity.get())));
    move || {
        state.get().map(|state| {
            let status = page.status.get();
            let (tone, said) = rail::chat(state, status);
            let (picture, class) = look(tone);
            let label = rail::why(&said);
            view! {
                <Popover
                    class=format!("state {class}")
                    label=label
                    place=MenuPlace::Below
                    face=move || view! { <Icon picture=picture/><span class="label">{said.clone()}</span> }
                >
                    <p>{rail::explain_chat(state, status)}</p>
                </Popover>
            }
        })
    }
}

#[component]
fn Rename(id: ChatId, title: String, is_renaming: RwSignal<bool>) -> impl IntoView {
    let page = Page::here();
    let typed = RwSignal::new(title.clone());
    let field = NodeRef::<html::Input>::new();
    Effect::new(move || {
        if let Some(field) = field.get() {
            browser::focus_element(&field);
            field.select();
        }
    });
    let save = move || {
        let new = typed.get_untracked().trim().to_owned();
        if !new.is_empty() && new != title {
            page.want(Intention::Rename { chat: id, title: new });
        }
        is_renaming.set(false);
    };
    let pressed = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            save();
        }
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            is_renaming.set(false);
        }
        _ => {}
    };
    view! {
        <div class="rename">
            <input
                class="input"
                aria-label=chat::CHAT_TITLE
                autocomplete="off"
                spellcheck="false"
                node_ref=field
                prop:value=typed
                on:input=move |event| typed.set(event_target_value(&event))
                on:keydown=pressed
                on:blur=move |_| {
                    is_renaming.try_set(false);
                }
            />
        </div>
    }
}

/// The model that answers next, as it is called.
pub(super) fn model_name(page: Page) -> Signal<String> {
    Signal::derive(move || match (page.shown_offer(), page.chosen().get()) {
        (None, Some(chosen)) => chosen.id,
        (offer, _) => words::model(offer.as_ref()),
    })
}

fn conversation(open: &OpenChat) -> Option<&Conversation> {
    match open {
        OpenChat::Here(conversation) => Some(conversation),
        OpenChat::New | OpenChat::Awaited(_) => None,
    }
}

fn look(tone: Tone) -> (Picture, &'static str) {
    match tone {
        Tone::Ok => (Picture::Shield, "ok"),
        Tone::Busy => (Picture::Sync, "info"),
        Tone::Wait => (Picture::Clock, "wait"),
        Tone::Warn => (Picture::Alert, "warn"),
        Tone::Danger => (Picture::Alert, "danger"),
        Tone::Fork => (Picture::Fork, "fork"),
    }
}
