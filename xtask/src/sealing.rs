//! The code of core and password file alone, for `./bench crypto`, `store` and `keys`: built with the same profile, flags and tools.

use std::fs;

use anyhow::{Context, Result};

use crate::bundle::workspace_root;
use crate::tools::{Tools, run};

const NAME: &str = "bench_wasm";

/// Builds `target/bench/bench_wasm.js` and `bench_wasm_bg.wasm`.
pub(crate) fn build() -> Result<String> {
    let root = workspace_root()?;
    let tools = Tools::find()?;
    let mut cargo = tools.command("cargo", &root)?;
    cargo.args(["build", "--quiet", "--locked", "-p", "bench-wasm", "--profile", "wasm-core"]);
    cargo.args(["--target", "wasm32-unknown-unknown"]);
    run(cargo)?;

    let folder = root.join("target/bench");
    fs::create_dir_all(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
    let built = root.join(format!("target/web/wasm32-unknown-unknown/wasm-core/{NAME}.wasm"));
    let mut bindgen = tools.command("wasm-bindgen", &root)?;
    bindgen.args(["--target", "web", "--no-typescript", "--out-name", NAME, "--out-dir"]).arg(&folder).arg(built);
    run(bindgen)?;

    let module = folder.join(format!("{NAME}_bg.wasm"));
    let mut optimise = tools.command("wasm-opt", &root)?;
    optimise
        .args(["-Os", "--low-memory-unused", "--one-caller-inline-max-function-size=20"])
        .arg(&module)
        .arg("-o")
        .arg(&module);
    run(optimise)?;
    Ok(format!("bench core {}", module.display()))
}
