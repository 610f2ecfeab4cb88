//! The choice of a model: a button that names the one that is asked next, and the menu of those that may be.

use client_core::view::ShownModel;
use leptos::prelude::*;
use shared_types::account::{ModelOffer, ModelState};

use super::{avatar::Avatar, head::model_name};
use crate::{
    browser::Route,
    shell::Page,
    ui::{Icon, IconSize, MenuButton, Picture},
    words::{self, models, receipt},
};

/// The button and its menu.
#[component]
pub(super) fn Picker() -> impl IntoView {
    let page = Page::here();
    let model = model_name(page);
    let listed = move || {
        view! {
            {move || page.models.get().iter().map(|offer| choice(page, offer)).collect_view()}
            <a role="menuitem" tabindex="-1" class="more" href=Route::Models.link()>
                <Icon picture=Picture::Plus size=IconSize::Small/>
                {models::ATTACH}
            </a>
        }
        .into_any()
    };
    let label = Signal::derive(move || receipt::choose(&model.get()));
    view! {
        <MenuButton class="model" label=label list="menu models" items=listed>
            <Avatar/>
            <span>{model}</span>
            <Icon picture=Picture::Down size=IconSize::Small/>
        </MenuButton>
    }
}

fn choice(page: Page, offer: &ModelOffer) -> AnyView {
    let is_chosen = page.shown_offer().is_some_and(|shown| shown.id == offer.id);
    let more = match offer.state {
        ModelState::Ready => words::origin(offer),
        ModelState::Preparing { .. } | ModelState::Down => Some(receipt::NOT_READY.to_owned()),
    };
    let (label, model) = (words::model(Some(offer)), ShownModel::of(offer));
    let chosen = move |_| page.choose(model.clone());
    view! {
        <button type="button" role="menuitemradio" aria-checked=is_chosen.to_string() tabindex="-1" on:click=chosen>
            <span><b>{label}</b>{more.map(|more| view! { <small>{more}</small> })}</span>
            {is_chosen.then(|| view! { <Icon picture=Picture::Check size=IconSize::Small/> })}
        </button>
    }
    .into_any()
}
