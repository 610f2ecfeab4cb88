//! A question: what the person wrote, as it was written.

use client_core::{
    intention::Intention,
    view::{ChatId, MessageId, MessageState, is_long},
};
use leptos::prelude::*;

use super::{edit::EditBox, log::trouble_card, versions::versions as versions_of};
use crate::{
    browser::LocalTime,
    shell::{Message, Page},
    ui::{CopyButton, Icon, IconButton, IconSize, Picture},
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
    let edited = message.clone();
    let Message { id, text, state, written_ms, versions, edit, .. } = message;
    let (copied, when) = (text.clone(), state.clone());
    let written = LocalTime::of_ms(written_ms);
    let is_edited = {
        let edit = edit.clone();
        Memo::new(move |_| edit.with(Option::is_some))
    };
    let can_be_edited = {
        let state = state.clone();
        let text = text.clone();
        Memo::new(move |_| state.with(MessageState::is_settled) && !text.with(|text| is_long(text)))
    };
    let is_whole = RwSignal::new(false);
    let begin = {
        let text = text.clone();
        move |()| edit.set(Some(text.get_untracked()))
    };
    let bubble = move || {
        if is_edited.get() {
            return view! { <EditBox chat=chat message=edited.clone()/> }.into_any();
        }
        let text = text.clone();
        view! { <div class="bubble">{move || text.with(|text| words(text, is_whole))}</div> }.into_any()
    };
    view! {
        <article class="turn mine" aria-label=said::ASKED tabindex="-1">
            <div class="line">
                {bubble}
                <div class="deeds" class:away=is_edited>
                    {move || when.with(|state| mark(state, written))}
                    <Show when=move || can_be_edited.get()>
                        <IconButton class="small" picture=Picture::Edit label=said::EDIT_QUESTION deed="edit" press=begin.clone()/>
                    </Show>
                    <CopyButton class="icon-button small" label=said::COPY_QUESTION text=move |()| copied.get_untracked()/>
                    {move || versions.get().map(|seen| versions_of(chat, id, said::QUESTION_VERSIONS, seen))}
                </div>
            </div>
            {move || draw_state(chat, id, &state.get())}
        </article>
    }
}

/// Lines that are drawn of a long question, and lines that are laid out together once it is shown whole.
const FOLDED_LINES: usize = 12;
const LAID_OUT_LINES: usize = 100;

/// The words of a question; of a long one the first lines, or all in pieces, of which the browser lays out those in sight.
fn words(text: &str, is_whole: RwSignal<bool>) -> AnyView {
    if !is_long(text) {
        return text.to_owned().into_any();
    }
    let whole = text.to_owned();
    let pieces = move || {
        let lines: Vec<&str> = whole.split_inclusive('\n').collect();
        let pieces: Vec<String> = if is_whole.get() {
            lines.chunks(LAID_OUT_LINES).map(<[&str]>::concat).collect()
        } else {
            vec![lines.iter().take(FOLDED_LINES).flat_map(|line| line.chars().take(400)).collect()]
        };
        pieces.into_iter().map(|piece| view! { <div class="piece">{piece}</div> }).collect_view()
    };
    let label = if_whole(is_whole, said::show_all(text));
    view! {
        {pieces}
        <button type="button" class="button small whole" on:click=move |_| is_whole.update(|is_whole| *is_whole = !*is_whole)>
            {label}
        </button>
    }
    .into_any()
}

fn if_whole(is_whole: RwSignal<bool>, show: String) -> impl Fn() -> String {
    move || if is_whole.get() { said::SHOW_LESS.to_owned() } else { show.clone() }
}

fn draw_state(chat: ChatId, id: MessageId, state: &MessageState) -> Option<AnyView> {
    match state {
        MessageState::WaitingForModel { wait_s } => Some(waiting(chat, said::waits_for_model(*wait_s)).into_any()),
        MessageState::Failed(problem) => Some(trouble_card(chat, id, *problem, None).into_any()),
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
