//! The chat: the rail, one conversation or an empty one, and the text box below it.

use client_core::view::ChatId;
use leptos::prelude::*;

use crate::{
    browser,
    parts::{
        ChatHead, ChatRail, Composer, EmptyChat, EmptyHead, KeyList, Log, LogSkeleton, MESSAGE_BOX, Rail, Receipt,
        SkipLink, Strip, Toast,
    },
    shell::{OpenChat, Page},
    ui::TroubleNote,
    words::{self, chat},
};

/// What stands above the text box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Empty,
    Awaited(ChatId),
    Here(ChatId),
}

/// The page.
#[component]
pub(super) fn Chat() -> impl IntoView {
    browser::set_title(&words::tab(chat::TAB));
    let page = Page::here();
    let rail: Rail = expect_context();
    let covered = rail.covers();
    let face = Memo::new(move |_| page.open.with(face));
    Effect::new(move || {
        face.track();
        if !browser::is_phone() {
            browser::focus_id(MESSAGE_BOX);
        }
    });
    view! {
        <SkipLink/>
        <div class=move || rail.class()>
            <ChatRail/>
            <div class="scrim" on:click=move |_| rail.close_drawer()></div>
            <main id="main" class="place" tabindex="-1" inert=move || covered.get()>
                {move || draw(page, face.get())}
                <Composer/>
            </main>
            <Receipt/>
        </div>
        <KeyList/>
        <Toast/>
    }
}

fn draw(page: Page, face: Face) -> AnyView {
    match face {
        Face::Empty => view! { <EmptyHead/><Strip/><EmptyChat/> }.into_any(),
        Face::Awaited(id) => view! { <ChatHead id=id/><Strip/><LogSkeleton/> }.into_any(),
        Face::Here(id) => {
            let conversation = page.open.with_untracked(|open| match open {
                OpenChat::Here(conversation) => Some(conversation.clone()),
                OpenChat::New | OpenChat::Awaited(_) => None,
            });
            let log = conversation.map(|conversation| {
                let problem = conversation.problem.clone();
                view! { <TroubleNote problem=Signal::derive(move || problem.get())/><Log conversation=conversation/> }
            });
            view! { <ChatHead id=id/><Strip/>{log} }.into_any()
        }
    }
}

fn face(open: &OpenChat) -> Face {
    match open {
        OpenChat::New => Face::Empty,
        OpenChat::Awaited(chat) => Face::Awaited(*chat),
        OpenChat::Here(conversation) if conversation.is_empty() => Face::Empty,
        OpenChat::Here(conversation) => Face::Here(conversation.id),
    }
}
