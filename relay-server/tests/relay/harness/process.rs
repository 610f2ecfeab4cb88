//! The true binary in a process of its own; its log goes to a file.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use super::random;

/// A process that is killed with the test.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the relay on a folder and address and waits until it is ready; it logs as much as it can.
    pub(crate) async fn start(folder: &Path, address: SocketAddr) -> Self {
        Self::start_on(None, folder, address, None).await
    }

    /// Starts it on the database of this address, or the one in its folder; the page's origin is its own or this one.
    pub(crate) async fn start_on(
        database: Option<&str>,
        folder: &Path,
        address: SocketAddr,
        origin: Option<&str>,
    ) -> Self {
        let database = database.map(|url| ("SOTTO_DATABASE_URL", url));
        Self::start_with(folder, address, database.into_iter().chain(origin.map(|origin| ("SOTTO_ORIGINS", origin))))
            .await
    }

    /// Starts it with these settings besides.
    pub(crate) async fn start_with<'a>(
        folder: &Path,
        address: SocketAddr,
        settings: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let log = folder.join("relay.log");
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_sotto-relay"))
            .args(["--listen", &address.to_string(), "--data", folder.to_str().unwrap()])
            .env("SOTTO_SCRIPTED", "offered")
            .envs(settings)
            .env("RUST_LOG", "trace")
            .stderr(file)
            .spawn()
            .unwrap();
        let process = Self { child, log };
        while reqwest::get(format!("http://{address}/readyz")).await.is_err() {
            tokio::task::yield_now().await;
        }
        process
    }

    /// Sends a signal, such as `-TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "{name}");
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Everything that it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended by itself is not there to be killed.
        drop(self.child.kill());
        self.child.wait().unwrap();
    }
}

/// A free port below those that the system hands out, so that no other test is given it meanwhile.
pub(crate) fn free_address() -> SocketAddr {
    let candidates = std::iter::repeat_with(|| 20_000 + u16::from_be_bytes(random()) % 10_000);
    let mut free = candidates.filter_map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).ok());
    free.next().unwrap().local_addr().unwrap()
}
