//! A new device: shows a code or six words until another one lets it in, then asks what shall unlock it.

use client_core::{
    intention::{HandOverWish, Intention},
    view::{
        ScreenView,
        hand_over::{HandOverWay, JoiningStep, JoiningView, ShownSecret},
    },
};
use leptos::prelude::*;

use super::{by_words::WordsForm, view_of};
use crate::{
    browser,
    parts::Gate,
    shell::Page,
    ui::{BusyButton, Icon, IconSize, Picture, QrCode, SaidNote},
    words::{self, by_words, hand_over},
};

/// Id of the first button of the second half.
const CHOOSE: &str = "choose-unlock";

/// The page.
#[component]
pub(super) fn Joining() -> impl IntoView {
    let view = view_of(|screen| if let ScreenView::Joining(view) = screen { Some(view) } else { None });
    let is_let_in = Memo::new(move |_| {
        view.with(|view| view.as_ref().is_some_and(|view| matches!(view.step, JoiningStep::Unlocking { .. })))
    });
    move || {
        if is_let_in.get() {
            view! { <Unlocking view=view/> }.into_any()
        } else {
            view! { <Showing view=view/> }.into_any()
        }
    }
}

fn note(view: Memo<Option<JoiningView>>) -> impl IntoView {
    view! { <SaidNote said=Signal::derive(move || view.get().and_then(|view| view.trouble).map(hand_over::say))/> }
}

#[component]
fn Showing(view: Memo<Option<JoiningView>>) -> impl IntoView {
    browser::set_title(&words::tab(hand_over::JOIN));
    let page = Page::here();
    let way = Memo::new(move |_| view.with(|view| view.as_ref().map_or(HandOverWay::Code, |view| view.way)));
    // The code stays as it is while the time runs.
    let secret = Memo::new(move |_| {
        view.with(|view| match view.as_ref().map(|view| &view.step) {
            Some(JoiningStep::Showing { secret, .. }) => Some(secret.clone()),
            Some(JoiningStep::Asking | JoiningStep::Unlocking { .. } | JoiningStep::Over) | None => None,
        })
    });
    let left_s = Memo::new(move |_| {
        view.with(|view| match view.as_ref().map(|view| &view.step) {
            Some(JoiningStep::Showing { left_s, .. }) => Some(*left_s),
            Some(JoiningStep::Asking | JoiningStep::Unlocking { .. } | JoiningStep::Over) | None => None,
        })
    });
    let busy = Signal::derive(move || {
        let is_asking = view.with(|view| view.as_ref().is_some_and(|view| view.step == JoiningStep::Asking));
        is_asking.then(|| words::busy(client_core::view::Busy::AskingRelay))
    });
    Effect::new(|| browser::focus_id("heading"));
    view! {
        <Gate heading=hand_over::JOIN note=move || note(view)>
            <p class="lead">
                {move || match way.get() {
                    HandOverWay::Code => hand_over::JOIN_BY_CODE,
                    HandOverWay::Words => hand_over::JOIN_BY_WORDS,
                }}
            </p>
            {move || secret.get().map(shown)}
            <p class="other hint" role="timer">{move || left_s.get().map(hand_over::left)}</p>
            <div class="acts">
                {move || again(page, way.get(), busy)}
                {move || other(page, way.get())}
            </div>
            <p class="other">
                <button type="button" class="button quiet" on:click=move |_| page.want(Intention::Abandon)>
                    {hand_over::BACK}
                </button>
            </p>
        </Gate>
    }
}

fn shown(secret: ShownSecret) -> AnyView {
    match secret {
        ShownSecret::Code(code) => view! { <QrCode code=code label=hand_over::CODE/> }.into_any(),
        ShownSecret::Words(words) => {
            let word = |(index, word): (usize, String)| {
                view! { <li><span class="nth">{index + 1}</span><span class="word">{word}</span></li> }
            };
            let words = words.into_iter().enumerate().map(word).collect_view();
            view! { <ol role="list" class="words six" aria-label=hand_over::WORDS>{words}</ol> }.into_any()
        }
    }
}

/// Another secret of the same kind.
fn again(page: Page, way: HandOverWay, busy: Signal<Option<&'static str>>) -> impl IntoView {
    let label = match way {
        HandOverWay::Code => hand_over::NEW_CODE,
        HandOverWay::Words => hand_over::NEW_WORDS,
    };
    let press = move |()| page.want(Intention::HandOver(HandOverWish::Join(way)));
    view! {
        <BusyButton class="line large" picture=Picture::Redo label=label busy=busy off=Signal::stored(false) press=press/>
    }
}

/// A secret of the other kind.
fn other(page: Page, way: HandOverWay) -> impl IntoView {
    let (label, picture, other) = match way {
        HandOverWay::Code => (hand_over::USE_WORDS, Picture::List, HandOverWay::Words),
        HandOverWay::Words => (hand_over::USE_CODE, Picture::Device, HandOverWay::Code),
    };
    view! {
        <button type="button" class="button quiet" on:click=move |_| page.want(Intention::HandOver(HandOverWish::Join(other)))>
            <Icon picture=picture size=IconSize::Small/>
            {label}
        </button>
    }
}

#[component]
fn Unlocking(view: Memo<Option<JoiningView>>) -> impl IntoView {
    browser::set_title(&words::tab(hand_over::ALMOST));
    let page = Page::here();
    let step = Memo::new(move |_| {
        view.with(|view| match view.as_ref().map(|view| &view.step) {
            Some(JoiningStep::Unlocking { has_passkey, busy }) => (*has_passkey, *busy),
            Some(JoiningStep::Asking | JoiningStep::Showing { .. } | JoiningStep::Over) | None => (false, None),
        })
    });
    let is_by_words = RwSignal::new(!step.get_untracked().0);
    let busy = Signal::derive(move || step.get().1.map(words::busy));
    let off = Signal::stored(false);
    Effect::new(|| browser::focus_id(CHOOSE));
    view! {
        <Gate heading=hand_over::ALMOST note=move || note(view)>
            <p class="lead">{move || if is_by_words.get() { hand_over::WITH_WORDS_LEAD } else { hand_over::ALMOST_LEAD }}</p>
            <Show
                when=move || is_by_words.get()
                fallback=move || view! {
                    <div class="acts">
                        <BusyButton
                            id=CHOOSE
                            class="primary hero"
                            picture=Picture::Passkey
                            label=hand_over::WITH_PASSKEY
                            busy=busy
                            off=off
                            press=move |()| page.want(Intention::UnlockWithPasskey)
                        />
                        <button type="button" class="button line large" on:click=move |_| is_by_words.set(true)>
                            <Icon picture=Picture::List/>
                            {hand_over::WITH_WORDS}
                        </button>
                    </div>
                }
            >
                <WordsForm want=Intention::UnlockWithWords busy=busy off=off/>
                <Show when=move || step.get().0>
                    <p class="other">
                        <button type="button" class="button quiet" on:click=move |_| is_by_words.set(false)>{by_words::BACK}</button>
                    </p>
                </Show>
            </Show>
        </Gate>
    }
}
