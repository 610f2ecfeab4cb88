//! What a browser must fetch before it can start: the page's and the core's WASM with its JavaScript, compressed.

use std::fs;
use std::io::Write;
use std::path::Path;

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
            let path = dist.join(file);
            let missing = || format!("there is no {}: `cargo run -p xtask -- bundle` builds it", path.display());
            n_bytes += n_compressed(&fs::read(&path).with_context(missing)?)?;
        }
        #[expect(clippy::cast_precision_loss, reason = "a file has fewer than 2^52 bytes")]
        figures.push(Figure::new(name, n_bytes as f64 / BYTES_OF_A_KB, "kB"));
    }
    Ok(figures)
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

    #[test]
    fn a_bundle_is_weighed_file_by_file_and_a_missing_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (_, files) in PARTS {
            for file in files {
                fs::write(folder.path().join(file), vec![7; 1_000_000]).unwrap();
            }
        }
        let weighed = weigh(folder.path()).unwrap();
        let once = n_compressed(&vec![7; 1_000_000]).unwrap();
        assert!(once > 900 && once < 2000, "{once}");
        for figure in &weighed {
            assert!((figure.value * BYTES_OF_A_KB - 2.0 * f64::from(u32::try_from(once).unwrap())).abs() < 1e-6);
        }
        fs::remove_file(folder.path().join("sotto-page.js")).unwrap();
        assert!(weigh(folder.path()).unwrap_err().to_string().contains("sotto-page.js"));
    }
}
