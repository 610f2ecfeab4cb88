//! A gateway between browser and relay that passes every request on, but for those that it was told to refuse, to
//! garble or to play twice. One request a connection; sockets pass through.

use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Context, Result, bail};
use memchr::memmem;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// Longest head of a request.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What is done to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is answered as the relay would, with a status and an error's word, and never gets there.
    Refuse(u16, &'static str),
    /// It gets there, and its answer is something else.
    Garble,
    /// It gets there twice, and the second answer counts.
    Twice,
}

#[derive(Default)]
struct Rules {
    faults: Vec<(&'static str, Fault)>,
    passed: Vec<String>,
}

/// A running gateway.
pub struct Gateway {
    port: u16,
    rules: Arc<Mutex<Rules>>,
}

impl Gateway {
    /// Listens, and passes on to the relay's port.
    pub fn start(listener: TcpListener, relay_port: u16) -> Result<Self> {
        let port = listener.local_addr()?.port();
        let rules = Arc::new(Mutex::new(Rules::default()));
        let followed = rules.clone();
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(serve(browser, relay_port, followed.clone()));
            }
        });
        Ok(Self { port, rules })
    }

    /// Where people open the relay through this gateway.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// From now on does this to requests whose first line begins so, such as `POST /v1/batches`.
    pub fn fault(&self, line: &'static str, fault: Fault) {
        self.rules().faults.push((line, fault));
    }

    /// From now on passes everything on.
    pub fn mend(&self) {
        self.rules().faults.clear();
    }

    /// First lines of what was passed on so far.
    pub fn passed(&self) -> Vec<String> {
        self.rules().passed.clone()
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().expect("no holder of this lock panics")
    }
}

/// One request.
struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    async fn read(browser: &mut TcpStream) -> Result<Self> {
        let mut bytes = Vec::new();
        let end_of_head = loop {
            if let Some(end) = memmem::find(&bytes, b"\r\n\r\n") {
                break end + 4;
            }
            if bytes.len() > MAX_HEAD_BYTES || browser.read_buf(&mut bytes).await? == 0 {
                bail!("no request");
            }
        };
        let mut body = bytes.split_off(end_of_head);
        let request = Self { head: String::from_utf8(bytes)?, body: Vec::new() };
        let n_bytes = request.field("content-length").map_or(Ok(0), str::parse)?;
        while body.len() < n_bytes {
            if browser.read_buf(&mut body).await? == 0 {
                bail!("the request broke off");
            }
        }
        Ok(Self { body, ..request })
    }

    fn first_line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.into_iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The request as it is passed on: a connection of its own, unless it becomes a socket.
    fn bytes(&self) -> Vec<u8> {
        if self.field("upgrade").is_some() {
            return [self.head.as_bytes(), &self.body].concat();
        }
        let is_kept = |line: &&str| !line.to_ascii_lowercase().starts_with("connection:");
        let lines: Vec<&str> = self.head.trim_end().split("\r\n").filter(is_kept).collect();
        let head = format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"));
        [head.as_bytes(), &self.body].concat()
    }
}

async fn serve(mut browser: TcpStream, relay_port: u16, rules: Arc<Mutex<Rules>>) -> Result<()> {
    let request = Request::read(&mut browser).await?;
    let fault = {
        let mut rules = rules.lock().expect("no holder of this lock panics");
        let found = rules.faults.iter().find(|(line, _)| request.first_line().starts_with(line)).map(|found| found.1);
        if found.is_none() {
            rules.passed.push(request.first_line().to_owned());
        }
        found
    };
    match fault {
        None => pass_on(&request, &mut browser, relay_port).await,
        Some(Fault::Refuse(status, word)) => {
            let body = json!({ "code": word, "request_id": "gateway" }).to_string();
            reply(&mut browser, status, &body).await
        }
        Some(Fault::Garble) => {
            ask(&request, relay_port).await?;
            reply(&mut browser, 200, "<html>Welcome to this hotel. Please log in.</html>").await
        }
        Some(Fault::Twice) => {
            ask(&request, relay_port).await?;
            pass_on(&request, &mut browser, relay_port).await
        }
    }
}

async fn pass_on(request: &Request, browser: &mut TcpStream, relay_port: u16) -> Result<()> {
    let mut relay = TcpStream::connect(("127.0.0.1", relay_port)).await?;
    relay.write_all(&request.bytes()).await?;
    copy_bidirectional(browser, &mut relay).await.context("the connection broke")?;
    Ok(())
}

/// Lets the relay answer, and keeps the answer to itself.
async fn ask(request: &Request, relay_port: u16) -> Result<Vec<u8>> {
    let mut relay = TcpStream::connect(("127.0.0.1", relay_port)).await?;
    relay.write_all(&request.bytes()).await?;
    let mut answer = Vec::new();
    relay.read_to_end(&mut answer).await?;
    Ok(answer)
}

async fn reply(browser: &mut TcpStream, status: u16, body: &str) -> Result<()> {
    let n_bytes = body.len();
    let head = format!("HTTP/1.1 {status} Gateway\r\nContent-Type: application/json\r\nContent-Length: {n_bytes}\r\n");
    browser.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes()).await?;
    browser.shutdown().await?;
    Ok(())
}
