//! A text as typed blocks: what markdown becomes, so that the page builds elements and never HTML text.

use serde::{Deserialize, Serialize};

/// One block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading inside a message.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        inlines: Vec<Inline>,
    },
    /// A list.
    List {
        /// First number; `None` = bullets.
        start: Option<u64>,
        /// Items.
        items: Vec<Vec<Block>>,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// Code.
    Code {
        /// Language as named, if it was.
        language: Option<String>,
        /// Pieces with the class to draw them in; together they are the code.
        spans: Vec<CodeSpan>,
    },
    /// A table.
    Table {
        /// Alignment by column.
        alignments: Vec<Alignment>,
        /// Cells of the head.
        head: Vec<Vec<Inline>>,
        /// Rows of cells.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// A thematic break.
    Rule,
}

/// A piece of code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeSpan {
    /// How to draw it.
    pub class: CodeClass,
    /// The code.
    pub text: String,
}

/// How a piece of code is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeClass {
    /// As text.
    Plain,
    /// A word of the language.
    Keyword,
    /// A string.
    Text,
    /// A number or other literal.
    Number,
    /// A comment.
    Comment,
    /// The name of a function.
    Function,
    /// The name of a type.
    Type,
    /// The name of a variable, attribute or property.
    Name,
    /// An operator or a bracket.
    Mark,
}

impl CodeClass {
    /// The classes in the order of their numbers, by which the highlighter names them.
    pub const NUMBERED: [Self; 9] = [
        Self::Plain,
        Self::Keyword,
        Self::Text,
        Self::Number,
        Self::Comment,
        Self::Function,
        Self::Type,
        Self::Name,
        Self::Mark,
    ];

    /// The class with a number.
    pub fn numbered(number: u32) -> Option<Self> {
        Self::NUMBERED.get(usize::try_from(number).ok()?).copied()
    }
}

/// Alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alignment {
    /// As text runs.
    Start,
    /// Centred.
    Center,
    /// To the far side.
    End,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inline {
    /// Text.
    Text(String),
    /// Strong.
    Strong(Vec<Inline>),
    /// Emphasised.
    Emphasis(Vec<Inline>),
    /// Struck through.
    Strike(Vec<Inline>),
    /// Code.
    Code(String),
    /// A link; shown with its host, opened only by the user.
    Link {
        /// An address that begins with https, http or mailto.
        href: String,
        /// Host, or the address of a mail.
        host: String,
        /// Its text.
        inlines: Vec<Inline>,
    },
    /// A line break.
    Break,
}
