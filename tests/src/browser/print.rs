//! What comes out of the printer: the browser writes a PDF, whose pages are counted and whose letters are read.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Context, Result};
use data_encoding::BASE64;
use flate2::read::ZlibDecoder;
use serde_json::json;

use super::Browser;

/// A printed document.
#[derive(Debug)]
pub struct Printed {
    /// Sheets of paper.
    pub n_pages: usize,
    /// Every letter and digit in the order in which it is drawn, without spaces.
    pub letters: String,
}

impl Browser {
    /// Shows the page as it is printed, to a person who prefers `light` or `dark`.
    pub async fn see_as_printed(&self, color_scheme: &str) -> Result<()> {
        let features = json!([{ "name": "prefers-color-scheme", "value": color_scheme }]);
        let media = json!({ "media": "print", "features": features });
        self.devtools("Emulation.setEmulatedMedia", media).await?;
        Ok(())
    }

    /// Prints this page on the paper that it asks for, as a person's printer would: without coloured grounds.
    pub async fn print(&self) -> Result<Printed> {
        let options = json!({ "preferCSSPageSize": true, "printBackground": false });
        let printed = self.devtools("Page.printToPDF", options).await?;
        let bytes = BASE64.decode(printed["data"].as_str().context("nothing was printed")?.as_bytes())?;
        read(&bytes)
    }
}

/// Reads a PDF as Skia writes it: its objects stand one after the other, its streams are deflated, and each font says
/// which letter a glyph stands for.
fn read(bytes: &[u8]) -> Result<Printed> {
    let objects = objects(bytes);
    let pages = objects.values().filter(|object| object.head.contains("/Type /Page\n"));
    let mut letters = String::new();
    let mut n_pages = 0;
    for page in pages {
        n_pages += 1;
        let fonts = fonts(&page.head, &objects);
        let content = number_after(&page.head, "/Contents ").and_then(|number| objects.get(&number));
        let content = content.and_then(|object| object.stream.as_deref()).context("a page without a content")?;
        letters.push_str(&drawn(content, &fonts));
    }
    Ok(Printed { n_pages, letters })
}

struct Object {
    head: String,
    stream: Option<String>,
}

fn objects(bytes: &[u8]) -> BTreeMap<usize, Object> {
    let mut found = BTreeMap::new();
    let starts = memchr::memmem::find_iter(bytes, b" 0 obj\n").map(|at| (number_before(bytes, at), at + 7));
    for (number, start) in starts {
        let Some(rest) = bytes.get(start..) else { continue };
        let end = memchr::memmem::find(rest, b"endobj").unwrap_or(rest.len());
        let stream = memchr::memmem::find(rest, b"stream\n").filter(|at| *at < end);
        let head = rest.get(..stream.unwrap_or(end)).map(String::from_utf8_lossy).unwrap_or_default().into_owned();
        let stream = stream.and_then(|at| rest.get(at + 7..)).map(inflate);
        found.insert(number, Object { head, stream });
    }
    found
}

/// What a deflated stream at the beginning of some bytes says; nothing of one that is no text.
fn inflate(bytes: &[u8]) -> String {
    let mut raw = Vec::new();
    match ZlibDecoder::new(bytes).read_to_end(&mut raw) {
        Ok(_) => String::from_utf8_lossy(&raw).into_owned(),
        Err(_) => String::new(),
    }
}

fn number_before(bytes: &[u8], end: usize) -> usize {
    let digits = bytes.get(..end).unwrap_or_default().iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let number = bytes.get(end - digits..end).and_then(|digits| std::str::from_utf8(digits).ok());
    number.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

fn number_after(text: &str, mark: &str) -> Option<usize> {
    let (_, rest) = text.split_once(mark)?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// Which letters a font's glyphs stand for, and how many digits name one.
struct Font {
    n_digits: usize,
    letters: BTreeMap<u32, String>,
}

/// The fonts of a page by the names that its content uses.
fn fonts(page: &str, objects: &BTreeMap<usize, Object>) -> BTreeMap<String, Font> {
    let list = page.split_once("/Font <<").and_then(|(_, rest)| rest.split_once(">>")).map_or("", |(list, _)| list);
    let names = list.split('/').filter_map(|entry| {
        let mut parts = entry.split_whitespace();
        Some((parts.next()?.to_owned(), parts.next()?.parse::<usize>().ok()?))
    });
    let font = |(name, number)| {
        let object: &Object = objects.get(&number)?;
        let map = objects.get(&number_after(&object.head, "/ToUnicode ")?)?.stream.as_deref()?;
        let n_digits = if object.head.contains("/Subtype /Type0") { 4 } else { 2 };
        Some((name, Font { n_digits, letters: letters_of(map) }))
    };
    names.filter_map(font).collect()
}

/// Reads a map from glyphs to letters: `<0024> <0041>` for one, `<0024> <0027> <0041>` for several that follow.
fn letters_of(map: &str) -> BTreeMap<u32, String> {
    let mut letters = BTreeMap::new();
    let is_of_letters = |line: &&str| line.starts_with('<') && !line.contains("FFFF>");
    for line in map.lines().filter(is_of_letters) {
        let codes: Vec<&str> = line.split(['<', '>']).filter(|part| !part.trim().is_empty()).collect();
        let code = |at: usize| codes.get(at).and_then(|code| u32::from_str_radix(code, 16).ok());
        let (Some(first), Some(last)) = (code(0), code(codes.len().saturating_sub(2))) else { continue };
        let Some(letter) = code(codes.len() - 1) else { continue };
        for (nth, glyph) in (first..=last).enumerate() {
            let letter = u32::try_from(nth).ok().and_then(|nth| char::from_u32(letter + nth));
            letters.insert(glyph, letter.map(String::from).unwrap_or_default());
        }
    }
    letters
}

/// The letters that a content draws, one after the other.
fn drawn(content: &str, fonts: &BTreeMap<String, Font>) -> String {
    let mut font = None;
    let mut letters = String::new();
    for line in content.lines() {
        if let Some((name, _)) =
            line.strip_prefix('/').filter(|line| line.ends_with(" Tf")).and_then(|line| line.split_once(' '))
        {
            font = fonts.get(name);
        }
        let Some(font) = font.filter(|_| line.ends_with("Tj") || line.ends_with("TJ")) else { continue };
        for glyphs in line.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(glyphs, _)| glyphs) {
            let mut rest = glyphs;
            while let Some((glyph, after)) = rest.split_at_checked(font.n_digits) {
                let letter = u32::from_str_radix(glyph, 16).ok().and_then(|glyph| font.letters.get(&glyph));
                letters.extend(
                    letter.into_iter().flat_map(|letter| letter.chars()).filter(|letter| !letter.is_whitespace()),
                );
                rest = after;
            }
        }
    }
    letters
}
