//! Peers: what others do for the same job, at a pinned version, in the cache folder outside the checkout.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt, fs};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::relay::{nginx_is_there, prepare_nginx};

/// Its package of npm.
const LIBSODIUM: &str = "libsodium-wrappers";
const LIBSODIUM_VERSION: &str = "0.8.4";

/// A peer that is not installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MissingPeer {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// The bench that wants it.
    pub(crate) bench: &'static str,
}

/// What can be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// For `crypto`.
    Libsodium,
    /// For `relay`.
    Nginx,
}

impl fmt::Display for MissingPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the peer {} {} is not installed: run ./bench prepare {}", self.name, self.version, self.bench)
    }
}

/// Installs those of these peers that are not there yet.
pub(crate) fn prepare(peers: &[Peer]) -> Result<()> {
    for peer in peers {
        match peer {
            Peer::Libsodium => prepare_libsodium()?,
            Peer::Nginx if nginx_is_there()? => {}
            Peer::Nginx => prepare_nginx()?,
        }
    }
    Ok(())
}

fn prepare_libsodium() -> Result<()> {
    if libsodium_scripts()?.is_ok() {
        return Ok(());
    }
    let package = format!("{LIBSODIUM}@{LIBSODIUM_VERSION}");
    let quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact"];
    let mut npm = Command::new("npm");
    npm.arg("install").args(quiet).arg("--prefix").arg(folder()?).arg(&package);
    // What it says is no figure.
    let output = npm.output().context("npm did not start: it brings the peers")?;
    ensure!(output.status.success(), "{package} could not be fetched: {}", String::from_utf8_lossy(&output.stderr));
    ensure!(libsodium_scripts()?.is_ok(), "{package} was fetched but is not what was expected");
    Ok(())
}

/// Libsodium's modules as a worker loads them: name and text.
type Scripts = [(&'static str, String); 2];

/// Libsodium as it is installed.
pub(crate) fn libsodium_scripts() -> Result<Result<Scripts, MissingPeer>> {
    scripts_in(&folder()?.join("node_modules"))
}

fn scripts_in(modules: &Path) -> Result<Result<Scripts, MissingPeer>> {
    let missing = Err(MissingPeer { name: LIBSODIUM, version: LIBSODIUM_VERSION, bench: "crypto" });
    let Ok(manifest) = fs::read_to_string(modules.join(LIBSODIUM).join("package.json")) else { return Ok(missing) };
    let manifest: Value = serde_json::from_str(&manifest)?;
    if manifest["version"] != LIBSODIUM_VERSION {
        return Ok(missing);
    }
    let read =
        |package: &str| fs::read_to_string(modules.join(package).join(format!("dist/modules-esm/{package}.mjs")));
    // A worker has no import map: the one bare name becomes an address.
    let wrappers = read(LIBSODIUM)?.replace("from\"libsodium\"", "from\"/libsodium.js\"");
    Ok(Ok([("libsodium-wrappers.js", wrappers), ("libsodium.js", read("libsodium")?)]))
}

/// The folder of all peers.
pub(crate) fn folder() -> Result<PathBuf> {
    let cache = if let Some(cache) = env::var_os("SOTTO_CACHE") {
        PathBuf::from(cache)
    } else if let Some(cache) = env::var_os("XDG_CACHE_HOME") {
        PathBuf::from(cache).join("sotto")
    } else if let Some(home) = env::var_os("HOME") {
        PathBuf::from(home).join(".cache/sotto")
    } else {
        bail!("neither SOTTO_CACHE, XDG_CACHE_HOME nor HOME is set");
    };
    Ok(cache.join("bench"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_is_not_there_in_its_version_is_missing_in_one_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let missing = scripts_in(folder.path()).unwrap().unwrap_err();
        assert_eq!(missing.to_string().lines().count(), 1);
        assert!(missing.to_string().contains("libsodium-wrappers 0.8.4"));

        for package in [LIBSODIUM, "libsodium"] {
            let modules = folder.path().join(package).join("dist/modules-esm");
            fs::create_dir_all(&modules).unwrap();
            fs::write(modules.join(format!("{package}.mjs")), "import e from\"libsodium\";").unwrap();
        }
        let manifest = folder.path().join(LIBSODIUM).join("package.json");
        fs::write(&manifest, r#"{ "version": "0.8.3" }"#).unwrap();
        assert_eq!(scripts_in(folder.path()).unwrap(), Err(missing), "another version is another peer");
        fs::write(&manifest, r#"{ "version": "0.8.4" }"#).unwrap();
        let [(_, wrappers), _] = scripts_in(folder.path()).unwrap().unwrap();
        assert_eq!(wrappers, "import e from\"/libsodium.js\";");
    }
}
