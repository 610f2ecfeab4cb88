//! A few words under a button, for who wants to know why; Escape closes them.

use leptos::{ev::KeyboardEvent, html, prelude::*};

use super::{MenuPlace, menu::close_when_left};
use crate::browser;

/// A button, and what it explains.
#[component]
pub fn Popover(
    /// Classes of the button.
    #[prop(into)]
    class: Signal<String>,
    /// The button's name.
    #[prop(into)]
    label: Signal<String>,
    /// Where the words open.
    place: MenuPlace,
    /// What stands on the button.
    #[prop(into)]
    face: ViewFn,
    /// The words.
    children: ChildrenFn,
) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let whole = NodeRef::<html::Div>::new();
    let button = NodeRef::<html::Button>::new();
    let pressed = move |event: KeyboardEvent| {
        if event.key() == "Escape" && is_open.get_untracked() {
            event.prevent_default();
            event.stop_propagation();
            is_open.set(false);
            if let Some(button) = button.get_untracked() {
                browser::focus_element(&button);
            }
        }
    };
    let side = match place {
        MenuPlace::Above => "menu said above",
        MenuPlace::Below => "menu said below",
    };
    view! {
        <div class="menu-place" node_ref=whole on:focusout=close_when_left(whole, is_open) on:keydown=pressed>
            <button
                type="button"
                class=class
                aria-label=label
                aria-expanded=move || is_open.get().to_string()
                node_ref=button
                on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
            >
                {move || face.run()}
            </button>
            <Show when=move || is_open.get()>
                <div class=side tabindex="-1">{children()}</div>
            </Show>
        </div>
    }
}
