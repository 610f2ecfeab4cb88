//! A menu under a button: arrow keys walk it, Escape closes it and gives the focus back.

use leptos::{ev::KeyboardEvent, html, prelude::*};

use super::{Icon, Picture};
use crate::browser::{self, Step};

/// One thing that can be done.
#[derive(Clone, Copy)]
pub struct MenuItem {
    /// Its icon.
    pub picture: Picture,
    /// Its words.
    pub label: &'static str,
    /// A class more.
    pub class: &'static str,
    /// What it does.
    pub press: Callback<()>,
}

/// Where the menu opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuPlace {
    /// Above its button, as wide as it.
    Above,
    /// Below its button, to the left.
    Below,
}

/// A button and its menu.
#[component]
pub fn Menu(
    /// Classes of the button.
    class: &'static str,
    /// The button's name.
    label: &'static str,
    /// Where it opens.
    place: MenuPlace,
    /// What can be done.
    items: Vec<MenuItem>,
    /// What stands on the button.
    children: Children,
) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let whole = NodeRef::<html::Div>::new();
    let list = NodeRef::<html::Div>::new();
    let button = NodeRef::<html::Button>::new();
    Effect::new(move || {
        if let Some(list) = list.get() {
            browser::focus_first_item(&list);
        }
    });
    let close = move || {
        is_open.set(false);
        if let Some(button) = button.get_untracked() {
            browser::focus_element(&button);
        }
    };
    let walk = move |event: KeyboardEvent| {
        let Some(list) = list.get_untracked() else { return };
        match event.key().as_str() {
            "ArrowDown" => browser::focus_step(&list, Step::Next),
            "ArrowUp" => browser::focus_step(&list, Step::Previous),
            "Escape" => close(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let left = move |event| {
        // The focus is also lost when the whole page is taken away.
        let whole = whole.try_get_untracked().flatten();
        if whole.is_none_or(|whole| !browser::has_focus_inside(&whole, &event)) {
            is_open.try_set(false);
        }
    };
    let items = StoredValue::new(items);
    let side = match place {
        MenuPlace::Above => "menu above",
        MenuPlace::Below => "menu below",
    };
    view! {
        <div class="menu-place" node_ref=whole on:focusout=left on:keydown=walk>
            <button
                type="button"
                class=class
                aria-label=label
                title=label
                aria-haspopup="menu"
                aria-expanded=move || is_open.get().to_string()
                node_ref=button
                on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
            >
                {children()}
            </button>
            <Show when=move || is_open.get()>
                <div class=side role="menu" aria-label=label node_ref=list on:mousedown=|event| event.prevent_default()>
                    {items.get_value().into_iter().map(|item| choice(item, close)).collect_view()}
                </div>
            </Show>
        </div>
    }
}

fn choice(item: MenuItem, close: impl Fn() + 'static + Send) -> impl IntoView {
    let press = item.press;
    let chosen = move |_| {
        close();
        press.run(());
    };
    view! {
        <button type="button" role="menuitem" tabindex="-1" class=item.class on:click=chosen>
            <Icon picture=item.picture/>
            {item.label}
        </button>
    }
}
