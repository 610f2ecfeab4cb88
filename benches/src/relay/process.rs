//! The true relay, built as it is released, in a process of its own.

use std::env;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::account::Account;
use crate::workspace_root;

const MAX_START: Duration = Duration::from_secs(30);
/// Limits stand aside: what is measured is the way of a question.
const LIMITS: &str = "\n[limits]\nrequests_per_minute = 4000000000\naddress_requests_per_minute = 4000000000\n\
    prompts_per_day = 4000000000\nprompts_at_once = 1000\nsockets_per_account = 2000\n";

/// Builds it.
pub(super) fn build() -> Result<()> {
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut build = Command::new(cargo);
    build.current_dir(workspace_root()?).args(["build", "--quiet", "--locked", "--release", "-p", "relay-server"]);
    let status = build.stdout(Stdio::null()).status().context("cargo did not start")?;
    ensure!(status.success(), "the relay could not be built");
    Ok(())
}

/// A running relay; it ends with this.
pub(super) struct RelayProcess {
    child: Child,
    port: u16,
    _data: TempDir,
}

impl RelayProcess {
    /// Starts it on a database that holds the account, before a provider if one is named.
    pub(super) async fn start(account: &Account, provider: Option<&str>, cadence_ms: u64) -> Result<Self> {
        let data = tempfile::tempdir()?;
        account.store_in(data.path()).await?;
        let settings = data.path().join("relay.toml");
        std::fs::write(&settings, format!("{LIMITS}\n[answers]\ncadence_ms = {cadence_ms}\n"))?;
        let port = free_port()?;
        let mut command = Command::new(workspace_root()?.join("target/release/sotto-relay"));
        command.args(["--listen", &format!("127.0.0.1:{port}"), "--data"]).arg(data.path());
        command.arg("--config").arg(&settings).env("RUST_LOG", "warn").env("SOTTO_OLLAMA", "off");
        command.env_remove("SOTTO_OPENAI_BASE_URL").envs(provider.map(|address| ("SOTTO_OPENAI_BASE_URL", address)));
        let child = command.stdin(Stdio::null()).spawn().context("the relay did not start")?;
        let relay = Self { child, port, _data: data };
        await_port(port).await.context("the relay did not start")?;
        Ok(relay)
    }

    /// Its port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Its resident memory.
    pub(super) fn resident_bytes(&self) -> Result<f64> {
        super::resident_bytes(self.child.id())
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        // One that has ended by itself is not there to be ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port that nobody has.
pub(super) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until somebody listens.
pub(super) async fn await_port(port: u16) -> Result<()> {
    let listens = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    match tokio::time::timeout(MAX_START, listens).await {
        Ok(()) => Ok(()),
        Err(_) => bail!("nobody listens on port {port}"),
    }
}
