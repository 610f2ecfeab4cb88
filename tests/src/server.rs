//! The product's own processes for a test: the relay, and the local model behind it.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::static_site::web_folder;

/// How long a process may take to answer.
const MAX_START: Duration = Duration::from_mins(1);

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
}

impl Relay {
    /// Starts a relay with an empty database.
    pub async fn start(model: Model) -> Result<Self> {
        Self::start_at(model, None).await
    }

    /// Starts a relay that people open at another origin than its own, such as a tap's.
    pub async fn start_behind(model: Model, origin: &str) -> Result<Self> {
        Self::start_at(model, Some(origin.to_owned())).await
    }

    async fn start_at(model: Model, origins: Option<String>) -> Result<Self> {
        let data = TempDir::new()?;
        let mut relay = Self { child: None, port: free_port()?, data, model, origins };
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
            .env("SOTTO_WEB_DIR", web_folder()?)
            .env("RUST_LOG", "trace")
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
        await_answer(self.port, "/readyz").await.with_context(|| self.log().unwrap_or_default())
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
}

impl LocalModel {
    /// Starts it and waits until it answers.
    pub async fn start() -> Result<Self> {
        let program = program("SOTTO_MODEL_BIN", "model/release/sotto-model")?;
        let file = std::env::var("SOTTO_MODEL_FILE").context("SOTTO_MODEL_FILE names no model; ./check sets it")?;
        let port = free_port()?;
        let child = Command::new(program)
            .args(["--listen", &format!("127.0.0.1:{port}"), "--model", &file])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("the local model did not start")?;
        await_answer(port, "/healthz").await?;
        Ok(Self { child, port })
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

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Asks a path until it is answered well.
async fn await_answer(port: u16, path: &str) -> Result<()> {
    let ask = async {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        loop {
            pace.tick().await;
            if status(port, path).await.is_ok_and(|status| status.starts_with('2')) {
                return;
            }
        }
    };
    if tokio::time::timeout(MAX_START, ask).await.is_err() {
        bail!("nothing answers {path} on port {port}");
    }
    Ok(())
}

async fn status(port: u16, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer).await?;
    Ok(answer.split_whitespace().nth(1).unwrap_or_default().to_owned())
}
