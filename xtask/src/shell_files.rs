//! The files of the application shell: names by content for what is large, a build id made from all
//! of them, a hash for each, and compressed siblings where they save anything.
//!
//! The build id is the SHA-256 of the sorted names and hashes *before* stamping, so equal sources
//! and tools give equal ids. Page, core and service worker carry it in place of [`PLACEHOLDER`].

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use brotli::enc::BrotliEncoderParams;
use data_encoding::HEXLOWER;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// What stands for the build id in the sources.
const PLACEHOLDER: &str = "__SOTTO_BUILD__";
/// The files that carry the build id.
const STAMPED: [&str; 3] = ["index.html", "core.js", "sw.js"];
/// The files that are named by their content, so that a browser may keep them for ever.
const NAMED_BY_CONTENT: [&str; 12] = [
    "grammars.packdump",
    "sotto.css",
    "sotto-core.js",
    "sotto-core_bg.wasm",
    "sotto-highlight.js",
    "sotto-highlight_bg.wasm",
    "sotto-page.js",
    "sotto-page_bg.wasm",
    "sotto-password.js",
    "sotto-password_bg.wasm",
    "sotto-reader.js",
    "sotto-reader_bg.wasm",
];
/// The files that name them; their own addresses stay.
const NAMING: [&str; 3] = ["index.html", "boot.js", "core.js"];
/// Hex digits of a content in a name; the relay knows such names by them.
const NAME_DIGITS: usize = 16;
/// The service worker's list of files.
const LIST: &str = "shell.json";
/// Fetched by the browser itself, never kept by the service worker.
const UNLISTED: [&str; 2] = ["sw.js", LIST];
/// Below this a compressed sibling saves no packet.
const MIN_COMPRESSED_BYTES: usize = 1024;
/// Hex digits of the build id.
const BUILD_ID_DIGITS: usize = 32;

/// The shell's files by their path under the web folder.
pub(crate) struct ShellFiles {
    files: BTreeMap<String, Vec<u8>>,
}

impl ShellFiles {
    /// Reads every file under `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut files = Self { files: BTreeMap::new() };
        for path in files_under(folder)? {
            files.add(&name_under(folder, &path)?, fs::read(&path)?);
        }
        Ok(files)
    }

    /// Adds one file.
    pub(crate) fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.files.insert(name.to_owned(), bytes);
    }

    /// Adds every file under `folder` as `prefix/…`; a missing folder adds nothing.
    pub(crate) fn add_folder(&mut self, prefix: &str, folder: &Path) -> Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        for path in files_under(folder)? {
            self.add(&format!("{prefix}/{}", name_under(folder, &path)?), fs::read(&path)?);
        }
        Ok(())
    }

    /// Puts a hash of the content into the names of large files, and the new names where they are named.
    pub(crate) fn name_by_content(&mut self) -> Result<()> {
        for name in NAMED_BY_CONTENT {
            let bytes = self.files.remove(name).with_context(|| format!("the bundle has no {name}"))?;
            let (before, after) = (format!("\"/{name}\""), format!("\"/{}\"", with_content(name, &bytes)));
            let mut n_named = 0;
            for naming in NAMING {
                let file = self.files.get_mut(naming).with_context(|| format!("the bundle has no {naming}"))?;
                let text = std::str::from_utf8(file).with_context(|| format!("{naming} is not text"))?;
                n_named += text.matches(&before).count();
                *file = text.replace(&before, &after).into_bytes();
            }
            ensure!(n_named > 0, "no file names {name}");
            self.files.insert(with_content(name, &bytes), bytes);
        }
        Ok(())
    }

    /// Writes the build id into the files that carry it, makes the list, and returns the id.
    pub(crate) fn stamp(&mut self) -> Result<String> {
        let build = self.build_id();
        for name in STAMPED {
            let bytes = self.files.get_mut(name).with_context(|| format!("the bundle has no {name}"))?;
            let text = std::str::from_utf8(bytes).with_context(|| format!("{name} is not text"))?;
            ensure!(text.contains(PLACEHOLDER), "{name} has no place for the build id");
            *bytes = text.replace(PLACEHOLDER, &build).into_bytes();
        }
        let list = serde_json::json!({ "build": build, "files": self.hashes() });
        self.add(LIST, serde_json::to_vec_pretty(&list)?);
        Ok(build)
    }

    fn build_id(&self) -> String {
        let mut hash = Sha256::new();
        for (name, bytes) in &self.files {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(Sha256::digest(bytes));
        }
        let mut id = HEXLOWER.encode(&hash.finalize());
        id.truncate(BUILD_ID_DIGITS);
        id
    }

    /// The address of each kept file and its hash; the page itself is kept as `/`.
    fn hashes(&self) -> BTreeMap<String, String> {
        let kept = self.files.iter().filter(|(name, _)| !UNLISTED.contains(&name.as_str()));
        kept.map(|(name, bytes)| (address(name), HEXLOWER.encode(&Sha256::digest(bytes)))).collect()
    }

    /// Writes all files, and a `.br` and a `.gz` beside each that gets smaller.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(&path, bytes)?;
            if bytes.len() < MIN_COMPRESSED_BYTES {
                continue;
            }
            for (ending, small) in [("br", compress_more(bytes)?), ("gz", compress(bytes)?)] {
                if small.len() < bytes.len() {
                    fs::write(folder.join(format!("{name}.{ending}")), small)?;
                }
            }
        }
        Ok(())
    }

    /// Bytes of these files together, compressed.
    pub(crate) fn n_compressed(&self, names: &[&str]) -> Result<usize> {
        let mut n_bytes = 0;
        for name in names {
            n_bytes += compress(self.files.get(*name).with_context(|| format!("the bundle has no {name}"))?)?.len();
        }
        Ok(n_bytes)
    }

    /// One line a file: its size, plain and compressed.
    pub(crate) fn summary(&self, build: &str) -> String {
        let mut text = format!("bundle {build}");
        for (name, bytes) in &self.files {
            let n_small = compress(bytes).map_or(bytes.len(), |small| small.len());
            write!(text, "\n  {:>9} bytes, {n_small:>8} compressed  {name}", bytes.len())
                .expect("a String takes any text");
        }
        text
    }
}

fn address(name: &str) -> String {
    if name == "index.html" { "/".to_owned() } else { format!("/{name}") }
}

/// `sotto.css` with its content's hash: `sotto-0123456789abcdef.css`.
fn with_content(name: &str, bytes: &[u8]) -> String {
    let mut digits = HEXLOWER.encode(&Sha256::digest(bytes));
    digits.truncate(NAME_DIGITS);
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    format!("{stem}-{digits}.{ending}")
}

/// Brotli, as small as it gets: the page's files are compressed once and fetched often.
fn compress_more(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut small = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut small, &BrotliEncoderParams::default())?;
    Ok(small)
}

fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("cannot list {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn name_under(folder: &Path, path: &Path) -> Result<String> {
    let parts: Vec<_> = path.strip_prefix(folder)?.iter().map(|part| part.to_string_lossy()).collect();
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(core: &str) -> ShellFiles {
        let mut files = ShellFiles { files: BTreeMap::new() };
        files.add("index.html", format!("<html data-build=\"{PLACEHOLDER}\">").into_bytes());
        files.add("sw.js", format!("const BUILD = \"{PLACEHOLDER}\";").into_bytes());
        files.add("core.js", core.as_bytes().to_vec());
        files
    }

    #[test]
    fn equal_files_have_an_equal_build_id_and_a_changed_one_has_another() {
        let first = shell("a __SOTTO_BUILD__").stamp().unwrap();
        assert_eq!(first, shell("a __SOTTO_BUILD__").stamp().unwrap());
        assert_ne!(first, shell("b __SOTTO_BUILD__").stamp().unwrap());
    }

    #[test]
    fn the_list_holds_the_hash_of_every_stamped_file_but_not_of_the_service_worker() {
        let mut files = shell("a __SOTTO_BUILD__");
        let build = files.stamp().unwrap();
        let list: serde_json::Value = serde_json::from_slice(&files.files[LIST]).unwrap();

        let page = format!("<html data-build=\"{build}\">");
        let core = format!("a {build}");
        let expected = serde_json::json!({
            "build": build,
            "files": {
                "/": HEXLOWER.encode(&Sha256::digest(page.as_bytes())),
                "/core.js": HEXLOWER.encode(&Sha256::digest(core.as_bytes())),
            },
        });
        assert_eq!(list, expected);
    }

    #[test]
    fn a_file_without_a_place_for_the_build_id_is_refused() {
        assert!(shell("no place").stamp().is_err());
    }

    #[test]
    fn only_a_file_that_gets_smaller_has_a_compressed_sibling() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = shell("a __SOTTO_BUILD__");
        files.add("long.css", b"a".repeat(MIN_COMPRESSED_BYTES));
        files.write(folder.path()).unwrap();

        for ending in ["br", "gz"] {
            assert!(folder.path().join(format!("long.css.{ending}")).is_file());
            assert!(!folder.path().join(format!("core.js.{ending}")).exists());
        }
        let mut plain = Vec::new();
        let packed = fs::read(folder.path().join("long.css.br")).unwrap();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut plain).unwrap();
        assert_eq!(plain, b"a".repeat(MIN_COMPRESSED_BYTES));
    }

    fn large_shell(css: &str) -> ShellFiles {
        let mut files = shell("import(\"/sotto-core.js\"); \"/sotto-core_bg.wasm\"; \"/grammars.packdump\";");
        files.add("index.html", b"<link href=\"/sotto.css\" /><link href=\"/sotto-page.js\" />".to_vec());
        let named = ["sotto-page", "sotto-highlight", "sotto-password", "sotto-reader"];
        let boot: Vec<_> = named.iter().map(|name| format!("\"/{name}.js\" \"/{name}_bg.wasm\"")).collect();
        files.add("boot.js", boot.join(" ").into_bytes());
        for name in NAMED_BY_CONTENT {
            files.add(name, name.as_bytes().to_vec());
        }
        files.add("sotto.css", css.as_bytes().to_vec());
        files
    }

    #[test]
    fn large_files_are_named_by_their_content_everywhere() {
        let name_of = |css: &str| {
            let mut files = large_shell(css);
            files.name_by_content().unwrap();
            for old in NAMED_BY_CONTENT {
                assert!(!files.files.contains_key(old), "{old}");
            }
            for naming in NAMING {
                let text = String::from_utf8(files.files[naming].clone()).unwrap();
                for address in
                    text.split('"').filter_map(|part| part.strip_prefix('/')).filter(|part| part.contains('.'))
                {
                    assert!(files.files.contains_key(address), "{naming} names {address}");
                }
            }
            files.files.keys().find(|name| name.strip_suffix(".css").is_some()).unwrap().clone()
        };
        let first = name_of("p {}");
        assert_eq!(first, with_content("sotto.css", b"p {}"));
        assert_eq!(first.len(), "sotto-0123456789abcdef.css".len());
        assert_eq!(first, name_of("p {}"));
        assert_ne!(first, name_of("q {}"));

        let mut unnamed = large_shell("p {}");
        unnamed.add("index.html", b"<p>".to_vec());
        assert!(unnamed.name_by_content().is_err(), "a file that nobody loads");
    }
}
