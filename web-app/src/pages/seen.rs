//! Settings, What the relay saw: its counts of a day, whether they can be true, and what it cannot see.

use client_core::{
    intention::Intention,
    view::seen::{SeenByRelay, SeenView, Verdict},
};
use leptos::prelude::*;
use shared_types::seen::SeenCounts;

use crate::{
    browser::{self, LocalTime},
    parts::{SettingsFrame, skeleton, table},
    shell::Page,
    ui::{Icon, IconButton, IconSize, Picture, TroubleNote},
    words::{seen, time},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The page.
#[component]
pub(super) fn Seen() -> impl IntoView {
    let page = Page::here();
    let problem = Signal::derive(move || page.settings.with(|views| views.seen.as_ref().and_then(|view| view.problem)));
    view! {
        <SettingsFrame heading=seen::HEADING lead=seen::LEAD>
            <TroubleNote problem=problem/>
            {days(page)}
            {move || page.settings.with(|views| views.seen.as_ref().map(draw))}
        </SettingsFrame>
    }
}

fn draw(view: &SeenView) -> AnyView {
    let day = view.day;
    let said = view.seen.as_ref().map(|said| foot(day, view.n_own, said));
    view! {
        <div class="seen">
            <section aria-labelledby="saw">
                <h2 id="saw">{seen::SAW}</h2>
                <p class="hint">{seen::SAW_LEAD}</p>
                {saw(view)}
            </section>
            {cannot()}
        </div>
        {said}
        <p class="hint">{seen::ALSO}</p>
    }
    .into_any()
}

fn name_of(day: u64) -> String {
    time::utc_day(day * DAY_MS, browser::now_ms())
}

/// Which day it is, and the way to the days beside it.
fn days(page: Page) -> AnyView {
    let told = move |tell: fn(&SeenView) -> bool| {
        Signal::derive(move || page.settings.with(|views| views.seen.as_ref().is_none_or(|view| !tell(view))))
    };
    let go = move |to: fn(u64) -> u64| {
        if let Some(view) = page.settings.with_untracked(|views| views.seen.clone()) {
            page.want(Intention::ShowSeen { day: Some(to(view.day)) });
        }
    };
    let name = move || page.settings.with(|views| views.seen.as_ref().map(|view| name_of(view.day)));
    view! {
        <div class="day">
            <IconButton picture=Picture::Left label=seen::BEFORE off=told(|view| view.has_before) press=move |()| go(|day| day - 1)/>
            <b role="status">{name}</b>
            <IconButton class="turned" picture=Picture::Left label=seen::AFTER off=told(|view| view.has_after) press=move |()| go(|day| day + 1)/>
        </div>
    }
    .into_any()
}

fn saw(view: &SeenView) -> AnyView {
    match &view.seen {
        None if view.problem.is_some() => ().into_any(),
        None => skeleton(seen::LOADING),
        Some(said) if said.counts == SeenCounts::default() => {
            let nothing = if view.has_after { seen::NOTHING_THEN } else { seen::NOTHING_TODAY };
            view! { <p class="nothing">{nothing}</p> }.into_any()
        }
        Some(said) => counted(&said.counts),
    }
}

fn counted(counts: &SeenCounts) -> AnyView {
    let rows: Vec<AnyView> = vec![
        row(seen::SAVES, counts.n_saves(), hours(counts)),
        row(seen::SIZES, counts.sizes.iter().filter(|n| **n > 0).count() as u64, sizes(counts)),
        row(seen::QUESTIONS, counts.prompts, format!("{} {}", seen::tokens(counts), seen::QUESTIONS_DETAIL).into_any()),
        row(seen::SIGN_INS, counts.sign_ins, seen::SIGN_INS_DETAIL.into_any()),
    ];
    table(seen::COLUMNS, rows)
}

fn row(what: &'static str, count: u64, detail: AnyView) -> AnyView {
    view! { <tr><th scope="row">{what}</th><td class="count">{count}</td><td>{detail}</td></tr> }.into_any()
}

fn hours(counts: &SeenCounts) -> AnyView {
    let most = counts.saves.iter().copied().max().unwrap_or_default().max(1);
    let bars: Vec<AnyView> = (0..)
        .zip(counts.saves)
        .map(|(hour, saves): (u64, u64)| {
            let height = if saves == 0 { 4 } else { (saves * 28).div_ceil(most) + 4 };
            let class = if saves == 0 { "" } else { "part" };
            view! { <rect class=class x=hour * 10 y=32 - height width="8" height=height rx="2"></rect> }.into_any()
        })
        .collect();
    view! {
        <svg class="hours" viewBox="0 0 238 32" preserveAspectRatio="none" role="img" aria-label=seen::hours(counts)>{bars}</svg>
        <p class="hint ends" aria-hidden="true"><span>"00"</span><span>"06"</span><span>"12"</span><span>"18"</span><span>"24"</span></p>
        <p class="hint">{seen::records(counts)}</p>
    }
    .into_any()
}

fn sizes(counts: &SeenCounts) -> AnyView {
    let most = counts.sizes.iter().copied().max().unwrap_or_default().max(1);
    let bar = |(step, n): (&'static str, u64)| {
        view! {
            <li>
                <span>{step}</span>
                <svg viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true">
                    <rect width="200" height="8" rx="4"></rect>
                    <rect class="part" width=(n * 200).div_ceil(most) height="8" rx="4"></rect>
                </svg>
                <span>{n}</span>
            </li>
        }
        .into_any()
    };
    let bars: Vec<AnyView> = seen::STEPS.into_iter().zip(counts.sizes).map(bar).collect();
    view! { <ul role="list" class="sizes">{bars}</ul> }.into_any()
}

fn cannot() -> AnyView {
    let item = |(what, detail): (&'static str, &'static str)| {
        view! { <li><Icon picture=Picture::Hidden/><span><b>{what}</b>{detail}</span></li> }.into_any()
    };
    view! {
        <section class="below" aria-labelledby="cannot">
            <h2 id="cannot">{seen::CANNOT}</h2>
            <p>{seen::CANNOT_LEAD}</p>
            <ul role="list">{seen::HIDDEN.map(item)}</ul>
        </section>
    }
    .into_any()
}

fn foot(day: u64, n_own: u64, said: &SeenByRelay) -> AnyView {
    let (class, picture) = match said.verdict {
        Verdict::Matches | Verdict::Fits => ("tag ok", Picture::Check),
        Verdict::Differs => ("tag warn", Picture::Alert),
        Verdict::Checking => ("tag", Picture::Sync),
        Verdict::NotKnown | Verdict::ClocksDiffer => ("tag", Picture::Clock),
    };
    let counts = said.counts;
    let save = move |_| browser::save_text(seen::FILE_NAME, &seen::file(&name_of(day), &counts));
    view! {
        <div class="verdict">
            <span class=class role="status"><Icon picture=picture size=IconSize::Small/>{seen::verdict(said.verdict)}</span>
            <span class="hint">{seen::as_of(&time::clock(LocalTime::of_ms(said.at_ms)))}</span>
            <button type="button" class="button quiet small" on:click=save>
                <Icon picture=Picture::Download size=IconSize::Small/>
                {seen::DOWNLOAD}
            </button>
        </div>
        <p class="hint">{seen::explain(said.verdict, n_own)}</p>
    }
    .into_any()
}
