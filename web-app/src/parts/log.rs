//! The conversation as a log that follows its growing end.

use client_core::{
    intention::Intention,
    view::{ChatId, MessageId, Problem},
};
use leptos::{html, prelude::*};

use super::{answer::Answer, question::Question, versions::LogState};
use crate::{
    browser::{self, Follower, Route},
    shell::{Conversation, Message, Page},
    ui::{Icon, IconSize, Picture},
    words::{
        chat as chat_words, message as said, models,
        problem::{self, Weight},
    },
};

/// The conversation.
#[component]
pub fn Log(
    /// Which one.
    conversation: Conversation,
) -> impl IntoView {
    let page = Page::here();
    let chat = conversation.id;
    let log = NodeRef::<html::Section>::new();
    let turns = NodeRef::<html::Div>::new();
    let state = LogState::at_end();
    provide_context(state);
    let is_at_end = state.is_at_end;
    let follower = StoredValue::new_local(None::<Follower>);
    Effect::new(move || {
        if let (Some(log), Some(turns)) = (log.get(), turns.get()) {
            follower
                .set_value(Some(Follower::watch(&log, &turns, move || is_at_end.try_get_untracked().unwrap_or(false))));
        }
    });
    follow_own_questions(&conversation, is_at_end, log);
    let scrolled = move |_| {
        if let Some(log) = log.try_get_untracked().flatten() {
            is_at_end.try_set(browser::is_at_end(&log));
        }
    };
    let to_end = move |_| {
        is_at_end.set(true);
        if let Some(log) = log.get_untracked() {
            browser::scroll_to_end(&log);
        }
    };
    let earlier = move |_| {
        follower.with_value(|follower| {
            if let Some(follower) = follower {
                follower.hold();
            }
        });
        page.want(Intention::ShowEarlier(chat));
    };
    let (has_earlier, messages) = (conversation.has_earlier.clone(), conversation.messages.clone());
    let is_small = {
        let conversation = conversation.clone();
        Memo::new(move |_| conversation.has_begun_with_the_servers_model())
    };
    let is_waiting = Memo::new(move |_| conversation.waits_for_the_relay());
    view! {
        <div class="log-place">
            <section class="log" role="log" aria-label=said::LOG aria-live="polite" tabindex="0" node_ref=log on:scroll=scrolled>
                <div class="turns" node_ref=turns>
                    <Show when=move || has_earlier.get()>
                        <button type="button" class="button line small earlier" on:click=earlier>{said::EARLIER}</button>
                    </Show>
                    <For each=move || messages.get() key=Message::key children=move |message| turn(chat, message)/>
                    <Show when=move || is_waiting.get()>{waiting_card(chat)}</Show>
                    <Show when=move || is_small.get()>
                        <p class="hint small-model">{models::SMALL}" "<a href=Route::Models.link()>{models::SMALL_LINK}</a></p>
                    </Show>
                </div>
            </section>
            <Show when=move || !is_at_end.get()>
                <div class="to-end">
                    <button type="button" class="button small" on:click=to_end>
                        <Icon picture=Picture::Down size=IconSize::Small/>
                        {said::TO_END}
                    </button>
                </div>
            </Show>
        </div>
    }
}

/// While a chat opens; it appears only if that takes a while.
#[component]
pub fn LogSkeleton() -> impl IntoView {
    view! {
        <div class="log-place">
            <div class="turns skeleton" role="status" aria-label=chat_words::LOADING><div></div><div></div><div></div></div>
        </div>
    }
}

/// The card of what went wrong with a turn; if something had left for it, with the way to its receipt.
pub(super) fn trouble_card(chat: ChatId, id: MessageId, trouble: Problem, receipt: Option<AnyView>) -> impl IntoView {
    let page = Page::here();
    let said_of_it = problem::say(trouble);
    let (class, picture) = match said_of_it.weight {
        Weight::Passes => ("wait", Picture::Clock),
        Weight::Mendable => ("warn", Picture::Alert),
        Weight::Grave => ("grave", Picture::Alert),
    };
    view! {
        <div class=format!("fail {class}") role="alert">
            <Icon picture=picture/>
            <h2>{said_of_it.what}</h2>
            <p>{said_of_it.then}</p>
            <div class="row">
                <button
                    type="button"
                    class="button line small"
                    data-deed="again"
                    on:click=move |_| page.ask_again(chat, id)
                >
                    <Icon picture=Picture::Redo size=IconSize::Small/>
                    {said::TRY_AGAIN}
                </button>
                {receipt}
            </div>
        </div>
    }
}

/// The card of a question that waits until the relay answers.
fn waiting_card(chat: ChatId) -> impl IntoView {
    let page = Page::here();
    let said_of_it = problem::say(Problem::Offline);
    view! {
        <div class="fail wait" role="alert">
            <Icon picture=Picture::Off/>
            <h2>{said_of_it.what}</h2>
            <p>{said_of_it.then}</p>
            <div class="row">
                <button type="button" class="button line small" on:click=move |_| page.want(Intention::TryNow)>
                    <Icon picture=Picture::Redo size=IconSize::Small/>
                    {chat_words::TRY_NOW}
                </button>
                <button type="button" class="button quiet small" on:click=move |_| page.want(Intention::TakeBack(chat))>
                    {said::DO_NOT_SEND}
                </button>
            </div>
        </div>
    }
}

/// Whoever asks wants to see the answer, wherever they were reading.
fn follow_own_questions(conversation: &Conversation, is_at_end: RwSignal<bool>, log: NodeRef<html::Section>) {
    let messages = conversation.messages.clone();
    Effect::new(move |known: Option<Option<(MessageId, bool)>>| {
        let last = messages.with(|all| all.last().map(Message::key));
        if known.is_some_and(|known| known != last) && last.is_some_and(|(_, is_mine)| is_mine) {
            is_at_end.set(true);
            if let Some(log) = log.get_untracked() {
                browser::scroll_to_end(&log);
            }
        }
        last
    });
}

fn turn(chat: ChatId, message: Message) -> AnyView {
    if message.is_mine() {
        view! { <Question chat=chat message=message/> }.into_any()
    } else {
        view! { <Answer chat=chat message=message/> }.into_any()
    }
}
