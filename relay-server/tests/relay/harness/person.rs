//! Somebody who signs up: founder, first device, passkey and words.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use shared_types::account::{AnchorPut, MethodStartResponse, SealedCopy, SessionGrant, SignUpFinishRequest};
use shared_types::ids::{AccountId, Hash, Nonce, PartyId, WireBytes};
use shared_types::log::{Entry, EntryBody, MethodKind, MethodPart, Policy};
use shared_types::statement::SignUpStatement;

use super::authenticator::{self, Passkeys};
use super::{Answer, Keys, Request, Signing, World, random};

/// Somebody with a passkey, words and a first device.
pub(crate) struct Person {
    pub(crate) founder: Keys,
    pub(crate) account: AccountId,
    pub(crate) device: Keys,
    pub(crate) passkey: Keys,
    pub(crate) words: Keys,
    pub(crate) lookup: [u8; 16],
    pub(crate) credential_id: Vec<u8>,
    /// The key of the passkey stands for a password instead.
    pub(super) has_password: bool,
    pub(crate) log: Vec<Entry>,
    pub(crate) signing: Signing,
    pub(crate) chain: Vec<Hash>,
    pub(super) authenticator: Option<Passkeys>,
}

impl Person {
    pub(super) fn new(world: &World) -> Self {
        let founder = Keys::generate();
        Self {
            account: AccountId::of_founder(&founder.public()),
            founder,
            device: Keys::generate(),
            passkey: Keys::generate(),
            words: Keys::generate(),
            lookup: random(),
            credential_id: Vec::new(),
            has_password: false,
            log: Vec::new(),
            signing: Signing {
                token: String::new(),
                authority: world.relay.site.first_origin().authority().to_owned(),
            },
            chain: Vec::new(),
            authenticator: Some(authenticator::with(None)),
        }
    }

    pub(crate) async fn signed_up(world: &World) -> Self {
        let (mut person, request) = Self::ready_to_sign_up(world).await;
        person.finish_sign_up(world, &request).await;
        person
    }

    /// Finishes a sign-up and keeps its session.
    pub(crate) async fn finish_sign_up(&mut self, world: &World, request: &SignUpFinishRequest) {
        let grant: SessionGrant = world.post_json("/v1/sign-up/finish", request).await.assert_ok().json();
        self.signing.token = BASE64URL_NOPAD.encode(&grant.token.0);
    }

    /// A sign-up that is ready to be finished.
    pub(crate) async fn ready_to_sign_up(world: &World) -> (Self, SignUpFinishRequest) {
        let mut person = Self::new(world);
        let request = person.sign_up_request(world).await;
        (person, request)
    }

    async fn sign_up_request(&mut self, world: &World) -> SignUpFinishRequest {
        let start = world.post_json("/v1/sign-up/start", &json!({ "account_id": self.account })).await;
        let start: MethodStartResponse = start.assert_ok().json();
        let registration = self.create_passkey(world, &start.challenge.0).await;
        self.request_of(world, start.nonce, registration)
    }

    /// Everything that ends a sign-up.
    pub(super) fn request_of(&mut self, world: &World, nonce: Nonce, registration: Value) -> SignUpFinishRequest {
        let (entry, copies) = self.genesis(world.relay.clock.now_s());
        let genesis = self.sign_entry(&entry, &[]);
        let statement = SignUpStatement { account_id: self.account, nonce };
        self.log.push(entry);
        SignUpFinishRequest {
            account_id: self.account,
            nonce,
            founder_signature: self.founder.sign(&statement.to_bytes()),
            genesis: WireBytes(genesis),
            copies,
            anchors: vec![AnchorPut {
                method: self.passkey_part().id,
                counter: 1,
                envelope: WireBytes(random::<360>().to_vec()),
            }],
            registration,
            password: None,
        }
    }

    pub(crate) fn passkey_part(&self) -> MethodPart {
        let keys = &self.passkey;
        if self.has_password {
            return MethodPart::new(MethodKind::Password, keys.public(), keys.kem, Vec::new());
        }
        MethodPart::new(MethodKind::Passkey, keys.public(), keys.kem, self.credential_id.clone())
    }

    pub(crate) fn words_part(&self) -> MethodPart {
        MethodPart::new(MethodKind::Words, self.words.public(), self.words.kem, self.lookup.to_vec())
    }

    pub(crate) fn recipients(&self) -> Vec<PartyId> {
        vec![self.device.device().id.into(), self.passkey_part().id.into(), self.words_part().id.into()]
    }

    pub(crate) fn genesis(&self, now: u64) -> (Entry, Vec<SealedCopy>) {
        let mut methods = vec![self.passkey_part(), self.words_part()];
        methods.sort_by_key(|method| method.id);
        let (epoch, copies) = Self::epoch(1, self.recipients());
        let mut signers = self.recipients();
        signers.push(self.account.into());
        signers.sort();
        let body = EntryBody::Genesis {
            founder: self.founder.public(),
            policy: Policy::default(),
            device: self.device.device(),
            methods,
            epoch,
        };
        let entry = Entry { account_id: self.account, seq: 0, previous: Hash::ZERO, time_s: now, body, signers };
        (entry, copies)
    }

    /// A signed request of the first device.
    pub(crate) fn signed(&self, world: &World, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Request {
        let request = Request::new(method, path, body);
        self.signing.request(&self.device, world.relay.clock.now_s(), &request)
    }

    pub(crate) async fn call(&self, world: &World, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        world.send(self.signed(world, method, path, body)).await
    }
}
