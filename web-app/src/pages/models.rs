//! Settings, Models: which providers answer here; whoever runs the server attaches and removes them.

use client_core::intention::Intention;
use leptos::{ev::SubmitEvent, html, prelude::*};
use shared_types::{
    account::ModelState,
    provider::{
        Admission, NewProvider, ProviderRow, ProviderWish, ProvidersRequest, ProvidersResponse, SecretText, Tried,
    },
};

use crate::{
    parts::SettingsFrame,
    shell::Page,
    ui::{BusyButton, Icon, Picture, TroubleNote},
    words::models,
};

/// Ids and words of the fields that make a provider, in their order.
const FIELDS: [(&str, &str, &str, &str); 6] = [
    ("address", models::ADDRESS, models::ADDRESS_HINT, "url"),
    ("key", models::KEY, models::KEY_HINT, "password"),
    ("names", models::NAMES, models::NAMES_HINT, "text"),
    ("owner", models::OWNER, models::OWNER_HINT, "text"),
    ("region", models::REGION, models::REGION_HINT, "text"),
    ("policy", models::POLICY, models::POLICY_HINT, "text"),
];

/// What the page asks with.
#[derive(Clone, Copy)]
struct Asking {
    say: Callback<ProvidersRequest>,
    tried: Memo<Option<Tried>>,
    token: NodeRef<html::Input>,
    fields: StoredValue<[NodeRef<html::Input>; 6]>,
    is_busy: RwSignal<bool>,
}

impl Asking {
    fn want(self, wish: ProviderWish) {
        self.is_busy.set(true);
        let said = self.token.get_untracked().map(|field| field.value()).unwrap_or_default();
        self.say.run(ProvidersRequest { operator: SecretText::take(said), wish });
    }

    fn provider(self) -> NewProvider {
        let [base_url, key, names, owner, region, policy] =
            self.fields.get_value().map(|field| field.get_untracked().map(|field| field.value()).unwrap_or_default());
        let models = names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        NewProvider { base_url, api_key: SecretText::take(key), models, owner, region, policy }
    }

    /// What was attached needs its key here no more.
    fn forget_fields(self) {
        for field in self.fields.get_value() {
            if let Some(field) = field.get_untracked() {
                field.set_value("");
            }
        }
    }
}

/// The page.
#[component]
pub(super) fn Models() -> impl IntoView {
    let page = Page::here();
    let response = Memo::new(move |_| page.providers().get().and_then(Result::ok));
    let asking = Asking {
        say: Callback::new(move |request| page.want(Intention::Providers(request))),
        tried: Memo::new(move |_| response.with(|response| response.as_ref()?.tried.clone())),
        token: NodeRef::new(),
        fields: StoredValue::new([(); 6].map(|()| NodeRef::new())),
        is_busy: RwSignal::new(false),
    };
    page.providers().set(None);
    asking.want(ProviderWish::List);
    Effect::new(move || {
        if page.providers().get().is_some() {
            asking.is_busy.set(false);
        }
    });
    let problem = Signal::derive(move || page.providers().get().and_then(Result::err));
    let admission = Memo::new(move |_| response.with(|response| response.as_ref().map(|said| said.admission)));
    let is_asked = Memo::new(move |_| {
        matches!(admission.get(), Some(Admission::TokenWanted | Admission::TokenWrong)) || asking.token.get().is_some()
    });
    let is_admitted = Memo::new(move |_| admission.get() == Some(Admission::Admitted));
    view! {
        <SettingsFrame heading=models::MODELS lead=models::LEAD>
            <div class="models-page">
                <TroubleNote problem=problem/>
                <Show when=move || is_asked.get()>{token(asking)}</Show>
                {move || admission.get().and_then(models::admission).map(note)}
                <Show when=move || is_admitted.get()>
                    <section class="card" aria-labelledby="here">
                        <h2 id="here">{models::HERE}</h2>
                        <ul role="list" class="rows">{move || response.get().map(|said| rows(asking, said))}</ul>
                    </section>
                    {form(asking)}
                </Show>
            </div>
        </SettingsFrame>
    }
}

fn note(said: &'static str) -> impl IntoView {
    view! { <div class="note" role="status"><Icon picture=Picture::Lock/><span>{said}</span></div> }
}

fn token(asking: Asking) -> impl IntoView {
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        asking.want(ProviderWish::List);
    };
    view! {
        <form class="card" on:submit=submitted>
            <div class="field">
                <label for="token">{models::TOKEN}</label>
                <input class="input" id="token" type="password" autocomplete="off" spellcheck="false" aria-describedby="token-hint" node_ref=asking.token/>
                <p class="hint" id="token-hint">{models::TOKEN_HINT}</p>
            </div>
            <button type="submit" class="button line">{models::CONTINUE}</button>
        </form>
    }
}

fn rows(asking: Asking, said: ProvidersResponse) -> impl IntoView {
    said.providers.into_iter().map(|provider| row(asking, provider)).collect_view()
}

fn row(asking: Asking, provider: ProviderRow) -> impl IntoView {
    let (class, state) = match provider.state {
        ModelState::Ready => ("tag ok", models::READY),
        ModelState::Preparing { .. } => ("tag info", models::ON_ITS_WAY),
        ModelState::Down => ("tag warn", models::DOWN),
    };
    let owner = if provider.name.is_empty() { models::DEFAULT.to_owned() } else { provider.owner };
    let label = models::remove(&owner);
    let remove = provider.is_attached.then(|| {
        let name = provider.name;
        view! {
            <button
                type="button"
                class="icon-button small"
                aria-label=label.clone()
                title=label
                on:click=move |_| asking.want(ProviderWish::Remove { name: name.clone() })
            >
                <Icon picture=Picture::Trash/>
            </button>
        }
    });
    view! {
        <li>
            <span class="place-of-icon"><Icon picture=Picture::Bulb/></span>
            <span><b>{owner}</b><span class="hint">{provider.models.join(", ")}" · "{provider.base_url}</span></span>
            <span class="tags"><span class=class>{state}</span>{remove}</span>
        </li>
    }
}

fn form(asking: Asking) -> impl IntoView {
    let tried = asking.tried;
    let has_attached = RwSignal::new(false);
    Effect::new(move || {
        if has_attached.get_untracked() && matches!(tried.get(), Some(Tried::Works { .. })) {
            has_attached.set(false);
            asking.forget_fields();
        }
    });
    let test = move |()| {
        has_attached.set(false);
        asking.want(ProviderWish::Test(asking.provider()));
    };
    let attach = move || {
        has_attached.set(true);
        asking.want(ProviderWish::Attach(asking.provider()));
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        if !asking.is_busy.get_untracked() {
            attach();
        }
    };
    let busy = Signal::derive(move || asking.is_busy.get().then_some(models::TRYING));
    let fields = FIELDS.into_iter().zip(asking.fields.get_value()).map(field).collect_view();
    view! {
        <form class="card attach" aria-labelledby="attach" on:submit=submitted>
            <h2 id="attach">{models::ATTACH}</h2>
            <p class="hint">{models::ATTACH_LEAD}</p>
            {fields}
            <div class="said" role="status">{move || tried.get().filter(|_| !asking.is_busy.get()).map(|tried| outcome(&tried))}</div>
            <div class="row">
                <BusyButton class="line" picture=Picture::Sync label=models::TEST busy=busy off=Signal::from(false) press=test/>
                <button type="submit" class="button primary" disabled=asking.is_busy><Icon picture=Picture::Plus/>{models::KEEP}</button>
            </div>
        </form>
    }
}

fn field(
    ((id, label, hint, kind), field): ((&'static str, &'static str, &'static str, &'static str), NodeRef<html::Input>),
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input class="input" id=id type=kind autocomplete="off" spellcheck="false" aria-describedby=hint_id.clone() node_ref=field/>
            <p class="hint" id=hint_id>{hint}</p>
        </div>
    }
}

fn outcome(tried: &Tried) -> impl IntoView + use<> {
    let (what, then) = models::tried(tried);
    let (class, picture) = match tried {
        Tried::Works { .. } => ("note ok", Picture::Check),
        Tried::BadAddress
        | Tried::Unreachable
        | Tried::Tls
        | Tried::NotCompatible
        | Tried::KeyRefused
        | Tried::ModelMissing { .. }
        | Tried::Empty
        | Tried::Failed
        | Tried::NotKept => ("note warn", Picture::Alert),
    };
    view! { <div class=class><Icon picture=picture/><span><b>{what}</b>" "{then}</span></div> }
}
