//! An answer: blocks that grow while it is written, and how it ended.

use client_core::{
    intention::Intention,
    view::{ChatId, MessageState},
};
use leptos::prelude::*;

use super::{avatar::Avatar, blocks::LiveBlocks, log::trouble_card};
use crate::{
    browser::LocalTime,
    shell::{Message, Page},
    ui::{CopyButton, IconButton, Picture},
    words::{self, message as said, time},
};

/// One answer.
#[component]
pub fn Answer(
    /// Its chat.
    chat: ChatId,
    /// The answer.
    message: Message,
) -> impl IntoView {
    let model = words::model(message.offer());
    let (seen, drawn) = (message.blocks.clone(), message.blocks.clone());
    let has_words = Memo::new(move |_| seen.with(|blocks| !blocks.is_empty()));
    let (of_live, of_foot) = (message.state.clone(), message.state.clone());
    let written = LocalTime::of_ms(message.written_ms);
    let copied = message.text.clone();
    let is_coming = Memo::new(move |_| message.is_in_the_making());
    let name = {
        let model = model.clone();
        move || if is_coming.get() { said::is_answering(&model) } else { said::answered(&model) }
    };
    view! {
        <article class="turn theirs" aria-label=name aria-busy=move || is_coming.get().to_string()>
            <Avatar/>
            <p class="by">
                <b>{model}</b>
                {move || live(&of_live.get())}
                <Show when=move || !is_coming.get()><time>{time::clock(written)}</time></Show>
            </p>
            <Show when=move || has_words.get()>
                <div class=move || if is_coming.get() { "bubble writing" } else { "bubble" }>
                    <LiveBlocks blocks=drawn.clone()/>
                </div>
            </Show>
            {move || foot(chat, &of_foot.get(), has_words.get(), copied.clone())}
        </article>
    }
}

fn live(state: &MessageState) -> Option<impl IntoView + use<>> {
    let words = match state {
        MessageState::Thinking => said::THINKING,
        MessageState::Writing => said::WRITING,
        MessageState::Done
        | MessageState::WaitingOffline
        | MessageState::WaitingForModel { .. }
        | MessageState::Stopped
        | MessageState::CutAtLength
        | MessageState::Failed(_) => return None,
    };
    Some(view! { <span class="live" role="status">{words}</span> })
}

/// How an answer ended.
enum Ending {
    /// It has not.
    Open,
    /// Whole.
    Whole,
    /// Early, and why.
    Early(&'static str),
}

fn foot(chat: ChatId, state: &MessageState, has_words: bool, text: ArcRwSignal<String>) -> AnyView {
    let ending = match state {
        MessageState::Thinking
        | MessageState::Writing
        | MessageState::WaitingOffline
        | MessageState::WaitingForModel { .. } => Ending::Open,
        MessageState::Done => Ending::Whole,
        MessageState::Stopped => Ending::Early(said::STOPPED),
        MessageState::CutAtLength => Ending::Early(said::CUT),
        MessageState::Failed(problem) => return trouble_card(chat, *problem).into_any(),
    };
    let why = match ending {
        Ending::Open => return ().into_any(),
        Ending::Whole => None,
        Ending::Early(why) => Some(why),
    };
    let copy = has_words.then(|| {
        view! { <CopyButton class="icon-button small" label=said::COPY_ANSWER text=move |()| text.get_untracked()/> }
    });
    let page = Page::here();
    let again = why.map(|why| {
        view! {
            <IconButton class="small" picture=Picture::Redo label=said::AGAIN press=move |()| page.want(Intention::Retry(chat))/>
            <span class="ended">{why}</span>
        }
    });
    view! { <div class="deeds">{copy}{again}</div> }.into_any()
}
