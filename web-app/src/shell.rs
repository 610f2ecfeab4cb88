//! The frame of the page: mounts the view, opens the port to the core and listens to the tab.

mod conversation;
mod page;
mod versions;

pub use conversation::{Conversation, LiveBlock, Message};
pub use page::{CoreState, OpenChat, Page};

use client_core::{intention::Intention, view::ScreenView};
use leptos::{ev, prelude::*};

use crate::{
    browser::{self, Route},
    pages::Screen,
    parts::{Rail, Update},
};

/// Takes the place of the static shell.
pub fn start() {
    browser::remove_static_shell();
    mount_to_body(Shell);
}

/// The whole page.
#[component]
fn Shell() -> impl IntoView {
    let page = Page::open();
    provide_context(page);
    provide_context(Rail::new());
    follow_network(page);
    follow_keys(page);
    let followed = window_event_listener(ev::hashchange, move |_| page.follow_route());
    on_cleanup(move || followed.remove());
    browser::on_leave(move || page.keep_draft(), move || page.leave());
    view! { <Screen/><Update/> }
}

fn follow_network(page: Page) {
    let tell = move || page.want(Intention::NetworkChanged { online: browser::is_online() });
    let came = window_event_listener(ev::online, move |_| tell());
    let went = window_event_listener(ev::offline, move |_| tell());
    on_cleanup(move || {
        came.remove();
        went.remove();
    });
}

fn follow_keys(page: Page) {
    let rail: Rail = expect_context();
    let pressed = window_event_listener(ev::keydown, move |event| {
        if !matches!(page.screen.get_untracked(), ScreenView::Open) || event.default_prevented() {
            return;
        }
        let has_command = event.ctrl_key() || event.meta_key();
        let is_letter = !has_command && !event.alt_key() && !browser::is_in_field(&event);
        match event.key().as_str() {
            "L" | "l" if has_command && event.shift_key() => page.lock(),
            "b" if has_command => rail.toggle(),
            "n" if is_letter => Route::Home.go(),
            "i" if is_letter => browser::focus_id(crate::parts::MESSAGE_BOX),
            "Escape" if rail.is_drawer_open() => rail.hide(),
            "Escape" if page.is_writing() && !browser::has_open_dialog() => page.stop(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || pressed.remove());
}
