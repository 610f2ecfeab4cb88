//! The frame of the settings pages: their rail, and a page beside it.

use leptos::prelude::*;

use super::{
    KeyList, Rail, SkipLink, Strip, Toast,
    head::OPEN_LIST,
    rail::{RAIL, RailFoot, RailTop, follow_drawer},
};
use crate::{
    browser::{self, Route},
    shell::{OpenChat, Page},
    ui::{Icon, IconButton, Picture, ThemeSwitch},
    words::{self, models, seen, settings, storage},
};

/// The settings pages in the order of the rail.
const PLACES: [(Route, Picture, &str); 4] = [
    (Route::Security, Picture::Shield, settings::SECURITY),
    (Route::Seen, Picture::Eye, seen::HEADING),
    (Route::Storage, Picture::Device, storage::STORAGE),
    (Route::Models, Picture::Bulb, models::MODELS),
];

/// A settings page beside the rail.
#[component]
pub fn SettingsFrame(
    /// Its heading, which is the tab's name too.
    heading: &'static str,
    /// Under the heading.
    lead: &'static str,
    /// The page.
    children: Children,
) -> impl IntoView {
    browser::set_title(&words::tab(heading));
    let rail: Rail = expect_context();
    let covered = rail.covers();
    Effect::new(|| browser::focus_id("heading"));
    view! {
        <SkipLink/>
        <div class=move || rail.class()>
            <SettingsRail/>
            <div class="scrim" on:click=move |_| rail.close_drawer()></div>
            <main id="main" class="place" tabindex="-1" inert=move || covered.get()>
                <div class="bar">
                    <IconButton id=OPEN_LIST picture=Picture::Menu label=settings::OPEN_MENU press=move |()| rail.show()/>
                    <ThemeSwitch/>
                </div>
                <Strip/>
                <div class="page">
                    <header><h1 id="heading" tabindex="-1">{heading}</h1><p>{lead}</p></header>
                    {children()}
                </div>
            </main>
        </div>
        <KeyList/>
        <Toast/>
    }
}

/// A table of counts.
pub fn table(columns: [&'static str; 3], rows: Vec<AnyView>) -> AnyView {
    let head = columns.map(|name| view! { <th scope="col">{name}</th> }.into_any());
    view! { <table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table> }.into_any()
}

/// While what a page shows is on its way.
pub fn skeleton(label: &'static str) -> AnyView {
    view! { <div class="skeleton" role="status" aria-label=label><i></i><i></i><i></i></div> }.into_any()
}

#[component]
fn SettingsRail() -> impl IntoView {
    let page = Page::here();
    let rail: Rail = expect_context();
    follow_drawer(rail.covers());
    let back = move || page.open.with(OpenChat::id).map_or(Route::Home, Route::Chat).link();
    let place = |(route, picture, label): (Route, Picture, &'static str)| {
        let is_here = move || (page.route.get() == route).then_some("page");
        view! {
            <a href=route.link() aria-current=is_here on:click=move |_| rail.close_drawer()>
                <Icon picture=picture/>
                {label}
            </a>
        }
    };
    view! {
        <nav class="rail" id=RAIL aria-label=settings::SETTINGS tabindex="-1">
            <RailTop><ThemeSwitch/></RailTop>
            <div class="acts">
                <a class="button line" href=back on:click=move |_| rail.close_drawer()>
                    <Icon picture=Picture::Left/>
                    {settings::BACK}
                </a>
            </div>
            <div class="places">{PLACES.map(place).collect_view()}</div>
            <RailFoot/>
        </nav>
    }
}
