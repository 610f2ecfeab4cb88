//! «A new device joined»: asked on all other devices until it is answered on one that is confirmed.

use client_core::{
    intention::Intention,
    view::security::{MemberAction, NewcomerView, RemovalReason},
};
use leptos::prelude::*;

use crate::{
    browser::{self, LocalTime},
    shell::Page,
    ui::{Dialog, Icon, Picture},
    words::{agree, members, time},
};

/// The question, if there is one.
#[component]
pub(super) fn Newcomer() -> impl IntoView {
    let page = Page::here();
    let is_refusing = RwSignal::new(false);
    let newcomer = Memo::new(move |_| page.newcomer.get());
    let refuse = move |()| {
        if let Some(NewcomerView { id: device, .. }) = page.newcomer.get_untracked() {
            page.want(Intention::ChangeMember(device, MemberAction::Remove(RemovalReason::Compromised)));
        }
    };
    view! {
        {move || newcomer.get().map(|newcomer| strip(page, is_refusing, newcomer))}
        <Dialog
            is_open=is_refusing
            heading=members::NOT_ME_HEADING
            stay=members::CANCEL
            go=members::LOCK_OUT
            picture=Picture::Out
            press=refuse
        >
            <p>{members::REVOKE_TEXT}</p>
        </Dialog>
    }
}

fn strip(page: Page, is_refusing: RwSignal<bool>, newcomer: NewcomerView) -> impl IntoView {
    let NewcomerView { id, name, joined_s, may_answer } = newcomer;
    let at = LocalTime::of_ms(joined_s.saturating_mul(1000));
    let day = time::day_in_sentence(at, LocalTime::of_ms(browser::now_ms()));
    let joined = members::joined(name.as_deref().unwrap_or(agree::NAMELESS), &day);
    let buttons = may_answer.then(|| {
        view! {
            <span class="answers">
                <button type="button" class="button quiet small" on:click=move |_| page.want(Intention::ChangeMember(id, MemberAction::Confirm))>
                    {members::THIS_WAS_ME}
                </button>
                <button type="button" class="button quiet small" on:click=move |_| is_refusing.set(true)>
                    {members::THIS_WAS_NOT_ME}
                </button>
            </span>
        }
    });
    let hint = if may_answer { members::WAS_THIS_YOU } else { members::ANSWER_ELSEWHERE };
    view! {
        <div class="strip">
            <Icon picture=Picture::Device/>
            <span role="alert"><strong>{members::JOINED}</strong>": "{joined}" "{hint}</span>
            {buttons}
        </div>
    }
}
