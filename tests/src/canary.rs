//! Canaries: random words that must not be found where they do not belong, in any form that bytes take on the way.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use memchr::memmem;
use tempfile::TempDir;

/// Something secret, and what it is.
#[derive(Debug, Clone)]
pub struct Canary {
    /// What it is, for messages.
    pub what: &'static str,
    forms: Vec<Vec<u8>>,
}

/// A word that nobody has ever written: the prefix, and something of which no part is like it.
pub fn random_word(prefix: &str) -> String {
    let number = RandomState::new().hash_one(prefix);
    format!("{prefix}-{number:016x}")
}

impl Canary {
    /// A canary of these bytes.
    pub fn new(what: &'static str, bytes: &[u8]) -> Self {
        let utf_16: Vec<u8> = bytes.iter().flat_map(|byte| [*byte, 0]).collect();
        let mut forms = vec![bytes.to_vec(), utf_16];
        forms.extend([HEXLOWER.encode(bytes), HEXLOWER.encode(bytes).to_uppercase()].map(String::into_bytes));
        // A list of numbers, as `Debug` and JSON write bytes.
        let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
        forms.extend([", ", ","].map(|separator| numbers.join(separator).into_bytes()));
        // Base64 of the bytes at each of the three offsets that a longer text can put them.
        for offset in 0..3 {
            let shifted = [vec![0; offset], bytes.to_vec()].concat();
            let whole = shifted.len() / 3 * 3;
            let Some(part) = shifted.get(..whole) else { continue };
            for text in [BASE64.encode(part), BASE64URL_NOPAD.encode(part)] {
                let inner: String = text.chars().skip(if offset == 0 { 0 } else { 4 }).collect();
                forms.push(inner.into_bytes());
            }
        }
        forms.sort();
        forms.dedup();
        Self { what, forms }
    }

    /// A canary of a text.
    pub fn text(what: &'static str, text: &str) -> Self {
        Self::new(what, text.as_bytes())
    }

    /// How often it is found in some bytes.
    pub fn count_in(&self, bytes: &[u8]) -> usize {
        self.forms.iter().map(|form| memmem::find_iter(bytes, form).count()).sum()
    }
}

/// Every file below a folder: path and bytes.
pub fn files_below(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let kind = fs::symlink_metadata(&path)?.file_type();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                files.push((path.display().to_string(), fs::read(&path)?));
            }
        }
    }
    Ok(files)
}

/// What a process has in its writable memory now.
pub fn memory_of(process_id: u32) -> Result<Vec<Vec<u8>>> {
    regions_of(process_id, |mode| mode.starts_with("rw"))
}

/// A process that this one has started, and all that they have started, as far as they run now.
pub fn descendants() -> Result<Vec<u32>> {
    let parent_of = |id: u32| {
        let status = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name stands in brackets and may hold anything.
        status.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let entries = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let parents: Vec<(u32, u32)> = entries.filter_map(|id| Some((id, parent_of(id)?))).collect();
    let mut found = vec![std::process::id()];
    let mut looked_at = 0;
    while let Some(parent) = found.get(looked_at).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        looked_at += 1;
    }
    found.remove(0);
    Ok(found)
}

/// A core dump: everything that a process has in memory now, read-only parts and those that it wants left out of dumps
/// too. Made by gdb; where gdb may not attach to what is not its child, copied by this process, the parent.
pub fn core_dump_of(process_id: u32) -> Result<Vec<u8>> {
    let made = gcore(process_id);
    made.or_else(|refused| readable_memory_of(process_id).with_context(|| format!("{refused:#}")))
}

/// Every readable mapping of a child process, one after the other.
pub fn readable_memory_of(process_id: u32) -> Result<Vec<u8>> {
    Ok(regions_of(process_id, |mode| mode.starts_with('r'))?.concat())
}

fn gcore(process_id: u32) -> Result<Vec<u8>> {
    let folder = TempDir::new()?;
    let dump = folder.path().join("core");
    let made = Command::new("gcore")
        .args(["-a", "-o"])
        .args([dump.as_os_str(), process_id.to_string().as_ref()])
        .stdin(Stdio::null())
        .output()
        .context("gcore did not start: run scripts/set-up check")?;
    let path = dump.with_extension(process_id.to_string());
    ensure!(made.status.success() && path.exists(), "no core dump: {}", String::from_utf8_lossy(&made.stderr));
    Ok(fs::read(path)?)
}

fn regions_of(process_id: u32, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Vec<u8>>> {
    use std::os::unix::fs::FileExt;
    let maps = fs::read_to_string(format!("/proc/{process_id}/maps"))?;
    let memory = fs::File::open(format!("/proc/{process_id}/mem"))?;
    let mut regions = Vec::new();
    for line in maps.lines().filter(|line| line.split_whitespace().nth(1).is_some_and(&is_wanted)) {
        let Some((start, end)) = line.split_whitespace().next().and_then(|range| range.split_once('-')) else {
            continue;
        };
        let (start, end) = (u64::from_str_radix(start, 16)?, u64::from_str_radix(end, 16)?);
        let mut bytes = vec![0; usize::try_from(end - start)?];
        // Regions that the kernel keeps to itself cannot be read.
        if memory.read_exact_at(&mut bytes, start).is_ok() {
            regions.push(bytes);
        }
    }
    Ok(regions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_found_in_every_form() {
        let word = random_word("canary");
        let canary = Canary::text("test", &word);
        let inside = |text: &str| format!("{{\"a\":\"{text}\"}}").into_bytes();
        for offset in 0..3 {
            let padded = format!("{}{word} and more", "x".repeat(offset));
            assert!(canary.count_in(&inside(&BASE64.encode(padded.as_bytes()))) > 0, "base64 at {offset}");
            assert!(canary.count_in(&inside(&HEXLOWER.encode(padded.as_bytes()))) > 0);
            assert_eq!(canary.count_in(format!("{:?}", padded.as_bytes()).as_bytes()), 1, "a list at {offset}");
            let json = serde_json::to_vec(padded.as_bytes()).expect("a list of numbers");
            assert_eq!(canary.count_in(&json), 1, "a list of JSON at {offset}");
        }
        let cut = word.split_at(word.len() - 1).0;
        assert_eq!(canary.count_in(cut.as_bytes()), 0);
        assert_eq!(canary.count_in(format!("{:?}", cut.as_bytes()).as_bytes()), 0);
    }
}
