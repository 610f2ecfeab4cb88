//! Settings, Security: ways in, devices, what the account log says, and the code to compare.

use client_core::view::security::{EventView, KeysView, MemberView, SecurityView, WayKind, WayView};
use leptos::prelude::*;

use super::agree::day;
use crate::{
    parts::SettingsFrame,
    shell::Page,
    ui::{Icon, IconSize, Picture},
    words::{agree, security, settings},
};

/// Entries of the account log that are shown at first.
const N_EVENTS: usize = 8;

/// The page.
#[component]
pub(super) fn Security() -> impl IntoView {
    let page = Page::here();
    view! {
        <SettingsFrame heading=settings::SECURITY lead=security::LEAD>
            <div class="security">{move || page.settings.with(|views| views.security.clone()).map(draw)}</div>
        </SettingsFrame>
    }
}

fn draw(view: SecurityView) -> impl IntoView {
    let n_ways = view.ways.len();
    view! {
        <div>
            {back(n_ways)}
            {card("ways", security::WAYS.to_owned(), list(view.ways.into_iter().map(way).collect()))}
            {card("devices", security::DEVICES.to_owned(), list(view.devices.into_iter().map(device).collect()))}
        </div>
        <div>
            {card("code", security::CODE.to_owned(), code(view.code))}
            {card("keys", security::fresh_keys(view.keys), keys(view.keys))}
            {card("log", security::LOG.to_owned(), log(view.events))}
        </div>
    }
}

fn card(id: &'static str, heading: String, inside: AnyView) -> AnyView {
    view! { <section class="card" aria-labelledby=id><h2 id=id>{heading}</h2>{inside}</section> }.into_any()
}

fn list(rows: Vec<AnyView>) -> AnyView {
    view! { <ul role="list" class="rows">{rows}</ul> }.into_any()
}

fn row(picture: Picture, name: String, about: String, tags: Vec<(&'static str, &'static str)>) -> AnyView {
    let tag = |(class, label)| view! { <span class=format!("tag {class}")>{label}</span> };
    view! {
        <li>
            <span class="place-of-icon"><Icon picture=picture/></span>
            <span><b>{name}</b><span class="hint">{about}</span></span>
            <span class="tags">{tags.into_iter().map(tag).collect_view()}</span>
        </li>
    }
    .into_any()
}

/// How many ways lead back in.
fn back(n_ways: usize) -> AnyView {
    let part = n_ways.min(security::WAYS_FULL) * 100 / security::WAYS_FULL;
    let class = if n_ways < 2 { "card back few" } else { "card back" };
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
        </section>
    }
    .into_any()
}

fn way(way: WayView) -> AnyView {
    let picture = match way.kind {
        WayKind::Passkey => Picture::Passkey,
        WayKind::SecurityKey => Picture::Key,
        WayKind::Password => Picture::Lock,
        WayKind::Words => Picture::List,
    };
    let tags = way.opens_this.then_some(("", security::OPENS_THIS)).into_iter().collect();
    row(picture, security::way(way.kind).to_owned(), security::added(&day(way.added_s)), tags)
}

fn device(device: MemberView) -> AnyView {
    let state = if device.confirmed { ("ok", security::CONFIRMED) } else { ("warn", agree::UNCONFIRMED) };
    let this = device.is_this.then_some(("info", agree::THIS_DEVICE));
    let name = device.name.unwrap_or_else(|| agree::NAMELESS.to_owned());
    let about = security::last_change(&day(device.changed_s));
    row(Picture::Device, name, about, this.into_iter().chain([state]).collect())
}

fn code(words: Vec<String>) -> AnyView {
    let words = words.into_iter().map(|word| view! { <li>{word}</li> }).collect_view();
    view! { <p class="hint">{security::CODE_LEAD}</p><ol role="list" class="code-words">{words}</ol> }.into_any()
}

fn keys(keys: KeysView) -> AnyView {
    let days = (0..keys.days).map(|nth| {
        let class = if nth < keys.day { "past" } else { "" };
        view! { <rect class=class x=nth * 20 y="0" width="17" height="12" rx="4"></rect> }
    });
    view! {
        <svg
            class="days"
            viewBox=format!("0 0 {} 12", keys.days * 20 - 3)
            preserveAspectRatio="none"
            role="img"
            aria-label=security::day_of_keys(keys)
        >
            {days.collect_view()}
        </svg>
        <p class="hint ends">
            <span>{security::changed(&day(keys.changed_s))}</span>
            <span>{security::next(&day(keys.due_s))}</span>
        </p>
    }
    .into_any()
}

fn log(events: Vec<EventView>) -> AnyView {
    let is_whole = RwSignal::new(events.len() <= N_EVENTS);
    let shown = move || {
        let n_shown = if is_whole.get() { events.len() } else { N_EVENTS };
        let event =
            |event: &EventView| view! { <li><span>{security::event(event)}</span><time>{day(event.at_s)}</time></li> };
        events.iter().take(n_shown).map(event).collect_view()
    };
    view! {
        <ul role="list" class="events">{shown}</ul>
        <Show when=move || !is_whole.get()>
            <button type="button" class="button quiet small" on:click=move |_| is_whole.set(true)>
                <Icon picture=Picture::Down size=IconSize::Small/>
                {security::SEE_ALL}
            </button>
        </Show>
    }
    .into_any()
}
