//! An account whose first method is a password.
//!
//! ```text
//! name, password ─► read, account secret drawn ─► authenticator app set up ─► its code ─► registered ─► recovery kit ─► …
//! ```
//! From the kit on it goes as with a passkey.

use std::rc::Rc;

use data_encoding::BASE32_NOPAD;
use shared_types::account::{MethodStartResponse, SignUpStartRequest};
use shared_types::ids::{DeviceId, WireBytes};
use shared_types::password::{Code, Handle, PasswordStart, TOTP_SECRET_BYTES};
use zeroize::Zeroizing;

use super::prove::read_code;
use super::{KeptPassword, problem_of_text, unlock_secret};
use crate::account::SignUp;
use crate::client::ceremony::{self, Begun};
use crate::client::happening::Happening;
use crate::client::tabs::TabId;
use crate::client::{Client, Stage};
use crate::intention::{NewPassword, TypedText};
use crate::keys::{AccountSecret, ExportKey, LocalUnlockSecret, PasswordMode};
use crate::password::{self, PasswordTask, Purpose, StepRandom};
use crate::records::PasswordRow;
use crate::relay::Relay;
use crate::store::Store;
use crate::view::{AuthenticatorView, Problem, QrView};

/// What was made of a name and a password, before the relay knows of them.
pub(in crate::client) struct MadePassword {
    begun: password::Begun,
    typed: Zeroizing<String>,
    mode: PasswordMode,
    secret: Option<Rc<AccountSecret>>,
    unlocks_here: bool,
    totp_secret: Zeroizing<[u8; TOTP_SECRET_BYTES]>,
}

/// What came of registering a password; if nothing, it can be tried again.
pub(in crate::client) type Registration =
    Result<(Box<RegisteredPassword>, Begun<MethodStartResponse>), (Problem, Box<MadePassword>)>;

/// A password that is registered, but for the account around it.
pub(in crate::client) struct RegisteredPassword {
    pub(in crate::client) export_key: ExportKey,
    pub(in crate::client) upload: Vec<u8>,
    pub(in crate::client) local: Option<LocalUnlockSecret>,
    made: MadePassword,
}

impl MadePassword {
    /// What the authenticator app is given, and the passphrase if one was made.
    pub(in crate::client) fn view(&self) -> AuthenticatorView {
        let secret = BASE32_NOPAD.encode(self.totp_secret.as_slice());
        let uri = format!("otpauth://totp/Sotto:{}?secret={secret}&issuer=Sotto", percent(&self.begun.handle));
        AuthenticatorView {
            qr: QrView::of(&uri),
            uri,
            secret,
            passphrase: self.passphrase(),
            ..AuthenticatorView::default()
        }
    }

    /// What the relay is told first, with what the app says now.
    pub(in crate::client) fn start(&self, code: Code) -> PasswordStart {
        PasswordStart {
            handle: Handle(self.begun.handle.clone()),
            request: WireBytes(self.begun.message.clone()),
            totp_secret: WireBytes(self.totp_secret.to_vec()),
            code,
        }
    }

    /// The account secret as the kit prints it.
    pub(in crate::client) fn account_code(&self) -> Option<String> {
        self.secret.as_ref().map(|secret| secret.to_text().to_string())
    }

    fn passphrase(&self) -> Option<String> {
        (self.mode == PasswordMode::Portable).then(|| self.typed.to_string())
    }
}

impl RegisteredPassword {
    pub(in crate::client) fn mode(&self) -> PasswordMode {
        self.made.mode
    }

    /// The account secret as the kit prints it.
    pub(in crate::client) fn account_code(&self) -> Option<String> {
        self.made.account_code()
    }

    /// What its owner need not type again on this device.
    pub(in crate::client) fn kept(&self) -> KeptPassword {
        let is_portable = self.made.mode == PasswordMode::Portable;
        let row = PasswordRow { handle: self.made.begun.handle.clone(), is_portable };
        KeptPassword { row, secret: self.made.secret.clone() }
    }

    /// The passphrase as the kit prints it.
    pub(in crate::client) fn passphrase(&self) -> Option<String> {
        self.made.passphrase()
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    pub(in crate::client) fn begin_sign_up_with_password(&mut self, tab: TabId, form: &NewPassword) {
        if !matches!(self.stage, Stage::Welcome(_)) {
            return;
        }
        if form.is_too_short() {
            return self.return_to_welcome(Some(Problem::PasswordTooShort));
        }
        let sign_up = SignUp::begin(&mut *self.platform.rng);
        self.set_up_password(tab, form.device_name.clone(), sign_up);
        self.make_password(form, None);
    }

    /// Makes a password of what was typed; one with an account secret takes the account's, if it has one that is known.
    pub(in crate::client) fn make_password(&mut self, form: &NewPassword, known: Option<Rc<AccountSecret>>) {
        let rng = &mut *self.platform.rng;
        let mut totp_secret = Zeroizing::new([0; TOTP_SECRET_BYTES]);
        rng.fill_bytes(totp_secret.as_mut_slice());
        let secret = form.password.as_ref().map(|_| known.unwrap_or_else(|| Rc::new(AccountSecret::generate(rng))));
        let passphrase = PasswordTask::passphrase(rng);
        let random = StepRandom::draw(rng);
        let (handle, unlocks_here) = (form.handle.as_str().to_owned(), form.unlocks_here);
        let own = form.password.as_ref().map(|typed| Zeroizing::new(typed.as_str().to_owned()));
        let run = self.platform.password.clone();
        self.begin(async move {
            let made = async {
                let missing = Problem::PasswordModuleMissing;
                let (typed, mode) = if let Some(typed) = own {
                    (typed, PasswordMode::TwoSecret)
                } else {
                    let answer = run(passphrase).await.ok_or(missing)?;
                    (answer.passphrase().map_err(problem_of_text)?, PasswordMode::Portable)
                };
                let bytes = secret.as_ref().map(|secret| secret.bytes());
                let task = PasswordTask::begin(Purpose::Register, &handle, &typed, bytes, &random);
                let begun = run(task).await.ok_or(missing)?.begun().map_err(problem_of_text)?;
                Ok(MadePassword { begun, typed, mode, secret, unlocks_here, totp_secret })
            };
            Happening::PasswordMade(made.await.map(Box::new))
        });
    }

    pub(in crate::client) fn handle_password_made(&mut self, result: Result<Box<MadePassword>, Problem>) {
        if matches!(self.stage, Stage::Open(_)) {
            self.handle_password_of_way_made(result);
        } else {
            self.handle_password_of_account_made(result);
        }
    }

    pub(in crate::client) fn handle_password_registered(&mut self, result: Registration) {
        if matches!(self.stage, Stage::Open(_)) {
            self.handle_password_of_way_registered(result);
        } else {
            self.handle_password_of_account_registered(result);
        }
    }

    /// The app is set up, says its owner: the relay hears of name and password, and the password is stretched.
    pub(in crate::client) fn confirm_code(&mut self, typed: &TypedText) {
        let code = read_code(typed);
        if matches!(self.stage, Stage::Open(_)) {
            return self.confirm_code_of_way(code);
        }
        let Some((made, account_id, device)) = self.take_made_password() else { return };
        let request = SignUpStartRequest { account_id, invitation: None, password: Some(made.start(code)) };
        let (relay, host) = (self.relay.clone(), self.platform.host.clone());
        let start = ceremony::begin(relay, host, async |relay| relay.sign_up_start(request).await);
        self.register_password(made, device, start);
    }

    /// Registers a password that the relay is told of by `start`, and stretches it.
    pub(in crate::client) fn register_password(
        &mut self,
        made: Box<MadePassword>,
        device: DeviceId,
        start: impl Future<Output = Result<Begun<MethodStartResponse>, Problem>> + 'static,
    ) {
        let random = StepRandom::draw(&mut *self.platform.rng);
        let (run, mac) = (self.platform.password.clone(), self.platform.device_mac.clone());
        self.begin(async move {
            let begun: Begun<MethodStartResponse> = match start.await {
                Ok(begun) => begun,
                Err(problem) => return Happening::PasswordRegistered(Err((problem, made))),
            };
            let ended = async {
                let answer = begun.start.password.as_ref().ok_or(Problem::RelayConfused)?;
                let task = PasswordTask::end(Purpose::Register, &made.begun, &begun.rp_id, &answer.0, &random);
                let ended = run(task).await.ok_or(Problem::PasswordModuleMissing)?;
                let ended = ended.ended().map_err(|_| Problem::RelayConfused)?;
                let local =
                    if made.unlocks_here { Some(unlock_secret(&run, &mac, &made.typed, device).await?) } else { None };
                Ok((ended, local))
            };
            match ended.await {
                Ok((ended, local)) => {
                    let password::Ended { message, export_key } = ended;
                    let registered = RegisteredPassword { export_key, upload: message, local, made: *made };
                    Happening::PasswordRegistered(Ok((Box::new(registered), begun)))
                }
                Err(problem) => Happening::PasswordRegistered(Err((problem, made))),
            }
        });
    }
}

/// A name as part of an address.
fn percent(text: &str) -> String {
    let mut written = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            written.push(char::from(byte));
        } else {
            written.push('%');
            written.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    written
}
