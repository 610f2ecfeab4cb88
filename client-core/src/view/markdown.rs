//! Markdown to typed blocks: what a model writes is read here and becomes elements on the page, never HTML text.
//!
//! Raw HTML is shown as the text that it is. A picture becomes a link with its description: nothing is fetched that
//! the reader did not open. Only https, http and mailto addresses become links.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "markdown has many elements, and what is not named here is shown as its text"
)]

use pulldown_cmark::{Alignment as MarkdownAlignment, CodeBlockKind, Event, Options, Parser, Tag};

use super::blocks::{Alignment, Block, CodeClass, CodeSpan, Inline};

/// Blocks inside blocks; what is nested deeper is shown flat.
const MAX_DEPTH: usize = 12;

/// Reads a text as markdown.
pub fn to_blocks(text: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut reader = Reader { events: Parser::new_ext(text, options), depth: 0 };
    reader.blocks()
}

struct Reader<'a> {
    events: Parser<'a>,
    depth: usize,
}

impl Reader<'_> {
    /// Reads blocks up to the end of the element that is open, or of the text.
    fn blocks(&mut self) -> Vec<Block> {
        self.depth += 1;
        let mut blocks = Vec::new();
        let mut loose = Vec::new();
        while let Some(event) = self.events.next() {
            match event {
                Event::End(_) => break,
                Event::Start(tag) if is_inline(&tag) => loose.extend(self.element(&tag)),
                Event::Start(tag) => {
                    end_paragraph(&mut blocks, &mut loose);
                    self.block(&tag, &mut blocks);
                }
                Event::Rule => {
                    end_paragraph(&mut blocks, &mut loose);
                    blocks.push(Block::Rule);
                }
                event => loose.extend(leaf(event)),
            }
        }
        end_paragraph(&mut blocks, &mut loose);
        self.depth -= 1;
        blocks
    }

    fn block(&mut self, tag: &Tag<'_>, blocks: &mut Vec<Block>) {
        if self.depth > MAX_DEPTH {
            return blocks.push(Block::Paragraph(self.flat()));
        }
        match tag {
            Tag::Heading { level, .. } => {
                let inlines = self.inlines();
                blocks.push(Block::Heading { level: *level as u8, inlines });
            }
            Tag::CodeBlock(kind) => blocks.push(self.code(kind)),
            Tag::Paragraph | Tag::HtmlBlock => blocks.push(Block::Paragraph(self.inlines())),
            Tag::BlockQuote(_) => blocks.push(Block::Quote(self.blocks())),
            Tag::List(start) => blocks.push(Block::List { start: *start, items: self.items() }),
            Tag::Table(alignments) => blocks.push(self.table(alignments)),
            _ => blocks.extend(self.blocks()),
        }
    }

    fn items(&mut self) -> Vec<Vec<Block>> {
        let mut items = Vec::new();
        while let Some(Event::Start(_)) = self.events.next() {
            items.push(self.blocks());
        }
        items
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>) -> Block {
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.split_whitespace().next().map(str::to_owned),
            CodeBlockKind::Indented => None,
        };
        let mut text = String::new();
        for event in self.events.by_ref() {
            match event {
                Event::End(_) => break,
                Event::Text(piece) => text.push_str(&piece),
                _ => {}
            }
        }
        Block::Code { language, spans: vec![CodeSpan { class: CodeClass::Plain, text }] }
    }

    fn table(&mut self, alignments: &[MarkdownAlignment]) -> Block {
        let alignments = alignments.iter().map(|alignment| match alignment {
            MarkdownAlignment::None | MarkdownAlignment::Left => Alignment::Start,
            MarkdownAlignment::Center => Alignment::Center,
            MarkdownAlignment::Right => Alignment::End,
        });
        let alignments = alignments.collect();
        let (mut head, mut rows) = (Vec::new(), Vec::new());
        while let Some(Event::Start(tag)) = self.events.next() {
            let mut cells = Vec::new();
            while let Some(Event::Start(_)) = self.events.next() {
                cells.push(self.inlines());
            }
            if matches!(tag, Tag::TableHead) {
                head = cells;
            } else {
                rows.push(cells);
            }
        }
        Block::Table { alignments, head, rows }
    }

    /// Reads pieces of a line up to the end of the element that is open.
    fn inlines(&mut self) -> Vec<Inline> {
        self.depth += 1;
        let mut inlines: Vec<Inline> = Vec::new();
        while let Some(event) = self.events.next() {
            match event {
                Event::End(_) => break,
                Event::Start(tag) => inlines.extend(self.element(&tag)),
                event => inlines.extend(leaf(event)),
            }
        }
        self.depth -= 1;
        join_texts(inlines)
    }

    /// Reads an element that is nested too deep, with everything in it, as one line of text.
    fn flat(&mut self) -> Vec<Inline> {
        let mut n_open = 1_usize;
        let mut inlines = Vec::new();
        for event in self.events.by_ref() {
            match event {
                Event::Start(_) => n_open += 1,
                Event::End(_) => n_open -= 1,
                event => inlines.extend(leaf(event)),
            }
            if n_open == 0 {
                break;
            }
        }
        join_texts(inlines)
    }

    fn element(&mut self, tag: &Tag<'_>) -> Vec<Inline> {
        if self.depth > 2 * MAX_DEPTH {
            return self.flat();
        }
        let inlines = self.inlines();
        match tag {
            Tag::Strong => vec![Inline::Strong(inlines)],
            Tag::Emphasis => vec![Inline::Emphasis(inlines)],
            Tag::Strikethrough => vec![Inline::Strike(inlines)],
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => match host_of(dest_url) {
                Some(host) => vec![Inline::Link { href: dest_url.to_string(), host, inlines }],
                None => inlines,
            },
            _ => inlines,
        }
    }
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Strong | Tag::Emphasis | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
}

fn leaf(event: Event<'_>) -> Option<Inline> {
    match event {
        Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => Some(Inline::Text(text.to_string())),
        Event::Code(code) => Some(Inline::Code(code.to_string())),
        Event::SoftBreak => Some(Inline::Text(" ".to_owned())),
        Event::HardBreak => Some(Inline::Break),
        _ => None,
    }
}

fn end_paragraph(blocks: &mut Vec<Block>, loose: &mut Vec<Inline>) {
    if !loose.is_empty() {
        blocks.push(Block::Paragraph(join_texts(std::mem::take(loose))));
    }
}

fn join_texts(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut joined: Vec<Inline> = Vec::with_capacity(inlines.len());
    for inline in inlines {
        if let (Some(Inline::Text(before)), Inline::Text(text)) = (joined.last_mut(), &inline) {
            before.push_str(text);
        } else {
            joined.push(inline);
        }
    }
    joined
}

/// The host of an address that may become a link; of a mail address the whole address.
///
/// What could be read as another host than the one that is opened is no link: letters that look like others, and
/// characters that hide or turn what follows. A host in other letters has a form in ASCII, and that is shown.
fn host_of(address: &str) -> Option<String> {
    if address.chars().any(is_unseen) {
        return None;
    }
    let (scheme, rest) = address.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme == "mailto" {
        let mail = rest.split('?').next().filter(|mail| mail.contains('@'));
        return mail
            .filter(|mail| mail.chars().all(|letter| letter.is_ascii_graphic() && letter != '%'))
            .map(str::to_owned);
    }
    let rest = rest.strip_prefix("//").filter(|_| scheme == "https" || scheme == "http")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.');
    let is_host = is_plain && !name.is_empty() && port.chars().all(|digit| digit.is_ascii_digit());
    is_host.then(|| host.to_ascii_lowercase())
}

/// Characters that are not seen, or that turn the direction of what is.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(letter, '\u{ad}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text(text.to_owned())
    }

    #[test]
    fn paragraphs_lists_and_code_become_blocks() {
        let blocks = to_blocks("Hello **you**\n\n1. one\n2. two\n   - deep\n\n```rust\nfn main() {}\n```\n");
        let deep = Block::List { start: None, items: vec![vec![Block::Paragraph(vec![text("deep")])]] };
        assert_eq!(
            blocks,
            [
                Block::Paragraph(vec![text("Hello "), Inline::Strong(vec![text("you")])]),
                Block::List {
                    start: Some(1),
                    items: vec![
                        vec![Block::Paragraph(vec![text("one")])],
                        vec![Block::Paragraph(vec![text("two")]), deep],
                    ],
                },
                Block::Code {
                    language: Some("rust".into()),
                    spans: vec![CodeSpan { class: CodeClass::Plain, text: "fn main() {}\n".into() }],
                },
            ]
        );
    }

    #[test]
    fn a_table_keeps_its_columns() {
        let blocks = to_blocks("| a | b |\n|:-:|--:|\n| 1 | 2 |\n");
        let cell = |content: &str| vec![text(content)];
        assert_eq!(
            blocks,
            [Block::Table {
                alignments: vec![Alignment::Center, Alignment::End],
                head: vec![cell("a"), cell("b")],
                rows: vec![vec![cell("1"), cell("2")]],
            }]
        );
    }

    #[test]
    fn html_is_text_and_a_picture_is_a_link() {
        let blocks = to_blocks("<img src=x onerror=alert(1)> ![tree](https://Example.org/a.png)");
        let link = Inline::Link {
            href: "https://Example.org/a.png".into(),
            host: "example.org".into(),
            inlines: vec![text("tree")],
        };
        assert_eq!(blocks, [Block::Paragraph(vec![text("<img src=x onerror=alert(1)> "), link])]);
    }

    #[test]
    fn only_web_and_mail_addresses_become_links() {
        for hostile in ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example", "file:///x"]
        {
            let blocks = to_blocks(&format!("[here](<{hostile}>)"));
            assert_eq!(blocks, [Block::Paragraph(vec![text("here")])], "{hostile}");
        }
        assert_eq!(host_of("https://user:pass@real.example/path"), Some("real.example".into()));
        assert_eq!(host_of("mailto:anna@example.org?subject=x"), Some("anna@example.org".into()));
    }

    // Adversary: A9, hostile output of a model, or a page that it quotes.
    // Invariant: the host that is shown is the host that is opened, letter for letter.
    // Regression caught: a host of letters that look like others, or turned by a direction mark, reads as a known one.
    #[test]
    fn a_host_that_looks_like_another_is_no_link() {
        let hostile = [
            "https://\u{430}pple.com",
            "https://apple.com\u{202e}moc.live",
            "https://apple\u{200b}.com",
            "https://apple.com\u{2066}@evil.example",
            "https://app\u{131}e.com/path",
            "https://%61pple.com",
            "https://evil.example/\u{202e}moc.elppa//:sptth",
            "https://[::1]/",
            "https://apple.com:8a/",
            "mailto:anna@\u{430}pple.com",
            "mailto:anna%40apple.com@evil.example",
        ];
        for address in hostile {
            let blocks = to_blocks(&format!("[here](<{address}>)"));
            assert_eq!(blocks, [Block::Paragraph(vec![text("here")])], "{address:?}");
        }
        assert_eq!(host_of("https://xn--pple-43d.com/"), Some("xn--pple-43d.com".into()), "its form in ASCII is shown");
        assert_eq!(host_of("http://localhost:8080/caf\u{e9}"), Some("localhost:8080".into()));
    }

    #[test]
    fn deep_nesting_and_open_ends_do_no_harm() {
        to_blocks(&"> ".repeat(5_000));
        to_blocks(&"- ".repeat(5_000));
        to_blocks(&"[".repeat(5_000));
        to_blocks(&"**a ".repeat(5_000));
        assert_eq!(to_blocks("```\nopen").len(), 1);
    }
}
