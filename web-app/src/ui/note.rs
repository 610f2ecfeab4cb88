//! A note: an icon, what happened in bold, what to do.

use client_core::view::Problem;
use leptos::prelude::*;

use super::{Icon, Picture};
use crate::words::problem::{self, Said, Weight};

/// A quiet note about a state.
#[component]
pub fn Note(
    /// Its icon.
    picture: Picture,
    /// What is.
    what: &'static str,
    /// What follows from it.
    then: &'static str,
) -> impl IntoView {
    view! {
        <div class="note" role="status">
            <Icon picture=picture/>
            <span><b>{what}</b>{then}</span>
        </div>
    }
}

/// A note about what went wrong, if something did; it is read out once.
#[component]
pub fn TroubleNote(
    /// What went wrong.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    let problem = Memo::new(move |_| problem.get());
    view! { <SaidNote said=Signal::derive(move || problem.get().map(problem::say))/> }
}

/// A note about what was said of something that went wrong; it is read out once.
#[component]
pub fn SaidNote(
    /// What is said.
    #[prop(into)]
    said: Signal<Option<Said>>,
) -> impl IntoView {
    let said = Memo::new(move |_| said.get());
    move || {
        said.get().map(|said| {
            let (class, picture) = look(said.weight);
            view! {
                <div class=format!("note {class}") role="alert">
                    <Icon picture=picture/>
                    <span><b>{said.what}</b>{said.then}</span>
                </div>
            }
        })
    }
}

fn look(weight: Weight) -> (&'static str, Picture) {
    match weight {
        Weight::Passes => ("wait", Picture::Clock),
        Weight::Mendable => ("warn", Picture::Alert),
        Weight::Grave => ("danger", Picture::Alert),
    }
}
