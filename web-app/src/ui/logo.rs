//! The sign: a horizon with the sun above it.

use leptos::prelude::*;

use crate::words;

/// The sign alone.
#[component]
pub fn Sign() -> impl IntoView {
    view! {
        <svg class="sign" viewBox="0 0 32 32" aria-hidden="true">
            <circle class="ring" cx="16" cy="16" r="13"></circle>
            <path class="ground" d="M3,16a13,13,0,0,0,26,0z"></path>
            <circle class="sun" cx="16" cy="10" r="3"></circle>
        </svg>
    }
}

/// Sign and name, where they are no link.
#[component]
pub fn Logo() -> impl IntoView {
    view! { <span class="logo"><Sign/>{words::PRODUCT}</span> }
}
