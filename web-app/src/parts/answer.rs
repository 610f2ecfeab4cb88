//! An answer: blocks that grow while it is written, and how it ended.

use client_core::{
    intention::Intention,
    view::{ChatId, MessageId, MessageState, VersionsView},
};
use leptos::prelude::*;

use super::{avatar::Avatar, blocks::LiveBlocks, log::trouble_card, versions::versions as versions_of};
use crate::{
    browser::LocalTime,
    shell::{Message, Page},
    ui::{CopyButton, IconButton, Picture},
    words::{self, message as said, receipt, time},
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
    let origin = message.offer().and_then(words::origin);
    let (seen, drawn) = (message.blocks.clone(), message.blocks.clone());
    let has_words = Memo::new(move |_| seen.with(|blocks| !blocks.is_empty()));
    let (of_live, of_foot) = (message.state.clone(), message.state.clone());
    let written = LocalTime::of_ms(message.written_ms);
    let (id, copied, versions) = (message.id, message.text.clone(), message.versions.clone());
    let is_coming = Memo::new(move |_| message.is_in_the_making());
    let name = {
        let model = model.clone();
        move || if is_coming.get() { said::is_answering(&model) } else { said::answered(&model) }
    };
    view! {
        <article class="turn theirs" aria-label=name tabindex="-1" aria-busy=move || is_coming.get().to_string()>
            <Avatar/>
            <p class="by">
                <b>{model}</b>
                {origin.map(|origin| view! { <span>{origin}</span> })}
                {move || live(&of_live.get())}
                <Show when=move || !is_coming.get()><time>{time::clock(written)}</time></Show>
            </p>
            <Show when=move || has_words.get()>
                <div class=move || if is_coming.get() { "bubble writing" } else { "bubble" }>
                    <LiveBlocks blocks=drawn.clone()/>
                </div>
            </Show>
            {move || foot(chat, id, &of_foot.get(), has_words.get().then(|| copied.clone()), versions.clone())}
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

/// How an answer ended, and what can be done with it.
fn foot(
    chat: ChatId,
    id: MessageId,
    state: &MessageState,
    words: Option<ArcRwSignal<String>>,
    versions: ArcRwSignal<Option<VersionsView>>,
) -> AnyView {
    let page = Page::here();
    let why = match state {
        MessageState::Stopped => Some(said::STOPPED),
        MessageState::CutAtLength => Some(said::CUT),
        MessageState::Thinking
        | MessageState::Writing
        | MessageState::WaitingOffline
        | MessageState::WaitingForModel { .. }
        | MessageState::Failed(_)
        | MessageState::Done => None,
    };
    let show = move || page.want(Intention::ShowReceipt { chat, answer: id });
    let card = if let MessageState::Failed(problem) = state {
        let see = view! {
            <button type="button" class="button quiet small" on:click=move |_| show()>{receipt::OF_FAILED}</button>
        };
        Some(trouble_card(chat, id, *problem, Some(see.into_any())))
    } else {
        None
    };
    let copy = words.filter(|_| state.is_settled()).map(|text| {
        view! { <CopyButton class="icon-button small" label=said::COPY_ANSWER text=move |()| text.get_untracked()/> }
    });
    let again = state.is_settled().then(|| {
        view! { <IconButton class="small" picture=Picture::Redo label=said::AGAIN deed="again" press=move |()| page.ask_again(chat, id)/> }
    });
    let others = move || versions.get().map(|seen| versions_of(chat, id, said::ANSWER_VERSIONS, seen));
    let ended = why.map(|why| view! { <span class="ended">{why}</span> });
    let receipt = state.is_settled().then(|| {
        view! { <IconButton class="small" picture=Picture::Receipt label=receipt::OF_ANSWER press=move |()| show()/> }
    });
    view! { {card}<div class="deeds">{copy}{again}{others}{receipt}{ended}</div> }.into_any()
}
