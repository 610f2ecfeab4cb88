//! Buttons that do more than be pressed.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use super::{Icon, IconSize, Picture};
use crate::{browser, words};

/// How long a copy is confirmed.
const CONFIRMED_FOR: Duration = Duration::from_secs(2);

/// A large button with an icon; while it is busy its words change and it cannot be pressed again.
#[component]
pub fn BusyButton(
    /// Its id, if the focus is sent to it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Classes beside `button`.
    class: &'static str,
    /// Its icon at rest.
    picture: Picture,
    /// Its words at rest.
    label: &'static str,
    /// Its words while something is under way.
    #[prop(into)]
    busy: Signal<Option<&'static str>>,
    /// Whether it cannot be pressed.
    #[prop(into)]
    off: Signal<bool>,
    /// What it does.
    #[prop(into)]
    press: Callback<()>,
) -> impl IntoView {
    let icon = Signal::derive(move || if busy.get().is_some() { Picture::Sync } else { picture });
    let pressed = move |_| {
        if busy.get_untracked().is_none() {
            press.run(());
        }
    };
    view! {
        <button
            type="button"
            id=id
            class=format!("button {class}")
            disabled=off
            aria-busy=move || busy.get().map(|_| "true")
            on:click=pressed
        >
            <Icon picture=icon/>
            {move || busy.get().unwrap_or(label)}
        </button>
    }
}

/// A button that is only an icon; its name is its tooltip too.
#[component]
pub fn IconButton(
    /// Its id, if the focus is sent to it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Classes beside `icon-button`.
    #[prop(optional)]
    class: &'static str,
    /// Its icon.
    picture: Picture,
    /// Its name.
    label: &'static str,
    /// What a key calls it, if one presses it.
    #[prop(optional)]
    deed: Option<&'static str>,
    /// Whether it cannot be pressed.
    #[prop(optional, into)]
    off: Signal<bool>,
    /// What it does.
    #[prop(into)]
    press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            id=id
            data-deed=deed
            disabled=off
            class=format!("icon-button {class}")
            aria-label=label
            title=label
            on:click=move |_| press.run(())
        >
            <Icon picture=picture/>
        </button>
    }
}

/// A button that copies a text, and for a moment says that it did.
#[component]
pub fn CopyButton(
    /// Classes.
    class: &'static str,
    /// Its name.
    label: &'static str,
    /// Whether the name is drawn beside the icon.
    #[prop(optional)]
    shown: Option<&'static str>,
    /// What is copied.
    #[prop(into)]
    text: Callback<(), String>,
) -> impl IntoView {
    let outcome = RwSignal::new(None);
    let copy = move |_| {
        let text = text.run(());
        spawn_local(async move {
            let said =
                if browser::copy_text(&text).await { words::message::COPIED } else { words::message::NOT_COPIED };
            outcome.try_set(Some(said));
            set_timeout(
                move || {
                    outcome.try_set(None);
                },
                CONFIRMED_FOR,
            );
        });
    };
    let picture = Signal::derive(move || match outcome.get() {
        Some(words::message::COPIED) => Picture::Check,
        Some(_) => Picture::Alert,
        None => Picture::Copy,
    });
    view! {
        <button type="button" class=class aria-label=label title=label data-deed="copy" on:click=copy>
            <Icon picture=picture size=IconSize::Small/>
            {shown}
        </button>
        <span class="unseen" role="status">{move || outcome.get()}</span>
    }
}
