//! An account with something of everything in a true relay's database: two devices, two scopes, three epochs.

use std::rc::Rc;
use std::sync::Arc;

use client_core::account::{
    EpochKeys, LetIn, PrfKind, PrfMethod, Recipient, SignUp, add_device, advance_epoch, sign_sign_in,
};
use client_core::keys::seeded::SeededRng;
use client_core::keys::{DeviceKeys, LocalStoreKey, MethodKeys, MethodSecret, PrfOutput, RecoveryWords};
use client_core::records::{Author, ChatRecord, DirectoryRecord, Message, Record, SessionRow};
use client_core::relay::http::HttpRelay;
use client_core::relay::{Relay, Session};
use client_core::sync::verify::judge_page;
use client_core::time::Timestamp;
use client_core::vault::{Enrolment, Vault, random_id};
use client_core::view::{ChatId, MessageId};
use relay_server::{Config, Relay as TrueRelay, serve_relay};
use shared_types::account::{
    LogAppendRequest, SignInFinishRequest, SignInStartRequest, SignUpFinishRequest, SignUpStartRequest,
};
use shared_types::ids::{Hash, WireBytes};
use shared_types::log::LogState;
use shared_types::sync::{Cursor, PushBody};
use tokio::net::TcpListener;

use crate::authenticator::SoftwareAuthenticator;

const RP_ID: &str = "localhost";

/// The relay, the account in it, and what its owner needs to read it.
pub(crate) struct Account {
    pub(crate) relay: Arc<TrueRelay>,
    pub(crate) link: HttpRelay,
    pub(crate) session: Session,
    pub(crate) words_keys: MethodKeys,
    pub(crate) prf_keys: MethodKeys,
    pub(crate) log: LogState,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) n_records: usize,
    pub(crate) n_envelopes: usize,
    words: RecoveryWords,
    rng: SeededRng,
    folder: Option<tempfile::TempDir>,
}

impl Account {
    pub(crate) async fn with_two_devices_and_three_epochs(database_url: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { data_dir: folder.path().to_owned(), database_url, ..Config::default() };
        config.limits.requests_per_minute = 1_000_000;
        config.limits.address_requests_per_minute = 1_000_000;
        let relay = TrueRelay::open(config, listener.local_addr().unwrap()).await.unwrap();
        tokio::spawn(serve_relay(Arc::clone(&relay), listener, std::future::pending()));
        let (mut account, laptop) = Self::sign_up(relay, 1).await;
        account.folder = Some(folder);
        account.live(laptop).await;
        account
    }

    /// Another account in the same database.
    pub(crate) async fn stranger(&self) -> Self {
        let (mut stranger, mut device) = Self::sign_up(Arc::clone(&self.relay), 2).await;
        stranger.write(&mut device, ChatId([2; 16]), 1).await;
        stranger
    }

    async fn sign_up(relay: Arc<TrueRelay>, seed: u64) -> (Self, Vault) {
        let mut rng = SeededRng::new(seed);
        let origin = relay.site.first_origin().as_text().to_owned();
        let clock = relay.clock.clone();
        let link = HttpRelay::new(&origin, Rc::new(move || clock.now_s())).unwrap();
        let sign_up = SignUp::begin(&mut rng);
        let account_id = sign_up.account_id();
        let started =
            link.sign_up_start(SignUpStartRequest { account_id, invitation: None, password: None }).await.unwrap();
        let registered = SoftwareAuthenticator::new(&origin).register(account_id, &started.challenge.0).await;
        let output = PrfOutput::parse(Hash::of(&[&account_id.0]).0).unwrap();
        let credential_id = &registered.credential_id;
        let method = PrfMethod { kind: PrfKind::Passkey, output: &output, rp_id: RP_ID, credential_id };
        let words = RecoveryWords::generate(&mut rng);
        let parts = sign_up.finish(&method, &words, started.nonce, relay.clock.now_s(), &mut rng).unwrap();
        let finish = SignUpFinishRequest {
            account_id,
            nonce: started.nonce,
            founder_signature: parts.founder_signature,
            genesis: WireBytes(parts.genesis.clone()),
            copies: parts.copies,
            anchors: parts.anchors,
            registration: registered.registration,
            password: None,
        };
        let token = link.sign_up_finish(finish).await.unwrap().token.0;
        let mut epochs = EpochKeys::new();
        epochs.insert(1, parts.epoch_key);
        let entries = vec![parts.genesis];
        let vault = enrol(parts.device, &parts.log, &entries, epochs, &token, &mut rng);
        let account = Self {
            relay,
            link,
            session: session_of(&vault),
            words_keys: MethodKeys::derive(&MethodSecret::from_words(&words, account_id), account_id),
            prf_keys: method.derive_keys(account_id).unwrap(),
            log: parts.log,
            entries,
            n_records: 0,
            n_envelopes: 0,
            words,
            rng,
            folder: None,
        };
        (account, vault)
    }

    /// The laptop writes in epochs 1 and 2, the phone reads it and writes in epoch 2, and a third epoch begins.
    async fn live(&mut self, mut laptop: Vault) {
        let chat = ChatId([1; 16]);
        self.write(&mut laptop, chat, 1).await;
        let mut phone = self.join().await;
        self.rotate(&mut laptop, &mut phone).await;
        self.write(&mut laptop, chat, 2).await;
        self.write(&mut laptop, chat, 1).await;
        self.read(&mut phone).await;
        self.write(&mut phone, chat, 1).await;
        self.rotate(&mut laptop, &mut phone).await;
    }

    /// A second device signs in with the words, which confirms it.
    async fn join(&mut self) -> Vault {
        let device = DeviceKeys::generate(&mut self.rng);
        let start = SignInStartRequest::Words { lookup_id: self.words.lookup_id() };
        let started = self.link.sign_in_start(start).await.unwrap();
        let signed = sign_sign_in(&self.words_keys, &device, started.nonce, b"", RP_ID);
        let finish = SignInFinishRequest {
            statement: WireBytes(signed.statement),
            method_signature: signed.method_signature,
            device_signature: signed.device_signature,
            assertion: None,
        };
        let token = self.link.sign_in_finish(finish).await.unwrap().token.0;
        let now_s = self.relay.clock.now_s();
        let entry = add_device(&self.log, &device, &LetIn::Words(&self.words_keys), now_s);
        let epochs = self.epochs().await;
        self.log = self.log.append(&entry).unwrap();
        self.entries.push(entry.clone());
        let phone = enrol(device, &self.log, &self.entries, epochs, &token, &mut self.rng);
        let request = LogAppendRequest { entries: vec![WireBytes(entry)], ..LogAppendRequest::default() };
        self.link.append_log(&session_of(&phone), request).await.unwrap();
        phone
    }

    async fn epochs(&self) -> EpochKeys {
        let served = self.link.load_epochs(&self.session, self.words_keys.id().into()).await.unwrap();
        let mut keys = EpochKeys::new();
        keys.open(&self.log, &Recipient::Method(&self.words_keys), &served.copies, &served.back_links);
        keys
    }

    /// The laptop begins an epoch, and both devices take it.
    async fn rotate(&mut self, laptop: &mut Vault, phone: &mut Vault) {
        let (known, now_s) = (self.epochs().await, self.relay.clock.now_s());
        let next = advance_epoch(&self.log, &known, laptop.device(), vec![], now_s, &mut self.rng).unwrap();
        self.link.append_log(&self.session, next.to_request()).await.unwrap();
        self.log = self.log.append_all(next.entries.iter().map(Vec::as_slice)).unwrap();
        self.entries.extend(next.entries);
        for vault in [laptop, phone] {
            let served = self.link.load_epochs(&session_of(vault), vault.device().id().into()).await.unwrap();
            vault.set_log(self.log.clone(), self.entries.clone());
            vault.open_epochs(&served.copies, &served.back_links);
            assert!(vault.holds_current_epoch());
        }
    }

    /// One batch: so many messages, and the title of their chat.
    async fn write(&mut self, vault: &mut Vault, chat: ChatId, n_messages: u8) {
        let now = Timestamp(self.relay.clock.now_s() * 1000);
        let at = vault.tick(now);
        let mut records =
            vec![Record::Directory(DirectoryRecord::Titled { chat, title: format!("at {}.{}", at.ms, at.n), at })];
        for _ in 0..n_messages {
            let id = MessageId(random_id(&mut self.rng));
            let message = Message {
                id,
                at: vault.tick(now),
                text: format!("message {id:?}"),
                author: Author::Owner,
                standing: None,
            };
            records.push(Record::Chat(chat, ChatRecord::Message(message)));
        }
        load_missing(vault, &records);
        self.n_records += records.len();
        vault.write(records, now, &mut self.rng).unwrap();
        let parcels: Vec<_> = vault.unsent().into_iter().map(|(_, parcel)| parcel).collect();
        self.n_envelopes += parcels.iter().map(|parcel| parcel.envelopes.len()).sum::<usize>();
        self.link.push(&session_of(vault), PushBody { parcels }).await.unwrap();
        vault.handle_sent(u64::MAX, (Timestamp::default(), Timestamp::default()));
    }

    async fn read(&mut self, vault: &mut Vault) {
        let page = self.link.pull(&session_of(vault), Cursor(0)).await.unwrap();
        let judged = judge_page(&page, vault.log(), vault.tips(), &|device, seq| vault.hash_at(device, seq)).unwrap();
        let now = Timestamp(self.relay.clock.now_s() * 1000);
        let opened = vault.open_batches(&judged.batches, now);
        assert_eq!(opened.records.len(), self.n_records);
        load_missing(vault, &opened.records);
        vault.apply_opened(opened, now);
    }
}

fn enrol(
    device: DeviceKeys,
    log: &LogState,
    entries: &[Vec<u8>],
    epochs: EpochKeys,
    token: &[u8],
    rng: &mut SeededRng,
) -> Vault {
    let enrolment = Enrolment {
        account_id: log.account_id(),
        device,
        log: log.clone(),
        entries: entries.to_vec(),
        epochs,
        session: Some(SessionRow { token: token.to_vec(), expires_at: 0 }),
    };
    Vault::enrol(&LocalStoreKey::generate(rng), enrolment).unwrap()
}

fn session_of(vault: &Vault) -> Session {
    Session { token: vault.session().unwrap().token.clone(), device: Rc::clone(vault.device()) }
}

/// Rows of chats are loaded one by one; none of them is there yet.
fn load_missing(vault: &mut Vault, records: &[Record]) {
    while let Some(name) = vault.missing_row(records) {
        vault.insert_row(name, None);
    }
}
