//! One bundle: Trunk builds page and core, then the files are packed, stamped with the build id, listed
//! with their hashes in shell.json and compressed. The old bundle is replaced at the very end, so
//! a relay that serves it never sees half of a new one.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, Result, ensure};

use crate::{
    pack::pack,
    shell_files::ShellFiles,
    tools::{Tools, run},
};

/// What each module may weigh with its script, by gzip: what was reached, and a little more. `./bench size` says what
/// they weigh.
const MAX_COMPRESSED_BYTES: [([&str; 2], usize); 2] =
    [(["sotto-core.js", "sotto-core_bg.wasm"], 595_000), (["sotto-page.js", "sotto-page_bg.wasm"], 355_000)];

/// Builds `target/dist` and says what is in it.
pub(crate) fn bundle() -> Result<String> {
    #[expect(clippy::disallowed_methods, reason = "files are compared by their times")]
    let begun = SystemTime::now();
    let root = workspace_root()?;
    let tools = Tools::find()?;
    run_trunk(&tools, &root)?;
    let folder = root.join("target/web/trunk");
    pack(&tools, &root, &folder)?;
    let mut files = ShellFiles::read(&folder)?;
    files.add("sotto.css", stylesheet(&root.join("web-app/styles"))?);
    files.add("grammars.packdump", web_highlight::grammars::pack());
    files.add_folder("assets", &root.join("web-app/assets"))?;
    let weighed = check_weight(&files);
    files.name_by_content()?;
    let build = files.stamp()?;
    let dist = root.join("target/dist");
    replace_folder(&files, &dist)?;
    // A source that changed while it was built is newer than its bundle.
    fs::File::options().write(true).open(dist.join("shell.json"))?.set_modified(begun)?;
    // It can be used as it is, so that what made it larger can be looked for.
    weighed?;
    Ok(files.summary(&build))
}

/// What a browser loads before it can start may grow only on purpose.
fn check_weight(files: &ShellFiles) -> Result<()> {
    for (names, max_bytes) in MAX_COMPRESSED_BYTES {
        let n_bytes = files.n_compressed(&names)?;
        ensure!(
            n_bytes <= max_bytes,
            "{} is {n_bytes} bytes compressed, more than its {max_bytes}",
            names.join(" with ")
        );
    }
    Ok(())
}

/// The checkout that this package belongs to.
pub(crate) fn workspace_root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("xtask is a folder of the workspace")?.to_owned())
}

fn run_trunk(tools: &Tools, root: &Path) -> Result<()> {
    let mut fetch = tools.command("cargo", root)?;
    fetch.args(["fetch", "--quiet", "--locked"]);
    run(fetch)?;
    let mut trunk = tools.command("trunk", root)?;
    // Offline: a tool of another version is an error here, not a download.
    trunk.args(["--log", "warn", "build", "--release", "--offline", "--locked"]);
    run(trunk)
}

/// Joins the style sheets: tokens, then the base, then one file a piece by name.
fn stylesheet(folder: &Path) -> Result<Vec<u8>> {
    let mut sheets = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "css") {
                sheets.push(path);
            }
        }
    }
    sheets.sort_by_key(|path| (style_order(path), path.clone()));
    let mut joined = Vec::new();
    for sheet in sheets {
        joined.extend(fs::read(&sheet).with_context(|| format!("cannot read {}", sheet.display()))?);
        joined.push(b'\n');
    }
    Ok(joined)
}

fn style_order(path: &Path) -> u8 {
    match path.file_name().and_then(|name| name.to_str()) {
        Some("tokens.css") => 0,
        Some("base.css") => 1,
        _ => 2,
    }
}

fn replace_folder(files: &ShellFiles, dist: &Path) -> Result<()> {
    let fresh = dist.with_extension("new");
    let old = dist.with_extension("old");
    for leftover in [&fresh, &old] {
        if leftover.exists() {
            fs::remove_dir_all(leftover)?;
        }
    }
    files.write(&fresh)?;
    if dist.exists() {
        fs::rename(dist, &old)?;
    }
    fs::rename(&fresh, dist)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_outgrew_its_limit_is_named_with_its_size() {
        let mut files = ShellFiles::read(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        for (names, _) in MAX_COMPRESSED_BYTES {
            for name in names {
                files.add(name, vec![7; 1000]);
            }
        }
        check_weight(&files).unwrap();
        let mut number = 1_u32;
        let next = |_| {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            number.to_le_bytes()[3]
        };
        files.add("sotto-core_bg.wasm", (0..600_000).map(next).collect());
        assert!(
            check_weight(&files).unwrap_err().to_string().starts_with("sotto-core.js with sotto-core_bg.wasm is 60")
        );
    }
}
