//! Markdown to typed blocks.

use super::blocks::{Block, Inline};

/// Reads a text as markdown.
pub fn to_blocks(text: &str) -> Vec<Block> {
    text.split("\n\n").map(|part| Block::Paragraph(vec![Inline::Text(part.to_owned())])).collect()
}
