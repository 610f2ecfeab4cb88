//! A password and an authenticator app as another way to sign in, and the account code that goes with it.

use client_core::intention::{Intention, NewPassword, PasswordWish};
use leptos::prelude::*;

use super::{Signed, Wanted, decide, entered, name_input, tick};
use crate::{
    pages::by_password::{Enter, Field, TextField, typed},
    shell::Page,
    ui::Picture,
    words::{password, ways},
};

/// Ids of the fields.
const NAME: &str = "new-sign-in-name";
const PASSWORD: &str = "new-password";

/// What is typed for a new password; its authenticator app is set up on a page of its own.
pub(super) fn adding(wanted: Wanted) -> AnyView {
    let (signed, name) = (Signed::new(wanted, false), RwSignal::new(String::new()));
    let (handle, own) = (Field::new(), Field::new());
    let (is_made, unlocks_here) = (RwSignal::new(false), RwSignal::new(false));
    let busy = signed.busy();
    let add = move |()| {
        if busy.get_untracked().is_some() {
            return;
        }
        let password = (!is_made.get_untracked()).then(|| typed(own));
        let unlocks_here = unlocks_here.get_untracked();
        let form = NewPassword { device_name: None, handle: typed(handle), password, unlocks_here };
        let name = name.get_untracked().trim().to_owned();
        signed.page.want(Intention::Password(PasswordWish::Add { form, name, words: signed.words() }));
    };
    view! {
        <form on:submit=entered(move || add(()))>
            <TextField id=NAME label=password::NAME hint=password::NAME_HINT kind="text" field=handle/>
            <Show when=move || !is_made.get()>
                <TextField id=PASSWORD label=password::PASSWORD hint=ways::PASSWORD_HINT kind="password" field=own/>
            </Show>
            {tick(password::MAKE_ONE, is_made)}
            {tick(password::UNLOCK_HERE, unlocks_here)}
            {name_input(name)}
            {signed.view(Some(ways::BY_WORDS))}
            {decide(wanted, busy, ("primary", Picture::Lock, password::CONTINUE), add)}
            <Enter/>
        </form>
    }
    .into_any()
}

/// The button that asks for the account code.
pub(super) fn account_code() -> AnyView {
    let page = Page::here();
    let ask = move |_| page.want(Intention::Password(PasswordWish::ShowAccountCode));
    view! {
        <button type="button" id="account-code" class="button quiet small" on:click=ask>{password::ACCOUNT_CODE}</button>
    }
    .into_any()
}
