//! The receipt: what will leave for the question in the text box, or did for an answer, to the byte.

use client_core::view::ReceiptView;
use leptos::{
    ev::{self, KeyboardEvent},
    html,
    prelude::*,
};

use super::MESSAGE_BOX;
use crate::{
    browser::{self, LocalTime},
    shell::Page,
    ui::{CopyButton, Icon, IconButton, Picture},
    words::{self, receipt, time},
};

/// The receipt's place; empty while none is shown.
#[component]
pub fn Receipt() -> impl IntoView {
    let page = Page::here();
    move || page.receipt().get().map(|shown| view! { <Sheet shown=shown/> })
}

#[component]
fn Sheet(shown: ReceiptView) -> impl IntoView {
    let page = Page::here();
    let dialog = NodeRef::<html::Dialog>::new();
    let is_before = shown.sent_ms.is_none();
    follow_width(dialog);
    if is_before {
        follow_text(page);
    }
    // The browser gives the focus back to where it was.
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let closed = move |_| {
        if dialog.get_untracked().is_some_and(|dialog| dialog.open()) {
            return;
        }
        page.receipt().set(None);
        if is_before {
            browser::focus_id(MESSAGE_BOX);
        }
    };
    let pressed = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    let heading = if is_before { receipt::WILL_LEAVE } else { receipt::DID_LEAVE };
    let sent = shown.sent_ms.map(|ms| receipt::sent(&time::clock(LocalTime::of_ms(ms))));
    let (turn, n_items) = (shown.turn, shown.items.len());
    let item = move |(place, item): (usize, shared_types::prompt::PromptMessage)| {
        view! { <li><b>{receipt::item(item.role, place + 1 == n_items)}</b><span>{item.content}</span></li> }
    };
    let others = page.rows.with_untracked(|rows| {
        let here = page.open_id();
        rows.iter().flatten().filter(|row| Some(row.id) != here).count()
    });
    let acts = is_before.then(|| {
        let send = move |_| {
            page.receipt().set(None);
            page.send_receipt(turn);
            browser::focus_id(MESSAGE_BOX);
        };
        view! {
            <div class="row">
                <button type="button" class="button on-below" on:click=send>
                    <Icon picture=Picture::Send/>
                    {receipt::SEND}
                </button>
                <button type="button" class="button quiet" on:click=move |_| close()>{receipt::KEEP}</button>
            </div>
        }
    });
    view! {
        <dialog class="receipt" aria-label=heading node_ref=dialog on:close=closed on:keydown=pressed>
            <header>
                <h2>{heading}</h2>
                {sent.map(|sent| view! { <span>{sent}</span> })}
                <IconButton picture=Picture::Close label=receipt::CLOSE press=move |()| close()/>
            </header>
            <div class="paper" tabindex="0" role="group" aria-label=heading>
                {facts(&shown, is_before)}
                <h3>{receipt::items(n_items)}</h3>
                <ol role="list">{shown.items.into_iter().enumerate().map(item).collect_view()}</ol>
                {bytes(shown.body)}
            </div>
            <footer>
                <p><b>{receipt::STAYS}</b>" "{receipt::stays(others)}</p>
                {acts}
            </footer>
        </dialog>
    }
}

/// Beside the chat where there is room, over it and alone where there is not; also when the window changes.
fn follow_width(dialog: NodeRef<html::Dialog>) {
    let show = move || {
        let Some(dialog) = dialog.get() else { return };
        let is_beside = dialog.open() && !browser::has_open_dialog();
        if dialog.open() && is_beside == browser::is_wide() {
            return;
        }
        dialog.close();
        if browser::is_wide() {
            dialog.show();
        } else {
            dialog.show_modal().expect("a dialog of the page can be shown");
        }
    };
    Effect::new(show);
    let resized = window_event_listener(ev::resize, move |_| untrack(show));
    on_cleanup(move || resized.remove());
}

/// A receipt of what would leave holds for what stands in the text box only.
fn follow_text(page: Page) {
    let composed = untrack(|| page.text());
    Effect::new(move |_| {
        if page.text() != composed {
            page.receipt().set(None);
        }
    });
}

fn bytes(body: String) -> impl IntoView {
    let (copied, n_bytes) = (body.clone(), body.len());
    view! {
        <h3>{receipt::BYTES}</h3>
        <div class="bytes">
            <pre tabindex="0" aria-label=receipt::BYTES>{body}</pre>
            <p>
                <span>{receipt::size(n_bytes)}</span>
                <CopyButton class="button quiet small" label=receipt::COPY shown=receipt::COPY text=move |()| copied.clone()/>
            </p>
        </div>
    }
}

fn facts(shown: &ReceiptView, is_before: bool) -> impl IntoView {
    let offer = &shown.offer;
    let goes = if is_before { receipt::GOES_TO } else { receipt::WENT_TO };
    let fact = |name: &'static str, said: String| view! { <div><dt>{name}</dt><dd>{said}</dd></div> };
    view! {
        <dl>
            {fact(goes, receipt::owner(offer.place, &offer.owner))}
            {offer.region.clone().map(|region| fact(receipt::REGION, region))}
            {fact(receipt::MODEL, words::model(Some(offer)))}
            {offer.policy.clone().map(|policy| fact(receipt::POLICY, policy))}
        </dl>
        <p class="reads">{receipt::reads(offer.place)}</p>
    }
}
