//! A question: what the person wrote, as it was written.

use client_core::{
    intention::Intention,
    view::{ChatId, MessageState},
};
use leptos::prelude::*;

use super::log::trouble_card;
use crate::{
    browser::LocalTime,
    shell::{Message, Page},
    ui::{CopyButton, Icon, IconSize, Picture},
    words::{message as said, time},
};

/// One question.
#[component]
pub fn Question(
    /// Its chat.
    chat: ChatId,
    /// The question.
    message: Message,
) -> impl IntoView {
    let Message { text, state, written_ms, .. } = message;
    let copied = text.clone();
    let when = state.clone();
    let written = LocalTime::of_ms(written_ms);
    view! {
        <article class="turn mine" aria-label=said::ASKED>
            <div class="line">
                <div class="bubble">{move || text.get()}</div>
                <div class="deeds">
                    {move || when.with(|state| mark(state, written))}
                    <CopyButton class="icon-button small" label=said::COPY_QUESTION text=move |()| copied.get_untracked()/>
                </div>
            </div>
            {move || draw_state(chat, &state.get())}
        </article>
    }
}

fn draw_state(chat: ChatId, state: &MessageState) -> Option<AnyView> {
    match state {
        MessageState::WaitingForModel { wait_s } => Some(waiting(chat, said::waits_for_model(*wait_s)).into_any()),
        MessageState::Failed(problem) => Some(trouble_card(chat, *problem).into_any()),
        // The log says at its end what is to be done about that.
        MessageState::WaitingOffline
        | MessageState::Done
        | MessageState::Thinking
        | MessageState::Writing
        | MessageState::Stopped
        | MessageState::CutAtLength => None,
    }
}

/// When it was written, or that it waits.
fn mark(state: &MessageState, written: LocalTime) -> AnyView {
    if *state == MessageState::WaitingOffline {
        let words = view! { <Icon picture=Picture::Clock size=IconSize::Small/><span role="status">{said::WAITS_ONLINE}</span> };
        return view! { <span class="queue">{words}</span> }.into_any();
    }
    view! { <time>{time::clock(written)}</time> }.into_any()
}

fn waiting(chat: ChatId, words: String) -> impl IntoView {
    let page = Page::here();
    view! {
        <p class="queue">
            <Icon picture=Picture::Clock size=IconSize::Small/>
            <span role="status">{words}</span>
            <button type="button" class="button quiet small" on:click=move |_| page.want(Intention::TakeBack(chat))>
                {said::DO_NOT_SEND}
            </button>
        </p>
    }
}
