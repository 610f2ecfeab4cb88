//! The core starts, or cannot go on, or is not there.

use client_core::{intention::Intention, view::ScreenView};
use leptos::prelude::*;

use super::view_of;
use crate::{
    browser,
    parts::Gate,
    shell::Page,
    ui::{BusyButton, Picture},
    words::{
        self,
        problem::{self, Said},
        stuck,
    },
};

/// While the core starts.
#[component]
pub(super) fn Opening() -> impl IntoView {
    browser::set_title(&words::tab(stuck::OPENING_TAB));
    view! { <Gate class="opening" heading=stuck::OPENING note=|| ()>""</Gate> }
}

/// This device cannot go on.
#[component]
pub(super) fn Stuck() -> impl IntoView {
    browser::set_title(&words::tab(stuck::TAB));
    let problem = view_of(|screen| if let ScreenView::Stuck(problem) = screen { Some(problem) } else { None });
    move || {
        problem.get().map(|problem| {
            let Said { what, then, .. } = problem::say(problem);
            view! { <Halt what=what then=then/> }
        })
    }
}

/// Other tabs still run an older Sotto; this one goes on once they are gone.
#[component]
pub(super) fn OtherBuild() -> impl IntoView {
    browser::set_title(&words::tab(stuck::OTHER_BUILD));
    view! { <Halt what=stuck::OTHER_BUILD then=stuck::OTHER_BUILD_HINT.to_owned()/> }
}

/// Other tabs run a newer Sotto.
#[component]
pub(super) fn Outdated() -> impl IntoView {
    browser::set_title(&words::tab(stuck::OUTDATED));
    view! { <Halt what=stuck::OUTDATED then=stuck::OUTDATED_HINT.to_owned()/> }
}

/// Another tab is the live one.
#[component]
pub(super) fn Elsewhere() -> impl IntoView {
    browser::set_title(&words::tab(stuck::ELSEWHERE));
    let page = Page::here();
    view! {
        <Act
            what=stuck::ELSEWHERE
            then=stuck::ELSEWHERE_HINT.to_owned()
            label=stuck::USE_HERE
            press=move |()| page.want(Intention::UseHere)
        />
    }
}

/// The core's files did not load.
#[component]
pub(super) fn NoCore() -> impl IntoView {
    browser::set_title(&words::tab(stuck::NO_CORE));
    view! { <Halt what=stuck::NO_CORE then=stuck::NO_CORE_HINT.to_owned()/> }
}

#[component]
fn Halt(what: &'static str, then: String) -> impl IntoView {
    view! { <Act what=what then=then label=stuck::RELOAD press=|()| browser::reload()/> }
}

#[component]
fn Act(what: &'static str, then: String, label: &'static str, #[prop(into)] press: Callback<()>) -> impl IntoView {
    view! {
        <Gate heading=what note=|| ()>
            <p class="lead" role="status">{then}</p>
            <div class="acts">
                <BusyButton
                    class="primary hero"
                    picture=Picture::Redo
                    label=label
                    busy=None
                    off=false
                    press=press
                />
            </div>
        </Gate>
    }
}
