//! Unlock: nothing is readable before it, not even a name.

use client_core::{
    intention::Intention,
    view::{LockedView, Problem, ScreenView},
};
use leptos::prelude::*;

use super::view_of;
use crate::{
    browser,
    parts::Gate,
    shell::Page,
    ui::{BusyButton, Note, Picture, TroubleNote},
    words::{self, unlock},
};

/// Id of the main button.
const UNLOCK: &str = "unlock";

/// The page.
#[component]
pub(super) fn Locked() -> impl IntoView {
    browser::set_title(&words::tab(unlock::TAB));
    let page = Page::here();
    let view = view_of(|screen| if let ScreenView::Locked(view) = screen { Some(view) } else { None });
    let is_online = Memo::new(move |_| view.with(|view| view.as_ref().is_none_or(|view| view.online)));
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    let wait_s = Memo::new(move |_| view.with(|view| view.as_ref().map_or(0, |view| view.wait_s)));
    let note = move || {
        view! {
            <Show when=move || !is_online.get()>
                <Note picture=Picture::Off what=unlock::OFFLINE then=unlock::OFFLINE_HINT/>
            </Show>
            <TroubleNote problem=Signal::derive(move || view.get().and_then(|view| said_problem(&view)))/>
        }
    };
    // Whoever opens this page wants this one thing.
    Effect::new(|| browser::focus_id(UNLOCK));
    view! {
        <Gate heading=unlock::HEADING note=note>
            <p class="lead">{unlock::LEAD}</p>
            <div class="acts">
                <BusyButton
                    id=UNLOCK
                    class="primary hero"
                    picture=Picture::Passkey
                    label=unlock::UNLOCK
                    busy=busy
                    off=Signal::derive(move || wait_s.get() > 0)
                    press=move |()| page.want(Intention::UnlockWithPasskey)
                />
            </div>
            <p class="other hint" role="timer">{move || (wait_s.get() > 0).then(|| unlock::wait(wait_s.get()))}</p>
        </Gate>
    }
}

/// Being offline has its own note here.
fn said_problem(view: &LockedView) -> Option<Problem> {
    view.problem.filter(|problem| *problem != Problem::Offline)
}
