//! The frame of the page: mounts the view, opens the port to the core and listens to the tab.

mod conversation;
mod models;
mod page;
mod rows;
mod text;
mod versions;

pub use conversation::{Conversation, LiveBlock, Message};
pub use page::{CoreState, OpenChat, Page, SettingsViews};

use client_core::{intention::Intention, view::ScreenView};
use leptos::{ev, prelude::*};

use crate::{
    browser::{self, Route, Step},
    pages::Screen,
    parts::{KeysShown, Rail, Update},
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
    provide_context(KeysShown(RwSignal::new(false)));
    follow_network(page);
    follow_keys(page);
    let followed = window_event_listener(ev::hashchange, move |_| page.follow_route());
    on_cleanup(move || followed.remove());
    browser::on_leave(move || page.keep_draft(), move || page.leave());
    view! { <Update/><Screen/> }
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
    let KeysShown(are_keys_shown) = expect_context();
    let pressed = window_event_listener(ev::keydown, move |event| {
        if !matches!(page.screen.get_untracked(), ScreenView::Open) || event.default_prevented() {
            return;
        }
        let has_command = event.ctrl_key() || event.meta_key();
        let is_letter = page.letter_keys.get_untracked()
            && !has_command
            && !event.alt_key()
            && !browser::is_in_field(&event)
            && !browser::has_open_dialog();
        match event.key().as_str() {
            "L" | "l" if has_command && event.shift_key() => page.lock(),
            "b" if has_command => rail.toggle(),
            "." if has_command && !browser::has_open_dialog() => page.see_receipt(),
            "n" if is_letter => Route::Home.go(),
            "i" if is_letter => browser::focus_id(crate::parts::MESSAGE_BOX),
            "?" if is_letter => are_keys_shown.set(true),
            "k" if is_letter => browser::step_turn(Step::Previous),
            "j" if is_letter => browser::step_turn(Step::Next),
            "c" if is_letter => browser::press_deed("copy"),
            "r" if is_letter => browser::press_deed("again"),
            "[" if is_letter => browser::press_deed("back"),
            "]" if is_letter => browser::press_deed("on"),
            "Escape" if rail.is_drawer_open() => rail.hide(),
            "Escape" if page.is_writing() && !browser::has_open_dialog() => page.stop(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || pressed.remove());
}
