//! A menu at a button: arrow keys walk it, a choice closes it, and so does Escape; then the button has the focus again.

use leptos::{
    ev::{FocusEvent, KeyboardEvent},
    html,
    prelude::*,
};

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

/// A button and a menu of acts.
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
    let items = StoredValue::new(items);
    let side = match place {
        MenuPlace::Above => "menu above",
        MenuPlace::Below => "menu below",
    };
    let listed = move || items.get_value().into_iter().map(choice).collect_view().into_any();
    view! { <MenuButton class=class label=label list=side items=listed>{children()}</MenuButton> }
}

/// A button and its menu, whatever its items are: each has a role that begins with `menuitem`.
#[component]
pub fn MenuButton(
    /// Classes of the button.
    class: &'static str,
    /// The button's name, and the menu's.
    #[prop(into)]
    label: Signal<String>,
    /// Classes of the menu.
    list: &'static str,
    /// What can be chosen.
    #[prop(into)]
    items: ViewFn,
    /// What stands on the button.
    children: Children,
) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let whole = NodeRef::<html::Div>::new();
    let menu = NodeRef::<html::Div>::new();
    let button = NodeRef::<html::Button>::new();
    Effect::new(move || {
        if let Some(menu) = menu.get() {
            browser::focus_first_item(&menu);
        }
    });
    let give_back = move || {
        if let Some(button) = button.get_untracked() {
            browser::focus_element(&button);
        }
    };
    let close = move || {
        give_back();
        is_open.set(false);
    };
    let walk = move |event: KeyboardEvent| {
        let Some(menu) = menu.get_untracked() else { return };
        match event.key().as_str() {
            "ArrowDown" => browser::focus_step(&menu, Step::Next),
            "ArrowUp" => browser::focus_step(&menu, Step::Previous),
            "Escape" => close(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div class="menu-place" node_ref=whole on:focusout=close_when_left(whole, is_open) on:keydown=walk>
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
                // The button has the focus again before an item does what it does: that may move it on.
                <div
                    class=list
                    role="menu"
                    aria-label=label
                    node_ref=menu
                    on:mousedown=|event| event.prevent_default()
                    on:click:capture=move |_| give_back()
                    on:click=move |_| {
                        is_open.try_set(false);
                    }
                >
                    {items.run()}
                </div>
            </Show>
        </div>
    }
}

/// Closes what has lost the focus.
pub(super) fn close_when_left(whole: NodeRef<html::Div>, is_open: RwSignal<bool>) -> impl Fn(FocusEvent) {
    move |event| {
        // The focus is also lost when the whole page is taken away.
        let whole = whole.try_get_untracked().flatten();
        if whole.is_none_or(|whole| !browser::has_focus_inside(&whole, &event)) {
            is_open.try_set(false);
        }
    }
}

fn choice(item: MenuItem) -> impl IntoView {
    let press = item.press;
    view! {
        <button type="button" role="menuitem" tabindex="-1" class=item.class on:click=move |_| press.run(())>
            <Icon picture=item.picture/>
            {item.label}
        </button>
    }
}
