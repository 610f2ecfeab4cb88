//! Settings, Storage: how much this browser keeps, whether it stays, and what it is.

use client_core::{
    intention::Intention,
    view::storage::{BrowserStorage, StorageView},
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    browser,
    parts::{SettingsFrame, skeleton, table},
    shell::Page,
    ui::{Icon, IconSize, Picture},
    words::storage,
};

/// The page.
#[component]
pub(super) fn Storage() -> impl IntoView {
    let page = Page::here();
    let refused = RwSignal::new(false);
    let shown = move || match page.settings.with(|views| views.storage.clone()) {
        None => skeleton(storage::COUNTING),
        Some(view) => draw(page, &view, refused),
    };
    view! { <SettingsFrame heading=storage::STORAGE lead=storage::LEAD><div class="storage">{shown}</div></SettingsFrame> }
}

fn draw(page: Page, view: &StorageView, refused: RwSignal<bool>) -> AnyView {
    let browser = match view.browser {
        Some(says) => of_browser(page, says, refused),
        None => view! { <p class="hint">{storage::SILENT}</p> }.into_any(),
    };
    let row = |((what, detail), n, bytes): ((&'static str, &'static str), u64, u64)| {
        view! {
            <tr>
                <th scope="row">{what}<span class="hint">{detail}</span></th>
                <td class="count">{n}</td>
                <td>{storage::size(bytes)}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        {browser}
        <section class="card" aria-labelledby="kinds">
            <h2 id="kinds">{storage::BY_KIND}</h2>
            {table(storage::COLUMNS, storage::rows(view).map(row).into())}
        </section>
    }
    .into_any()
}

fn of_browser(page: Page, says: BrowserStorage, refused: RwSignal<bool>) -> AnyView {
    let (class, picture, tag, then) = if says.persisted {
        ("tag ok", Picture::Check, storage::KEPT, storage::KEPT_THEN)
    } else {
        ("tag warn", Picture::Alert, storage::MAY_GO, storage::MAY_GO_THEN)
    };
    let keep = move |_| {
        spawn_local(async move {
            refused.set(!browser::ask_to_keep().await);
            page.want(Intention::ShowStorage);
        });
    };
    let ask = (!says.persisted).then(|| {
        view! {
            <button type="button" class="button line" on:click=keep>{storage::KEEP}</button>
            <p class="hint" role="status">{move || refused.get().then_some(storage::NOT_YET)}</p>
        }
    });
    view! {
        <section class="card used" aria-labelledby="used">
            <h2 id="used">{storage::used(says)}</h2>
            <p class="hint">{storage::quota(says)}</p>
            <p class="stays">
                <span class=class><Icon picture=picture size=IconSize::Small/>{tag}</span>
                <span>{then}</span>
            </p>
            {ask}
        </section>
    }
    .into_any()
}
