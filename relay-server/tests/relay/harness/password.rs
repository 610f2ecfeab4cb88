//! Somebody with a password and an authenticator app instead of a passkey.

use password_client as password;
use password_client::{N_RANDOM, Who, password_input};
use ring::hmac;
use serde_json::json;
use shared_types::account::{MethodStartResponse, SignInFinishRequest, SignInStartRequest, SignInStartResponse};
use shared_types::ids::{AccountId, Hash, WireBytes};
use shared_types::limits::TOTP_STEP_S;
use shared_types::password::{Code, Handle, SignInProveRequest, SignInProveResponse};

use super::{Answer, Keys, Person, World, random, sign_in_request};

/// The costs of OPAQUE's client are paid here, so that there are few of them.
pub(crate) struct Owner {
    pub(crate) person: Person,
    pub(crate) handle: String,
    pub(crate) password: String,
    pub(crate) account_secret: [u8; 16],
    pub(crate) totp_secret: [u8; 20],
}

/// The first message of a sign-in, and what its end needs.
pub(crate) struct FirstMessage {
    pub(crate) request: SignInStartRequest,
    state: Vec<u8>,
    input: Vec<u8>,
    handle: String,
    ke1: Vec<u8>,
}

/// What an authenticator app says.
pub(crate) fn code(secret: &[u8], now_s: u64) -> Code {
    let tag =
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret), &(now_s / TOTP_STEP_S).to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] & 0xf);
    let number = u32::from_be_bytes(tag[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    Code(format!("{:06}", number % 1_000_000))
}

/// A code that is wrong now.
pub(crate) fn wrong_code(secret: &[u8], now_s: u64) -> Code {
    let near = [now_s - TOTP_STEP_S, now_s, now_s + TOTP_STEP_S].map(|at| code(secret, at));
    (0..10).map(|number| Code(format!("{number:06}"))).find(|wrong| !near.contains(wrong)).unwrap()
}

/// Begins a sign-in.
pub(crate) fn first_message(handle: &str, password: &str, secret: Option<&[u8; 16]>, code: Code) -> FirstMessage {
    let input = password_input(password, secret).to_vec();
    let started = password::start_sign_in(&input, &random::<N_RANDOM>()).unwrap();
    let ke1 = WireBytes(started.message.clone());
    FirstMessage {
        request: SignInStartRequest::Password { handle: Handle(handle.to_owned()), ke1, code },
        state: started.state.to_vec(),
        input,
        handle: handle.to_owned(),
        ke1: started.message,
    }
}

impl FirstMessage {
    /// OPAQUE's last message and the export key, if the password belongs to the answer.
    pub(crate) fn finish(&self, ke2: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let who = Who { handle: &self.handle, rp_id: "localhost" };
        let finished = password::finish_sign_in(&self.state, &self.input, ke2, &who, &random::<N_RANDOM>()).ok()?;
        Some((finished.message.clone(), finished.export_key.to_vec()))
    }
}

impl Owner {
    /// Makes an account with a password.
    pub(crate) async fn signed_up(world: &World, handle: &str, password: &str) -> Self {
        let mut person = Person::new(world);
        person.has_password = true;
        let (account_secret, totp_secret) = (random(), random());
        let mut owner =
            Self { person, handle: handle.to_owned(), password: password.to_owned(), account_secret, totp_secret };
        let input = password_input(password, Some(&owner.account_secret));
        let started = password::start_registration(&input, &random::<N_RANDOM>()).unwrap();
        let begun = owner.begin(world, owner.person.account, &started.message, owner.code(world)).await;
        let begun: MethodStartResponse = begun.assert_ok().json();
        let who = Who { handle, rp_id: "localhost" };
        let answer = begun.password.unwrap().0;
        let finished =
            password::finish_registration(&started.state, &input, &answer, &who, &random::<N_RANDOM>()).unwrap();
        let upload = finished.message.clone();
        let mut request = owner.person.request_of(world, begun.nonce, serde_json::Value::Null);
        request.password = Some(WireBytes(upload));
        owner.person.finish_sign_up(world, &request).await;
        owner
    }

    /// Somebody tries to sign up with this owner's name.
    pub(crate) async fn begin_another(&self, world: &World) -> Answer {
        self.begin(world, AccountId(random()), &random::<32>(), self.code(world)).await
    }

    async fn begin(&self, world: &World, account: AccountId, message: &[u8], code: Code) -> Answer {
        let start = json!({
            "account_id": account,
            "password": {
                "handle": self.handle,
                "request": WireBytes(message.to_vec()),
                "totp_secret": WireBytes(self.totp_secret.to_vec()),
                "code": code,
            },
        });
        world.post_json("/v1/sign-up/start", &start).await
    }

    pub(crate) fn code(&self, world: &World) -> Code {
        code(&self.totp_secret, world.relay.clock.now_s())
    }

    pub(crate) fn first_message(&self, code: Code) -> FirstMessage {
        first_message(&self.handle, &self.password, Some(&self.account_secret), code)
    }

    /// A sign-in on this device, ready to be finished, with the next code of the app.
    pub(crate) async fn sign_in(&self, world: &World, device: &Keys) -> SignInFinishRequest {
        world.relay.clock.advance(2 * TOTP_STEP_S);
        let first = self.first_message(self.code(world));
        let started = world.post_json("/v1/sign-in/start", &first.request).await;
        let started: SignInStartResponse = started.assert_ok().json();
        let ke2 = started.ke2.unwrap().0;
        let (ke3, _) = first.finish(&ke2).expect("the password is right");
        let prove = SignInProveRequest { nonce: started.nonce, ke3: WireBytes(ke3.clone()) };
        let proven: SignInProveResponse = world.post_json("/v1/sign-in/prove", &prove).await.assert_ok().json();
        assert_eq!(proven.account_id, self.person.account);
        let transcript = Hash::of(&[&first.ke1, &ke2, &ke3]);
        let statement = self.person.statement(proven.nonce, &self.person.passkey_part(), device, transcript);
        sign_in_request(&statement, &self.person.passkey, device, None)
    }
}
