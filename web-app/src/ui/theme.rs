//! The button that switches between light and dark.

use leptos::prelude::*;

use super::{IconButton, Picture};
use crate::{browser, words};

/// The button.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    view! { <IconButton class="theme" picture=Picture::Theme label=words::SWITCH_THEME press=|()| browser::switch_theme()/> }
}
