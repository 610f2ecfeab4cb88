//! A look into a worker: evaluates expressions in the core or in the service worker through their
//! own DevTools sockets, which a WebDriver session cannot reach.

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use super::{Browser, evaluated, evaluation};

/// Which worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerKind {
    /// The shared worker that holds the core.
    Core,
    /// The service worker that keeps the shell.
    Service,
}

impl WorkerKind {
    fn target_type(self) -> &'static str {
        match self {
            Self::Core => "shared_worker",
            Self::Service => "service_worker",
        }
    }
}

/// A connection to one running worker. Close it before the worker ends: a shared worker that starts
/// again while somebody looks at the old one waits for a debugger.
pub struct Worker {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    n_sent: u64,
}

impl Browser {
    /// How many workers of a kind are running.
    pub async fn count_workers(&self, kind: WorkerKind) -> Result<usize> {
        Ok(self.worker_ids(kind).await?.len())
    }

    /// Evaluates one expression in the running worker of a kind; promises are awaited.
    pub async fn evaluate_in(&self, kind: WorkerKind, expression: &str) -> Result<Value> {
        let mut worker = self.worker(kind).await?;
        let value = worker.evaluate(expression).await?;
        worker.close().await?;
        Ok(value)
    }

    /// Connects to the running worker of a kind.
    pub async fn worker(&self, kind: WorkerKind) -> Result<Worker> {
        let ids = self.worker_ids(kind).await?;
        let [id] = ids.as_slice() else {
            bail!("one {} was expected, {} are running", kind.target_type(), ids.len());
        };
        let address = format!("ws://{}/devtools/page/{id}", self.debugger_address);
        let (socket, _) = connect_async(address).await.context("the worker's DevTools socket did not open")?;
        Ok(Worker { socket, n_sent: 0 })
    }

    async fn worker_ids(&self, kind: WorkerKind) -> Result<Vec<String>> {
        let targets = self.devtools("Target.getTargets", json!({})).await?;
        let all = targets["targetInfos"].as_array().context("no list of targets")?;
        let of_kind = all.iter().filter(|target| target["type"] == kind.target_type());
        Ok(of_kind.filter_map(|target| target["targetId"].as_str().map(str::to_owned)).collect())
    }
}

impl Worker {
    /// Evaluates an expression in the worker; promises are awaited.
    pub async fn evaluate(&mut self, expression: &str) -> Result<Value> {
        evaluated(&self.devtools("Runtime.evaluate", evaluation(expression)).await?)
    }

    /// Looks away.
    pub async fn close(mut self) -> Result<()> {
        Ok(self.socket.close(None).await?)
    }

    /// Sends one command of the DevTools protocol and waits for its answer.
    pub async fn devtools(&mut self, method: &str, params: Value) -> Result<Value> {
        self.n_sent += 1;
        let id = self.n_sent;
        let request = json!({ "id": id, "method": method, "params": params });
        self.socket.send(Message::text(request.to_string())).await?;
        while let Some(message) = self.socket.next().await {
            let Message::Text(text) = message? else { continue };
            let mut answer: Value = serde_json::from_str(&text)?;
            if answer["id"] != id {
                continue;
            }
            if !answer["error"].is_null() {
                bail!("{method} failed: {}", answer["error"]);
            }
            return Ok(answer["result"].take());
        }
        bail!("the worker ended before it answered {method}")
    }
}
