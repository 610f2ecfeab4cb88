//! After coming in with recovery words: another way to sign in, then new words if somebody else may know the old ones.

use client_core::{
    account::PrfKind,
    intention::{Intention, TypedPhrase},
    view::{RecoverStep, RecoverView, ScreenView, security::WayState},
};
use leptos::{html, prelude::*};

use super::view_of;
use crate::{
    browser,
    parts::{Gate, WordsField},
    shell::Page,
    ui::{BusyButton, Icon, Picture, TroubleNote},
    words::{self, recover, ways},
};

/// The page.
#[component]
pub(super) fn Recover() -> impl IntoView {
    browser::set_title(&words::tab(recover::TAB));
    let page = Page::here();
    let view = view_of(|screen| if let ScreenView::Recover(view) = screen { Some(view) } else { None });
    let step = Memo::new(move |_| view.get().map_or(RecoverStep::NewWay, |view: RecoverView| view.step));
    let needs_words = Memo::new(move |_| view.get().is_some_and(|view| view.needs_words));
    let field = NodeRef::<html::Textarea>::new();
    let change = Memo::new(move |_| view.get().and_then(|view| view.change));
    let busy = Signal::derive(move || change.get().and_then(ways::busy));
    let problem = Signal::derive(move || match change.get() {
        Some(WayState::Failed(problem)) => Some(problem),
        Some(WayState::WaitsForOld | WayState::WaitsForNew | WayState::UnderWay | WayState::Done { .. }) | None => None,
    });
    let typed = move || -> Option<TypedPhrase> {
        let field = field.get_untracked().filter(|_| needs_words.get_untracked());
        page.words.set(None);
        field.map(|field| field.value().into())
    };
    let add = move |kind: PrfKind| page.want(Intention::AddWay { kind, name: String::new(), words: typed() });
    let later = move || {
        view! {
            <button
                type="button"
                class="button quiet"
                on:click=move |_| page.want(Intention::Recover { later: true })
            >
                {recover::LATER}
            </button>
        }
    };
    let new_way = move || {
        view! {
            <BusyButton
                class="primary hero"
                picture=Picture::Passkey
                label=ways::ADD_PASSKEY
                busy=busy
                off=false
                press=move |()| add(PrfKind::Passkey)
            />
            <button type="button" class="button line large" on:click=move |_| add(PrfKind::SecurityKey)>
                <Icon picture=Picture::Key/>
                {ways::ADD_KEY}
            </button>
            {later()}
        }
    };
    let old_words = move || {
        view! {
            <BusyButton
                class="primary hero"
                picture=Picture::List
                label=recover::MAKE_WORDS
                busy=busy
                off=false
                press=move |()| page.want(Intention::MakeWords { are_known: true, old: typed() })
            />
            <button type="button" class="button line large" on:click=move |_| page.want(Intention::KeepWords)>
                {recover::KEEP_WORDS}
            </button>
            {later()}
        }
    };
    Effect::new(|| browser::focus_id("heading"));
    view! {
        <Gate class="broad" heading=recover::HEADING note=move || view! { <TroubleNote problem=problem/> }>
            <p class="lead">{move || recover::lead(step.get())}</p>
            <Show when=move || needs_words.get()><WordsField field=field/></Show>
            <div class="acts">
                {move || match step.get() {
                    RecoverStep::NewWay => new_way().into_any(),
                    RecoverStep::OldWords => old_words().into_any(),
                }}
            </div>
            <p class="other hint">{move || recover::hint(step.get())}</p>
        </Gate>
    }
}
