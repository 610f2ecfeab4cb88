//! The pages: one for each screen that the core can be at, and two for when there is no core.

mod agree;
mod by_password;
mod by_words;
mod chat;
mod joining;
mod kit;
mod letting_in;
mod locked;
mod models;
mod recover;
mod revoked;
mod security;
mod seen;
mod sign_in;
mod signing;
mod storage;
mod stuck;
mod welcome;

use client_core::view::ScreenView;
use leptos::prelude::*;

use crate::{
    browser::Route,
    shell::{CoreState, Page},
};

/// Which page is shown; its views change under it without drawing it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Opening,
    Welcome,
    SignIn,
    SignInByWords,
    SignInByPassword,
    NewByPassword,
    Authenticator,
    Kit,
    Joining,
    Agree,
    Locked,
    Recover,
    Chat,
    Security,
    Models,
    Seen,
    Storage,
    Revoked,
    Stuck,
    Elsewhere,
    OtherBuild,
    Outdated,
    NoCore,
}

/// The page that is shown.
#[component]
pub fn Screen() -> impl IntoView {
    let page = Page::here();
    let shown = Memo::new(move |_| shown(page));
    view! { {move || draw(shown.get())}<signing::Signing/> }
}

fn draw(shown: Shown) -> AnyView {
    match shown {
        Shown::Opening => view! { <stuck::Opening/> }.into_any(),
        Shown::Welcome => view! { <welcome::Welcome/> }.into_any(),
        Shown::SignIn => view! { <sign_in::SignIn/> }.into_any(),
        Shown::SignInByWords => view! { <sign_in::SignInByWords/> }.into_any(),
        Shown::SignInByPassword => view! { <by_password::SignInByPassword/> }.into_any(),
        Shown::NewByPassword => view! { <by_password::NewByPassword/> }.into_any(),
        Shown::Authenticator => view! { <by_password::SetUpAuthenticator/> }.into_any(),
        Shown::Kit => view! { <kit::Kit/> }.into_any(),
        Shown::Joining => view! { <joining::Joining/> }.into_any(),
        Shown::Agree => view! { <agree::Agree/> }.into_any(),
        Shown::Locked => view! { <locked::Locked/> }.into_any(),
        Shown::Recover => view! { <recover::Recover/> }.into_any(),
        Shown::Chat => view! { <chat::Chat/> }.into_any(),
        Shown::Security => view! { <security::Security/> }.into_any(),
        Shown::Models => view! { <models::Models/> }.into_any(),
        Shown::Seen => view! { <seen::Seen/> }.into_any(),
        Shown::Storage => view! { <storage::Storage/> }.into_any(),
        Shown::Revoked => view! { <revoked::Revoked/> }.into_any(),
        Shown::Stuck => view! { <stuck::Stuck/> }.into_any(),
        Shown::Elsewhere => view! { <stuck::Elsewhere/> }.into_any(),
        Shown::OtherBuild => view! { <stuck::OtherBuild/> }.into_any(),
        Shown::Outdated => view! { <stuck::Outdated/> }.into_any(),
        Shown::NoCore => view! { <stuck::NoCore/> }.into_any(),
    }
}

fn shown(page: Page) -> Shown {
    match page.core.get() {
        CoreState::OtherBuild => return Shown::OtherBuild,
        CoreState::Outdated => return Shown::Outdated,
        CoreState::Failed => return Shown::NoCore,
        CoreState::Starting | CoreState::Ready => {}
    }
    page.screen.with(|screen| match screen {
        ScreenView::Starting => Shown::Opening,
        ScreenView::Welcome(_) => match page.route.get() {
            Route::SignIn => Shown::SignIn,
            Route::Words => Shown::SignInByWords,
            Route::Password => Shown::SignInByPassword,
            Route::NewPassword => Shown::NewByPassword,
            Route::Home | Route::Chat(_) | Route::Security | Route::Models | Route::Seen | Route::Storage => {
                Shown::Welcome
            }
        },
        ScreenView::Authenticator(_) => Shown::Authenticator,
        ScreenView::RecoveryKit(_) => Shown::Kit,
        ScreenView::Joining(_) => Shown::Joining,
        ScreenView::Agree(_) => Shown::Agree,
        ScreenView::Locked(_) => Shown::Locked,
        ScreenView::Recover(_) => Shown::Recover,
        ScreenView::Open if page.route.get() == Route::Security => Shown::Security,
        ScreenView::Open if page.route.get() == Route::Models => Shown::Models,
        ScreenView::Open if page.route.get() == Route::Seen => Shown::Seen,
        ScreenView::Open if page.route.get() == Route::Storage => Shown::Storage,
        ScreenView::Open => Shown::Chat,
        ScreenView::Revoked(_) => Shown::Revoked,
        ScreenView::Stuck(_) => Shown::Stuck,
        ScreenView::Elsewhere => Shown::Elsewhere,
    })
}

/// The view of the page that is shown; while another takes its place, the last one stays.
fn view_of<V>(select: impl Fn(&ScreenView) -> Option<&V> + Send + Sync + 'static) -> Memo<Option<V>>
where
    V: Clone + PartialEq + Send + Sync + 'static,
{
    let page = Page::here();
    Memo::new(move |last: Option<&Option<V>>| {
        page.screen.with(|screen| select(screen).cloned()).or_else(|| last.cloned().flatten())
    })
}
