//! A question that must be answered before anything else: the browser's own modal dialog.

use leptos::{html, prelude::*};

use super::{Icon, Picture};
use crate::browser;

/// A question with two answers; Escape is the harmless one.
#[component]
pub fn Dialog(
    /// Whether it is open.
    is_open: RwSignal<bool>,
    /// The question.
    heading: &'static str,
    /// The harmless answer.
    stay: &'static str,
    /// The other answer.
    go: &'static str,
    /// The other answer's icon.
    picture: Picture,
    /// What it does.
    #[prop(into)]
    press: Callback<()>,
    /// What the person should know.
    children: Children,
) -> impl IntoView {
    let dialog = modal(is_open);
    let confirmed = move |_| {
        is_open.set(false);
        press.run(());
    };
    view! {
        <dialog class="dialog" aria-label=heading node_ref=dialog on:close=move |_| is_open.set(false)>
            <h2>{heading}</h2>
            {children()}
            <div class="row">
                <button type="button" class="button quiet" on:click=move |_| is_open.set(false)>{stay}</button>
                <button type="button" class="button danger" on:click=confirmed><Icon picture=picture/>{go}</button>
            </div>
        </dialog>
    }
}

/// The browser's own modal dialog, open when the signal says so. The focus goes back to what opened it, also where
/// that was drawn anew meanwhile.
pub fn modal(is_open: RwSignal<bool>) -> NodeRef<html::Dialog> {
    let dialog = NodeRef::<html::Dialog>::new();
    let opener = StoredValue::new(None::<String>);
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        if is_open.get() {
            opener.set_value(browser::focused_id());
            dialog.show_modal().expect("a dialog of the page can be shown");
        } else {
            dialog.close();
            if let Some(opener) = opener.try_update_value(Option::take).flatten() {
                request_animation_frame(move || browser::focus_again(&opener));
            }
        }
    });
    dialog
}
