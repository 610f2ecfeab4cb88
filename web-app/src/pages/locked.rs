//! Unlock: nothing is readable before it, not even a name.

use client_core::{
    intention::Intention,
    view::{LockedView, Problem, ScreenView},
};
use leptos::prelude::*;

use super::{by_words::WordsForm, view_of};
use crate::{
    browser,
    parts::Gate,
    shell::Page,
    ui::{BusyButton, Icon, Note, Picture, TroubleNote},
    words::{self, by_words, unlock},
};

/// Id of the main button.
const UNLOCK: &str = "unlock";

/// The page.
#[component]
pub(super) fn Locked() -> impl IntoView {
    browser::set_title(&words::tab(unlock::TAB));
    let view = view_of(|screen| if let ScreenView::Locked(view) = screen { Some(view) } else { None });
    let is_by_words = RwSignal::new(view.get_untracked().is_some_and(|view| !view.has_passkey));
    move || {
        if is_by_words.get() {
            view! { <ByWords view=view is_by_words=is_by_words/> }.into_any()
        } else {
            view! { <ByPasskey view=view is_by_words=is_by_words/> }.into_any()
        }
    }
}

#[component]
fn ByPasskey(view: Memo<Option<LockedView>>, is_by_words: RwSignal<bool>) -> impl IntoView {
    let page = Page::here();
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    let off = Signal::derive(move || wait_s(view) > 0);
    // Whoever opens this page wants this one thing.
    Effect::new(|| browser::focus_id(UNLOCK));
    view! {
        <Gate heading=unlock::HEADING note=move || note(view)>
            <p class="lead">{unlock::LEAD}</p>
            <div class="acts">
                <BusyButton
                    id=UNLOCK
                    class="primary hero"
                    picture=Picture::Passkey
                    label=unlock::UNLOCK
                    busy=busy
                    off=off
                    press=move |()| page.want(Intention::UnlockWithPasskey)
                />
                <div class="acts" role="group" aria-label=by_words::OTHER_WAYS>
                    <button type="button" class="button line large" on:click=move |_| is_by_words.set(true)>
                        <Icon picture=Picture::List/>
                        {by_words::TAB}
                    </button>
                </div>
            </div>
            {timer(view)}
        </Gate>
    }
}

#[component]
fn ByWords(view: Memo<Option<LockedView>>, is_by_words: RwSignal<bool>) -> impl IntoView {
    let has_words = Memo::new(move |_| view.with(|view| view.as_ref().is_none_or(|view| view.has_words)));
    let has_passkey = Memo::new(move |_| view.with(|view| view.as_ref().is_none_or(|view| view.has_passkey)));
    let off = Signal::derive(move || wait_s(view) > 0);
    let busy = Signal::derive(|| None);
    view! {
        <Gate heading=by_words::HEADING note=move || note(view)>
            <Show
                when=move || has_words.get()
                fallback=|| view! { <div class="acts"><Note picture=Picture::Lock what=by_words::NOT_HERE then=by_words::NOT_HERE_HINT/></div> }
            >
                <p class="lead">{by_words::UNLOCK_LEAD}</p>
                <WordsForm want=Intention::UnlockWithWords busy=busy off=off/>
            </Show>
            {timer(view)}
            <Show when=move || has_passkey.get()>
                <p class="other">
                    <button type="button" class="button quiet" on:click=move |_| is_by_words.set(false)>{by_words::BACK}</button>
                </p>
            </Show>
        </Gate>
    }
}

fn note(view: Memo<Option<LockedView>>) -> impl IntoView {
    let is_online = Memo::new(move |_| view.with(|view| view.as_ref().is_none_or(|view| view.online)));
    view! {
        <Show when=move || !is_online.get()>
            <Note picture=Picture::Off what=unlock::OFFLINE then=unlock::OFFLINE_HINT/>
        </Show>
        <TroubleNote problem=Signal::derive(move || view.get().and_then(|view| said_problem(&view)))/>
    }
}

fn timer(view: Memo<Option<LockedView>>) -> impl IntoView {
    view! {
        <p class="other hint" role="timer">
            {move || (wait_s(view) > 0).then(|| unlock::wait(wait_s(view)))}
        </p>
    }
}

fn wait_s(view: Memo<Option<LockedView>>) -> u32 {
    view.with(|view| view.as_ref().map_or(0, |view| view.wait_s))
}

/// Being offline has its own note here.
fn said_problem(view: &LockedView) -> Option<Problem> {
    view.problem.filter(|problem| *problem != Problem::Offline)
}
