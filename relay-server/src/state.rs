//! Everything that a running relay holds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use shared_types::ids::{AccountId, DeviceId};
use shared_types::log::LogState;
use shared_types::sync::RelayEvent;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use webauthn_rs::WebauthnBuilder;
use webauthn_rs::prelude::{Webauthn, WebauthnError};

use crate::clock::Clock;
use crate::config::{Config, ConfigError, Database, Site};
use crate::db::{Db, DbError, Notice, PostgresDb, SqliteDb};
use crate::error::RouteError;
use crate::events::{EventHub, Told};
use crate::limits::Windows;
use crate::metrics::{self, Metrics};
use crate::nonces::Nonces;
use crate::passwords::Passwords;
use crate::provider::{AttachError, Provider, Providers};
use crate::random::random_bytes;
use crate::sealed_file::SealedFileError;
use crate::sessions::KeptSessions;
use crate::turns::Turns;

/// Verified logs that are kept in memory.
const MAX_KEPT_LOGS: usize = 1024;

/// Why a relay cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration contradicts itself.
    #[error("the configuration is wrong: {0}")]
    Config(#[from] ConfigError),
    /// The data folder cannot be made.
    #[error("the data folder cannot be made: {0}")]
    DataFolder(#[source] std::io::Error),
    /// The database cannot be opened.
    #[error("the database cannot be opened: {0}")]
    Db(#[from] DbError),
    /// WebAuthn refuses rp id or origins.
    #[error("passkeys do not work with these origins: {0}")]
    Passkeys(#[from] WebauthnError),
    /// A provider cannot be spoken to as configured, or those that were attached cannot be read.
    #[error("the providers cannot be used: {0}")]
    Provider(#[from] AttachError),
    /// The secrets behind passwords cannot be read or made.
    #[error("the secrets of passwords cannot be used: {0}")]
    Passwords(#[from] SealedFileError),
    /// The address cannot be served.
    #[error("the address cannot be served: {0}")]
    Serving(#[from] std::io::Error),
}

/// A running relay.
pub struct Relay {
    /// As configured.
    pub config: Config,
    /// Origins, rp id and who may sign up.
    pub site: Site,
    /// Whether only people of this machine can open the page.
    pub(crate) is_for_this_machine: bool,
    /// The one clock.
    pub clock: Clock,
    /// Everything durable.
    pub db: Arc<dyn Db>,
    pub(crate) webauthn: Webauthn,
    pub(crate) providers: Providers,
    pub(crate) passwords: Passwords,
    pub(crate) nonces: Nonces,
    pub(crate) sessions: KeptSessions,
    pub(crate) events: EventHub,
    pub(crate) turns: Turns,
    pub(crate) windows: Windows,
    pub(crate) metrics: Metrics,
    pub(crate) rounds: watch::Sender<u64>,
    logs: Mutex<BTreeMap<AccountId, Arc<LogState>>>,
    shutdown: watch::Sender<bool>,
    /// Tells this process from others on the same database.
    process: [u8; 8],
    notices: Mutex<Option<BoxStream<'static, Notice>>>,
    metrics_listener: Mutex<Option<TcpListener>>,
    /// Where the counters are served, if they are.
    pub metrics_address: Option<SocketAddr>,
}

impl Relay {
    /// Opens the database and prepares everything; `listening_on` fills in what the configuration leaves open.
    pub async fn open(config: Config, listening_on: SocketAddr) -> Result<Arc<Self>, StartError> {
        let db = open_db(&config).await?;
        let notices = db.listen().await?;
        let metrics_listener = match config.metrics_listen {
            Some(address) => Some(TcpListener::bind(address).await?),
            None => None,
        };
        let site = Site::new(&config, listening_on)?;
        let clock = Clock::default();
        let passwords = Passwords::load(&config)?;
        if db.find_newest_password().await?.is_some_and(|newest| !passwords.are_those_of(&newest)) {
            tracing::error!(
                "opaque.key or secrets.key is another than the one that passwords here were made with: nobody signs in \
                 by password until the old one is back, or a new password is set (docs/operations.md, \"Secrets of \
                 passwords\")"
            );
        }
        Ok(Arc::new(Self {
            webauthn: webauthn(&site)?,
            providers: Providers::new(&config, listening_on, clock.now_s())?,
            windows: Windows::new(&config.limits),
            passwords,
            nonces: Nonces::default(),
            sessions: KeptSessions::default(),
            events: EventHub::default(),
            turns: Turns::default(),
            metrics: Metrics::default(),
            rounds: watch::Sender::default(),
            logs: Mutex::default(),
            shutdown: watch::Sender::new(false),
            process: random_bytes(),
            notices: Mutex::new(Some(notices)),
            metrics_address: metrics_listener.as_ref().map(TcpListener::local_addr).transpose()?,
            metrics_listener: Mutex::new(metrics_listener),
            is_for_this_machine: site.is_for_this_machine(&config, listening_on),
            config,
            site,
            clock,
            db,
        }))
    }

    /// Starts what runs beside the requests; it ends with [`Self::shut_down`].
    pub fn start_background(self: &Arc<Self>) {
        for provider in self.providers.servers() {
            let (provider, mut ending) = (Arc::clone(provider), self.ending());
            tokio::spawn(async move {
                tokio::select! {
                    () = provider.watch() => {}
                    () = ended(&mut ending) => {}
                }
            });
        }
        let relay = Arc::clone(self);
        tokio::spawn(async move {
            let mut ending = relay.ending();
            tokio::select! {
                () = relay.hear_others() => {}
                () = ended(&mut ending) => {}
            }
        });
        let relay = Arc::clone(self);
        tokio::spawn(async move {
            let mut ending = relay.ending();
            tokio::select! {
                () = relay.run_jobs() => {}
                () = ended(&mut ending) => {}
            }
        });
        if let Some(listener) = self.metrics_listener.lock().expect("no holder of this lock panics").take() {
            tokio::spawn(metrics::serve(Arc::clone(self), listener));
        }
    }

    /// Tells all devices of an account, wherever their sockets are.
    pub(crate) async fn tell(&self, account: &AccountId, event: RelayEvent) {
        self.tell_everywhere(account, Told { event, only: None }).await;
    }

    /// Tells one device of an account.
    pub(crate) async fn tell_device(&self, account: &AccountId, device: DeviceId, event: RelayEvent) {
        self.tell_everywhere(account, Told { event, only: Some(device) }).await;
    }

    async fn tell_everywhere(&self, account: &AccountId, told: Told) {
        self.events.tell(account, told);
        let text = serde_json::to_string(&(self.process, account, told.only, told.event));
        let text = text.expect("ids and events are plain text and numbers");
        if let Err(error) = self.db.announce(&text).await {
            tracing::warn!(error = %error, "other processes were not told; their devices will see it later");
        }
    }

    /// Hands on what other processes on this database tell.
    async fn hear_others(&self) {
        let taken = self.notices.lock().expect("no holder of this lock panics").take();
        let Some(mut notices) = taken else { return };
        while let Some(notice) = notices.next().await {
            match notice {
                Notice::Missed => self.events.tell_all_to_catch_up(),
                Notice::Told(text) => {
                    let told: Result<([u8; 8], AccountId, Option<DeviceId>, RelayEvent), _> =
                        serde_json::from_str(&text);
                    match told {
                        Ok((process, ..)) if process == self.process => {}
                        Ok((_, account, only, event)) => self.events.tell(&account, Told { event, only }),
                        Err(_) => tracing::warn!("another process told what this one does not understand"),
                    }
                }
            }
        }
    }

    /// Ends sockets, answers and background work.
    pub fn shut_down(&self) {
        self.shutdown.send_replace(true);
    }

    pub(crate) fn ending(&self) -> watch::Receiver<bool> {
        self.shutdown.subscribe()
    }

    /// The verified log of an account, if the account exists.
    pub(crate) async fn find_log(&self, account: &AccountId) -> Result<Option<Arc<LogState>>, RouteError> {
        let Some(head) = self.db.find_log_head(account).await? else { return Ok(None) };
        if let Some(kept) = self.kept_log(account)
            && kept.head() == head
        {
            return Ok(Some(kept));
        }
        let entries = self.db.list_log(account).await?;
        let log = LogState::verify(*account, entries.iter().map(Vec::as_slice)).map_err(|_| RouteError::StoredLog)?;
        let log = Arc::new(log);
        self.keep_log(Arc::clone(&log));
        Ok(Some(log))
    }

    /// The verified log of an account that has a session.
    pub(crate) async fn load_log(&self, account: &AccountId) -> Result<Arc<LogState>, RouteError> {
        self.find_log(account).await?.ok_or(RouteError::StoredLog)
    }

    /// The verified log of an account that has a session, as it was lately; it may have gone on since.
    pub(crate) async fn recent_log(&self, account: &AccountId) -> Result<Arc<LogState>, RouteError> {
        match self.kept_log(account) {
            Some(kept) => Ok(kept),
            None => self.load_log(account).await,
        }
    }

    /// Keeps a verified log for the next request.
    pub(crate) fn keep_log(&self, log: Arc<LogState>) {
        let mut logs = self.logs.lock().expect("no holder of this lock panics");
        if logs.len() >= MAX_KEPT_LOGS {
            logs.pop_first();
        }
        logs.insert(log.account_id(), log);
    }

    /// Forgets what is remembered of an account that is no more.
    pub(crate) fn forget_account(&self, account: &AccountId) {
        self.logs.lock().expect("no holder of this lock panics").remove(account);
        self.sessions.forget_account(account);
        self.turns.forget_account(account);
    }

    fn kept_log(&self, account: &AccountId) -> Option<Arc<LogState>> {
        self.logs.lock().expect("no holder of this lock panics").get(account).cloned()
    }

    /// Whether a device stands in a log and was not revoked.
    pub(crate) fn is_active(log: &LogState, device: &DeviceId) -> bool {
        log.device(device).is_some_and(shared_types::log::DeviceState::is_active)
    }
}

/// Returns once the relay ends.
pub(crate) async fn ended(ending: &mut watch::Receiver<bool>) {
    // An error means that the relay is gone, which is an end as well.
    drop(ending.wait_for(|ending| *ending).await);
}

/// Opens the configured database.
pub(crate) async fn open_db(config: &Config) -> Result<Arc<dyn Db>, StartError> {
    if config.database_url.is_none() {
        std::fs::create_dir_all(&config.data_dir).map_err(StartError::DataFolder)?;
    }
    match config.database()? {
        Database::Sqlite(options) => Ok(Arc::new(SqliteDb::open(*options).await?)),
        Database::Postgres(url) => Ok(Arc::new(PostgresDb::open_url(&url).await?)),
    }
}

fn webauthn(site: &Site) -> Result<Webauthn, WebauthnError> {
    let mut builder = WebauthnBuilder::new(&site.rp_id, site.first_origin().url())?;
    for origin in site.origins.iter().skip(1) {
        builder = builder.append_allowed_origin(origin.url());
    }
    builder.rp_name("Sotto").build()
}
