//! The recovery words of a new account: shown, kept, and three of them typed again.

mod paper;

use client_core::{
    intention::Intention,
    view::{KitView, ScreenView},
};
use leptos::{either::Either, ev::SubmitEvent, prelude::*};

use self::paper::Paper;
use super::view_of;
use crate::{
    browser,
    parts::SkipLink,
    shell::Page,
    ui::{BusyButton, Icon, IconSize, Logo, Picture, ThemeSwitch, TroubleNote},
    words::{self, kit},
};

/// The page.
#[component]
pub(super) fn Kit() -> impl IntoView {
    browser::set_title(&words::tab(kit::TAB));
    let view = view_of(|screen| if let ScreenView::RecoveryKit(view) = screen { Some(view) } else { None });
    let is_first = view.with_untracked(|view| view.as_ref().is_none_or(|view| view.is_first));
    let way = view.with_untracked(|view| kit::way(view.as_ref()));
    Effect::new(|| browser::focus_id("heading"));
    view! {
        <SkipLink/>
        <div class="entry">
            <header><Logo/>{is_first.then(|| steps(way))}<ThemeSwitch/></header>
            <main id="main" class="kit" tabindex="-1">
                <div class="intro">
                    <h1 id="heading" tabindex="-1">{kit::HEADING}</h1>
                    <p>{kit::LEAD}</p>
                </div>
                <Words view=view/>
                <Secret view=view/>
                <Check view=view/>
            </main>
        </div>
        <Paper view=view/>
    }
}

fn steps(way: &'static str) -> impl IntoView {
    let step = |(index, name): (usize, &'static str)| {
        let nth = index + 1;
        let place = match nth {
            1 => Either::Left(view! { <Icon picture=Picture::Check size=IconSize::Small/> }),
            _ => Either::Right(nth),
        };
        view! {
            <li class=if nth == 1 { "done" } else { "" } aria-current=(nth == 2).then_some("step")>
                <span class="nth">{place}</span>
                <span class="label">{name}</span>
            </li>
        }
    };
    view! {
        <ol role="list" class="steps" aria-label=kit::STEPS>
            {[way, kit::TAB, kit::FIRST_CHAT].into_iter().enumerate().map(step).collect_view()}
        </ol>
    }
}

#[component]
fn Words(view: Memo<Option<KitView>>) -> impl IntoView {
    let is_hidden = RwSignal::new(false);
    let all = Memo::new(move |_| view.get().map(|view| view.words).unwrap_or_default());
    let list = move || {
        let word = |(index, word): (usize, String)| {
            let shown = move || if is_hidden.get() { kit::HIDDEN.to_owned() } else { word.clone() };
            view! { <li><span class="nth">{index + 1}</span><span class="word">{shown}</span></li> }
        };
        all.get().into_iter().enumerate().map(word).collect_view()
    };
    let picture = Signal::derive(move || if is_hidden.get() { Picture::Eye } else { Picture::Hidden });
    let save = move |_| {
        let Some(view) = view.get_untracked() else { return };
        browser::save_text(
            kit::FILE_NAME,
            &kit::file(&view.words, view.account_code.as_deref(), view.passphrase.as_deref()),
        );
    };
    view! {
        <div>
            <h2 class="unseen" id="words">{kit::WORDS}</h2>
            <section aria-labelledby="words"><ol role="list" class="words">{list}</ol></section>
            <div class="tools">
                <button type="button" class="button line" on:click=save>
                    <Icon picture=Picture::Download/>
                    {kit::DOWNLOAD}
                </button>
                <button type="button" class="button line" on:click=|_| browser::print_page()>
                    <Icon picture=Picture::Print/>
                    {kit::PRINT}
                </button>
                <button type="button" class="button quiet" on:click=move |_| is_hidden.update(|is_hidden| *is_hidden = !*is_hidden)>
                    <Icon picture=picture/>
                    {move || if is_hidden.get() { kit::SHOW } else { kit::HIDE }}
                </button>
                <span class="hint">{kit::HINT}</span>
            </div>
        </div>
    }
}

/// What goes with a password: it is on the paper too.
#[component]
fn Secret(view: Memo<Option<KitView>>) -> impl IntoView {
    let given = |label: &'static str, hint: &'static str, text: String| {
        view! {
            <section class="given" aria-label=label>
                <h2>{label}</h2>
                <p class="secret">{text}</p>
                <p class="hint">{hint}</p>
            </section>
        }
    };
    move || {
        let view = view.get()?;
        let code = view.account_code.map(|code| given(kit::ACCOUNT_CODE, kit::ACCOUNT_CODE_HINT, code));
        let passphrase = view.passphrase.map(|text| given(kit::PASSPHRASE, kit::PASSPHRASE_HINT, text));
        Some(view! { {code}{passphrase} })
    }
}

#[component]
fn Check(view: Memo<Option<KitView>>) -> impl IntoView {
    let page = Page::here();
    let asked = view.get_untracked().map(|view| view.asked).unwrap_or_default();
    let is_first = view.get_untracked().is_none_or(|view| view.is_first);
    let typed = asked.map(|_| RwSignal::new(String::new()));
    let is_off = Signal::derive(move || typed.iter().any(|typed| typed.with(|word| word.trim().is_empty())));
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    let problem = Signal::derive(move || view.get().and_then(|view| view.problem));
    let finish = move || {
        if !is_off.get_untracked() {
            let words = typed.map(|typed| typed.get_untracked().trim().to_lowercase());
            page.want(Intention::ConfirmWords { words: words.into() });
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        finish();
    };
    let fields = asked.into_iter().zip(typed).map(|(nth, typed)| view! { <CheckField nth=nth typed=typed view=view/> });
    view! {
        <aside aria-labelledby="check">
            <form class="card check" on:submit=submitted>
                <div>
                    <h2 id="check">{kit::CHECK}</h2>
                    <p class="about">{kit::CHECK_LEAD}</p>
                </div>
                {fields.collect_view()}
                <TroubleNote problem=problem/>
                <BusyButton class="primary large wide" picture=Picture::Check label=kit::FINISH busy=busy off=is_off press=move |()| finish()/>
                <p class="hint">{if is_first { kit::FINISH_HINT } else { kit::REPLACE_HINT }}</p>
                // Enter in a field sends the form only if it has a button for that.
                <button type="submit" class="unseen" tabindex="-1" aria-hidden="true"></button>
            </form>
            <button type="button" class="button quiet" on:click=move |_| page.want(Intention::Abandon)>
                {if is_first { kit::LEAVE } else { kit::KEEP_OLD }}
            </button>
        </aside>
    }
}

#[component]
fn CheckField(nth: u8, typed: RwSignal<String>, view: Memo<Option<KitView>>) -> impl IntoView {
    let is_wrong = Memo::new(move |_| view.with(|view| view.as_ref().is_some_and(|view| view.wrong.contains(&nth))));
    let id = format!("word-{nth}");
    let hint = format!("word-{nth}-hint");
    let described = hint.clone();
    view! {
        <div class="field">
            <label for=id.clone()>{kit::word(nth)}</label>
            <input
                class="input"
                id=id
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=move || is_wrong.get().then_some("true")
                aria-describedby=move || is_wrong.get().then(|| described.clone())
                prop:value=typed
                on:input=move |event| typed.set(event_target_value(&event))
            />
            {move || is_wrong.get().then(|| view! {
                <p class="wrong" id=hint.clone()><Icon picture=Picture::Alert size=IconSize::Small/>{kit::WRONG}</p>
            })}
        </div>
    }
}
