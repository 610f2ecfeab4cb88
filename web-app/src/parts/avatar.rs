//! The face of a model: no face, a horizon.

use leptos::prelude::*;

/// The picture beside an answer.
#[component]
pub fn Avatar() -> impl IntoView {
    view! {
        <svg class="avatar" viewBox="0 0 36 36" aria-hidden="true">
            <circle class="sky" cx="18" cy="18" r="18"></circle>
            <path class="ground" d="M0,18a18,18,0,0,0,36,0z"></path>
            <path class="sun" d="M9,18a9,9,0,0,1,18,0z"></path>
            <circle class="ring" cx="18" cy="18" r="17.5"></circle>
        </svg>
    }
}
