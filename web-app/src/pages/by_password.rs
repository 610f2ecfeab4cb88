//! A password and an authenticator app instead of a passkey: on a new account, on a fresh device and on a locked one.

use client_core::{
    intention::{Intention, NewPassword, PasswordForm, PasswordWish, TypedText},
    view::{AuthenticatorView, ScreenView},
};
use leptos::{attr::custom::custom_attribute, ev::SubmitEvent, html, prelude::*};

use super::{view_of, welcome::asked};
use crate::{
    browser::{self, Route},
    parts::Gate,
    shell::Page,
    ui::{BusyButton, Note, Picture, QrCode, TroubleNote},
    words::{self, kit, password, welcome},
};

/// Ids of the fields.
const NAME: &str = "sign-in-name";
const DEVICE: &str = "device-name";
const PASSWORD: &str = "password";
const ACCOUNT_CODE: &str = "account-code";
const CODE: &str = "code";

pub(super) type Field = NodeRef<html::Input>;

/// What stands in a field, for the core alone.
pub(super) fn typed(field: Field) -> TypedText {
    field.get_untracked().map(|field| field.value()).unwrap_or_default().into()
}

/// One field with its label and hint.
#[component]
pub(super) fn TextField(
    id: &'static str,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    /// `text`, or `password` for dots.
    kind: &'static str,
    /// Whether digits are typed.
    #[prop(optional)]
    digits: bool,
    field: Field,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                class="input"
                id=id
                type=kind
                autocomplete="off"
                autocapitalize="none"
                {..custom_attribute("autocorrect", "off")}
                spellcheck="false"
                inputmode=digits.then_some("numeric")
                aria-describedby=hint_id.clone()
                node_ref=field
            />
            <p class="hint" id=hint_id>{hint}</p>
        </div>
    }
}

/// A choice that is on or off.
#[component]
pub(super) fn Choice(label: &'static str, hint: &'static str, on: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="switch"
            role="switch"
            aria-label=label
            aria-description=hint
            aria-checked=move || on.get().to_string()
            on:click=move |_| on.update(|on| *on = !*on)
        >
            <span><b>{label}</b><span class="hint">{hint}</span></span>
            <span class="knob" aria-hidden="true"></span>
        </button>
    }
}

/// What proves a password: name, password, account code and a code of the app; the first and the third only where they
/// are not known.
#[derive(Clone, Copy)]
pub(super) struct Proof {
    ids: [&'static str; 4],
    is_known: bool,
    name: Field,
    secret: Field,
    account_code: Field,
    code: Field,
    is_passphrase: RwSignal<bool>,
}

impl Proof {
    /// Empty fields with ids that no other field of the page has; the first of them takes the focus.
    pub(super) fn new(ids: [&'static str; 4], is_known: bool) -> Self {
        let [name, secret, ..] = ids;
        Effect::new(move || browser::focus_id(if is_known { secret } else { name }));
        let (name, secret, account_code, code) = (Field::new(), Field::new(), Field::new(), Field::new());
        Self { ids, is_known, name, secret, account_code, code, is_passphrase: RwSignal::new(false) }
    }

    /// What was typed.
    pub(super) fn form(self) -> PasswordForm {
        let needs_code = !self.is_known && !self.is_passphrase.get_untracked();
        PasswordForm {
            handle: typed(self.name),
            password: typed(self.secret),
            account_code: needs_code.then(|| typed(self.account_code)),
            code: typed(self.code),
        }
    }

    /// The fields.
    pub(super) fn fields(self) -> impl IntoView {
        let [name, secret, account_code, code] = self.ids;
        let (is_known, is_passphrase) = (self.is_known, self.is_passphrase);
        view! {
            <Show when=move || !is_known>
                <TextField id=name label=password::NAME kind="text" field=self.name/>
            </Show>
            <TextField id=secret label=password::PASSWORD kind="password" field=self.secret/>
            <Show when=move || !is_known && !is_passphrase.get()>
                <TextField
                    id=account_code
                    label=password::ACCOUNT_CODE
                    hint=password::ACCOUNT_CODE_HINT
                    kind="text"
                    field=self.account_code
                />
            </Show>
            <Show when=move || !is_known>
                <Choice label=password::IS_PASSPHRASE hint=password::IS_PASSPHRASE_HINT on=is_passphrase/>
            </Show>
            <TextField id=code label=password::CODE hint=password::CODE_HINT kind="text" digits=true field=self.code/>
        }
    }
}

/// Name and password of a new account.
#[component]
pub(super) fn NewByPassword() -> impl IntoView {
    browser::set_title(&words::tab(password::TAB));
    let page = Page::here();
    let view = asked();
    let (name, own, device) = (Field::new(), Field::new(), Field::new());
    let (is_made, unlocks_here) = (RwSignal::new(false), RwSignal::new(false));
    let off = Signal::derive(move || view.with(|view| view.as_ref().is_some_and(|view| !view.online)));
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    Effect::new(|| browser::focus_id(NAME));
    let submit = move || {
        if !off.get_untracked() && busy.get_untracked().is_none() {
            let password = (!is_made.get_untracked()).then(|| typed(own));
            let form = NewPassword {
                device_name: device_name(device),
                handle: typed(name),
                password,
                unlocks_here: unlocks_here.get_untracked(),
            };
            page.want(Intention::Password(PasswordWish::SignUp(form)));
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        submit();
    };
    view! {
        <Gate class="broad" heading=password::NEW_HEADING note=move || note(view, off)>
            <p class="lead">{password::NEW_LEAD}</p>
            <form class="by-words" on:submit=submitted>
                <TextField id=NAME label=password::NAME hint=password::NAME_HINT kind="text" field=name/>
                <Show when=move || !is_made.get()>
                    <TextField
                        id=PASSWORD
                        label=password::PASSWORD
                        hint=password::PASSWORD_HINT
                        kind="password"

                        field=own
                    />
                </Show>
                <Choice label=password::MAKE_ONE hint=password::MAKE_ONE_HINT on=is_made/>
                <Choice label=password::UNLOCK_HERE hint=password::UNLOCK_HERE_HINT on=unlocks_here/>
                <TextField id=DEVICE label=welcome::DEVICE_NAME hint=welcome::DEVICE_NAME_HINT kind="text" field=device/>
                <BusyButton class="primary hero" picture=Picture::Key label=password::CONTINUE busy=busy off=off press=move |()| submit()/>
                <Enter/>
            </form>
            <p class="other"><a href=Route::Home.link()>{password::BACK}</a></p>
        </Gate>
    }
}

fn device_name(field: Field) -> Option<String> {
    let name = field.get_untracked().map(|field| field.value()).unwrap_or_default().trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// Enter in a field sends the form only if it has a button for that.
#[component]
pub(super) fn Enter() -> impl IntoView {
    view! { <button type="submit" class="unseen" tabindex="-1" aria-hidden="true"></button> }
}

/// The authenticator app of a new account.
#[component]
pub(super) fn SetUpAuthenticator() -> impl IntoView {
    browser::set_title(&words::tab(password::TAB));
    let page = Page::here();
    let view = view_of(|screen| if let ScreenView::Authenticator(view) = screen { Some(view) } else { None });
    let code = Field::new();
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    let problem = Signal::derive(move || view.get().and_then(|view| view.problem));
    Effect::new(|| browser::focus_id("heading"));
    let submit = move || {
        if busy.get_untracked().is_none() {
            page.want(Intention::Password(PasswordWish::ConfirmCode(typed(code))));
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        submit();
    };
    view! {
        <Gate class="broad" heading=password::APP_HEADING note=move || view! { <TroubleNote problem=problem/> }>
            <p class="lead">{password::APP_LEAD}</p>
            {move || view.get().map(|view| given(&view))}
            <form class="by-words" on:submit=submitted>
                <TextField id=CODE label=password::CODE hint=password::CODE_HINT kind="text" digits=true field=code/>
                <BusyButton class="primary hero" picture=Picture::Check label=password::CONTINUE busy=busy off=false press=move |()| submit()/>
                <Enter/>
            </form>
            <p class="other">
                <button type="button" class="button quiet" on:click=move |_| page.want(Intention::Abandon)>
                    {move || if view.get().is_some_and(|view| view.is_added) { password::LEAVE_ADDED } else { password::LEAVE }}
                </button>
            </p>
        </Gate>
    }
}

/// What the app and its owner are given.
fn given(view: &AuthenticatorView) -> impl IntoView + use<> {
    let passphrase = view.passphrase.clone().map(|passphrase| {
        view! {
            <div class="given" role="group" aria-label=password::PASSPHRASE>
                <p class="hint">{password::PASSPHRASE}</p>
                <p class="secret">{passphrase}</p>
                <p class="hint">{password::PASSPHRASE_HINT}</p>
            </div>
        }
    });
    let account_code = view.account_code.clone().map(|code| {
        view! {
            <div class="given" role="group" aria-label=kit::ACCOUNT_CODE>
                <p class="hint">{kit::ACCOUNT_CODE}</p>
                <p class="code">{code}</p>
                <p class="hint">{password::ACCOUNT_CODE_KEEP}</p>
            </div>
        }
    });
    let qr = view.qr.clone().map(|code| view! { <QrCode code=code label=password::QR/> });
    view! {
        {passphrase}
        {account_code}
        {qr}
        <div class="given" role="group" aria-label=password::SECRET>
            <p class="hint">{password::SECRET}</p>
            <p class="secret">{password::grouped(&view.secret)}</p>
        </div>
    }
}

/// On a fresh device.
#[component]
pub(super) fn SignInByPassword() -> impl IntoView {
    browser::set_title(&words::tab(password::TAB));
    let page = Page::here();
    let view = asked();
    let proof = Proof::new([NAME, PASSWORD, ACCOUNT_CODE, CODE], false);
    let off = Signal::derive(move || view.with(|view| view.as_ref().is_some_and(|view| !view.online)));
    let busy = Signal::derive(move || view.get().and_then(|view| view.busy).map(words::busy));
    let submit = move || {
        if !off.get_untracked() && busy.get_untracked().is_none() {
            page.want(Intention::Password(PasswordWish::SignIn(proof.form())));
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        submit();
    };
    view! {
        <Gate class="broad" heading=password::SIGN_IN_HEADING note=move || note(view, off)>
            <p class="lead">{password::SIGN_IN_LEAD}</p>
            <form class="by-words" on:submit=submitted>
                {proof.fields()}
                <BusyButton class="primary hero" picture=Picture::Key label=welcome::SIGN_IN busy=busy off=off press=move |()| submit()/>
                <Enter/>
            </form>
            <p class="other"><a href=Route::SignIn.link()>{password::BACK}</a></p>
        </Gate>
    }
}

/// On a locked device: the field and its button.
#[component]
pub(super) fn UnlockForm(
    /// The button's words while something is under way.
    busy: Signal<Option<&'static str>>,
    /// Whether the button cannot be pressed.
    off: Signal<bool>,
) -> impl IntoView {
    let page = Page::here();
    let secret = Field::new();
    Effect::new(|| browser::focus_id(PASSWORD));
    let submit = move || {
        if !off.get_untracked() && busy.get_untracked().is_none() {
            page.want(Intention::Password(PasswordWish::Unlock(typed(secret))));
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        submit();
    };
    view! {
        <form class="by-words" on:submit=submitted>
            <TextField id=PASSWORD label=password::PASSWORD kind="password" field=secret/>
            <BusyButton class="primary hero" picture=Picture::Key label=password::UNLOCK busy=busy off=off press=move |()| submit()/>
            <Enter/>
        </form>
    }
}

fn note(view: Memo<Option<client_core::view::WelcomeView>>, is_off: Signal<bool>) -> impl IntoView {
    view! {
        <TroubleNote problem=Signal::derive(move || view.get().and_then(|view| view.problem))/>
        <Show when=move || is_off.get()>
            <Note picture=Picture::Off what=welcome::OFFLINE then=welcome::OFFLINE_HINT/>
        </Show>
    }
}
