//! The files of a checkout, read once into memory, and the breaches that rules find in them.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::source::Source;

/// Folders that hold nothing written by hand.
const SKIPPED_FOLDERS: [&str; 6] = [".git", "target", "dist", "data", "node_modules", "shared"];

/// One file of the tree.
pub(crate) struct File {
    /// Path from the root, with `/` between folders.
    pub(crate) path: String,
    /// Text; bytes that are no UTF-8 are replaced.
    pub(crate) text: String,
    /// Whether the run bit is set for its owner.
    pub(crate) is_executable: bool,
    source: OnceLock<Source>,
}

impl File {
    /// The file taken apart as Rust, once.
    pub(crate) fn source(&self) -> &Source {
        self.source.get_or_init(|| Source::parse(&self.path, &self.text))
    }

    /// Whether the path ends in this extension, given with its dot.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        self.path.ends_with(extension)
    }

    /// Whether the file lies at `folder.rs` or anywhere under `folder/`.
    pub(crate) fn belongs_to(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    }
}

/// All files of one checkout, ordered by path.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) files: Vec<File>,
}

impl Tree {
    /// Reads the checkout that this package belongs to, once for all rules.
    pub(crate) fn of_this_checkout() -> &'static Self {
        static CHECKOUT: OnceLock<Tree> = OnceLock::new();
        CHECKOUT.get_or_init(|| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
            Self::load(folder.parent().expect("the package lies in a folder of the checkout"))
        })
    }

    /// Reads every file under `root`.
    pub(crate) fn load(root: &Path) -> Self {
        let mut files = Vec::new();
        collect(root, root, &mut files);
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Self { root: root.to_owned(), files }
    }

    /// Finds one file by its path from the root.
    pub(crate) fn find(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Lists the Rust files, each taken apart into code, strings and tests.
    pub(crate) fn rust_sources(&self) -> impl Iterator<Item = (&File, &Source)> {
        self.files.iter().filter(|file| file.has_extension(".rs")).map(|file| (file, file.source()))
    }

    /// Whether any file lies at `folder.rs` or under `folder/`.
    pub(crate) fn has_part(&self, folder: &str) -> bool {
        self.files.iter().any(|file| file.belongs_to(folder))
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    let entries = fs::read_dir(folder).expect("a folder of the checkout can be listed");
    for entry in entries {
        let entry = entry.expect("a folder entry can be read");
        let kind = entry.file_type().expect("a folder entry has a type");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if kind.is_dir() && !SKIPPED_FOLDERS.contains(&name.as_str()) {
            collect(root, &path, files);
        } else if kind.is_file() && name != ".git" {
            files.extend(read(root, &path));
        }
    }
}

/// Reads one file; `None` when it was removed since it was listed.
fn read(root: &Path, path: &Path) -> Option<File> {
    let bytes = fs::read(path).ok()?;
    let mode = fs::metadata(path).ok()?.permissions().mode();
    let relative = path.strip_prefix(root).expect("collected paths lie under the root");
    Some(File {
        path: relative.to_string_lossy().replace('\\', "/"),
        text: String::from_utf8_lossy(&bytes).into_owned(),
        is_executable: mode & 0o100 != 0,
        source: OnceLock::new(),
    })
}

/// One place that breaks one rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    path: String,
    line: usize,
    sentence: String,
}

impl Breach {
    /// Notes a breach at a line, counted from 1.
    pub(crate) fn at(path: &str, line: usize, sentence: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, sentence: sentence.into() }
    }

    /// Notes a breach of a whole file.
    pub(crate) fn of(path: &str, sentence: impl Into<String>) -> Self {
        Self::at(path, 1, sentence)
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, sentence } = self;
        write!(formatter, "{path}:{line}: {sentence}")
    }
}

/// A rule over a tree.
pub(crate) type Rule = fn(&Tree) -> Vec<Breach>;

/// Fails with every breach that the rule finds in this checkout.
#[track_caller]
pub(crate) fn assert_tidy(rule: Rule) {
    let breaches = rule(Tree::of_this_checkout());
    let listed: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert!(listed.is_empty(), "{} breaches:\n{}", listed.len(), listed.join("\n"));
}

/// Writes the planted files to a folder of its own and returns what the rule says about them.
pub(crate) fn breaches_of(rule: Rule, planted: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (path, text) in planted {
        let path = folder.path().join(path);
        let parent = path.parent().expect("a planted file lies in a folder");
        fs::create_dir_all(parent).expect("a planted folder can be made");
        fs::write(&path, text).expect("a planted file can be written");
    }
    let breaches = rule(&Tree::load(folder.path()));
    breaches.iter().map(ToString::to_string).collect()
}

/// Fails unless the rule finds exactly one breach in the planted files, at this place.
#[track_caller]
pub(crate) fn assert_refused(rule: Rule, planted: &[(&str, &str)], place: &str) {
    let breaches = breaches_of(rule, planted);
    assert_eq!(breaches.len(), 1, "{breaches:#?}");
    assert!(breaches.iter().all(|breach| breach.starts_with(place)), "{breaches:#?}");
}

/// Fails if the rule finds anything in the planted files.
#[track_caller]
pub(crate) fn assert_accepted(rule: Rule, planted: &[(&str, &str)]) {
    assert_eq!(breaches_of(rule, planted), Vec::<String>::new());
}
