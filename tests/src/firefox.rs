//! Firefox as a person uses it, over Marionette, the protocol that it speaks itself: there is no driver program for it
//! in the package registries.
//!
//! A message is `LENGTH:JSON`. A command is `[0, number, name, parameters]`, its answer `[1, number, error, result]`.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::screen::Name;

/// How long the browser may take to start, and a page for what a test waits for.
const MAX_WAIT: Duration = Duration::from_secs(30);
/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(40);
/// Longest answer that is read.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Any free port; no authenticator but the virtual one; nothing is fetched that no page asked for.
const SETTINGS: &str = r#"
user_pref("marionette.port", 0);
user_pref("security.webauth.webauthn_enable_softtoken", true);
user_pref("security.webauth.webauthn_enable_usbtoken", false);
user_pref("app.update.disabledForTesting", true);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"#;

/// What may have a role and a name.
const ELEMENTS: &str = "a, article, button, dialog, h1, h2, input, section, textarea, [role]";

/// One open Firefox on a fresh profile. Dropping it ends the browser and removes the profile.
pub struct Firefox {
    _child: Child,
    wire: BufReader<TcpStream>,
    n_commands: u32,
    _profile: TempDir,
}

impl Firefox {
    /// Opens it, with an authenticator that verifies its user at once and can do PRF.
    pub async fn open() -> Result<Self> {
        let profile = TempDir::new()?;
        fs::write(profile.path().join("user.js"), SETTINGS)?;
        let child = Command::new("firefox-esr")
            .args(["--headless", "--marionette", "--profile"])
            .arg(profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("firefox-esr did not start: run scripts/set-up check")?;
        let port = await_port(&profile).await?;
        let wire = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?);
        let mut firefox = Self { _child: child, wire, n_commands: 0, _profile: profile };
        let hello = firefox.hear().await?;
        ensure!(hello["marionetteProtocol"] == json!(3), "Firefox speaks another protocol: {hello}");
        firefox.tell("WebDriver:NewSession", json!({})).await?;
        Ok(firefox)
    }

    /// Gives the open page's window an authenticator.
    pub async fn add_authenticator(&mut self) -> Result<()> {
        let authenticator = json!({
            "protocol": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserConsenting": true,
            "isUserVerified": true,
            "extensions": ["prf"],
        });
        self.tell("WebAuthn:AddVirtualAuthenticator", authenticator).await.map(drop)
    }

    /// Opens an address.
    pub async fn go(&mut self, address: &str) -> Result<()> {
        self.tell("WebDriver:Navigate", json!({ "url": address })).await.map(drop)
    }

    /// Runs a script in the page's window and gives what it hands to `done`.
    pub async fn evaluate(&mut self, script: &str) -> Result<Value> {
        let script = format!("const done = arguments[0]; {script}");
        self.tell("WebDriver:ExecuteAsyncScript", json!({ "script": script, "args": [] })).await
    }

    /// Waits for something with this role and name, and gives its handle.
    pub async fn find(&mut self, role: &str, name: Name<'_>) -> Result<String> {
        let until = tokio::time::Instant::now() + MAX_WAIT;
        loop {
            let mut seen = Vec::new();
            if let Some(element) = self.look(role, name, &mut seen).await? {
                return Ok(element);
            }
            let in_time = tokio::time::Instant::now() < until;
            ensure!(in_time, "there is no {role} {name:?}; on the page: {}", seen.join(", "));
            // The page gives its next paint; nothing else is waited for.
            self.evaluate("requestAnimationFrame(() => done(true));").await?;
        }
    }

    /// Whether something with this role and name is there now.
    pub async fn shows(&mut self, role: &str, name: Name<'_>) -> Result<bool> {
        Ok(self.look(role, name, &mut Vec::new()).await?.is_some())
    }

    async fn look(&mut self, role: &str, name: Name<'_>, seen: &mut Vec<String>) -> Result<Option<String>> {
        for element in self.elements().await? {
            // An element that has gone meanwhile is not there.
            let about = json!({ "id": element });
            let Ok(its_role) = self.tell("WebDriver:GetComputedRole", about.clone()).await else { continue };
            let Ok(its_name) = self.tell("WebDriver:GetComputedLabel", about).await else { continue };
            let its_name = its_name.as_str().unwrap_or_default();
            if its_role == json!(role) && name.fits(its_name) {
                return Ok(Some(element));
            }
            seen.push(format!("{its_role} «{its_name}»"));
        }
        Ok(None)
    }

    async fn elements(&mut self) -> Result<Vec<String>> {
        let found = self.tell("WebDriver:FindElements", json!({ "using": "css selector", "value": ELEMENTS })).await?;
        let handles = found.as_array().context("no list of elements")?.iter();
        Ok(handles.filter_map(|handle| Some(handle.as_object()?.values().next()?.as_str()?.to_owned())).collect())
    }

    /// Waits for something and clicks it.
    pub async fn press(&mut self, role: &str, name: Name<'_>) -> Result<()> {
        let element = self.find(role, name).await?;
        self.tell("WebDriver:ElementClick", json!({ "id": element })).await.map(drop)
    }

    /// Waits for a field and types into it.
    pub async fn fill(&mut self, name: Name<'_>, text: &str) -> Result<()> {
        let element = self.find("textbox", name).await?;
        self.tell("WebDriver:ElementSendKeys", json!({ "id": element, "text": text })).await.map(drop)
    }

    /// The words that something shows.
    pub async fn text_of(&mut self, role: &str, name: Name<'_>) -> Result<String> {
        let element = self.find(role, name).await?;
        let text = self.tell("WebDriver:GetElementText", json!({ "id": element })).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    async fn tell(&mut self, name: &str, parameters: Value) -> Result<Value> {
        self.n_commands += 1;
        let command = json!([0, self.n_commands, name, parameters]).to_string();
        self.wire.write_all(format!("{}:{command}", command.len()).as_bytes()).await?;
        let answer =
            tokio::time::timeout(MAX_WAIT, self.hear()).await.with_context(|| format!("{name} takes too long"))??;
        ensure!(answer[1] == json!(self.n_commands), "an answer to another command: {answer}");
        if !answer[2].is_null() {
            bail!("{name}: {}", answer[2]);
        }
        let result = &answer[3];
        Ok(result.get("value").unwrap_or(result).clone())
    }

    async fn hear(&mut self) -> Result<Value> {
        let mut n_bytes = 0;
        loop {
            match self.wire.read_u8().await? {
                b':' => break,
                digit @ b'0'..=b'9' => n_bytes = n_bytes * 10 + usize::from(digit - b'0'),
                other => bail!("no length begins with {other}"),
            }
            ensure!(n_bytes <= MAX_ANSWER_BYTES, "an answer of {n_bytes} bytes");
        }
        let mut message = vec![0; n_bytes];
        self.wire.read_exact(&mut message).await?;
        Ok(serde_json::from_slice(&message)?)
    }
}

async fn await_port(profile: &TempDir) -> Result<u16> {
    let file = profile.path().join("MarionetteActivePort");
    let written = async {
        let mut pace = tokio::time::interval(LOOK_EVERY);
        loop {
            pace.tick().await;
            if let Some(port) = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()) {
                return port;
            }
        }
    };
    tokio::time::timeout(MAX_WAIT, written).await.context("Firefox did not say where it listens")
}
