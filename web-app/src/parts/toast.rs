//! A word that passes: a chat was deleted, or something went wrong.

use std::time::Duration;

use client_core::{
    intention::Intention,
    view::{ChatId, NoticeView},
};
use leptos::{html, prelude::*};

use crate::{
    browser::{self, Route},
    shell::Page,
    ui::{IconButton, Picture},
    words::{chat, problem, recover},
};

/// How long it stays.
const SHOWN_FOR: Duration = Duration::from_secs(10);

/// The place where it appears.
#[component]
pub fn Toast() -> impl IntoView {
    let page = Page::here();
    let place = NodeRef::<html::Div>::new();
    Effect::new(move || {
        if let Some((nth, _)) = page.notice.get() {
            end_later(page, nth, place);
        }
    });
    view! {
        <div class="toast-place" node_ref=place>
            {move || page.notice.get().map(|(_, notice)| draw(page, notice))}
        </div>
    }
}

/// Takes it away in time, but not from under a hand that is on it.
fn end_later(page: Page, nth: u32, place: NodeRef<html::Div>) {
    let end = move || {
        if page.notice.get_untracked().is_none_or(|(now, _)| now != nth) {
            return;
        }
        let place_now = place.try_get_untracked().flatten();
        if place_now.is_some_and(|element| browser::is_attended(&element)) {
            end_later(page, nth, place);
        } else {
            page.notice.set(None);
        }
    };
    set_timeout(end, SHOWN_FOR);
}

fn draw(page: Page, notice: NoticeView) -> AnyView {
    match notice {
        NoticeView::ChatDeleted(chat) => deleted(page, chat).into_any(),
        NoticeView::WordsRight => {
            view! { <div class="toast"><span role="status">{recover::RIGHT}</span></div> }.into_any()
        }
        NoticeView::Trouble(trouble) => {
            let said = problem::say(trouble);
            view! {
                <div class="toast">
                    <span role="alert"><b>{said.what}</b>". "{said.then}</span>
                    <IconButton class="small" picture=Picture::Close label=chat::DISMISS press=move |()| page.notice.set(None)/>
                </div>
            }
            .into_any()
        }
    }
}

fn deleted(page: Page, chat: ChatId) -> impl IntoView {
    let undo = move |_| {
        page.notice.set(None);
        page.want(Intention::UndoDelete(chat));
        Route::Chat(chat).go();
    };
    view! {
        <div class="toast">
            <span role="status">{chat::DELETED}</span>
            <button type="button" class="button quiet small" on:click=undo>{chat::UNDO}</button>
        </div>
    }
}
