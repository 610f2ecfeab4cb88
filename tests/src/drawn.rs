//! Words as they are drawn: their colour, and the ground that they stand on.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::screen::{Screen, Thing};

/// A piece of text and its colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// The text.
    pub text: String,
    /// Its colour: red, green and blue.
    pub colour: [u8; 3],
    /// The colour behind it.
    pub ground: [u8; 3],
}

/// Each text inside an element with its colour and the first ground behind it that is not see-through.
const READ: &str = "function () {
    const pieces = [];
    const texts = document.createTreeWalker(this, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const parent = texts.currentNode.parentElement;
        let behind = parent;
        while (behind.parentElement && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
        pieces.push([texts.currentNode.data, getComputedStyle(parent).color, getComputedStyle(behind).backgroundColor]);
    }
    return pieces;
}";

impl Drawn {
    /// The contrast of WCAG between the text and its ground, 1 to 21.
    pub fn contrast(&self) -> f64 {
        let (text, ground) = (luminance(self.colour), luminance(self.ground));
        (text.max(ground) + 0.05) / (text.min(ground) + 0.05)
    }
}

impl Screen<'_> {
    /// All texts inside a thing, as they are drawn.
    pub async fn drawn(&self, thing: &Thing) -> Result<Vec<Drawn>> {
        let answer = self.call_on(thing, READ).await?;
        answer.as_array().context("no list of texts")?.iter().map(drawn).collect()
    }
}

fn drawn(piece: &Value) -> Result<Drawn> {
    let text = piece[0].as_str().context("no text")?.to_owned();
    Ok(Drawn { text, colour: colour(&piece[1])?, ground: colour(&piece[2])? })
}

/// Reads `rgb(1, 2, 3)`.
fn colour(value: &Value) -> Result<[u8; 3]> {
    let text = value.as_str().unwrap_or_default();
    let parts = text.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')'));
    let parts = parts.with_context(|| format!("{text} is no opaque colour"))?;
    let numbers = parts.split(", ").map(str::parse).collect::<Result<Vec<u8>, _>>()?;
    numbers.try_into().ok().context("a colour has three parts")
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn black_on_white_has_the_greatest_contrast_and_a_colour_on_itself_none() {
        let drawn = |colour, ground| Drawn { text: "x".into(), colour, ground };
        let (black, white) = ([0; 3], [255; 3]);
        assert!((drawn(black, white).contrast() - 21.0).abs() < 0.01);
        assert!((drawn(white, white).contrast() - 1.0).abs() < 0.01);
        assert_eq!(colour(&json!("rgb(1, 2, 3)")).unwrap(), [1, 2, 3]);
        assert!(colour(&json!("rgba(1, 2, 3, 0.5)")).is_err());
    }
}
