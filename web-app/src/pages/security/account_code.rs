//! The account code, shown to whoever asks on a device that has it: to be written down or saved again.

use leptos::prelude::*;

use crate::{
    browser,
    shell::Page,
    ui::{Icon, Picture, modal},
    words::{kit, password},
};

/// The code, while it is shown.
#[component]
pub(super) fn AccountCode() -> impl IntoView {
    let page = Page::here();
    let shown = Memo::new(move |_| page.settings.with(|views| views.account_code.clone()));
    let is_open = RwSignal::new(false);
    Effect::new(move || is_open.set(shown.with(Option::is_some)));
    let dialog = modal(is_open);
    let close = move || page.settings.update(|views| views.account_code = None);
    let save = move |_| {
        if let Some(view) = shown.get_untracked() {
            browser::save_text(password::CODE_FILE, &password::code_file(view.handle.as_deref(), &view.account_code));
        }
    };
    view! {
        <dialog class="dialog way" aria-label=kit::ACCOUNT_CODE node_ref=dialog on:close=move |_| close()>
            <h2>{kit::ACCOUNT_CODE}</h2>
            <div class="given" role="group" aria-label=kit::ACCOUNT_CODE>
                <p class="secret">{move || shown.get().map(|view| view.account_code)}</p>
            </div>
            <p>{kit::ACCOUNT_CODE_HINT}</p>
            <div class="row">
                <button type="button" class="button quiet" on:click=move |_| close()>{password::CLOSE}</button>
                <button type="button" class="button primary" on:click=save>
                    <Icon picture=Picture::Download/>
                    {kit::DOWNLOAD}
                </button>
            </div>
        </dialog>
    }
}
