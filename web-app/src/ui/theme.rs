//! The button that switches between light and dark.

use leptos::prelude::*;

use super::{IconButton, Picture};
use crate::{browser, words};

/// The button, and a word about what is chosen once it was pressed.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let chosen = RwSignal::new(None);
    let press = move |()| {
        browser::switch_theme();
        chosen.set(Some(words::theme(browser::theme())));
    };
    view! {
        <IconButton class="theme" picture=Picture::Theme label=words::SWITCH_THEME press=press/>
        <span class="unseen" role="status">{move || chosen.get()}</span>
    }
}
