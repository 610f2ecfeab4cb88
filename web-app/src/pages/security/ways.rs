//! Ways to sign in: the meter, the list, and the questions before one is added, renamed or removed.

mod password;

use client_core::{
    account::PrfKind,
    intention::{Intention, TypedPhrase},
    view::security::{SecurityView, WayKind, WayReason, WayState, WayView},
};
use leptos::{ev::SubmitEvent, html, prelude::*};

use super::{list, row};
use crate::{
    pages::agree::day,
    parts::{CheckWords, WordsField},
    shell::Page,
    ui::{BusyButton, Icon, Note, Picture, TroubleNote, modal},
    words::{members, recover, security, ways},
};

/// What is about to be done to the ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doing {
    Add,
    /// A password and an authenticator app are added.
    AddPassword,
    Rename(WayView),
    Remove(WayView),
    /// New recovery words.
    Words,
    /// The words are looked at.
    Check,
}

/// The same while it is asked about.
pub(super) type Wanted = RwSignal<Option<Doing>>;

/// How many ways lead back in.
pub(super) fn back(view: &SecurityView, wanted: Wanted) -> AnyView {
    let n_ways = view.ways.len();
    let part = n_ways.min(security::WAYS_FULL) * 100 / security::WAYS_FULL;
    let class = if n_ways < 2 { "card back few" } else { "card back" };
    let add = view.may_change_ways.then(|| {
        view! {
            <button type="button" id="add-way" class="button primary" on:click=move |_| wanted.set(Some(Doing::Add))>
                <Icon picture=Picture::Plus/>
                {ways::ADD}
            </button>
        }
    });
    view! {
        <section class=class aria-labelledby="back">
            <svg class="meter" viewBox="0 0 88 88" role="img" aria-label=security::meter(n_ways)>
                <circle cx="44" cy="44" r="38"></circle>
                <circle
                    class="part"
                    cx="44"
                    cy="44"
                    r="38"
                    pathLength="100"
                    stroke-dasharray=format!("{part} 100")
                    transform="rotate(-90 44 44)"
                ></circle>
                <text x="44" y="53">{format!("{n_ways}/{}", security::WAYS_FULL)}</text>
            </svg>
            <div><h2 id="back">{security::ways_back(n_ways)}</h2><p>{security::may_lose(n_ways)}</p></div>
            {add}
        </section>
    }
    .into_any()
}

/// The ways, and what came of the last change.
pub(super) fn list_ways(view: &SecurityView, wanted: Wanted) -> AnyView {
    let change = view.way_change;
    let n_words = view.ways.iter().filter(|way| way.kind == WayKind::Words).count();
    let rows = view.ways.iter().map(|shown| way(shown, view.may_change_ways, n_words, wanted)).collect();
    let done = change.and_then(|change| match change.state {
        WayState::Done { is_unlisted } => Some(ways::done(change.goal, is_unlisted)),
        WayState::WaitsForOld | WayState::WaitsForNew | WayState::UnderWay | WayState::Failed(_) => None,
    });
    let done = done.map(|(what, then)| view! { <Note picture=Picture::Check what=what then=then/> });
    view! { {list(rows)}{done} }.into_any()
}

fn way(way: &WayView, may_change: bool, n_words: usize, wanted: Wanted) -> AnyView {
    let picture = match way.kind {
        WayKind::Passkey => Picture::Passkey,
        WayKind::SecurityKey => Picture::Key,
        WayKind::Password => Picture::Lock,
        WayKind::Words => Picture::List,
    };
    let opens = way.opens_this.then_some(("", security::OPENS_THIS));
    let known = way.is_unlisted.then_some(("", ways::WHERE_KNOWN));
    let tags = opens.into_iter().chain(known).collect();
    let title = ways::title(way);
    let id = way.id.to_base64url();
    let button = |label: &'static str, name: String, doing: Doing| {
        view! {
            <button
                type="button"
                id=format!("{}-{id}", verb_of(&doing))
                class="button quiet small"
                aria-label=name
                on:click=move |_| wanted.set(Some(doing.clone()))
            >
                {label}
            </button>
        }
    };
    let may_rename = may_change && way.kind != WayKind::Words;
    // Words that stand alone are replaced, never removed.
    let may_remove = may_change && (way.kind != WayKind::Words || n_words > 1);
    let rename = may_rename.then(|| button(ways::RENAME, ways::rename(&title), Doing::Rename(way.clone())));
    let remove = may_remove.then(|| button(ways::REMOVE, ways::remove(&title), Doing::Remove(way.clone())));
    let words = (way.kind == WayKind::Words).then(|| {
        let check = button(recover::CHECK_AGAIN, recover::CHECK_AGAIN.to_owned(), Doing::Check);
        let new = may_change.then(|| button(ways::NEW_WORDS, recover::MAKE_WORDS.to_owned(), Doing::Words));
        view! { {check}{new} }
    });
    let code = way.has_account_code.then(password::account_code);
    let buttons = view! { {rename}{words}{code}{remove} }.into_any();
    let about = match way.checked_s {
        0 => security::added(&day(way.added_s)),
        checked_s => ways::checked(&day(way.added_s), &day(checked_s)),
    };
    row(picture, title, about, tags, Some(buttons))
}

/// The questions before a way is added, renamed or removed.
#[component]
pub(super) fn Changing(wanted: Wanted) -> impl IntoView {
    let (is_open, is_checking) = (RwSignal::new(false), RwSignal::new(false));
    let dialog = modal(is_open);
    Effect::new(move || {
        let is_check = wanted.with(|doing| *doing == Some(Doing::Check));
        is_checking.set(is_check);
        is_open.set(wanted.with(Option::is_some) && !is_check);
    });
    Effect::new(move || {
        if !is_checking.get() && wanted.with_untracked(|doing| *doing == Some(Doing::Check)) {
            wanted.set(None);
        }
    });
    let heading = move || wanted.with(|doing| doing.as_ref().map_or("", heading_of));
    view! {
        <dialog class="dialog way" aria-label=heading node_ref=dialog on:close=move |_| wanted.set(None)>
            {move || wanted.get().filter(|doing| *doing != Doing::Check).map(|doing| questions(doing, wanted))}
        </dialog>
        <CheckWords is_open=is_checking/>
    }
}

fn questions(doing: Doing, wanted: Wanted) -> impl IntoView {
    let (heading, text) = (heading_of(&doing), text_of(&doing));
    let fields = match doing {
        Doing::Add => adding(wanted),
        Doing::AddPassword => password::adding(wanted),
        Doing::Rename(way) => renaming(wanted, way),
        Doing::Remove(way) => removing(wanted, &way),
        Doing::Words => making_words(wanted),
        // Asked elsewhere.
        Doing::Check => ().into_any(),
    };
    view! { <h2>{heading}</h2><p>{text}</p>{fields} }
}

/// A change that one of the ways signs: with a passkey, or with the words typed here.
#[derive(Clone, Copy)]
struct Signed {
    page: Page,
    by_words: RwSignal<bool>,
    field: NodeRef<html::Textarea>,
    change: Memo<Option<WayState>>,
}

impl Signed {
    fn new(wanted: Wanted, by_words: bool) -> Self {
        let page = Page::here();
        let newest = move || page.settings.with(|views| views.security.as_ref().and_then(|view| view.way_change));
        // What became of an older change is no answer to this one.
        let before = untrack(newest).map_or(0, |change| change.nth);
        let change = Memo::new(move |_| newest().filter(|change| change.nth > before).map(|change| change.state));
        Effect::new(move || {
            if matches!(change.get(), Some(WayState::Done { .. })) {
                wanted.set(None);
            }
        });
        Self { page, by_words: RwSignal::new(by_words), field: NodeRef::new(), change }
    }

    fn busy(self) -> Signal<Option<&'static str>> {
        Signal::derive(move || self.change.get().and_then(ways::busy))
    }

    /// The words that were typed, if they sign.
    fn words(self) -> Option<TypedPhrase> {
        self.page.words.set(None);
        self.field.get_untracked().filter(|_| self.by_words.get_untracked()).map(|field| field.value().into())
    }

    /// The words' field, if it is wanted, and what went wrong.
    fn view(self, choice: Option<&'static str>) -> impl IntoView {
        let problem = Signal::derive(move || match self.change.get() {
            Some(WayState::Failed(problem)) => Some(problem),
            Some(WayState::WaitsForOld | WayState::WaitsForNew | WayState::UnderWay | WayState::Done { .. }) | None => {
                None
            }
        });
        view! {
            {choice.map(|choice| tick(choice, self.by_words))}
            <Show when=move || self.by_words.get()><WordsField field=self.field/></Show>
            <TroubleNote problem=problem/>
        }
    }
}

fn stay(wanted: Wanted) -> impl IntoView {
    view! { <button type="button" class="button quiet" on:click=move |_| wanted.set(None)>{members::CANCEL}</button> }
}

/// The last row of a question: away from it, or on.
fn decide(
    wanted: Wanted,
    busy: Signal<Option<&'static str>>,
    (class, picture, label): (&'static str, Picture, &'static str),
    press: impl Fn(()) + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <div class="row">
            {stay(wanted)}
            <BusyButton class=class picture=picture label=label busy=busy off=false press=press/>
        </div>
    }
}

fn adding(wanted: Wanted) -> AnyView {
    let (signed, name) = (Signed::new(wanted, false), RwSignal::new(String::new()));
    let busy = signed.busy();
    let add = move |kind: PrfKind| {
        if busy.get_untracked().is_some() {
            return;
        }
        let name = name.get_untracked().trim().to_owned();
        signed.page.want(Intention::AddWay { kind, name, words: signed.words() });
    };
    view! {
        {name_field(name, move || add(PrfKind::Passkey))}
        {signed.view(Some(ways::BY_WORDS))}
        <div class="acts">
            <BusyButton
                class="primary"
                picture=Picture::Passkey
                label=ways::ADD_PASSKEY
                busy=busy
                off=false
                press=move |()| add(PrfKind::Passkey)
            />
            <button type="button" class="button line" on:click=move |_| add(PrfKind::SecurityKey)>
                <Icon picture=Picture::Key/>
                {ways::ADD_KEY}
            </button>
            <button
                type="button"
                class="button line"
                disabled=move || busy.get().is_some()
                on:click=move |_| wanted.set(Some(Doing::AddPassword))
            >
                <Icon picture=Picture::Lock/>
                {ways::ADD_PASSWORD}
            </button>
        </div>
        <div class="row">{stay(wanted)}</div>
    }
    .into_any()
}

fn renaming(wanted: Wanted, way: WayView) -> AnyView {
    let page = Page::here();
    let name = RwSignal::new(way.name.unwrap_or_default());
    let save = move || {
        page.want(Intention::RenameWay { way: way.id, name: name.get_untracked() });
        wanted.set(None);
    };
    view! {
        {name_field(name, save)}
        <div class="row">
            {stay(wanted)}
            <button type="button" class="button primary" on:click=move |_| save()>{ways::SAVE}</button>
        </div>
    }
    .into_any()
}

fn removing(wanted: Wanted, way: &WayView) -> AnyView {
    let (is_words, id) = (way.kind == WayKind::Words, way.id);
    let (signed, is_taken) = (Signed::new(wanted, is_words), RwSignal::new(false));
    let remove = move |()| {
        let reason = if is_taken.get_untracked() { WayReason::Compromised } else { WayReason::Unused };
        signed.page.want(Intention::RemoveWay { way: id, reason, words: signed.words() });
    };
    view! {
        {tick(members::SOMEBODY_ELSE, is_taken)}
        {signed.view((!is_words).then_some(ways::BY_WORDS))}
        {decide(wanted, signed.busy(), ("danger", Picture::Trash, ways::REMOVE), remove)}
    }
    .into_any()
}

fn making_words(wanted: Wanted) -> AnyView {
    let (signed, are_known) = (Signed::new(wanted, false), RwSignal::new(false));
    let make = move |()| {
        signed.page.want(Intention::MakeWords { are_known: are_known.get_untracked(), old: signed.words() });
    };
    view! {
        {tick(ways::ARE_KNOWN, are_known)}
        {signed.view(Some(recover::HAS_OLD))}
        {decide(wanted, signed.busy(), ("primary", Picture::List, recover::MAKE_WORDS), make)}
    }
    .into_any()
}

/// The field for a way's name; Enter in it does what the dialog is for.
fn name_field(name: RwSignal<String>, enter: impl Fn() + 'static) -> impl IntoView {
    view! { <form on:submit=entered(enter)>{name_input(name)}</form> }
}

/// What a form does instead of leaving the page.
fn entered(enter: impl Fn() + 'static) -> impl Fn(SubmitEvent) {
    move |event| {
        event.prevent_default();
        enter();
    }
}

fn name_input(name: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="field">
            <label for="way-name">{ways::NAME}</label>
            <input
                class="input"
                id="way-name"
                autocomplete="off"
                spellcheck="false"
                maxlength="60"
                aria-describedby="way-name-hint"
                prop:value=name
                on:input=move |event| name.set(event_target_value(&event))
            />
            <p class="hint" id="way-name-hint">{ways::NAME_HINT}</p>
        </div>
    }
}

fn tick(label: &'static str, is_on: RwSignal<bool>) -> impl IntoView {
    view! {
        <label class="tick">
            <input
                type="checkbox"
                spellcheck="false"
                autocomplete="off"
                prop:checked=is_on
                on:change=move |event| is_on.set(event_target_checked(&event))
            />
            {label}
        </label>
    }
}

fn heading_of(doing: &Doing) -> &'static str {
    match doing {
        Doing::Add => ways::ADD_HEADING,
        Doing::AddPassword => ways::ADD_PASSWORD_HEADING,
        Doing::Rename(_) => ways::RENAME_HEADING,
        Doing::Remove(_) => ways::REMOVE_HEADING,
        Doing::Words => recover::NEW_HEADING,
        Doing::Check => recover::CHECK_HEADING,
    }
}

/// Tells the buttons of a row apart.
fn verb_of(doing: &Doing) -> &'static str {
    match doing {
        Doing::Add | Doing::AddPassword => "add",
        Doing::Rename(_) => "rename",
        Doing::Remove(_) => "remove",
        Doing::Words => "renew",
        Doing::Check => "check",
    }
}

fn text_of(doing: &Doing) -> &'static str {
    match doing {
        Doing::Add => ways::ADD_TEXT,
        Doing::AddPassword => ways::ADD_PASSWORD_TEXT,
        Doing::Rename(_) => ways::RENAME_TEXT,
        Doing::Remove(_) => ways::REMOVE_TEXT,
        Doing::Words => recover::NEW_TEXT,
        Doing::Check => recover::CHECK_TEXT,
    }
}
