//! axe-core on the page as it stands: what a person with assistive technology would stumble over.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Browser;

/// A rule of axe that the page breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxeViolation {
    /// The rule's name.
    pub rule: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: String,
    /// The elements, as selectors.
    pub elements: Vec<String>,
}

impl AxeViolation {
    /// Whether it keeps somebody out.
    pub fn is_serious(&self) -> bool {
        matches!(self.impact.as_str(), "serious" | "critical")
    }
}

impl Browser {
    /// Lets axe look at the page.
    pub async fn axe(&self) -> Result<Vec<AxeViolation>> {
        if self.evaluate("'axe' in globalThis").await? == Value::Bool(false) {
            let source = axe_source()?;
            let script = fs::read_to_string(&source)
                .with_context(|| format!("{} is missing: run scripts/set-up check", source.display()))?;
            self.evaluate(&format!("{script}; null")).await?;
        }
        let found = self.evaluate("axe.run(document).then((found) => found.violations)").await?;
        let violations = found.as_array().context("axe gave no list")?;
        Ok(violations.iter().map(violation).collect())
    }
}

fn violation(found: &Value) -> AxeViolation {
    let nodes = found["nodes"].as_array().into_iter().flatten();
    AxeViolation {
        rule: found["id"].as_str().unwrap_or_default().to_owned(),
        impact: found["impact"].as_str().unwrap_or_default().to_owned(),
        elements: nodes.map(|node| node["target"].to_string()).collect(),
    }
}

fn axe_source() -> Result<PathBuf> {
    let cache = match (env::var_os("SOTTO_CACHE"), env::var_os("XDG_CACHE_HOME")) {
        (Some(cache), _) => PathBuf::from(cache),
        (None, Some(caches)) => Path::new(&caches).join("sotto"),
        (None, None) => Path::new(&env::var_os("HOME").context("HOME is not set")?).join(".cache/sotto"),
    };
    Ok(cache.join("npm/node_modules/axe-core/axe.min.js"))
}
