//! A relay on a port of its own, and a person with a passkey, words and devices.

mod authenticator;
mod command;
mod counters;
mod hand_over;
mod kept_log;
mod keys;
mod kill;
mod password;
mod person;
mod process;
mod request;
mod sign_in;
mod socket;
mod write;
mod write_log;

use std::net::SocketAddr;
use std::sync::Arc;

use relay_server::config::ScriptedProvider;
use relay_server::evil::EvilRelay;
use relay_server::{Config, Relay, serve_relay};
use tokio::net::TcpListener;

pub(crate) use command::{ask, assert_refused, copy_and_restore, said, with_batches};
pub(crate) use counters::{forms, removed};
pub(crate) use kept_log::log_lines_of;
pub(crate) use keys::Keys;
pub(crate) use kill::kill_during_pushes;
pub(crate) use password::{FirstMessage, Owner, code, first_message, wrong_code};
pub(crate) use person::Person;
pub(crate) use process::{Process, free_address};
pub(crate) use request::{Answer, Request, Signing};
pub(crate) use sign_in::sign_in_request;
pub(crate) use socket::Socket;

use kept_log::keep_log;

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// The scripted provider, and limits that no test meets by chance.
fn config_in(folder: &std::path::Path) -> Config {
    let mut config = Config { data_dir: folder.to_owned(), scripted: ScriptedProvider::Offered, ..Config::default() };
    config.ollama.look = Some(false);
    config.limits.sign_ins_per_hour = 10_000;
    config.limits.requests_per_minute = 100_000;
    config.limits.address_requests_per_minute = 100_000;
    config
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
        let mut config = config_in(folder.path());
        change(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let relay = Relay::open(config, address).await.unwrap();
        tokio::spawn(serve_relay(Arc::clone(&relay), listener, std::future::pending()));
        Self { relay, address, http: reqwest::Client::new(), _folder: folder }
    }

    /// A relay that can be told to lie.
    pub(crate) async fn evil() -> (Self, EvilRelay) {
        keep_log();
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let evil = EvilRelay::open(config_in(folder.path()), address).await.unwrap();
        tokio::spawn(evil.clone().serve(listener));
        let relay = Arc::clone(&evil.relay);
        (Self { relay, address, http: reqwest::Client::new(), _folder: folder }, evil)
    }

    /// Speaks with a relay that another process runs on this folder and address.
    pub(crate) async fn beside(database: Option<&str>, folder: &std::path::Path, address: SocketAddr) -> Self {
        keep_log();
        let database_url = database.map(str::to_owned);
        let config = Config { data_dir: folder.to_owned(), database_url, ..Config::default() };
        let relay = Relay::open(config, address).await.unwrap();
        Self { relay, address, http: reqwest::Client::new(), _folder: tempfile::tempdir().unwrap() }
    }

    fn build(&self, request: Request) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap();
        let mut builder = self.http.request(method, self.url(&request.path)).body(request.body);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        builder
    }

    /// The status of the answer, if there is one.
    pub(crate) fn try_send(&self, request: Request) -> impl Future<Output = Option<u16>> + Send + 'static {
        let builder = self.build(request);
        async { builder.send().await.ok().map(|response| response.status().as_u16()) }
    }

    /// Sends a request whose answer is read piece by piece.
    pub(crate) async fn begin(&self, request: Request) -> reqwest::Response {
        self.build(request).send().await.unwrap()
    }

    pub(crate) fn origin(&self) -> String {
        self.relay.site.first_origin().as_text().to_owned()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        let response = self.begin(request).await;
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// Sends a request whose body has no end, until the relay has had enough; returns the first line of its answer.
    pub(crate) async fn send_endless(&self, request: Request, piece: &[u8]) -> String {
        use std::fmt::Write as _;
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut reading, mut writing) = tokio::net::TcpStream::connect(self.address).await.unwrap().into_split();
        let mut head = format!("{} {} HTTP/1.1\r\nhost: localhost\r\n", request.method, request.path);
        for (name, value) in &request.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head.push_str("transfer-encoding: chunked\r\n\r\n");
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        let endless = async {
            let mut sent = writing.write_all(head.as_bytes()).await;
            while sent.is_ok() {
                sent = writing.write_all(&chunk).await;
            }
            // Refused or not: what counts is what was answered.
            std::future::pending::<()>().await;
        };
        let mut answer = [0; 512];
        let n_read = tokio::select! {
            n_read = reading.read(&mut answer) => n_read.unwrap_or(0),
            () = endless => 0,
        };
        String::from_utf8_lossy(&answer[..n_read]).lines().next().unwrap_or_default().to_owned()
    }

    /// Takes a table away under the relay's feet.
    pub(crate) async fn break_database(&self) {
        let mut connection = self.database().await;
        sqlx::query("ALTER TABLE log_entries RENAME TO lost").execute(&mut connection).await.unwrap();
    }

    /// A connection beside the relay's own.
    pub(crate) async fn database(&self) -> sqlx::SqliteConnection {
        use sqlx::ConnectOptions;
        let file = self.relay.config.data_dir.join("relay.sqlite");
        sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap()
    }

    pub(crate) async fn post_json(&self, path: &str, body: &impl serde::Serialize) -> Answer {
        let body = serde_json::to_vec(body).unwrap();
        self.send(Request::new("POST", path, body)).await
    }
}
