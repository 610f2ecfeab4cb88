//! The choice of a model: a button that names the one that is asked next, and the menu of those that may be.

use client_core::view::ShownModel;
use leptos::{ev::KeyboardEvent, html, prelude::*};
use shared_types::account::{ModelOffer, ModelState};

use super::{avatar::Avatar, head::model_name};
use crate::{
    browser::{self, Route, Step},
    shell::Page,
    ui::{Icon, IconSize, Picture},
    words::{self, models, receipt},
};

/// The button and its menu.
#[component]
pub(super) fn Picker() -> impl IntoView {
    let page = Page::here();
    let model = model_name(page);
    let is_open = RwSignal::new(false);
    let (whole, list, button) =
        (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new(), NodeRef::<html::Button>::new());
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
        let whole = whole.try_get_untracked().flatten();
        if whole.is_none_or(|whole| !browser::has_focus_inside(&whole, &event)) {
            is_open.try_set(false);
        }
    };
    let name = move || receipt::choose(&model.get());
    view! {
        <div class="menu-place" node_ref=whole on:focusout=left on:keydown=walk>
            <button
                type="button"
                class="model"
                aria-label=name
                aria-haspopup="menu"
                aria-expanded=move || is_open.get().to_string()
                node_ref=button
                on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
            >
                <Avatar/>
                <span>{model}</span>
                <Icon picture=Picture::Down size=IconSize::Small/>
            </button>
            <Show when=move || is_open.get()>
                <div class="menu models" role="menu" aria-label=name node_ref=list on:mousedown=|event| event.prevent_default()>
                    {move || page.models.get().iter().map(|offer| choice(page, offer, close)).collect_view()}
                    <a role="menuitem" tabindex="-1" class="more" href=Route::Models.link()>
                        <Icon picture=Picture::Plus size=IconSize::Small/>
                        {models::ATTACH}
                    </a>
                </div>
            </Show>
        </div>
    }
}

fn choice(page: Page, offer: &ModelOffer, close: impl Fn() + 'static) -> AnyView {
    let is_chosen = page.shown_offer().is_some_and(|shown| shown.id == offer.id);
    let more = match offer.state {
        ModelState::Ready => words::origin(offer),
        ModelState::Preparing { .. } | ModelState::Down => Some(receipt::NOT_READY.to_owned()),
    };
    let (label, model) = (words::model(Some(offer)), ShownModel::of(offer));
    let chosen = move |_| {
        close();
        page.choose(model.clone());
    };
    view! {
        <button type="button" role="menuitemradio" aria-checked=is_chosen.to_string() tabindex="-1" on:click=chosen>
            <span><b>{label}</b>{more.map(|more| view! { <small>{more}</small> })}</span>
            {is_chosen.then(|| view! { <Icon picture=Picture::Check size=IconSize::Small/> })}
        </button>
    }
    .into_any()
}
