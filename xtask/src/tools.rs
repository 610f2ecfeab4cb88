//! Where the pinned tools are: the cache folder that scripts/set-up fills.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// The tools of the bundle.
pub(crate) struct Tools {
    cache: PathBuf,
    toolchain: String,
}

impl Tools {
    /// Finds the tools; the error names the script that brings them.
    pub(crate) fn find() -> Result<Self> {
        let cache = cache_folder()?;
        let chosen = cache.join("web-toolchain");
        let toolchain = fs::read_to_string(&chosen).context("the web tools are not set up: run scripts/set-up web")?;
        Ok(Self { cache, toolchain: toolchain.trim().to_owned() })
    }

    /// A command that sees the tools, the toolchain for WASM and a target folder of its own.
    pub(crate) fn command(&self, program: &str, root: &Path) -> Result<Command> {
        let mut folders = vec![self.cache.join("bin"), self.cache.join("npm/node_modules/binaryen/bin")];
        folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let path = env::join_paths(folders).context("a folder of PATH has a colon in its name")?;
        let mut command = Command::new(program);
        command.current_dir(root).env("PATH", path).env("CARGO_TARGET_DIR", root.join("target/web"));
        // A failed build says what is wrong above; where Trunk was then helps nobody.
        command.env("RUST_BACKTRACE", "0");
        // Set by `cargo run`, and meant for the native build only.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO");
        if !self.toolchain.is_empty() {
            command.env("RUSTUP_TOOLCHAIN", &self.toolchain);
        }
        Ok(command)
    }
}

fn cache_folder() -> Result<PathBuf> {
    if let Some(cache) = env::var_os("SOTTO_CACHE") {
        return Ok(cache.into());
    }
    if let Some(cache) = env::var_os("XDG_CACHE_HOME") {
        return Ok(Path::new(&cache).join("sotto"));
    }
    let Some(home) = env::var_os("HOME") else {
        bail!("neither SOTTO_CACHE, XDG_CACHE_HOME nor HOME is set");
    };
    Ok(Path::new(&home).join(".cache/sotto"))
}

/// Runs a command and fails with its words when it fails.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{name} did not start: run scripts/set-up web"))?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}
