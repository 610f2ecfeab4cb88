//! The product's own processes for a test: the relay, and the local model behind it.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::release::Release;
use crate::static_site::web_folder;

/// How long a process may take to answer.
const MAX_START: Duration = Duration::from_mins(1);

/// Where tests listen. Linux gives 32768 and above to whoever asks for any port, every connection among them.
const FIRST_PORT: u16 = 20_000;
const N_PORTS: u16 = 12_000;
/// Ports that this process has looked at.
static N_PORTS_SEEN: AtomicU64 = AtomicU64::new(0);

/// Longest answer that is read.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;
/// Name of the file of settings.
const SETTINGS: &str = "relay.toml";

/// Who answers prompts.
#[derive(Debug, Clone)]
pub enum Model {
    /// The scripted provider.
    Scripted,
    /// An OpenAI-compatible server at this address.
    At(String),
}

/// A relay on a port of its own; its data outlives [`Relay::kill`].
pub struct Relay {
    child: Option<Child>,
    port: u16,
    data: TempDir,
    model: Model,
    origins: Option<String>,
    settings: TempDir,
    web: PathBuf,
}

impl Relay {
    /// Starts a relay with an empty database.
    pub async fn start(model: Model) -> Result<Self> {
        Self::start_at(model, None, "", web_folder()?).await
    }

    /// Starts a relay that serves a release of the app.
    pub async fn start_release(model: Model, origin: Option<&str>, release: &Release) -> Result<Self> {
        Self::start_at(model, origin.map(str::to_owned), "", release.path().to_owned()).await
    }

    /// Starts a relay that people open at another origin than its own, such as a tap's.
    pub async fn start_behind(model: Model, origin: &str) -> Result<Self> {
        Self::start_at(model, Some(origin.to_owned()), "", web_folder()?).await
    }

    /// Starts a relay with settings of its own, as they stand in `relay.toml`.
    pub async fn start_with(model: Model, settings: &str) -> Result<Self> {
        Self::start_at(model, None, settings, web_folder()?).await
    }

    async fn start_at(model: Model, origins: Option<String>, settings: &str, web: PathBuf) -> Result<Self> {
        let (data, folder) = (TempDir::new()?, TempDir::new()?);
        std::fs::write(folder.path().join(SETTINGS), settings)?;
        let mut relay = Self { child: None, port: free_port()?, data, model, origins, settings: folder, web };
        relay.restart().await?;
        Ok(relay)
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts it again on the same port and data.
    pub async fn restart(&mut self) -> Result<()> {
        let program = program("SOTTO_RELAY_BIN", "debug/sotto-relay")?;
        let log = File::options().create(true).append(true).open(self.log_path())?;
        let mut command = Command::new(program);
        command
            .args(["--listen", &format!("127.0.0.1:{}", self.port), "--data"])
            .arg(self.data.path())
            .arg("--config")
            .arg(self.settings.path().join(SETTINGS))
            .env("SOTTO_WEB_DIR", &self.web)
            .env("RUST_LOG", "trace")
            .env("SOTTO_OLLAMA", "off")
            .env_remove("SOTTO_OPENAI_BASE_URL")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        if let Some(origins) = &self.origins {
            command.env("SOTTO_ORIGINS", origins);
        }
        match &self.model {
            Model::Scripted => command.env("SOTTO_SCRIPTED", "offered"),
            Model::At(address) => command.env("SOTTO_OPENAI_BASE_URL", address),
        };
        self.child = Some(command.spawn().context("the relay did not start")?);
        await_answer(self.port, "/readyz", is_fine).await.with_context(|| self.log().unwrap_or_default())
    }

    /// Ends it at once, as a power cut would.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// Where people open it.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Process id, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Everything that it stores.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Everything that it said.
    pub fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(self.log_path())?).into_owned())
    }

    fn log_path(&self) -> PathBuf {
        self.data.path().join("relay.log")
    }
}

/// The local model on a port of its own.
pub struct LocalModel {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl LocalModel {
    /// Starts it and waits until it answers.
    pub async fn start() -> Result<Self> {
        let program = program("SOTTO_MODEL_BIN", "model/release/sotto-model")?;
        let file = std::env::var("SOTTO_MODEL_FILE").context("SOTTO_MODEL_FILE names no model; ./check sets it")?;
        let (port, folder) = (free_port()?, TempDir::new()?);
        let log = File::create(folder.path().join("model.log"))?;
        let child = Command::new(program)
            .args(["--listen", &format!("127.0.0.1:{port}"), "--model", &file])
            .env("SOTTO_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("the local model did not start")?;
        await_answer(port, "/healthz", is_fine).await?;
        Ok(Self { child, port, folder })
    }

    /// Everything that it writes: its log, at its most talkative.
    pub fn files(&self) -> &Path {
        self.folder.path()
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its OpenAI-compatible address.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// Process id.
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }
}

fn program(variable: &str, default: &str) -> Result<PathBuf> {
    let built = std::env::var_os(variable).map(PathBuf::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the package lies in the workspace")?;
    let path = built.unwrap_or_else(|| root.join("target").join(default));
    ensure!(path.exists(), "{} is not built; ./check builds it", path.display());
    Ok(path)
}

/// A port that nobody listens at, and that nobody is given: the system hands out others, so that no connection of a
/// browser takes it before a server listens there, nor while that server is down.
pub fn free_port() -> Result<u16> {
    for _ in 0..N_PORTS {
        let nth = N_PORTS_SEEN.fetch_add(1, Ordering::Relaxed);
        // Each process begins elsewhere; several test targets may run at once.
        let place = (u64::from(std::process::id()) * 61 + nth) % u64::from(N_PORTS);
        let port = FIRST_PORT + u16::try_from(place)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}

/// Asks a path until the answer, head and body, is one of which this is true.
pub async fn await_answer(port: u16, path: &str, fits: impl Fn(&str) -> bool) -> Result<()> {
    let asking = async {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        loop {
            pace.tick().await;
            if ask(port, path).await.is_ok_and(|answer| fits(&answer)) {
                return;
            }
        }
    };
    if tokio::time::timeout(MAX_START, asking).await.is_err() {
        bail!("nothing answers {path} on port {port} as it should");
    }
    Ok(())
}

/// Asks a path once; gives head and body of the answer.
pub async fn ask(port: u16, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER_BYTES).read_to_string(&mut answer).await?;
    Ok(answer)
}

fn is_fine(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 2")
}
