//! The recovery kit on paper: one sheet with all that its owner needs, and nothing of the app.

use client_core::view::KitView;
use leptos::prelude::*;

use crate::{
    browser::{self, LocalTime},
    words::{self, kit, time},
};

/// The sheet, which no screen shows.
#[component]
pub(super) fn Paper(view: Memo<Option<KitView>>) -> impl IntoView {
    let date = time::whole_date(LocalTime::of_ms(browser::now_ms()));
    let address = browser::origin();
    let sheet = move |view: KitView| {
        let word = |(index, word): (usize, String)| {
            view! { <li><span class="nth">{index + 1}</span><span class="word">{word}</span></li> }
        };
        let step = |step: String| view! { <li>{step}</li> };
        view! {
            <h1>{kit::PAPER}</h1>
            <p class="about">{kit::made(&date, &address)}</p>
            <p>{kit::PAPER_LEAD}</p>
            <h2>{kit::WORDS}</h2>
            <ol role="list" class="column">{view.words.into_iter().enumerate().map(word).collect_view()}</ol>
            {secrets(view.copies_account_code, view.account_code, view.passphrase)}
            <h2>{kit::PAPER_USE}</h2>
            <ol class="todo">{kit::steps(&address).into_iter().map(step).collect_view()}</ol>
            <h2>{kit::PAPER_KEEP}</h2>
            <p>{kit::PAPER_KEEP_TEXT}</p>
        }
    };
    view! {
        <main class="kit-paper" aria-label=words::PRODUCT>{move || view.get().map(&sheet)}</main>
    }
}

/// What goes with a password. A code that this device does not know is copied from the older sheet: it has not changed.
fn secrets(copies_code: bool, account_code: Option<String>, passphrase: Option<String>) -> impl IntoView {
    let code = account_code.map(|code| (kit::ACCOUNT_CODE, code, kit::PAPER_CODE_HINT));
    let passphrase = passphrase.map(|text| (kit::PASSPHRASE, text, kit::PASSPHRASE_HINT));
    let older = copies_code.then(|| (kit::ACCOUNT_CODE, String::new(), kit::PAPER_OLD_CODE_HINT));
    let secret = |(label, text, hint)| {
        view! { <h2>{label}</h2><p class="secret">{text}</p><p>{hint}</p> }
    };
    [code, passphrase, older].into_iter().flatten().map(secret).collect_view()
}
