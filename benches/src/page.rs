//! A page in real Chromium whose workers run contestants, one turn after the other.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use e2e::browser::Browser;
use e2e::static_site::StaticSite;
use serde_json::Value;

use crate::crypto::build_wasm;
use crate::workspace_root;

/// The page, while it is open.
pub(crate) struct Page {
    browser: Browser,
    script: &'static str,
    _site: StaticSite,
}

impl Page {
    /// Builds the WASM, and opens the page with a worker's script beside it and what `add` puts there.
    pub(crate) async fn open<T>(script: &'static str, add: impl FnOnce(&Path) -> Result<T>) -> Result<(Self, T)> {
        let folder = workspace_root()?.join("target/bench");
        build_wasm()?;
        let pages = workspace_root()?.join("benches/page");
        for name in ["index.html", "bench.js", script] {
            fs::copy(pages.join(name), folder.join(name)).with_context(|| format!("{name} could not be copied"))?;
        }
        let added = add(&folder)?;
        let site = StaticSite::serve(&folder).await?;
        let browser = Browser::open_fresh().await?;
        browser.go(&format!("{}/", site.origin())).await?;
        browser.wait_until("typeof globalThis.measure === 'function'").await?;
        Ok((Self { browser, script, _site: site }, added))
    }

    /// What the worker measures of a task.
    pub(crate) async fn measure(&self, task: &Value) -> Result<f64> {
        let answer = self.browser.evaluate(&format!("globalThis.measure({task}, '/{}')", self.script)).await?;
        answer.as_f64().context("a turn ends in a number")
    }
}
