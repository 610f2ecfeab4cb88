//! Chromium as a person uses it: one session on one profile, with its console, its workers, its
//! authenticator and its pictures.

mod authenticator;
mod axe;
mod camera;
mod network;
mod print;
mod worker;

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

use crate::chromedriver::{BrowserProcess, ChromeDriver};

pub use authenticator::{Authenticator, Passkey, Prf, PrfOutput, Resident};
pub use axe::AxeViolation;
pub use network::Network;
pub use print::Printed;
pub use worker::{Worker, WorkerKind};

/// How long a page may take for what a test waits for.
const MAX_WAIT: Duration = Duration::from_secs(20);

const FLAGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
];

/// Keeps what each document of a tab broke, from its very start.
const WATCH_VIOLATIONS: &str = "
    globalThis.brokenPolicies = [];
    document.addEventListener('securitypolicyviolation', (event) =>
        globalThis.brokenPolicies.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));";

/// A browser profile on disk; a fresh one is a new device.
pub struct Profile {
    folder: TempDir,
}

impl Profile {
    /// Makes an empty profile.
    pub fn fresh() -> Result<Self> {
        Ok(Self { folder: TempDir::new()? })
    }

    /// Where the browser keeps its files: tests search them for words that must not be there.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// One open browser. Dropping it ends chromedriver and the browser, then removes the profile.
pub struct Browser {
    driver: WebDriver,
    debugger_address: String,
    chromedriver: ChromeDriver,
    profile: Profile,
}

/// One line of the browser's console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleLine {
    /// `SEVERE`, `WARNING`, `INFO` or `DEBUG`.
    pub level: String,
    /// What was said, with its source.
    pub text: String,
}

impl Browser {
    /// Opens Chromium on a fresh profile.
    pub async fn open_fresh() -> Result<Self> {
        Self::open(Profile::fresh()?).await
    }

    /// Opens a fresh one whose authenticator makes passkeys with PRF, at an address.
    pub async fn open_at(address: &str) -> Result<Self> {
        let browser = Self::open_fresh().await?;
        browser.add_authenticator(Prf::Supported).await?;
        browser.go(address).await?;
        Ok(browser)
    }

    /// Opens Chromium on a profile.
    pub async fn open(profile: Profile) -> Result<Self> {
        Self::open_with(profile, &[]).await
    }

    async fn open_with(profile: Profile, more_flags: &[String]) -> Result<Self> {
        let mut chromedriver = ChromeDriver::start()?;
        let mut wanted = DesiredCapabilities::chrome();
        for flag in FLAGS {
            wanted.add_arg(flag)?;
        }
        for flag in more_flags {
            wanted.add_arg(flag)?;
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        let driver = WebDriver::new(chromedriver.address(), wanted).await.context("chromium did not start")?;
        driver.set_script_timeout(MAX_WAIT).await?;
        let capabilities = serde_json::to_value(driver.capabilities())?;
        if let Some(id) = capabilities["goog:processID"].as_u64().and_then(|id| u32::try_from(id).ok()) {
            chromedriver.owns(BrowserProcess { id, mark: profile.path().display().to_string() });
        }
        let debugger = capabilities["goog:chromeOptions"]["debuggerAddress"].as_str();
        let debugger_address = debugger.context("chromedriver named no debugger address")?.to_owned();
        let browser = Self { driver, debugger_address, chromedriver, profile };
        browser.at_every_start(WATCH_VIOLATIONS).await?;
        Ok(browser)
    }

    /// The session, for what this type does not wrap.
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// The profile that this browser writes.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Closes the browser, waits until its process is gone, and hands back its profile.
    pub async fn close(mut self) -> Result<Profile> {
        let empty = Profile::fresh()?;
        let profile = std::mem::replace(&mut self.profile, empty);
        self.driver.clone().quit().await?;
        self.chromedriver.await_browsers_end().await?;
        Ok(profile)
    }

    /// Goes to an address.
    pub async fn go(&self, address: &str) -> Result<()> {
        Ok(self.driver.goto(address).await?)
    }

    /// Loads the page again.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.driver.refresh().await?)
    }

    /// Runs a script at the start of every document of this tab, before the page's own.
    pub async fn at_every_start(&self, script: &str) -> Result<()> {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await?;
        Ok(())
    }

    /// Sends one command of the DevTools protocol to this tab.
    pub async fn devtools(&self, method: &str, params: Value) -> Result<Value> {
        self.driver.cdp().send_raw(method, params).await.with_context(|| format!("{method} failed"))
    }

    /// Evaluates an expression in the page; promises are awaited. The page's policy does not bind it.
    pub async fn evaluate(&self, expression: &str) -> Result<Value> {
        evaluated(&self.devtools("Runtime.evaluate", evaluation(expression)).await?)
    }

    /// Waits until an expression is true in the page.
    pub async fn wait_until(&self, expression: &str) -> Result<()> {
        let max_ms = MAX_WAIT.as_millis();
        let held = self
            .evaluate(&format!(
                "new Promise((done) => {{
                    const end = performance.now() + {max_ms};
                    const look = () => {{
                        if ({expression}) done(true);
                        else if (performance.now() > end) done(false);
                        else setTimeout(look, 10);
                    }};
                    look();
                }})"
            ))
            .await?;
        if held == Value::Bool(true) {
            return Ok(());
        }
        let seen = self.console().await?;
        bail!("waited in vain for: {expression}; the console says {seen:#?}")
    }

    /// Takes what the console, page and workers, said since the last call.
    pub async fn console(&self) -> Result<Vec<ConsoleLine>> {
        let lines = self.driver.browser_log().await?;
        Ok(lines.into_iter().map(|line| ConsoleLine { level: line.level, text: line.message }).collect())
    }

    /// What this document did against its Content-Security-Policy.
    pub async fn broken_policies(&self) -> Result<Vec<String>> {
        Ok(serde_json::from_value(self.evaluate("globalThis.brokenPolicies").await?)?)
    }

    /// Writes a picture of what is to be seen.
    pub async fn picture(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, self.driver.screenshot_as_png().await?)?;
        Ok(())
    }

    /// Makes this tab as large as a device, in CSS pixels; a phone has a finger and no room for scroll bars.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let is_phone = width < 768;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await?;
        Ok(())
    }

    /// Shows the page as a person with these preferences sees it: `light` or `dark`, `reduce` or `no-preference`.
    pub async fn prefer(&self, color_scheme: &str, motion: &str) -> Result<()> {
        let features = json!({ "media": "", "features": [
            { "name": "prefers-color-scheme", "value": color_scheme },
            { "name": "prefers-reduced-motion", "value": motion },
        ] });
        self.devtools("Emulation.setEmulatedMedia", features).await?;
        Ok(())
    }

    /// Forgets everything that an origin has stored: the next visit is a new device.
    pub async fn clear_origin(&self, origin: &str) -> Result<()> {
        let what = json!({ "origin": origin, "storageTypes": "all" });
        self.devtools("Storage.clearDataForOrigin", what).await?;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Quitting from here would block the runtime that it needs; chromedriver's end ends the browser.
        // A closed browser has quit already, and says so.
        drop(self.driver.clone().leak());
    }
}

fn evaluation(expression: &str) -> Value {
    json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true })
}

fn evaluated(answer: &Value) -> Result<Value> {
    let fault = &answer["exceptionDetails"];
    ensure!(fault.is_null(), "the expression threw: {fault}");
    Ok(answer["result"]["value"].clone())
}
