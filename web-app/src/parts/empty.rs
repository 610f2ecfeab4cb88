//! The empty chat: a question to the person, and three to start with.

use leptos::prelude::*;

use super::MESSAGE_BOX;
use crate::{
    browser,
    shell::Page,
    ui::{Icon, Picture},
    words::chat::{self, Starter},
};

const PICTURES: [Picture; 3] = [Picture::Bulb, Picture::Mail, Picture::List];

/// The empty chat.
#[component]
pub fn EmptyChat() -> impl IntoView {
    view! {
        <div class="empty">
            <div class="inner">
                <div>
                    <h1>{chat::EMPTY_HEADING}</h1>
                    <p class="lead">{chat::EMPTY_LEAD}</p>
                </div>
                <section aria-labelledby="starters">
                    <h2 class="unseen" id="starters">{chat::SUGGESTIONS}</h2>
                    <ul role="list" class="starters">
                        {chat::STARTERS.into_iter().zip(PICTURES).map(starter).collect_view()}
                    </ul>
                </section>
            </div>
        </div>
    }
}

fn starter((starter, picture): (Starter, Picture)) -> impl IntoView {
    let page = Page::here();
    let choose = move |_| {
        page.draft.set(starter.question.to_owned());
        browser::focus_id(MESSAGE_BOX);
    };
    view! {
        <li>
            <button type="button" on:click=choose>
                <Icon picture=picture/>
                <span><b>{starter.name}</b><span class="about">{starter.about}</span></span>
            </button>
        </li>
    }
}
