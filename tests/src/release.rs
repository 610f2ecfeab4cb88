//! A web folder of a test's own: the bundle, into which a newer release can be published.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::static_site::web_folder;

/// The files that carry the build id.
const STAMPED: [&str; 3] = ["index.html", "core.js", "sw.js"];
const LIST: &str = "shell.json";

/// A published release.
pub struct Release {
    folder: TempDir,
}

impl Release {
    /// Publishes the bundle as it was built.
    pub fn built() -> Result<Self> {
        let release = Self { folder: TempDir::new()? };
        for file in fs::read_dir(web_folder()?)? {
            let file = file?;
            fs::copy(file.path(), release.path().join(file.file_name()))?;
        }
        Ok(release)
    }

    /// Where its files are.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Publishes a newer one in its place: the same code with a build id of its own.
    pub fn publish_newer(&self) -> Result<()> {
        let mut list: Value = serde_json::from_slice(&fs::read(self.path().join(LIST))?)?;
        let old = list["build"].as_str().context("the list names no build")?.to_owned();
        let new: String = old.chars().rev().collect();
        for name in STAMPED {
            let path = self.path().join(name);
            let stamped = fs::read_to_string(&path)?.replace(&old, &new);
            let address = if name == "index.html" { "/".to_owned() } else { format!("/{name}") };
            if let Some(hash) = list["files"].get_mut(&address) {
                *hash = json!(HEXLOWER.encode(&Sha256::digest(stamped.as_bytes())));
            }
            fs::write(path, stamped)?;
            remove_compressed(self.path(), name)?;
        }
        list["build"] = json!(new);
        fs::write(self.path().join(LIST), serde_json::to_vec(&list)?)?;
        remove_compressed(self.path(), LIST)
    }
}

fn remove_compressed(folder: &Path, name: &str) -> Result<()> {
    for path in ["gz", "br"].map(|ending| folder.join(format!("{name}.{ending}"))) {
        if path.exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
