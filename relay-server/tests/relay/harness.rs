//! A relay on a port of its own, and a person with a passkey, words and devices.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey};
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use relay_server::config::ScriptedProvider;
use relay_server::{Config, Relay, serve_relay};
use serde_json::{Value, json};
use shared_types::account::{
    AnchorPut, BackLink, LogAppendRequest, SealedCopy, SessionGrant, SignInFinishRequest, SignInStartResponse,
    SignUpFinishRequest, SignUpStartResponse,
};
use shared_types::batch::{Batch, Leaf};
use shared_types::error::ErrorBody;
use shared_types::ids::{AccountId, Hash, Nonce, PartyId, Signature, StreamTag, WireBytes};
use shared_types::limits::PROTOCOL;
use shared_types::log::{DevicePart, Entry, EntryBody, EpochPart, LogHead, MethodKind, MethodPart, Policy};
use shared_types::public_key::{KemPublic, SigningPublic};
use shared_types::request::{
    CoveredRequest, DIGEST_HEADER, PROTOCOL_HEADER, SESSION_HEADER, SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER,
    SignatureParameters, content_digest, signature_base, signature_to_header,
};
use shared_types::statement::{SignInStatement, SignUpStatement};
use shared_types::sync::{BatchParcel, PushBody};
use tokio::net::TcpListener;

/// Everything that any relay of this process has logged.
static LOGGED: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();

#[derive(Clone)]
struct LogSink(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for LogSink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Lines of the log that name a request.
pub(crate) fn log_lines_of(request_id: &str) -> Vec<String> {
    let logged = LOGGED.get().unwrap().lock().unwrap();
    String::from_utf8_lossy(&logged).lines().filter(|line| line.contains(request_id)).map(str::to_owned).collect()
}

fn keep_log() {
    LOGGED.get_or_init(|| {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let sink = LogSink(Arc::clone(&kept));
        let subscriber = tracing_subscriber::fmt().json().with_max_level(tracing_subscriber::filter::LevelFilter::INFO);
        subscriber.with_writer(move || sink.clone()).init();
        kept
    });
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// A running relay.
pub(crate) struct World {
    pub(crate) relay: Arc<Relay>,
    pub(crate) address: SocketAddr,
    pub(crate) http: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        keep_log();
        let folder = tempfile::tempdir().unwrap();
        let mut config =
            Config { data_dir: folder.path().to_owned(), scripted: ScriptedProvider::Offered, ..Config::default() };
        config.limits.sign_ins_per_hour = 10_000;
        config.limits.requests_per_minute = 100_000;
        config.limits.address_requests_per_minute = 100_000;
        change(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let relay = Relay::open(config, address).await.unwrap();
        tokio::spawn(serve_relay(Arc::clone(&relay), listener, std::future::pending()));
        Self { relay, address, http: reqwest::Client::new(), _folder: folder }
    }

    /// Speaks with a relay that another process runs on this folder and address.
    pub(crate) async fn beside(folder: &std::path::Path, address: SocketAddr) -> Self {
        keep_log();
        let config = Config { data_dir: folder.to_owned(), ..Config::default() };
        let relay = Relay::open(config, address).await.unwrap();
        Self { relay, address, http: reqwest::Client::new(), _folder: tempfile::tempdir().unwrap() }
    }

    /// The status of the answer, if there is one.
    pub(crate) fn try_send(&self, request: Request) -> impl Future<Output = Option<u16>> + Send + 'static {
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap();
        let mut builder = self.http.request(method, self.url(&request.path)).body(request.body);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        async { builder.send().await.ok().map(|response| response.status().as_u16()) }
    }

    pub(crate) fn origin(&self) -> String {
        self.relay.site.first_origin().as_text().to_owned()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap();
        let mut builder = self.http.request(method, self.url(&request.path)).body(request.body);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let response = builder.send().await.unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// Takes a table away under the relay's feet.
    pub(crate) async fn break_database(&self) {
        let mut connection = self.database().await;
        sqlx::query("ALTER TABLE log_entries RENAME TO lost").execute(&mut connection).await.unwrap();
    }

    async fn database(&self) -> sqlx::SqliteConnection {
        use sqlx::ConnectOptions;
        let file = self.relay.config.data_dir.join("relay.sqlite");
        sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap()
    }

    pub(crate) async fn post_json(&self, path: &str, body: &impl serde::Serialize) -> Answer {
        let body = serde_json::to_vec(body).unwrap();
        self.send(Request::new("POST", path, body)).await
    }
}

/// A request that can be bent before it is sent.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![(PROTOCOL_HEADER.to_owned(), PROTOCOL.to_string())];
        Self { method: method.to_owned(), path: path.to_owned(), body: body.into(), headers }
    }

    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn error(&self) -> ErrorBody {
        self.json()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn assert_ok(&self) -> &Self {
        assert!(self.status < 300, "{} {}", self.status, String::from_utf8_lossy(&self.body));
        self
    }
}

/// The private and public halves of a device or method.
pub(crate) struct Keys {
    pub(crate) signing: SigningKey,
    pub(crate) kem: KemPublic,
}

impl Keys {
    pub(crate) fn generate() -> Self {
        let mut kem = random::<32>();
        kem[31] &= 0x3f;
        Self { signing: SigningKey::from_bytes(&random()), kem: KemPublic::parse(&kem).unwrap() }
    }

    pub(crate) fn public(&self) -> SigningPublic {
        SigningPublic::parse(&self.signing.verifying_key().to_bytes()).unwrap()
    }

    pub(crate) fn device(&self) -> DevicePart {
        DevicePart::new(self.public(), self.kem)
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Signature {
        Signature(self.signing.sign(bytes).to_bytes())
    }
}

/// A session of a device.
#[derive(Clone)]
pub(crate) struct Signing {
    pub(crate) token: String,
    pub(crate) authority: String,
}

impl Signing {
    /// A request signed by a device at this time.
    pub(crate) fn request(&self, device: &Keys, created: u64, request: &Request) -> Request {
        let digest = content_digest(&request.body);
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let parameters = SignatureParameters { created, nonce: random(), key_id: device.device().id };
        let covered = CoveredRequest {
            method: &request.method,
            authority: &self.authority,
            path,
            query,
            content_digest: &digest,
            session: &self.token,
        };
        let signature = device.sign(&signature_base(&covered, &parameters));
        request
            .clone()
            .set(DIGEST_HEADER, digest.clone())
            .set(SESSION_HEADER, self.token.clone())
            .set(SIGNATURE_INPUT_HEADER, parameters.to_header())
            .set(SIGNATURE_HEADER, signature_to_header(&signature))
    }
}

pub(crate) struct AlwaysThere;

#[async_trait::async_trait]
impl UserValidationMethod for AlwaysThere {
    type PasskeyItem = passkey::types::Passkey;

    async fn check_user<'a>(
        &self,
        _hint: UiHint<'a, Self::PasskeyItem>,
        _presence: bool,
        _verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence: true, verification: true })
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }
}

type Passkeys = Authenticator<Option<passkey::types::Passkey>, AlwaysThere, RustCryptoBackend>;

/// Somebody with a passkey, words and a first device.
pub(crate) struct Person {
    pub(crate) founder: Keys,
    pub(crate) account: AccountId,
    pub(crate) device: Keys,
    pub(crate) passkey: Keys,
    pub(crate) words: Keys,
    pub(crate) lookup: [u8; 16],
    pub(crate) credential_id: Vec<u8>,
    pub(crate) log: Vec<Entry>,
    pub(crate) signing: Signing,
    pub(crate) chain: Vec<Hash>,
    authenticator: Option<Passkeys>,
}

impl Person {
    fn new(world: &World) -> Self {
        let founder = Keys::generate();
        Self {
            account: AccountId::of_founder(&founder.public()),
            founder,
            device: Keys::generate(),
            passkey: Keys::generate(),
            words: Keys::generate(),
            lookup: random(),
            credential_id: Vec::new(),
            log: Vec::new(),
            signing: Signing {
                token: String::new(),
                authority: world.relay.site.first_origin().authority().to_owned(),
            },
            chain: Vec::new(),
            authenticator: Some(Authenticator::new(Aaguid::new_empty(), None, AlwaysThere, RustCryptoBackend)),
        }
    }

    pub(crate) async fn signed_up(world: &World) -> Self {
        let mut person = Self::new(world);
        let request = person.sign_up_request(world).await;
        let grant: SessionGrant = world.post_json("/v1/sign-up/finish", &request).await.assert_ok().json();
        person.signing.token = BASE64URL_NOPAD.encode(&grant.token.0);
        person
    }

    /// A sign-up that is ready to be finished.
    pub(crate) async fn ready_to_sign_up(world: &World) -> (Self, SignUpFinishRequest) {
        let mut person = Self::new(world);
        let request = person.sign_up_request(world).await;
        (person, request)
    }

    async fn sign_up_request(&mut self, world: &World) -> SignUpFinishRequest {
        let start = world.post_json("/v1/sign-up/start", &json!({ "account_id": self.account })).await;
        let start: SignUpStartResponse = start.assert_ok().json();
        let registration = self.create_passkey(world, &start.challenge.0).await;
        let (entry, copies) = self.genesis(world.relay.clock.now_s());
        let genesis = self.sign_entry(&entry, &[]);
        let statement = SignUpStatement { account_id: self.account, nonce: start.nonce };
        self.log.push(entry);
        SignUpFinishRequest {
            account_id: self.account,
            nonce: start.nonce,
            founder_signature: self.founder.sign(&statement.to_bytes()),
            genesis: WireBytes(genesis),
            copies,
            anchors: vec![AnchorPut {
                method: self.passkey_part().id,
                counter: 1,
                envelope: WireBytes(random::<360>().to_vec()),
            }],
            registration,
        }
    }

    pub(crate) fn passkey_part(&self) -> MethodPart {
        let keys = &self.passkey;
        MethodPart::new(MethodKind::Passkey, keys.public(), keys.kem, self.credential_id.clone())
    }

    pub(crate) fn words_part(&self) -> MethodPart {
        MethodPart::new(MethodKind::Words, self.words.public(), self.words.kem, self.lookup.to_vec())
    }

    pub(crate) fn epoch(number: u32, mut recipients: Vec<PartyId>) -> (EpochPart, Vec<SealedCopy>) {
        recipients.sort();
        let seal = |recipient| SealedCopy { recipient, sealed: WireBytes(random::<80>().to_vec()) };
        let copies: Vec<SealedCopy> = recipients.into_iter().map(seal).collect();
        let listed = copies.iter().map(|copy| (copy.recipient, Hash::of(&[&copy.sealed.0]))).collect();
        (EpochPart { number, commitment: Hash(random()), copies: listed }, copies)
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

    pub(crate) fn head(&self) -> LogHead {
        let last = self.log.last().unwrap();
        LogHead { seq: last.seq, hash: last.hash() }
    }

    /// The next entry of this person's log.
    pub(crate) fn entry(&self, now: u64, body: EntryBody, mut signers: Vec<PartyId>) -> Entry {
        signers.sort();
        let head = self.head();
        Entry { account_id: self.account, seq: head.seq + 1, previous: head.hash, time_s: now, body, signers }
    }

    /// Signs with whatever of this person's keys, or the others given, the entry names.
    pub(crate) fn sign_entry(&self, entry: &Entry, others: &[&Keys]) -> Vec<u8> {
        let part = entry.to_signed_part();
        let mut keys: Vec<(PartyId, &Keys)> = vec![
            (self.account.into(), &self.founder),
            (self.device.device().id.into(), &self.device),
            (self.passkey_part().id.into(), &self.passkey),
            (self.words_part().id.into(), &self.words),
        ];
        keys.extend(others.iter().map(|keys| (keys.device().id.into(), *keys)));
        let sign = |signer: &PartyId| keys.iter().find(|(id, _)| id == signer).unwrap().1.sign(&part);
        entry.with_signatures(&entry.signers.iter().map(sign).collect::<Vec<_>>())
    }

    pub(crate) async fn append(&mut self, world: &World, request: &LogAppendRequest) -> Answer {
        self.call(world, "POST", "/v1/log", serde_json::to_vec(request).unwrap()).await
    }

    /// An entry alone, as a request.
    pub(crate) fn append_request(&self, entry: &Entry, others: &[&Keys]) -> LogAppendRequest {
        let entries = vec![WireBytes(self.sign_entry(entry, others))];
        LogAppendRequest { entries, copies: vec![], back_link: None }
    }

    /// A rotation of the epoch after the entries given.
    pub(crate) fn rotation(&self, after: &Entry, now: u64, recipients: Vec<PartyId>) -> (Entry, LogAppendRequest) {
        let (epoch, copies) = Self::epoch(2, recipients);
        let body = EntryBody::EpochAdvance { epoch, heads: vec![] };
        let entry = Entry {
            account_id: self.account,
            seq: after.seq + 1,
            previous: after.hash(),
            time_s: now,
            body,
            signers: vec![self.device.device().id.into()],
        };
        let link = BackLink { sealing_epoch: 2, sealed_epoch: 1, envelope: WireBytes(random::<360>().to_vec()) };
        let entries = vec![WireBytes(self.sign_entry(&entry, &[]))];
        (entry, LogAppendRequest { entries, copies, back_link: Some(link) })
    }

    /// A signed request of the first device.
    pub(crate) fn signed(&self, world: &World, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Request {
        let request = Request::new(method, path, body);
        self.signing.request(&self.device, world.relay.clock.now_s(), &request)
    }

    pub(crate) async fn call(&self, world: &World, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        world.send(self.signed(world, method, path, body)).await
    }

    /// The device's next batch, with these envelopes in one stream.
    pub(crate) fn next_batch(&mut self, envelopes: &[&[u8]]) -> BatchParcel {
        let seq = u64::try_from(self.chain.len()).unwrap();
        let previous = self.chain.last().copied().unwrap_or(Hash::ZERO);
        let parcel = self.batch(seq, previous, envelopes);
        self.chain.push(shared_types::batch::SignedBatch::parse(&parcel.batch).unwrap().hash);
        parcel
    }

    pub(crate) fn batch(&self, seq: u64, previous: Hash, envelopes: &[&[u8]]) -> BatchParcel {
        let leaf = |envelope: &&[u8]| Leaf { tag: StreamTag([1; 16]), envelope_hash: Hash::of(&[envelope]) };
        let batch = Batch {
            account_id: self.account,
            device_id: self.device.device().id,
            seq,
            previous,
            log: self.head(),
            seen: vec![],
            leaves: envelopes.iter().map(leaf).collect(),
        };
        self.parcel(&batch, envelopes)
    }

    pub(crate) fn parcel(&self, batch: &Batch, envelopes: &[&[u8]]) -> BatchParcel {
        let signature = self.device.sign(&batch.to_signed_part());
        let indexed = (0_u16..).zip(envelopes.iter().map(|envelope| envelope.to_vec()));
        BatchParcel { batch: batch.with_signature(signature), envelopes: indexed.collect() }
    }

    pub(crate) async fn push(&self, world: &World, parcels: Vec<BatchParcel>) -> Answer {
        self.call(world, "POST", "/v1/batches", PushBody { parcels }.to_bytes()).await
    }

    async fn create_passkey(&mut self, world: &World, challenge: &[u8]) -> Value {
        let options: CredentialCreationOptions = serde_json::from_value(json!({ "publicKey": {
            "rp": { "id": "localhost", "name": "Sotto" },
            "user": { "id": self.account, "name": "sotto", "displayName": "sotto" },
            "challenge": BASE64URL_NOPAD.encode(challenge),
            "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
            "authenticatorSelection": { "residentKey": "required", "userVerification": "required" },
        }}))
        .unwrap();
        let mut client = Client::new(self.authenticator.take().unwrap()).allows_insecure_localhost(true);
        let origin = url::Url::parse(&world.origin()).unwrap();
        let created = client.register(&origin, options, DefaultClientData).await.unwrap();
        self.keep(client.authenticator().store().clone());
        self.credential_id = created.raw_id.to_vec();
        json!({
            "id": created.id,
            "rawId": BASE64URL_NOPAD.encode(&created.raw_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": BASE64URL_NOPAD.encode(&created.response.client_data_json),
                "attestationObject": BASE64URL_NOPAD.encode(&created.response.attestation_object),
            },
        })
    }

    /// What the passkey answers to a challenge, and its client data.
    pub(crate) async fn assertion(&mut self, world: &World, challenge: &[u8]) -> (Value, Vec<u8>) {
        let options: CredentialRequestOptions = serde_json::from_value(json!({ "publicKey": {
            "rpId": "localhost",
            "challenge": BASE64URL_NOPAD.encode(challenge),
            "userVerification": "required",
        }}))
        .unwrap();
        let mut client = Client::new(self.authenticator.take().unwrap()).allows_insecure_localhost(true);
        let origin = url::Url::parse(&world.origin()).unwrap();
        let answer = client.authenticate(&origin, options, DefaultClientData).await.unwrap();
        self.keep(client.authenticator().store().clone());
        let client_data = answer.response.client_data_json.to_vec();
        let assertion = json!({
            "id": answer.id,
            "rawId": BASE64URL_NOPAD.encode(&answer.raw_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": BASE64URL_NOPAD.encode(&client_data),
                "authenticatorData": BASE64URL_NOPAD.encode(&answer.response.authenticator_data),
                "signature": BASE64URL_NOPAD.encode(&answer.response.signature),
                "userHandle": BASE64URL_NOPAD.encode(&answer.response.user_handle.unwrap()),
            },
        });
        (assertion, client_data)
    }

    fn keep(&mut self, store: Option<passkey::types::Passkey>) {
        self.authenticator = Some(Authenticator::new(Aaguid::new_empty(), store, AlwaysThere, RustCryptoBackend));
    }

    /// A sign-in with the passkey on this device, ready to be finished.
    pub(crate) async fn passkey_sign_in(&mut self, world: &World, device: &Keys) -> SignInFinishRequest {
        let start = world.post_json("/v1/sign-in/start", &json!({ "with": "passkey" })).await;
        let start: SignInStartResponse = start.assert_ok().json();
        let (assertion, client_data) = self.assertion(world, &start.challenge.0).await;
        let statement = self.statement(start.nonce, &self.passkey_part(), device, Hash::of(&[&client_data]));
        sign_in_request(&statement, &self.passkey, device, Some(assertion))
    }

    /// A sign-in with the words on this device, ready to be finished.
    pub(crate) async fn words_sign_in(&self, world: &World, device: &Keys) -> SignInFinishRequest {
        let lookup = BASE64URL_NOPAD.encode(&self.lookup);
        let start = world.post_json("/v1/sign-in/start", &json!({ "with": "words", "lookup_id": lookup })).await;
        let start: SignInStartResponse = start.assert_ok().json();
        assert_eq!(start.account_id, Some(self.account));
        let statement = self.statement(start.nonce, &self.words_part(), device, Hash::of(&[]));
        sign_in_request(&statement, &self.words, device, None)
    }

    pub(crate) fn statement(
        &self,
        nonce: Nonce,
        method: &MethodPart,
        device: &Keys,
        transcript_hash: Hash,
    ) -> SignInStatement {
        SignInStatement {
            account_id: self.account,
            method_id: method.id,
            device_id: device.device().id,
            signing: device.public(),
            kem: device.kem,
            nonce,
            transcript_hash,
            rp_id_hash: Hash::of(&[b"localhost"]),
        }
    }

    /// What a grant lets a device sign.
    pub(crate) fn signing_of(&self, grant: &SessionGrant) -> Signing {
        Signing { token: BASE64URL_NOPAD.encode(&grant.token.0), authority: self.signing.authority.clone() }
    }
}

/// Signs a statement with method and device.
pub(crate) fn sign_in_request(
    statement: &SignInStatement,
    method: &Keys,
    device: &Keys,
    assertion: Option<Value>,
) -> SignInFinishRequest {
    let bytes = statement.to_bytes();
    SignInFinishRequest {
        method_signature: method.sign(&bytes),
        device_signature: device.sign(&bytes),
        statement: WireBytes(bytes),
        assertion,
    }
}
