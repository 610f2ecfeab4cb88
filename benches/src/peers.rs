//! Peers: what others do for the same job, at a pinned version, in the cache folder outside the checkout.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt, fs};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::relay::{nginx_is_there, prepare_nginx};

/// A package of npm whose scripts a page loads.
#[derive(Debug)]
pub(crate) struct Package {
    name: &'static str,
    version: &'static str,
    /// The bench that wants it.
    bench: &'static str,
    /// Each file of `node_modules`, and under which name a worker loads it.
    files: &'static [(&'static str, &'static str)],
    /// A worker has no import map: a bare name, and the address that takes its place.
    import: Option<(&'static str, &'static str)>,
}

/// For `crypto`.
pub(crate) const LIBSODIUM: Package = Package {
    name: "libsodium-wrappers",
    version: "0.8.4",
    bench: "crypto",
    files: &[
        ("libsodium-wrappers/dist/modules-esm/libsodium-wrappers.mjs", "libsodium-wrappers.js"),
        ("libsodium/dist/modules-esm/libsodium.mjs", "libsodium.js"),
    ],
    import: Some(("from\"libsodium\"", "from\"/libsodium.js\"")),
};

/// For `keys`: the build that has Argon2id.
pub(crate) const LIBSODIUM_SUMO: Package = Package {
    name: "libsodium-wrappers-sumo",
    version: "0.8.4",
    bench: "keys",
    files: &[
        ("libsodium-wrappers-sumo/dist/modules-sumo-esm/libsodium-wrappers.mjs", "libsodium-wrappers-sumo.js"),
        ("libsodium-sumo/dist/modules-sumo-esm/libsodium-sumo.mjs", "libsodium-sumo.js"),
    ],
    import: Some(("from\"libsodium-sumo\"", "from\"/libsodium-sumo.js\"")),
};

/// For `keys`.
pub(crate) const HASH_WASM: Package = Package {
    name: "hash-wasm",
    version: "4.13.0",
    bench: "keys",
    files: &[("hash-wasm/dist/index.esm.min.js", "hash-wasm.js")],
    import: None,
};

/// For `keys`.
pub(crate) const SERENITY: Package = Package {
    name: "@serenity-kit/opaque",
    version: "1.1.0",
    bench: "keys",
    files: &[("@serenity-kit/opaque/esm/index.js", "serenity-opaque.js")],
    import: None,
};

/// A peer that is not installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MissingPeer {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// The bench that wants it.
    pub(crate) bench: &'static str,
}

/// What can be installed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Peer {
    /// Of npm.
    Npm(&'static Package),
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
            Peer::Npm(package) => package.install()?,
            Peer::Nginx if nginx_is_there()? => {}
            Peer::Nginx => prepare_nginx()?,
        }
    }
    Ok(())
}

/// The scripts of a package as a worker loads them: name and text.
type Scripts = Vec<(&'static str, String)>;

impl Package {
    fn install(&self) -> Result<()> {
        if self.scripts()?.is_ok() {
            return Ok(());
        }
        let package = format!("{}@{}", self.name, self.version);
        let quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact"];
        let mut npm = Command::new("npm");
        npm.arg("install").args(quiet).arg("--prefix").arg(folder()?).arg(&package);
        // What it says is no figure.
        let output = npm.output().context("npm did not start: it brings the peers")?;
        ensure!(output.status.success(), "{package} could not be fetched: {}", String::from_utf8_lossy(&output.stderr));
        ensure!(self.scripts()?.is_ok(), "{package} was fetched but is not what was expected");
        Ok(())
    }

    /// Puts its scripts into a folder; or says what is missing.
    pub(crate) fn copy_to(&self, site: &Path) -> Result<Option<MissingPeer>> {
        match self.scripts()? {
            Ok(scripts) => {
                for (name, text) in scripts {
                    fs::write(site.join(name), text)?;
                }
                Ok(None)
            }
            Err(missing) => Ok(Some(missing)),
        }
    }

    fn scripts(&self) -> Result<Result<Scripts, MissingPeer>> {
        self.scripts_in(&folder()?.join("node_modules"))
    }

    fn scripts_in(&self, modules: &Path) -> Result<Result<Scripts, MissingPeer>> {
        let missing = Err(MissingPeer { name: self.name, version: self.version, bench: self.bench });
        let Ok(manifest) = fs::read_to_string(modules.join(self.name).join("package.json")) else { return Ok(missing) };
        let manifest: Value = serde_json::from_str(&manifest)?;
        if manifest["version"] != self.version {
            return Ok(missing);
        }
        let mut scripts = Vec::with_capacity(self.files.len());
        for (file, name) in self.files {
            let text = fs::read_to_string(modules.join(file))?;
            scripts.push((*name, self.import.map_or(text.clone(), |(bare, address)| text.replace(bare, address))));
        }
        Ok(Ok(scripts))
    }
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
        let missing = LIBSODIUM.scripts_in(folder.path()).unwrap().unwrap_err();
        assert_eq!(missing.to_string().lines().count(), 1);
        assert!(missing.to_string().contains("libsodium-wrappers 0.8.4"));

        for package in [LIBSODIUM.name, "libsodium"] {
            let modules = folder.path().join(package).join("dist/modules-esm");
            fs::create_dir_all(&modules).unwrap();
            fs::write(modules.join(format!("{package}.mjs")), "import e from\"libsodium\";").unwrap();
        }
        let manifest = folder.path().join(LIBSODIUM.name).join("package.json");
        fs::write(&manifest, r#"{ "version": "0.8.3" }"#).unwrap();
        assert_eq!(LIBSODIUM.scripts_in(folder.path()).unwrap(), Err(missing), "another version is another peer");
        fs::write(&manifest, r#"{ "version": "0.8.4" }"#).unwrap();
        let scripts = LIBSODIUM.scripts_in(folder.path()).unwrap().unwrap();
        assert_eq!(scripts[0], ("libsodium-wrappers.js", "import e from\"/libsodium.js\";".to_owned()));
    }
}
