//! The rail: the chats, the state of saving, the account. A drawer on phones.

use client_core::intention::Intention;
use leptos::prelude::*;

use super::{KeysShown, head::OPEN_LIST, rows::Rows};
use crate::{
    browser::{self, Route},
    shell::Page,
    ui::{
        Dialog, Icon, IconButton, IconSize, Menu, MenuItem, MenuPlace, Picture, Popover, Sign, ThemeSwitch, TroubleNote,
    },
    words::{
        keys,
        rail::{self, Tone},
        seen, settings,
    },
};

/// Id of the rail.
pub(super) const RAIL: &str = "rail";

/// Where the rail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RailPlace {
    /// Beside the chat; on phones out of sight.
    Beside,
    /// Out of sight.
    Away,
    /// Over the chat, on a phone.
    Drawer,
}

/// The rail's state, for everyone who opens or closes it.
#[derive(Clone, Copy)]
pub struct Rail {
    place: RwSignal<RailPlace>,
}

impl Rail {
    /// A rail at its usual place.
    #[expect(clippy::new_without_default, reason = "a rail is made once, with the page")]
    pub fn new() -> Self {
        Self { place: RwSignal::new(RailPlace::Beside) }
    }

    /// Shows the chat list.
    pub fn show(self) {
        self.place.set(if browser::is_phone() { RailPlace::Drawer } else { RailPlace::Beside });
    }

    /// Hides the chat list.
    pub fn hide(self) {
        self.place.set(if browser::is_phone() { RailPlace::Beside } else { RailPlace::Away });
    }

    /// Shows it if it is hidden, and the other way round.
    pub fn toggle(self) {
        let is_seen = match self.place.get_untracked() {
            RailPlace::Beside => !browser::is_phone(),
            RailPlace::Away => false,
            RailPlace::Drawer => true,
        };
        if is_seen { self.hide() } else { self.show() }
    }

    /// Closes the drawer, if it is one.
    pub fn close_drawer(self) {
        if self.is_drawer_open() {
            self.place.set(RailPlace::Beside);
        }
    }

    /// Whether it lies over the chat.
    pub fn is_drawer_open(self) -> bool {
        self.place.get_untracked() == RailPlace::Drawer
    }

    /// Whether it lies over the chat, as a signal.
    pub fn covers(self) -> Memo<bool> {
        Memo::new(move |_| self.place.get() == RailPlace::Drawer)
    }

    /// Classes of the frame.
    pub fn class(self) -> &'static str {
        match self.place.get() {
            RailPlace::Beside => "frame",
            RailPlace::Away => "frame alone",
            RailPlace::Drawer => "frame listed",
        }
    }
}

/// The rail.
#[component]
pub fn ChatRail() -> impl IntoView {
    let list: Rail = expect_context();
    follow_drawer(list.covers());
    view! {
        <nav class="rail" id=RAIL aria-label=rail::CHATS tabindex="-1">
            <RailTop>
                <span class="pair">
                    <ThemeSwitch/>
                    <IconButton picture=Picture::Left label=rail::HIDE press=move |()| list.hide()/>
                </span>
            </RailTop>
            <div class="acts">
                <a class="button primary" href=Route::Home.link() on:click=move |_| list.close_drawer()>
                    <Icon picture=Picture::Plus/>
                    {rail::NEW_CHAT}
                    <span class="key" aria-hidden="true">{rail::NEW_CHAT_KEY}</span>
                </a>
            </div>
            <div class="chat-list" role="region" aria-label=rail::LIST tabindex="0"><Rows/></div>
            <RailFoot/>
        </nav>
    }
}

/// The top of a rail: the way home, and what stands beside it.
#[component]
pub(super) fn RailTop(children: Children) -> impl IntoView {
    let list: Rail = expect_context();
    view! {
        <div class="top">
            <a class="logo" href=Route::Home.link() aria-label=rail::HOME on:click=move |_| list.close_drawer()>
                <Sign/>
                {crate::words::PRODUCT}
            </a>
            {children()}
        </div>
    }
}

/// The foot of a rail: the state of saving, the account.
#[component]
pub(super) fn RailFoot() -> impl IntoView {
    view! { <div class="foot"><SyncLine/><Account/></div> }
}

/// The focus goes into the drawer with its opening, and back to its button with its closing.
pub(super) fn follow_drawer(covers: Memo<bool>) {
    Effect::new(move |did_cover: Option<bool>| {
        let covers = covers.get();
        if covers || did_cover == Some(true) {
            let goes_to = if covers { RAIL } else { OPEN_LIST };
            request_animation_frame(move || browser::focus_id(goes_to));
        }
        covers
    });
}

#[component]
fn SyncLine() -> impl IntoView {
    let page = Page::here();
    let line = Memo::new(move |_| rail::sync(page.status.get()));
    let look = Signal::derive(move || sync_look(line.with(|(tone, _)| *tone)));
    view! {
        <Popover
            class=Signal::derive(move || format!("sync {}", look.get().1))
            label=Signal::derive(move || rail::details(&line.get().1))
            place=MenuPlace::Above
            face=move || view! {
                <Icon picture=Signal::derive(move || look.get().0)/>
                <span role="status">{move || line.get().1}</span>
            }
        >
            <p>{move || rail::explain_sync(page.status.get())}</p>
        </Popover>
    }
}

#[component]
fn Account() -> impl IntoView {
    let page = Page::here();
    let is_leaving = RwSignal::new(false);
    let KeysShown(are_keys_shown) = expect_context();
    let goes_to = |route: Route| Callback::new(move |()| route.go());
    let items = vec![
        MenuItem { picture: Picture::Shield, label: settings::SECURITY, class: "", press: goes_to(Route::Security) },
        MenuItem { picture: Picture::Eye, label: seen::HEADING, class: "", press: goes_to(Route::Seen) },
        MenuItem {
            picture: Picture::Keyboard,
            label: keys::KEYBOARD,
            class: "",
            press: Callback::new(move |()| are_keys_shown.set(true)),
        },
        MenuItem { picture: Picture::Lock, label: rail::LOCK, class: "", press: Callback::new(move |()| page.lock()) },
        MenuItem {
            picture: Picture::Out,
            label: rail::SIGN_OUT,
            class: "",
            press: Callback::new(move |()| is_leaving.set(true)),
        },
    ];
    let has_unsent = Memo::new(move |_| page.status.get().n_unsent > 0);
    view! {
        <Menu class="account" label=rail::ACCOUNT_MENU place=MenuPlace::Above items=items>
            <span class="face" aria-hidden="true"><Icon picture=Picture::User/></span>
            <span>{rail::ACCOUNT}</span>
            <Icon picture=Picture::Up size=IconSize::Small/>
        </Menu>
        <Dialog
            is_open=is_leaving
            heading=rail::SIGN_OUT_HEADING
            stay=rail::STAY
            go=rail::SIGN_OUT
            picture=Picture::Out
            press=move |()| page.want(Intention::SignOut)
        >
            <p>{rail::SIGN_OUT_TEXT}</p>
            <Show when=move || has_unsent.get()><p><b>{rail::SIGN_OUT_UNSENT}</b></p></Show>
        </Dialog>
        <Losing/>
    }
}

/// The choice when what is only here could not be sent.
#[component]
fn Losing() -> impl IntoView {
    let page = Page::here();
    let is_open = RwSignal::new(false);
    Effect::new(move || is_open.set(page.loss.get().is_some()));
    Effect::new(move |was_open: Option<bool>| {
        if was_open == Some(true) && !is_open.get() {
            page.loss.set(None);
        }
        is_open.get()
    });
    view! {
        <Dialog
            is_open=is_open
            heading=rail::LOSE_HEADING
            stay=rail::STAY
            go=rail::LOSE
            picture=Picture::Out
            press=move |()| page.want(Intention::SignOutAnyway)
        >
            <TroubleNote problem=Signal::derive(move || page.loss.get().map(|loss| loss.problem))/>
            <p><b>{move || rail::would_lose(page.status.get().n_unsent)}</b></p>
            <p>{rail::LOSE_TEXT}</p>
        </Dialog>
    }
}

fn sync_look(tone: Tone) -> (Picture, &'static str) {
    match tone {
        Tone::Ok => (Picture::Shield, "ok"),
        Tone::Busy => (Picture::Sync, "busy"),
        Tone::Wait => (Picture::Clock, "wait"),
        Tone::Warn => (Picture::Alert, "warn"),
        Tone::Danger => (Picture::Alert, "danger"),
        Tone::Fork => (Picture::Fork, "danger"),
    }
}
