//! A device of the account lets a new one in: its code is scanned or its words are typed, and its owner is asked.

use client_core::{
    intention::{HandOverWish, Intention},
    view::{WordsAnswer, hand_over::LettingInView},
};
use leptos::{attr::custom::custom_attribute, ev::SubmitEvent, html, prelude::*, task::spawn_local};

use crate::{
    browser::{self, Camera, CameraTrouble},
    shell::Page,
    ui::{BusyButton, Icon, IconSize, Note, Picture, SaidNote, modal},
    words::hand_over,
};

/// Id of the dialog's heading.
const HEADING: &str = "letting-in";
/// Id of the button for the camera.
const SCAN: &str = "scan-code";
/// Id of the field.
const FIELD: &str = "six-words";
/// Id of what stands under it.
const HINT: &str = "six-words-hint";

/// How the secret of the new device comes here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Not chosen yet.
    Choose,
    /// By the camera.
    Scan,
    /// By hand.
    Type,
}

/// Whether the dialog is open, and at what.
type Part = (bool, Way, Option<LettingInView>);

/// The dialog behind «Add device».
#[component]
pub(super) fn LettingIn(
    /// Whether it is open.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let page = Page::here();
    let way = RwSignal::new(Way::Choose);
    let step = Memo::new(move |_| page.settings.with(|views| views.security.as_ref().and_then(|view| view.letting_in)));
    let dialog = modal(is_open);
    let closed = move |_| {
        is_open.set(false);
        way.set(Way::Choose);
        page.want(Intention::HandOver(HandOverWish::KeepOut));
    };
    // What was pressed is gone once the next part stands there.
    Effect::new(move |before: Option<Part>| {
        let now = (is_open.get(), way.get(), step.get());
        let has_fields = matches!(now.2, None | Some(LettingInView::Failed(_)));
        if now.0 && before.is_some_and(|before| before != now) {
            match now.1 {
                Way::Choose if has_fields => request_animation_frame(|| browser::focus_id(SCAN)),
                // Its field takes the focus by itself.
                Way::Type if has_fields => {}
                Way::Choose | Way::Scan | Way::Type => browser::focus_id(HEADING),
            }
        }
        now
    });
    let body = move || match step.get() {
        None | Some(LettingInView::Failed(_)) => match way.get() {
            Way::Choose => choose(way).into_any(),
            Way::Scan => view! { <Scan way=way/> }.into_any(),
            Way::Type => view! { <Type/> }.into_any(),
        },
        Some(LettingInView::Looking) => view! { <p role="status">{hand_over::LOOKING}</p> }.into_any(),
        Some(LettingInView::Asks) => asks(page).into_any(),
        Some(LettingInView::UnderWay | LettingInView::Waiting) => {
            view! { <Note picture=Picture::Clock what=hand_over::WAITING then=hand_over::WAITING_HINT/> }.into_any()
        }
        Some(LettingInView::Done) => {
            view! { <Note picture=Picture::Check what=hand_over::DONE then=hand_over::DONE_HINT/> }.into_any()
        }
    };
    let failed = Signal::derive(move || {
        let Some(LettingInView::Failed(trouble)) = step.get() else { return None };
        Some(hand_over::say(trouble))
    });
    view! {
        <dialog class="dialog letting-in" aria-label=hand_over::ADD_DEVICE node_ref=dialog on:close=closed>
            <h2 id=HEADING tabindex="-1">
                {move || if step.get() == Some(LettingInView::Asks) { hand_over::LET_IN_HEADING } else { hand_over::ADD_DEVICE }}
            </h2>
            <SaidNote said=failed/>
            {body}
            <div class="row">
                <button type="button" class="button quiet" on:click=move |_| is_open.set(false)>
                    {move || if step.get() == Some(LettingInView::Asks) { hand_over::KEEP_OUT } else { hand_over::CLOSE }}
                </button>
            </div>
        </dialog>
    }
}

fn choose(way: RwSignal<Way>) -> impl IntoView {
    view! {
        <p>{hand_over::ADD_LEAD}</p>
        <div class="acts">
            <button type="button" class="button primary" id=SCAN on:click=move |_| way.set(Way::Scan)>
                <Icon picture=Picture::Eye/>
                {hand_over::SCAN}
            </button>
            <button type="button" class="button line" on:click=move |_| way.set(Way::Type)>
                <Icon picture=Picture::List/>
                {hand_over::TYPE}
            </button>
        </div>
    }
}

fn asks(page: Page) -> impl IntoView {
    view! {
        <p role="alert">{hand_over::LET_IN_TEXT}</p>
        <button type="button" class="button primary" on:click=move |_| page.want(Intention::HandOver(HandOverWish::LetIn))>
            <Icon picture=Picture::Check/>
            {hand_over::LET_IN}
        </button>
    }
}

/// The camera's picture, which is looked at a few times a second.
#[component]
fn Scan(way: RwSignal<Way>) -> impl IntoView {
    let page = Page::here();
    let video = NodeRef::<html::Video>::new();
    let trouble = RwSignal::new(None::<CameraTrouble>);
    let camera = StoredValue::new_local(None::<Camera>);
    let is_gone = StoredValue::new(false);
    Effect::new(move || {
        let Some(video) = video.get() else { return };
        spawn_local(async move {
            match Camera::open(video).await {
                // The dialog was shut while the person was asked.
                Ok(opened) if is_gone.try_get_value() != Some(false) => opened.close(),
                Ok(opened) => camera.set_value(Some(opened)),
                Err(why) => drop(trouble.try_set(Some(why))),
            }
        });
    });
    // A picture that moves says so four times a second.
    let look = move |_| {
        if let Some(frame) = camera.with_value(|camera| camera.as_ref().and_then(Camera::frame)) {
            page.want(Intention::HandOver(HandOverWish::Scan(frame)));
        }
    };
    on_cleanup(move || {
        is_gone.set_value(true);
        camera.with_value(|camera| {
            if let Some(camera) = camera {
                camera.close();
            }
        });
    });
    let has_picture = move || trouble.get().is_none();
    view! {
        <SaidNote said=Signal::derive(move || trouble.get().map(hand_over::no_camera))/>
        <Show when=has_picture>
            <video
                class="camera"
                aria-label=hand_over::CAMERA
                node_ref=video
                autoplay
                playsinline
                prop:muted=true
                on:timeupdate=look
            ></video>
            <p class="hint">{hand_over::CAMERA_HINT}</p>
        </Show>
        <button type="button" class="button line" on:click=move |_| way.set(Way::Type)>
            <Icon picture=Picture::List size=IconSize::Small/>
            {hand_over::TYPE}
        </button>
    }
}

/// The field for the six words; they live in it alone, and only until the core has them.
#[component]
fn Type() -> impl IntoView {
    let page = Page::here();
    let field = NodeRef::<html::Input>::new();
    page.words.set(None);
    Effect::new(move || {
        if page.words.with(|answer| *answer == Some(WordsAnswer::Taken))
            && let Some(field) = field.get_untracked()
        {
            field.set_value("");
        }
    });
    Effect::new(|| browser::focus_id(FIELD));
    let wrong = Memo::new(move |_| page.words.with(|answer| answer.as_ref().and_then(hand_over::wrong)));
    let submit = move || {
        if let Some(field) = field.get_untracked() {
            page.words.set(None);
            page.want(Intention::HandOver(HandOverWish::Find(field.value().into())));
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        submit();
    };
    view! {
        <form class="by-words" on:submit=submitted>
            <div class="field">
                <label for=FIELD>{hand_over::FIELD}</label>
                <input
                    class="input"
                    id=FIELD
                    autocomplete="off"
                    autocapitalize="none"
                    {..custom_attribute("autocorrect", "off")}
                    spellcheck="false"
                    aria-invalid=move || wrong.get().map(|_| "true")
                    aria-describedby=HINT
                    node_ref=field
                />
                <div id=HINT role="alert">
                    {move || match wrong.get() {
                        Some(wrong) => view! { <p class="wrong"><Icon picture=Picture::Alert size=IconSize::Small/>{wrong}</p> }.into_any(),
                        None => view! { <p class="hint">{hand_over::FIELD_HINT}</p> }.into_any(),
                    }}
                </div>
            </div>
            <BusyButton
                class="primary"
                picture=Picture::Check
                label=hand_over::FIND
                busy=Signal::stored(None)
                off=Signal::stored(false)
                press=move |()| submit()
            />
        </form>
    }
}
