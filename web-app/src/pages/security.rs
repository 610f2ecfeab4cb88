//! Settings, Security: ways in, devices, what the account log says, and the code to compare.

mod account_code;
mod deletion;
mod ways;

use client_core::{
    intention::Intention,
    view::{
        Problem,
        security::{
            ChangeState, EventView, KeysView, MemberAction, MemberChangeView, MemberView, RemovalReason, SecurityView,
        },
    },
};
use leptos::prelude::*;
use shared_types::ids::DeviceId;

use self::ways::{Changing, Wanted, back, list_ways};
use super::{agree::day, letting_in::LettingIn};
use crate::{
    browser,
    parts::SettingsFrame,
    shell::Page,
    ui::{BusyButton, Dialog, Icon, IconSize, Note, Picture, TroubleNote},
    words::{agree, hand_over, members, security, settings},
};

/// Entries of the account log that are shown at first.
const N_EVENTS: usize = 8;

/// The page.
#[component]
pub(super) fn Security() -> impl IntoView {
    let page = Page::here();
    let asked: Asked = RwSignal::new(None);
    let wanted: Wanted = RwSignal::new(None);
    let is_adding = RwSignal::new(false);
    let drawn = move |view| {
        // Everything is drawn anew; who is there by keyboard stays at the same button.
        if let Some(focused) = browser::focused_id() {
            request_animation_frame(move || browser::focus_again(&focused));
        }
        draw(page, (asked, wanted, is_adding), view)
    };
    view! {
        <SettingsFrame heading=settings::SECURITY lead=security::LEAD>
            <div class="security">
                {move || page.settings.with(|views| views.security.clone()).map(drawn)}
            </div>
            <Asking asked=asked/>
            <Changing wanted=wanted/>
            <account_code::AccountCode/>
            <deletion::Deletion/>
            <LettingIn is_open=is_adding/>
        </SettingsFrame>
    }
}

/// What is asked before it is done to a device.
type Asked = RwSignal<Option<(DeviceId, MemberAction)>>;

/// The questions before a device is confirmed or taken off.
#[component]
fn Asking(asked: Asked) -> impl IntoView {
    let page = Page::here();
    let (is_confirming, is_revoking) = (RwSignal::new(false), RwSignal::new(false));
    let (is_taken, is_ending) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move || {
        let action = asked.get().map(|(_, action)| action);
        is_taken.set(action == Some(MemberAction::Remove(RemovalReason::Compromised)));
        is_confirming.set(action == Some(MemberAction::Confirm));
        is_revoking.set(matches!(action, Some(MemberAction::Remove(_))));
        is_ending.set(action == Some(MemberAction::RemoveOthers));
        if let Some((device, MemberAction::Lock)) = asked.get_untracked() {
            page.want(Intention::ChangeMember(device, MemberAction::Lock));
        }
    });
    let confirm = move |()| {
        if let Some((device, _)) = asked.get_untracked() {
            page.want(Intention::ChangeMember(device, MemberAction::Confirm));
        }
    };
    let sign_out_others = move |()| {
        if let Some((device, _)) = asked.get_untracked() {
            page.want(Intention::ChangeMember(device, MemberAction::RemoveOthers));
        }
    };
    let revoke = move |()| {
        if let Some((device, _)) = asked.get_untracked() {
            let is_taken = is_taken.get_untracked();
            let reason = if is_taken { RemovalReason::Compromised } else { RemovalReason::Lost };
            page.want(Intention::ChangeMember(device, MemberAction::Remove(reason)));
        }
    };
    view! {
        <Dialog
            is_open=is_confirming
            heading=members::CONFIRM_HEADING
            stay=members::CANCEL
            go=members::THIS_WAS_ME
            picture=Picture::Check
            press=confirm
        >
            <p>{members::CONFIRM_TEXT}</p>
        </Dialog>
        <Dialog
            is_open=is_ending
            heading=members::SIGN_OUT_OTHERS_HEADING
            stay=members::CANCEL
            go=members::SIGN_OUT_OTHERS
            picture=Picture::Out
            press=sign_out_others
        >
            <p>{members::SIGN_OUT_OTHERS_TEXT}</p>
        </Dialog>
        <Dialog
            is_open=is_revoking
            heading=members::REVOKE_HEADING
            stay=members::CANCEL
            go=members::REVOKE
            picture=Picture::Out
            press=revoke
        >
            <p>{members::REVOKE_TEXT}</p>
            <label class="tick">
                <input
                    type="checkbox"
                    spellcheck="false"
                    autocomplete="off"
                    prop:checked=is_taken
                    on:change=move |event| is_taken.set(event_target_checked(&event))
                />
                {members::SOMEBODY_ELSE}
            </label>
        </Dialog>
    }
}

fn draw(page: Page, (asked, wanted, is_adding): (Asked, Wanted, RwSignal<bool>), view: SecurityView) -> impl IntoView {
    let add = view.may_let_in.then(|| add_device(is_adding));
    view! {
        <div>
            {back(&view, wanted)}
            {card("ways", security::WAYS.to_owned(), list_ways(&view, wanted))}
            {card(
                "devices",
                security::DEVICES.to_owned(),
                view! { {devices(asked, view.devices, view.change)}{add} }.into_any(),
            )}
        </div>
        <div>
            {card("code", security::CODE.to_owned(), code(view.code))}
            {card("keys", security::fresh_keys(view.keys), keys(page, view.keys))}
            {card("log", security::LOG.to_owned(), log(page, view.events))}
        </div>
    }
}

fn card(id: &'static str, heading: String, inside: AnyView) -> AnyView {
    view! { <section class="card" aria-labelledby=id><h2 id=id>{heading}</h2>{inside}</section> }.into_any()
}

fn list(rows: Vec<AnyView>) -> AnyView {
    view! { <ul role="list" class="rows">{rows}</ul> }.into_any()
}

fn row(
    picture: Picture,
    name: String,
    about: String,
    tags: Vec<(&'static str, &'static str)>,
    buttons: Option<AnyView>,
) -> AnyView {
    let tag = |(class, label)| view! { <span class=format!("tag {class}")>{label}</span> };
    view! {
        <li>
            <span class="place-of-icon"><Icon picture=picture/></span>
            <span><b>{name}</b><span class="hint">{about}</span></span>
            <span class="tags">{tags.into_iter().map(tag).collect_view()}</span>
            <span class="deeds">{buttons}</span>
        </li>
    }
    .into_any()
}

/// The devices, and what comes of what was asked of one.
fn devices(asked: Asked, rows: Vec<MemberView>, change: Option<MemberChangeView>) -> AnyView {
    let is_unconfirmed = rows.iter().any(|row| row.is_this && !row.confirmed);
    let confirm = is_unconfirmed.then(|| {
        view! { <Note picture=Picture::Device what=members::CONFIRM_THIS then=members::CONFIRM_THIS_HINT/> }
    });
    let said = change.and_then(members::change);
    let said = said.map(|(what, then)| view! { <Note picture=Picture::Device what=what then=then/> });
    let problem = change.and_then(|change| failed(Some(change.state)));
    let rows = list(rows.into_iter().map(|row| device(asked, row)).collect());
    view! { {confirm}{rows}{said}<TroubleNote problem=Signal::stored(problem)/> }.into_any()
}

fn add_device(is_adding: RwSignal<bool>) -> AnyView {
    view! {
        <button type="button" id="add-device" class="button line small" on:click=move |_| is_adding.set(true)>
            <Icon picture=Picture::Plus size=IconSize::Small/>
            {hand_over::ADD_DEVICE}
        </button>
    }
    .into_any()
}

fn failed(state: Option<ChangeState>) -> Option<Problem> {
    if let Some(ChangeState::Failed(problem)) = state { Some(problem) } else { None }
}

fn device(asked: Asked, device: MemberView) -> AnyView {
    let state = if device.confirmed { ("ok", security::CONFIRMED) } else { ("warn", agree::UNCONFIRMED) };
    let this = device.is_this.then_some(("info", agree::THIS_DEVICE));
    let name = device.name.unwrap_or_else(|| agree::NAMELESS.to_owned());
    let about = security::activity(&day(device.active_s));
    let (id, called) = (device.id, name.clone());
    let button = |action: &MemberAction| {
        let action = *action;
        let (label, name, verb) = match action {
            MemberAction::Confirm => (members::THIS_WAS_ME, None, "confirm"),
            MemberAction::Remove(RemovalReason::Compromised) => (members::THIS_WAS_NOT_ME, None, "revoke"),
            MemberAction::Remove(RemovalReason::Lost) => (members::REVOKE, Some(members::revoke(&called)), "revoke"),
            MemberAction::RemoveOthers => (members::SIGN_OUT_OTHERS, None, "others"),
            MemberAction::Lock => (members::LOCK, Some(members::lock(&called)), "lock"),
        };
        view! {
            <button
                type="button"
                id=format!("{verb}-{}", id.to_base64url())
                class="button quiet small"
                aria-label=name
                on:click=move |_| asked.set(Some((id, action)))
            >
                {label}
            </button>
        }
    };
    let buttons = device.actions.iter().map(button).collect_view().into_any();
    row(Picture::Device, name, about, this.into_iter().chain([state]).collect(), Some(buttons))
}

fn code(words: Vec<String>) -> AnyView {
    let words = words.into_iter().map(|word| view! { <li>{word}</li> }).collect_view();
    view! { <p class="hint">{security::CODE_LEAD}</p><ol role="list" class="code-words">{words}</ol> }.into_any()
}

fn keys(page: Page, keys: KeysView) -> AnyView {
    let busy = (keys.change == Some(ChangeState::UnderWay)).then_some(members::CHANGING_KEYS);
    let is_done = keys.change == Some(ChangeState::Done);
    let done = is_done.then(|| {
        view! { <Note picture=Picture::Check what=members::KEYS_CHANGED then=members::KEYS_CHANGED_HINT/> }
    });
    let button = keys.can_change.then(|| {
        view! {
            <BusyButton
                id="change-keys"
                class="line small"
                picture=Picture::Redo
                label=members::CHANGE_KEYS
                busy=Signal::stored(busy)
                off=Signal::stored(false)
                press=move |()| page.want(Intention::ChangeKeysNow)
            />
        }
    });
    let days = (0..keys.days).map(|nth| {
        let class = if nth < keys.day { "past" } else { "" };
        view! { <rect class=class x=nth * 20 y="0" width="17" height="12" rx="4"></rect> }
    });
    view! {
        <svg
            class="days"
            viewBox=format!("0 0 {} 12", keys.days * 20 - 3)
            preserveAspectRatio="none"
            role="img"
            aria-label=security::day_of_keys(keys)
        >
            {days.collect_view()}
        </svg>
        <p class="hint ends">
            <span>{security::changed(&day(keys.changed_s))}</span>
            <span>{security::next(&day(keys.due_s))}</span>
        </p>
        {button}
        {done}
        <TroubleNote problem=Signal::stored(failed(keys.change))/>
    }
    .into_any()
}

fn log(page: Page, events: Vec<EventView>) -> AnyView {
    let is_whole = RwSignal::new(events.len() <= N_EVENTS);
    let shown = move || {
        let n_shown = if is_whole.get() { events.len() } else { N_EVENTS };
        let event = |event: &EventView| {
            let by =
                (!event.by.is_empty()).then(|| view! { <span class="hint">{security::signed_by(&event.by)}</span> });
            view! { <li><span>{security::event(event)}{by}</span><time>{day(event.at_s)}</time></li> }
        };
        events.iter().take(n_shown).map(event).collect_view()
    };
    view! {
        <ul role="list" class="events">{shown}</ul>
        <Show when=move || !is_whole.get()>
            <button type="button" class="button line small" on:click=move |_| is_whole.set(true)>
                <Icon picture=Picture::Down size=IconSize::Small/>
                {security::SEE_ALL}
            </button>
        </Show>
        <button type="button" id="save-log" class="button line small" on:click=move |_| page.want(Intention::SaveEvidence)>
            <Icon picture=Picture::Download size=IconSize::Small/>
            {security::SAVE_LOG}
        </button>
    }
    .into_any()
}
