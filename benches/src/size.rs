//! What a browser must fetch before it can start: the page's and the core's WASM with its JavaScript, compressed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

use crate::figures::Figure;
use crate::{Outcome, workspace_root};

const BYTES_OF_A_KB: f64 = 1000.0;
const PARTS: [(&str, [&str; 2]); 2] = [
    ("size.core.gzip_kb", ["sotto-core.js", "sotto-core_bg.wasm"]),
    ("size.page.gzip_kb", ["sotto-page.js", "sotto-page_bg.wasm"]),
];

/// Weighs the bundle.
pub(crate) fn measure() -> Result<Outcome> {
    weigh(&workspace_root()?.join("target/dist")).map(Outcome::of)
}

fn weigh(dist: &Path) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (name, files) in PARTS {
        let mut n_bytes = 0;
        for file in files {
            let missing =
                || format!("there is no {file} in {}: `cargo run -p xtask -- bundle` builds it", dist.display());
            let path = find(dist, file)?.with_context(missing)?;
            n_bytes += n_compressed(&fs::read(path)?)?;
        }
        #[expect(clippy::cast_precision_loss, reason = "a file has fewer than 2^52 bytes")]
        figures.push(Figure::new(name, n_bytes as f64 / BYTES_OF_A_KB, "kB"));
    }
    Ok(figures)
}

/// A file of the bundle by its name without its content's hash.
fn find(dist: &Path, file: &str) -> Result<Option<PathBuf>> {
    let Some((stem, ending)) = file.split_once('.') else { return Ok(None) };
    let Ok(entries) = fs::read_dir(dist) else { return Ok(None) };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let digits = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-')?.split_once('.'));
        if digits.is_some_and(|(digits, found)| found == ending && !digits.contains('-')) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Bytes that `gzip -9` makes of these.
fn n_compressed(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashed(file: &str) -> String {
        file.replacen('.', "-0123456789abcdef.", 1)
    }

    #[test]
    fn a_bundle_is_weighed_file_by_file_and_a_missing_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (_, files) in PARTS {
            for file in files {
                fs::write(folder.path().join(hashed(file)), vec![7; 1_000_000]).unwrap();
            }
        }
        let weighed = weigh(folder.path()).unwrap();
        let once = n_compressed(&vec![7; 1_000_000]).unwrap();
        assert!(once > 900 && once < 2000, "{once}");
        for figure in &weighed {
            assert!((figure.value * BYTES_OF_A_KB - 2.0 * f64::from(u32::try_from(once).unwrap())).abs() < 1e-6);
        }
        fs::remove_file(folder.path().join(hashed("sotto-page.js"))).unwrap();
        assert!(weigh(folder.path()).unwrap_err().to_string().contains("sotto-page.js"));
    }
}
