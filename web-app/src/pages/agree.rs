//! On a fresh device, before it writes: is this the account as it was left?

use client_core::{
    intention::Intention,
    view::{AgreeView, DeviceView, ScreenView},
};
use leptos::prelude::*;

use super::view_of;
use crate::{
    browser::{self, LocalTime},
    parts::Gate,
    shell::Page,
    ui::{BusyButton, Icon, Picture, TroubleNote},
    words::{self, agree, time},
};

/// The page.
#[component]
pub(super) fn Agree() -> impl IntoView {
    browser::set_title(&words::tab(agree::TAB));
    let page = Page::here();
    let view = view_of(|screen| if let ScreenView::Agree(view) = screen { Some(view) } else { None });
    let problem = Signal::derive(move || view.get().and_then(|view| view.problem));
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    Effect::new(|| browser::focus_id("heading"));
    view! {
        <Gate class="broad" heading=agree::HEADING note=move || view! { <TroubleNote problem=problem/> }>
            <p class="lead">{move || view.get().as_ref().map(last_change)}</p>
            <section aria-labelledby="devices">
                <h2 class="unseen" id="devices">{agree::DEVICES}</h2>
                <ul role="list" class="devices">
                    {move || view.get().map(|view| view.devices.into_iter().map(device).collect_view())}
                </ul>
            </section>
            <div class="acts">
                <BusyButton
                    class="primary hero"
                    picture=Picture::Check
                    label=agree::YES
                    busy=busy
                    off=false
                    press=move |()| page.want(Intention::Agree)
                />
                <button type="button" class="button line large" on:click=move |_| page.want(Intention::Disagree)>{agree::NO}</button>
            </div>
            <p class="other hint">{agree::HINT}</p>
        </Gate>
    }
}

fn device(device: DeviceView) -> impl IntoView {
    let tag = match (device.is_this, device.confirmed) {
        (true, _) => Some(agree::THIS_DEVICE),
        (false, true) => None,
        (false, false) => Some(agree::UNCONFIRMED),
    };
    view! {
        <li>
            <Icon picture=Picture::Device/>
            <span>
                <b>{device.name.unwrap_or_else(|| agree::NAMELESS.to_owned())}</b>
                <span class="hint">{agree::since(&day(device.added_s))}</span>
            </span>
            {tag.map(|tag| view! { <span class="tag">{tag}</span> })}
        </li>
    }
}

fn last_change(view: &AgreeView) -> String {
    let by = view.last_change_by.and_then(|id| view.devices.iter().find(|device| device.id == id));
    agree::last_change(&day(view.last_change_s), by.and_then(|device| device.name.as_deref()))
}

/// The day of some Unix seconds, inside a sentence.
pub(super) fn day(unix_s: u64) -> String {
    time::day_in_sentence(LocalTime::of_ms(unix_s * 1000), LocalTime::of_ms(browser::now_ms()))
}
