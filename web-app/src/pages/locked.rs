//! Unlock: nothing is readable before it, not even a name.

use client_core::{
    intention::Intention,
    view::{LockedView, Problem, ScreenView},
};
use leptos::prelude::*;

use super::{by_password::UnlockForm, by_words::WordsForm, view_of};
use crate::{
    browser,
    parts::Gate,
    shell::Page,
    ui::{BusyButton, Icon, Note, Picture, TroubleNote},
    words::{self, by_words, password, unlock},
};

/// Id of the main button.
const UNLOCK: &str = "unlock";

/// The page.
#[component]
pub(super) fn Locked() -> impl IntoView {
    browser::set_title(&words::tab(unlock::TAB));
    let view = view_of(|screen| if let ScreenView::Locked(view) = screen { Some(view) } else { None });
    let way = RwSignal::new(view.get_untracked().map_or(Way::Passkey, |view| Way::first(&view)));
    move || match way.get() {
        Way::Passkey => view! { <ByPasskey view=view way=way/> }.into_any(),
        Way::Password => view! { <ByPassword view=view way=way/> }.into_any(),
        Way::Words => view! { <ByWords view=view way=way/> }.into_any(),
    }
}

/// How this device is unlocked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Passkey,
    Password,
    Words,
}

impl Way {
    /// The one that is offered first.
    fn first(view: &LockedView) -> Self {
        match (view.has_passkey, view.has_password) {
            (true, _) => Self::Passkey,
            (false, true) => Self::Password,
            (false, false) => Self::Words,
        }
    }
}

#[component]
fn ByPasskey(view: Memo<Option<LockedView>>, way: RwSignal<Way>) -> impl IntoView {
    let page = Page::here();
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    let off = Signal::derive(move || wait_s(view) > 0);
    let has_password = Memo::new(move |_| view.with(|view| view.as_ref().is_some_and(|view| view.has_password)));
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
                    <Show when=move || has_password.get()>
                        <button type="button" class="button line large" on:click=move |_| way.set(Way::Password)>
                            <Icon picture=Picture::Lock/>
                            {password::PASSWORD}
                        </button>
                    </Show>
                    <button type="button" class="button line large" on:click=move |_| way.set(Way::Words)>
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
fn ByPassword(view: Memo<Option<LockedView>>, way: RwSignal<Way>) -> impl IntoView {
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    let off = Signal::derive(move || wait_s(view) > 0);
    let first = Memo::new(move |_| view.with(|view| view.as_ref().map_or(Way::Password, Way::first)));
    view! {
        <Gate heading=unlock::HEADING note=move || note(view)>
            <p class="lead">{password::UNLOCK_LEAD}</p>
            <UnlockForm busy=busy off=off/>
            {timer(view)}
            <p class="other">
                <button type="button" class="button quiet" on:click=move |_| way.set(Way::Words)>{by_words::TAB}</button>
            </p>
            <Show when=move || first.get() != Way::Password>
                <p class="other">
                    <button type="button" class="button quiet" on:click=move |_| way.set(first.get_untracked())>{by_words::BACK}</button>
                </p>
            </Show>
        </Gate>
    }
}

#[component]
fn ByWords(view: Memo<Option<LockedView>>, way: RwSignal<Way>) -> impl IntoView {
    let has_words = Memo::new(move |_| view.with(|view| view.as_ref().is_none_or(|view| view.has_words)));
    let first = Memo::new(move |_| view.with(|view| view.as_ref().map_or(Way::Words, Way::first)));
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
            <Show when=move || first.get() != Way::Words>
                <p class="other">
                    <button type="button" class="button quiet" on:click=move |_| way.set(first.get_untracked())>{by_words::BACK}</button>
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
