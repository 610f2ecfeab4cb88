//! An account whose first method is a password.
//!
//! ```text
//! name, password ─► read, account secret drawn ─► authenticator app set up ─► its code ─► registered ─► recovery kit ─► …
//! ```
//! From the kit on it goes as with a passkey.

use std::rc::Rc;

use data_encoding::BASE32_NOPAD;
use shared_types::account::{SignUpStartRequest, SignUpStartResponse};
use shared_types::ids::WireBytes;
use shared_types::password::{Handle, PasswordStart, TOTP_SECRET_BYTES};
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

/// Letters of a password of one's own, at least.
const MIN_PASSWORD_CHARS: usize = 10;

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
    Result<(Box<RegisteredPassword>, Begun<SignUpStartResponse>), (Problem, Box<MadePassword>)>;

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
            busy: None,
            problem: None,
        }
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
        self.made.secret.as_ref().map(|secret| secret.to_text().to_string())
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
        let is_short = form.password.as_ref().is_some_and(|typed| typed.as_str().chars().count() < MIN_PASSWORD_CHARS);
        if is_short {
            return self.return_to_welcome(Some(Problem::PasswordTooShort));
        }
        let rng = &mut *self.platform.rng;
        let sign_up = SignUp::begin(rng);
        let mut totp_secret = Zeroizing::new([0; TOTP_SECRET_BYTES]);
        rng.fill_bytes(totp_secret.as_mut_slice());
        let secret = form.password.as_ref().map(|_| Rc::new(AccountSecret::generate(rng)));
        let passphrase = PasswordTask::passphrase(rng);
        let random = StepRandom::draw(rng);
        let (handle, unlocks_here) = (form.handle.as_str().to_owned(), form.unlocks_here);
        let own = form.password.as_ref().map(|typed| Zeroizing::new(typed.as_str().to_owned()));
        let run = self.platform.password.clone();
        self.set_up_password(tab, form.device_name.clone(), sign_up);
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

    /// The app is set up, says its owner: the relay hears of name and password, and the password is stretched.
    pub(in crate::client) fn confirm_code(&mut self, typed: &TypedText) {
        let random = StepRandom::draw(&mut *self.platform.rng);
        let Some((made, account_id, device)) = self.take_made_password() else { return };
        let code = read_code(typed);
        let start = PasswordStart {
            handle: Handle(made.begun.handle.clone()),
            request: WireBytes(made.begun.message.clone()),
            totp_secret: WireBytes(made.totp_secret.to_vec()),
            code,
        };
        let request = SignUpStartRequest { account_id, invitation: None, password: Some(start) };
        let (relay, host) = (self.relay.clone(), self.platform.host.clone());
        let (run, mac) = (self.platform.password.clone(), self.platform.device_mac.clone());
        self.begin(async move {
            let start = ceremony::begin(relay, host, async |relay| relay.sign_up_start(request).await);
            let begun: Begun<SignUpStartResponse> = match start.await {
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
