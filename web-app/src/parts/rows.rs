//! The chat list by day, newest first.

use client_core::view::{
    ChatRowState, ChatRowView,
    days::{self, Stretch},
};
use leptos::{either::Either, prelude::*};

use super::Rail;
use crate::{
    browser::{self, LocalTime, Route},
    shell::Page,
    ui::{Icon, IconSize, Picture},
    words::{rail, time},
};

/// Chats of one stretch of time.
#[derive(Clone, PartialEq)]
struct Listed {
    stretch: Stretch,
    rows: Vec<ChatRowView>,
}

/// All rows, or what stands in their place.
#[component]
pub fn Rows() -> impl IntoView {
    let page = Page::here();
    let stretches = Memo::new(move |_| page.rows.with(|rows| rows.as_deref().map(by_day)));
    let none = move || stretches.with(|stretches| stretches.as_ref().is_some_and(Vec::is_empty));
    let listed = move || stretches.get().unwrap_or_default();
    view! {
        <Show when=move || stretches.with(Option::is_none)>
            <div class="skeleton rows" role="status" aria-label=rail::LOADING><div></div><div></div><div></div></div>
        </Show>
        <Show when=none>
            <section aria-labelledby="no-chats">
                <h2 id="no-chats">{rail::CHATS}</h2>
                <p class="none">{rail::NONE}</p>
            </section>
        </Show>
        <For each=listed key=|listed| listed.stretch children=move |listed| one_stretch(listed.stretch, stretches)/>
    }
}

fn one_stretch(stretch: Stretch, stretches: Memo<Option<Vec<Listed>>>) -> impl IntoView {
    let rows = move || {
        stretches.with(|all| {
            let all = all.as_deref().unwrap_or_default();
            all.iter().find(|listed| listed.stretch == stretch).map(|listed| listed.rows.clone()).unwrap_or_default()
        })
    };
    let (name, label) = (time::stretch(stretch), time::stretch(stretch));
    view! {
        <section aria-label=label>
            <h2>{name}</h2>
            <ul role="list">
                <For each=rows key=|row| (row.id, row.title.clone(), look(row.state)) children=|row| view! { <Row row=row/> }/>
            </ul>
        </section>
    }
}

#[component]
fn Row(row: ChatRowView) -> impl IntoView {
    let page = Page::here();
    let list: Rail = expect_context();
    let is_current = move || (page.open_id() == Some(row.id)).then_some("page");
    let title = row.title.unwrap_or_else(|| rail::UNTITLED.to_owned());
    let mark = match look(row.state) {
        Some((picture, class)) => Either::Left(view! { <Icon picture=picture size=IconSize::Small class=class/> }),
        None => Either::Right(()),
    };
    view! {
        <li>
            <a
                class="chat-row"
                href=Route::Chat(row.id).link()
                aria-current=is_current
                aria-description=rail::row(row.state)
                on:click=move |_| list.close_drawer()
            >
                <span class="title">{title}</span>
                {mark}
            </a>
        </li>
    }
}

fn look(state: ChatRowState) -> Option<(Picture, &'static str)> {
    match state {
        ChatRowState::Calm => None,
        ChatRowState::Writing => Some((Picture::Sync, "writing")),
        ChatRowState::Waiting => Some((Picture::Clock, "wait")),
        ChatRowState::NeedsLook(_) | ChatRowState::Damaged => Some((Picture::Alert, "look")),
    }
}

fn by_day(rows: &[ChatRowView]) -> Vec<Listed> {
    let today = LocalTime::of_ms(browser::now_ms()).day();
    let mut all: Vec<Listed> = Vec::new();
    for row in rows {
        let stretch = days::stretch(LocalTime::of_ms(row.changed_ms).day(), today);
        match all.last_mut().filter(|listed| listed.stretch == stretch) {
            Some(listed) => listed.rows.push(row.clone()),
            None => all.push(Listed { stretch, rows: vec![row.clone()] }),
        }
    }
    all
}
