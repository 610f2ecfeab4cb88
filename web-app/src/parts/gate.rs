//! The frame of the pages before the chat: a card on the line, sealed shapes below it.

use leptos::prelude::*;

use super::SkipLink;
use crate::ui::{Logo, Sign, ThemeSwitch};

/// Shapes that could be chats; nothing about them is true.
const SHAPES: &str = "M112,40h286a22,22,0,0,1,22,22v8a22,22,0,0,1-22,22h-286a22,22,0,0,1-22-22v-8a22,22,0,0,1,22-22z\
M492,70h376a22,22,0,0,1,22,22v40a22,22,0,0,1-22,22h-376a22,22,0,0,1-22-22v-40a22,22,0,0,1,22-22z\
M1032,44h256a22,22,0,0,1,22,22v8a22,22,0,0,1-22,22h-256a22,22,0,0,1-22-22v-8a22,22,0,0,1,22-22z\
M202,140h346a22,22,0,0,1,22,22v52a22,22,0,0,1-22,22h-346a22,22,0,0,1-22-22v-52a22,22,0,0,1,22-22z\
M722,196h236a22,22,0,0,1,22,22v8a22,22,0,0,1-22,22h-236a22,22,0,0,1-22-22v-8a22,22,0,0,1,22-22z\
M1112,150h216a22,22,0,0,1,22,22v66a22,22,0,0,1-22,22h-216a22,22,0,0,1-22-22v-66a22,22,0,0,1,22-22z";

/// A card on the line.
#[component]
pub fn Gate(
    /// Classes of the card beside `panel`.
    #[prop(optional)]
    class: &'static str,
    /// The page's heading.
    heading: &'static str,
    /// What stands above the sign: a note.
    #[prop(into)]
    note: ViewFn,
    /// What stands below the heading.
    children: Children,
) -> impl IntoView {
    view! {
        <SkipLink/>
        <div class="gate">
            <div class="sealed" aria-hidden="true">
                <svg viewBox="0 0 1440 390" preserveAspectRatio="xMidYMin slice">
                    <path d=SHAPES></path>
                </svg>
            </div>
            <header><Logo/><ThemeSwitch/></header>
            <main id="main" tabindex="-1">
                <div class=format!("panel {class}")>
                    {move || note.run()}
                    <Sign/>
                    <h1 id="heading" tabindex="-1">{heading}</h1>
                    {children()}
                </div>
            </main>
        </div>
    }
}
