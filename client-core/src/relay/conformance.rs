//! What every relay does alike: the honest fake, and the true one over HTTP.
//!
//! A [`Stage`] brings a relay and an authenticator. Each case signs up an account of its own.

mod accounts;
mod batches;
mod events;
mod hand_over;
mod methods;
mod prompts;

use std::cell::Cell;
use std::rc::Rc;

use shared_types::account::{
    SessionGrant, SignInFinishRequest, SignInStartRequest, SignUpFinishRequest, SignUpStartRequest,
};
use shared_types::batch::{Batch, ChainPin, Leaf};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, Hash, Nonce, StreamTag, WireBytes};
use shared_types::log::LogState;
use shared_types::sync::{BatchParcel, PushBody};

use super::{Relay, RelayError, Session};
use crate::account::{PrfKind, PrfMethod, SignUp, SignedSignIn, open_account, sign_sign_in};
use crate::keys::seeded::SeededRng;
use crate::keys::{DeviceKeys, EpochKey, MethodKeys, MethodSecret, PrfOutput, RecoveryWords};

/// What an authenticator gives at registration.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Names the new passkey.
    pub credential_id: Vec<u8>,
    /// The registration as a browser gives it.
    pub registration: serde_json::Value,
}

/// What an authenticator gives at sign-in.
#[derive(Debug, Clone)]
pub struct Asserted {
    /// The bytes that the authenticator signed over.
    pub client_data_json: Vec<u8>,
    /// The assertion as a browser gives it.
    pub assertion: serde_json::Value,
}

/// How the model shall answer the next prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// In so many words.
    Words(usize),
    /// The same, one after the other: what is there at once may leave in one frame.
    WordByWord(usize),
    /// Slowly, with no end before the case is over.
    Endless,
    /// Not at all: the provider refuses.
    Refused,
}

/// A relay on trial.
#[expect(async_fn_in_trait, reason = "drivers are !Send by design; no bound is wanted")]
pub trait Stage {
    /// How devices reach it.
    type Link: Relay;

    /// The way of one device to the relay.
    fn link(&self) -> Self::Link;
    /// The relay's time, Unix seconds.
    fn now_s(&self) -> u64;
    /// Relying party id of its passkeys.
    fn rp_id(&self) -> String;
    /// Registers a passkey for an account.
    async fn register(&self, account: AccountId, challenge: &[u8]) -> Registered;
    /// Signs in with the passkey of an account.
    async fn assert(&self, account: AccountId, credential_id: &[u8], challenge: &[u8]) -> Asserted;
    /// The question that makes the model answer so.
    fn question(&self, answer: Answer) -> String;
    /// Lets an endless answer show so many words.
    fn let_words_out(&self, n_words: usize);
}

/// Runs the whole suite.
pub async fn run<S: Stage>(stage: &S) {
    let cast = Cast { stage, n_accounts: Cell::new(0) };
    accounts::run(&cast).await;
    methods::run(&cast).await;
    batches::run(&cast).await;
    events::run(&cast).await;
    hand_over::run(&cast).await;
    prompts::run(&cast).await;
}

/// Signs up an account, for tests beside the suite.
pub async fn sign_up<S: Stage>(stage: &S) -> (AccountId, Session) {
    let member = Cast { stage, n_accounts: Cell::new(0) }.member().await;
    (member.log.account_id(), member.session)
}

/// Makes accounts on a stage.
struct Cast<'a, S> {
    stage: &'a S,
    n_accounts: Cell<u64>,
}

/// A signed-in device and what it knows.
struct Member<L> {
    link: L,
    session: Session,
    log: LogState,
    epoch_key: EpochKey,
    prf_keys: MethodKeys,
    words: RecoveryWords,
    credential_id: Vec<u8>,
    rng: SeededRng,
    head: Option<ChainPin>,
}

impl<S: Stage> Cast<'_, S> {
    fn rng(&self) -> SeededRng {
        self.n_accounts.set(self.n_accounts.get() + 1);
        SeededRng::new(self.stage.now_s().wrapping_mul(1000) + self.n_accounts.get())
    }

    /// Signs up a new account.
    async fn member(&self) -> Member<S::Link> {
        let mut rng = self.rng();
        let link = self.stage.link();
        let sign_up = SignUp::begin(&mut rng);
        let account_id = sign_up.account_id();
        let start = SignUpStartRequest { account_id, invitation: None, password: None };
        let started = link.sign_up_start(start).await.expect("sign-up is open");
        let Registered { credential_id, registration } = self.stage.register(account_id, &started.challenge.0).await;
        let output = PrfOutput::parse(Hash::of(&[&account_id.0]).0).expect("a hash is not zero");
        let rp_id = self.stage.rp_id();
        let method =
            PrfMethod { kind: PrfKind::Passkey, output: &output, rp_id: &rp_id, credential_id: &credential_id };
        let words = RecoveryWords::generate(&mut rng);
        let prf_keys = method.derive_keys(account_id).expect("an authenticator gives a short id");
        let parts = sign_up
            .finish(&method, &words, started.nonce, self.stage.now_s(), &mut rng)
            .expect("an authenticator gives a short id");
        let finish = SignUpFinishRequest {
            account_id,
            nonce: started.nonce,
            founder_signature: parts.founder_signature,
            genesis: WireBytes(parts.genesis),
            copies: parts.copies,
            anchors: parts.anchors,
            registration,
            password: None,
        };
        link.sign_up_finish(finish.clone()).await.expect("an honest sign-up is accepted");
        let grant = link.sign_up_finish(finish).await.expect("whoever lost the answer finishes again");
        let session = Session { token: grant.token.0, device: Rc::new(parts.device) };
        let (log, epoch_key) = (parts.log, parts.epoch_key);
        Member { link, session, log, epoch_key, prf_keys, words, credential_id, rng, head: None }
    }

    /// Signs a new device in with the words; it does not stand in the log yet.
    async fn newcomer(&self, member: &Member<S::Link>) -> (S::Link, Session) {
        let link = self.stage.link();
        let device = DeviceKeys::generate(&mut self.rng());
        let (_, request) = self.words_sign_in(&link, &member.words, &device).await;
        let grant = link.sign_in_finish(request).await.expect("the words sign in");
        (link, Session { token: grant.token.0, device: Rc::new(device) })
    }

    async fn words_sign_in(
        &self,
        link: &S::Link,
        words: &RecoveryWords,
        device: &DeviceKeys,
    ) -> (AccountId, SignInFinishRequest) {
        let start = SignInStartRequest::Words { lookup_id: words.lookup_id() };
        let started = link.sign_in_start(start).await.expect("the words are known");
        let account_id = started.account_id.expect("words name their account");
        let keys = MethodKeys::derive(&MethodSecret::from_words(words, account_id), account_id);
        let signed = sign_sign_in(&keys, device, started.nonce, b"", &self.stage.rp_id());
        (account_id, finish_request(signed, None))
    }

    async fn passkey_sign_in(&self, member: &Member<S::Link>, device: &DeviceKeys) -> (Nonce, SignInFinishRequest) {
        let started = member.link.sign_in_start(SignInStartRequest::Passkey).await.expect("anyone may begin");
        let account = member.log.account_id();
        let asserted = self.stage.assert(account, &member.credential_id, &started.challenge.0).await;
        let rp_id = self.stage.rp_id();
        let signed = sign_sign_in(&member.prf_keys, device, started.nonce, &asserted.client_data_json, &rp_id);
        (started.nonce, finish_request(signed, Some(asserted.assertion)))
    }
}

impl<L: Relay> Member<L> {
    /// This device's next batch with one envelope for each of these contents.
    fn next_batch(&mut self, contents: &[&[u8]]) -> BatchParcel {
        let (parcel, pin) = batch_after(&self.session.device, &self.log, self.head, contents);
        self.head = Some(pin);
        parcel
    }

    async fn push(&self, parcels: &[&BatchParcel]) -> Result<shared_types::sync::Cursor, RelayError> {
        push(&self.link, &self.session, parcels).await
    }

    /// The log as the relay serves it, verified and with our own method in it.
    async fn served_log(&self) -> LogState {
        let served = self.link.load_log(&self.session).await.expect("the log is served");
        let entries = served.entries.iter().map(|entry| entry.0.as_slice());
        open_account(self.log.account_id(), entries, &self.prf_keys).expect("the relay serves our log")
    }
}

async fn push<L: Relay>(
    link: &L,
    session: &Session,
    parcels: &[&BatchParcel],
) -> Result<shared_types::sync::Cursor, RelayError> {
    let body = PushBody { parcels: parcels.iter().map(|parcel| (*parcel).clone()).collect() };
    link.push(session, body).await.map(|answer| answer.cursor)
}

fn batch_after(
    device: &DeviceKeys,
    log: &LogState,
    before: Option<ChainPin>,
    contents: &[&[u8]],
) -> (BatchParcel, ChainPin) {
    let tag = StreamTag([7; 16]);
    let leaves = contents.iter().map(|content| Leaf { tag, envelope_hash: Hash::of(&[content]) }).collect();
    let batch = Batch {
        account_id: log.account_id(),
        device_id: device.id(),
        seq: before.map_or(0, |before| before.seq + 1),
        previous: before.map_or(Hash::ZERO, |before| before.hash),
        log: log.head(),
        seen: Vec::new(),
        leaves,
    };
    let signature = device.sign_batch(&batch);
    let pin = ChainPin { seq: batch.seq, hash: batch.hash() };
    let envelopes = (0..).zip(contents.iter().map(|content| content.to_vec())).collect();
    (BatchParcel { batch: batch.with_signature(signature), envelopes }, pin)
}

fn finish_request(signed: SignedSignIn, assertion: Option<serde_json::Value>) -> SignInFinishRequest {
    SignInFinishRequest {
        statement: WireBytes(signed.statement),
        method_signature: signed.method_signature,
        device_signature: signed.device_signature,
        assertion,
    }
}

fn session_of(grant: SessionGrant, device: DeviceKeys) -> Session {
    Session { token: grant.token.0, device: Rc::new(device) }
}

/// The code of a refusal.
fn code<T: std::fmt::Debug>(answer: Result<T, RelayError>) -> ErrorCode {
    match answer {
        Err(RelayError::Refused { code, .. }) => code,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}
