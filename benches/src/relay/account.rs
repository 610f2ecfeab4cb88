//! An account with one device, put into the database before the relay starts: signed requests without a ceremony.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt};
use relay_server::config::{Config, Database};
use relay_server::db::{
    Creation, Credential, Db, FinishedSignUp, NewAccount, NewEntry, NewEpoch, Session, SqliteDb, WordsLookup,
};
use serde_json::{Value, json};
use shared_types::account::SealedCopy;
use shared_types::ids::{AccountId, Hash, LookupId, PartyId, Signature, TurnId, WireBytes};
use shared_types::limits::PROTOCOL;
use shared_types::log::{DevicePart, Entry, EntryBody, EpochPart, LogHead, MethodKind, MethodPart, Policy};
use shared_types::public_key::{KemPublic, SigningPublic};
use shared_types::request::{
    CoveredRequest, DIGEST_HEADER, PROTOCOL_HEADER, SESSION_HEADER, SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER,
    SignatureParameters, content_digest, signature_base, signature_to_header,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::process::RelayProcess;

const DAY_S: u64 = 24 * 60 * 60;
const CREDENTIAL: [u8; 16] = [4; 16];
const LOOKUP: [u8; 16] = [5; 16];
const TOKEN: [u8; 32] = [6; 32];

/// Keys from fixed seeds: nothing here is secret.
struct Keys {
    signing: SigningKey,
    kem: KemPublic,
}

impl Keys {
    fn of(seed: u8) -> Self {
        let kem = KemPublic::parse(&[seed.saturating_add(8); 32]).expect("no point of small order");
        Self { signing: SigningKey::from_bytes(&[seed; 32]), kem }
    }

    fn public(&self) -> SigningPublic {
        SigningPublic::parse(&self.signing.verifying_key().to_bytes()).expect("a key of ours is a key")
    }

    fn sign(&self, bytes: &[u8]) -> Signature {
        Signature(self.signing.sign(bytes).to_bytes())
    }
}

/// The account, and how many requests it has signed.
pub(super) struct Account {
    founder: Keys,
    device: Keys,
    passkey: Keys,
    words: Keys,
    n_signed: AtomicU32,
}

impl Account {
    /// An account.
    pub(super) fn generate() -> Self {
        let [founder, device, passkey, words] = [1, 2, 3, 4].map(Keys::of);
        Self { founder, device, passkey, words, n_signed: AtomicU32::new(0) }
    }

    fn id(&self) -> AccountId {
        AccountId::of_founder(&self.founder.public())
    }

    fn device(&self) -> DevicePart {
        DevicePart::new(self.device.public(), self.device.kem)
    }

    /// Passkey and words, ascending.
    fn methods(&self) -> Vec<MethodPart> {
        let of = |kind, keys: &Keys, credential: [u8; 16]| {
            MethodPart::new(kind, keys.public(), keys.kem, credential.to_vec())
        };
        let mut methods =
            vec![of(MethodKind::Passkey, &self.passkey, CREDENTIAL), of(MethodKind::Words, &self.words, LOOKUP)];
        methods.sort_by_key(|method| method.id);
        methods
    }

    /// Stores the account with a session in the data folder of a relay that does not run yet.
    pub(super) async fn store_in(&self, folder: &Path) -> Result<()> {
        let config = Config { data_dir: folder.to_owned(), ..Config::default() };
        let Database::Sqlite(options) = config.database()? else { anyhow::bail!("a data folder has a SQLite file") };
        let db = SqliteDb::open(*options).await?;
        let (genesis, copies) = self.genesis()?;
        let method = |kind| {
            let found = self.methods().into_iter().find(|method| method.kind == kind);
            found.map(|method| method.id).context("it has the method")
        };
        let passkey = method(MethodKind::Passkey)?;
        let session = Session {
            account: self.id(),
            device: self.device().id,
            device_key: self.device.public(),
            method: passkey,
            expires_at: now_s()? + DAY_S,
        };
        let created = db
            .create_account(&NewAccount {
                account: self.id(),
                day: now_s()? / DAY_S,
                genesis,
                epoch: NewEpoch { number: 1, copies, back_link: None },
                anchors: Vec::new(),
                credential: Some(Credential { id: CREDENTIAL.to_vec(), method: passkey, public_key: Vec::new() }),
                password: None,
                words: vec![WordsLookup { lookup: LookupId(LOOKUP), method: method(MethodKind::Words)? }],
                token_hash: Hash::of(&[&TOKEN]),
                session,
                finished: FinishedSignUp { nonce_hash: Hash([9; 32]), expires_at: 0 },
            })
            .await?;
        ensure!(created == Creation::Created, "the account could not be made");
        db.close().await;
        Ok(())
    }

    fn genesis(&self) -> Result<(NewEntry, Vec<SealedCopy>)> {
        let methods = self.methods();
        let mut recipients: Vec<PartyId> = methods.iter().map(|method| method.id.into()).collect();
        recipients.push(self.device().id.into());
        recipients.sort();
        let seal = |recipient: &PartyId| SealedCopy { recipient: *recipient, sealed: WireBytes(vec![7; 80]) };
        let copies: Vec<SealedCopy> = recipients.iter().map(seal).collect();
        let listed = copies.iter().map(|copy| (copy.recipient, Hash::of(&[&copy.sealed.0]))).collect();
        let mut signers = recipients;
        signers.push(self.id().into());
        signers.sort();
        let body = EntryBody::Genesis {
            founder: self.founder.public(),
            policy: Policy::default(),
            device: self.device(),
            methods: methods.clone(),
            epoch: EpochPart { number: 1, commitment: Hash([8; 32]), copies: listed },
        };
        let entry = Entry { account_id: self.id(), seq: 0, previous: Hash::ZERO, time_s: now_s()?, body, signers };
        let part = entry.to_signed_part();
        let keys_of = |signer: &PartyId| {
            let method = methods.iter().find(|method| PartyId::from(method.id) == *signer);
            match method.map(|method| method.kind) {
                Some(MethodKind::Words) => &self.words,
                Some(_) => &self.passkey,
                None if *signer == PartyId::from(self.id()) => &self.founder,
                None => &self.device,
            }
        };
        let signatures: Vec<Signature> = entry.signers.iter().map(|signer| keys_of(signer).sign(&part)).collect();
        let head = LogHead { seq: 0, hash: entry.hash() };
        Ok((NewEntry { head, bytes: entry.with_signatures(&signatures) }, copies))
    }

    /// A signed request, as it goes over the wire.
    fn request(&self, port: u16, path: &str, body: &[u8]) -> Result<Vec<u8>> {
        let number = self.n_signed.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut nonce = [0; 16];
        nonce.iter_mut().zip(number).for_each(|(place, byte)| *place = byte);
        let (digest, token) = (content_digest(body), BASE64URL_NOPAD.encode(&TOKEN));
        let parameters = SignatureParameters { created: now_s()?, nonce, key_id: self.device().id };
        let authority = format!("localhost:{port}");
        let covered = CoveredRequest {
            method: "POST",
            authority: &authority,
            path,
            query: "",
            content_digest: &digest,
            session: &token,
        };
        let signature = self.device.sign(&signature_base(&covered, &parameters));
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {authority}\r\n{PROTOCOL_HEADER}: {PROTOCOL}\r\n{DIGEST_HEADER}: {digest}\r\n\
             {SESSION_HEADER}: {token}\r\n{SIGNATURE_INPUT_HEADER}: {}\r\n{SIGNATURE_HEADER}: {}\r\n\
             connection: close\r\ncontent-length: {}\r\n\r\n",
            parameters.to_header(),
            signature_to_header(&signature),
            body.len()
        );
        Ok([head.as_bytes(), body].concat())
    }

    /// How questions are asked at a relay: each a turn of its own, signed now.
    pub(super) async fn asks_at(&self, relay: &RelayProcess) -> Result<impl Fn() -> Vec<u8> + Sync> {
        let port = relay.port();
        let about = exchange(port, b"GET /v1/about HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
        let model = about["models"][0]["id"].as_str().context("the relay offers a model")?.to_owned();
        Ok(move || {
            let mut turn = [0; 16];
            let number = self.n_signed.load(Ordering::Relaxed).to_be_bytes();
            turn.iter_mut().zip(number).for_each(|(place, byte)| *place = byte);
            let body = json!({
                "turn_id": TurnId(turn), "model": model, "sampling": {}, "max_tokens": 64,
                "messages": [{ "role": "user", "content": "hello" }],
            });
            self.request(port, "/v1/prompts", body.to_string().as_bytes()).expect("the clock runs")
        })
    }

    /// A socket that has said hello and waits.
    pub(super) async fn open_socket(&self, relay: &RelayProcess) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>> {
        let ticket = exchange(relay.port(), &self.request(relay.port(), "/v1/tickets", b"")?).await?;
        let ticket = ticket["ticket"].as_str().context("a ticket")?.to_owned();
        let address = format!("ws://127.0.0.1:{}/v1/events", relay.port());
        let (mut socket, _) = tokio_tungstenite::connect_async(address).await?;
        socket.send(Message::text(ticket)).await?;
        let hello = socket.next().await.context("the socket was closed")??;
        ensure!(hello.is_text(), "the socket says hello");
        Ok(socket)
    }
}

/// Sends a request and reads the JSON of its answer.
async fn exchange(port: u16, request: &[u8]) -> Result<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(request).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").context("an answer has a head")?;
    serde_json::from_str(body).with_context(|| answer.clone())
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn now_s() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
