//! Which version of a message is shown, and the way to the others.

use client_core::{
    intention::Intention,
    view::{ChatId, MessageId, Step, VersionsView},
};
use leptos::{html, prelude::*};

use crate::{
    browser,
    shell::Page,
    ui::{Icon, Picture},
    words::message as said,
};

/// What all turns of a log share.
#[derive(Clone, Copy)]
pub struct LogState {
    /// Whether the reader is at the end.
    pub is_at_end: RwSignal<bool>,
    /// The reader went to another version: its buttons take the focus when they are there.
    stepped: StoredValue<Option<Step>>,
}

impl LogState {
    /// A reader at the end.
    pub fn at_end() -> Self {
        Self { is_at_end: RwSignal::new(true), stepped: StoredValue::new(None) }
    }
}

/// The group of a message.
pub fn versions(chat: ChatId, id: MessageId, name: &'static str, versions: VersionsView) -> impl IntoView {
    let (page, log): (Page, LogState) = (Page::here(), expect_context());
    let group = NodeRef::<html::Span>::new();
    Effect::new(move || {
        let stepped = log.stepped.try_update_value(Option::take).flatten();
        if let (Some(group), Some(step)) = (group.get(), stepped) {
            browser::focus_button(&group, step == Step::On);
        }
    });
    let step = move |step| {
        // What is read stays where it is.
        log.is_at_end.set(false);
        log.stepped.set_value(Some(step));
        page.want(Intention::ShowVersion { chat, message: id, step });
    };
    let button = move |picture, label: &'static str, deed: &'static str, is_off: bool, to: Step| {
        view! {
            <button
                type="button"
                class="icon-button small"
                aria-label=label
                title=label
                data-deed=deed
                disabled=is_off
                on:click=move |_| step(to)
            >
                <Icon picture=picture/>
            </button>
        }
    };
    let VersionsView { nth, n_versions } = versions;
    view! {
        <span class="versions" role="group" aria-label=name node_ref=group>
            {button(Picture::Left, said::PREVIOUS_VERSION, "back", nth == 1, Step::Back)}
            <span>{said::version(versions)}</span>
            {button(Picture::Right, said::NEXT_VERSION, "on", nth == n_versions, Step::On)}
        </span>
    }
}
