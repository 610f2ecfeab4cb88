//! A password and an authenticator app as another way to sign in: made, set up, and a code of it typed before it counts.

use shared_types::account::{MethodStartRequest, MethodStartResponse, PasswordRegistration};
use shared_types::error::ErrorCode;
use shared_types::log::MethodKind;
use shared_types::password::Code;

use super::{Goal, New, NewMethod, Proof, Step, WayChange};
use crate::client::ceremony::{self, Begun};
use crate::client::password::{MadePassword, RegisteredPassword, Registration};
use crate::client::tabs::TabId;
use crate::client::{Client, Stage};
use crate::intention::{NewPassword, TypedPhrase};
use crate::keys::{MethodKeys, MethodSecret};
use crate::relay::Relay;
use crate::store::Store;
use crate::view::{AccountCodeView, AuthenticatorView, Busy, Delta, Problem};

/// A password whose authenticator app is set up.
pub(super) struct AppSetUp {
    /// Absent while it is at the relay.
    made: Option<Box<MadePassword>>,
    view: AuthenticatorView,
}

impl WayChange {
    /// The authenticator app that is set up in a tab.
    pub(in crate::client) fn authenticator(&self, tab: TabId) -> Option<AuthenticatorView> {
        match &self.goal {
            Goal::Add { new: New::Password(set_up), .. } if self.tab == tab && self.is_under_way() => {
                let busy = set_up.made.is_none().then_some(Busy::Stretching);
                Some(AuthenticatorView { busy, ..set_up.view.clone() })
            }
            Goal::Add { .. } | Goal::Remove { .. } => None,
        }
    }

    fn new_password(&mut self) -> Option<&mut New> {
        match &mut self.goal {
            Goal::Add { new: new @ (New::WantedPassword(_) | New::Password(_)), .. } => Some(new),
            Goal::Add { .. } | Goal::Remove { .. } => None,
        }
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(in crate::client) fn add_password(
        &mut self,
        tab: TabId,
        form: NewPassword,
        name: String,
        words: Option<&TypedPhrase>,
    ) {
        let new = New::WantedPassword(Box::new(form));
        self.change_ways(tab, Goal::Add { name, new, replaces: None }, words);
    }

    pub(super) fn make_password_of_way(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let known = opened.vault.account_secret().cloned();
        let Some(change) = &mut opened.way_change else { return };
        change.step = Step::AsksRelay;
        let Some(New::WantedPassword(form)) = change.new_password() else { return };
        let form = NewPassword {
            device_name: None,
            handle: form.handle.as_str().to_owned().into(),
            password: form.password.take(),
            unlocks_here: form.unlocks_here,
        };
        self.make_password(&form, known);
        self.show_way_change();
    }

    pub(in crate::client) fn handle_password_of_way_made(&mut self, result: Result<Box<MadePassword>, Problem>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(change) = opened.way_change.as_mut().filter(|change| change.step == Step::AsksRelay) else { return };
        let Some(new @ New::WantedPassword(_)) = change.new_password() else { return };
        match result {
            Ok(made) => {
                let view = AuthenticatorView { account_code: made.account_code(), is_added: true, ..made.view() };
                *new = New::Password(Box::new(AppSetUp { made: Some(made), view }));
                change.step = Step::Kit;
                self.show_screen();
            }
            Err(problem) => change.end(Err(problem)),
        }
        self.show_way_change();
    }

    pub(in crate::client) fn confirm_code_of_way(&mut self, code: Code) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let (session, device) = (opened.session(), opened.vault.device().id());
        let Some(change) = opened.way_change.as_mut().filter(|change| change.step == Step::Kit) else { return };
        let Some(New::Password(set_up)) = change.new_password() else { return };
        let Some(session) = session else {
            let over = Problem::Relay { code: ErrorCode::UnknownSession, retry_after_s: None };
            set_up.view.problem = Some(over);
            return self.show_screen();
        };
        let Some(made) = set_up.made.take() else { return };
        set_up.view.problem = None;
        change.step = Step::AsksRelay;
        let request = MethodStartRequest::Password(made.start(code));
        let (relay, host) = (self.relay.clone(), self.platform.host.clone());
        let start = ceremony::begin(relay, host, async move |relay| relay.start_method(&session, request).await);
        self.register_password(made, device, start);
        self.show_screen();
    }

    pub(in crate::client) fn handle_password_of_way_registered(&mut self, result: Registration) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let (account, is_ours) = (opened.vault.account_id(), |rp_id: &str| rp_id == opened.enrolment.rp_id);
        let Some(change) = opened.way_change.as_mut().filter(|change| change.step == Step::AsksRelay) else { return };
        let Some(new @ New::Password(_)) = change.new_password() else { return };
        match result {
            Ok((registered, begun)) if is_ours(&begun.rp_id) => {
                *new = New::Made(Box::new(whole(*registered, &begun, account)));
                change.step = Step::Ready;
            }
            Ok(_) => change.end(Err(Problem::RelayConfused)),
            // Another name is chosen where this one was.
            Err((problem @ Problem::Relay { code: ErrorCode::HandleTaken, .. }, _)) => change.end(Err(problem)),
            Err((problem, made)) => {
                if let New::Password(set_up) = new {
                    (set_up.made, set_up.view.problem) = (Some(made), Some(problem));
                }
                change.step = Step::Kit;
            }
        }
        self.show_screen();
        self.show_way_change();
    }

    pub(in crate::client) fn show_account_code(&self, tab: TabId) {
        let Stage::Open(opened) = &self.stage else { return };
        if let Some(secret) = opened.vault.account_secret() {
            let handle = opened.vault.password().map(|known| known.handle.clone());
            let account_code = secret.to_text().to_string();
            self.tabs.send(tab, Delta::AccountCode(AccountCodeView { handle, account_code }));
        }
    }
}

fn whole(
    registered: RegisteredPassword,
    begun: &Begun<MethodStartResponse>,
    account: shared_types::ids::AccountId,
) -> NewMethod {
    let secret = MethodSecret::from_export_key(&registered.export_key, account, registered.mode());
    let keys = MethodKeys::derive(&secret, account);
    let kept = Some(registered.kept());
    let upload = shared_types::ids::WireBytes(registered.upload);
    NewMethod {
        part: keys.part(MethodKind::Password, &[]),
        proof: Proof::Password(PasswordRegistration { nonce: begun.start.nonce, upload }),
        unlock: registered.local,
        is_unlisted: false,
        rp_id: None,
        kept,
        keys,
    }
}
