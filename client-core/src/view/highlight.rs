//! Code in classes: which code the highlighter is to read, and what it read of it.
//!
//! ```text
//! blocks shown ──► dress ──known──► spans with classes
//!                    └──unknown──► wanted ──driver: loads the highlighter, reads──► handle_read ──► shown again
//! ```
//! Code is shown plain at once and stays so whenever something is missing: a grammar, the highlighter, sense.

use super::blocks::{Block, CodeClass, CodeSpan};
use super::{ChatId, MessageId};

/// Code longer than this stays plain: it would keep the core and the page busy.
pub const MAX_CODE_BYTES: usize = 16 * 1024;
/// Code with a longer line stays plain: no person wrote it, and grammars are slow on it.
pub const MAX_LINE_BYTES: usize = 1024;
/// Code that is kept in classes, bytes; beyond it what was read is forgotten and read again when it is shown.
pub const MAX_KEPT_BYTES: usize = 4 * 1024 * 1024;

/// Names that stand beside a code's fence, in small letters, with the grammar that reads it.
const LANGUAGES: [(&str, &str); 51] = [
    ("bash", "Bourne Again Shell (bash)"),
    ("c", "C"),
    ("c#", "C#"),
    ("c++", "C++"),
    ("cc", "C++"),
    ("cpp", "C++"),
    ("cs", "C#"),
    ("csharp", "C#"),
    ("css", "CSS"),
    ("cxx", "C++"),
    ("diff", "Diff"),
    ("go", "Go"),
    ("golang", "Go"),
    ("h", "C"),
    ("haskell", "Haskell"),
    ("hpp", "C++"),
    ("hs", "Haskell"),
    ("htm", "HTML"),
    ("html", "HTML"),
    ("java", "Java"),
    ("javascript", "JavaScript"),
    ("js", "JavaScript"),
    ("json", "JSON"),
    ("jsonc", "JSON"),
    ("jsx", "JavaScript"),
    ("lua", "Lua"),
    ("make", "Makefile"),
    ("makefile", "Makefile"),
    ("mjs", "JavaScript"),
    ("patch", "Diff"),
    ("php", "PHP"),
    ("py", "Python"),
    ("python", "Python"),
    ("python3", "Python"),
    ("r", "R"),
    ("rb", "Ruby"),
    ("rs", "Rust"),
    ("ruby", "Ruby"),
    ("rust", "Rust"),
    ("sh", "Bourne Again Shell (bash)"),
    ("shell", "Bourne Again Shell (bash)"),
    ("sql", "SQL"),
    ("svg", "XML"),
    ("ts", "JavaScript"),
    ("tsx", "JavaScript"),
    ("typescript", "JavaScript"),
    ("xml", "XML"),
    ("yaml", "YAML"),
    ("yml", "YAML"),
    ("zsh", "Bourne Again Shell (bash)"),
    ("ksh", "Bourne Again Shell (bash)"),
];

/// Code of a language that has a grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Name of the grammar.
    pub grammar: &'static str,
    /// The code.
    pub text: String,
}

/// What the highlighter says of a code: numbers in pairs, a class and a length in bytes.
pub type Pieces = Vec<u32>;

/// The grammars that may be asked for.
pub fn grammars_named() -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().map(|(_, grammar)| *grammar)
}

/// The code in its pieces; `None` if together they are not the code.
pub fn spans_of(text: &str, pieces: &[u32]) -> Option<Vec<CodeSpan>> {
    let mut rest = text;
    let mut spans = Vec::with_capacity(pieces.len() / 2);
    for piece in pieces.chunks(2) {
        let &[class, n_bytes] = piece else { return None };
        let (head, tail) = rest.split_at_checked(usize::try_from(n_bytes).ok()?)?;
        spans.push(CodeSpan { class: CodeClass::numbered(class)?, text: head.to_owned() });
        rest = tail;
    }
    rest.is_empty().then_some(spans)
}

/// Where code is shown.
pub type ShownIn = (ChatId, MessageId);

/// What is known of the code that was shown: a few pieces, so they are looked through one by one.
#[derive(Debug, Default)]
pub struct Highlights {
    read: Vec<(Code, Vec<CodeSpan>)>,
    n_read_bytes: usize,
    /// What is being read, or could not be, with the messages that show it plain.
    asked: Vec<(Code, Vec<ShownIn>)>,
    wanted: Vec<Vec<Code>>,
}

impl Highlights {
    /// Puts classes into the code of a message, where they are known; what is not known is wanted, once.
    pub fn dress(&mut self, chat: ChatId, message: MessageId, blocks: &mut [Block]) {
        let mut unknown = Vec::new();
        self.dress_blocks((chat, message), blocks, &mut unknown);
        if !unknown.is_empty() {
            self.wanted.push(unknown);
        }
    }

    fn dress_blocks(&mut self, shown_in: ShownIn, blocks: &mut [Block], unknown: &mut Vec<Code>) {
        for block in blocks {
            match block {
                Block::Quote(inner) => self.dress_blocks(shown_in, inner, unknown),
                Block::List { items, .. } => {
                    for item in items {
                        self.dress_blocks(shown_in, item, unknown);
                    }
                }
                Block::Code { language, spans } => {
                    let Some(code) = readable_code(language.as_deref(), spans) else { continue };
                    if let Some((_, known)) = self.read.iter().find(|(read, _)| *read == code) {
                        known.clone_into(spans);
                    } else if let Some((_, places)) = self.asked.iter_mut().find(|(asked, _)| *asked == code) {
                        if !places.contains(&shown_in) {
                            places.push(shown_in);
                        }
                    } else {
                        unknown.push(code.clone());
                        self.asked.push((code, vec![shown_in]));
                    }
                }
                Block::Paragraph(_) | Block::Heading { .. } | Block::Table { .. } | Block::Rule => {}
            }
        }
    }

    /// The next code to be read, that of one message together.
    pub fn poll_wanted(&mut self) -> Option<Vec<Code>> {
        (!self.wanted.is_empty()).then(|| self.wanted.remove(0))
    }

    /// The highlighter has read code, or could not (`None`): that stays plain as long as the vault is open. Tells
    /// which messages show more now.
    pub fn handle_read(&mut self, codes: Vec<(Code, Option<Pieces>)>) -> Vec<ShownIn> {
        let n_bytes: usize = codes.iter().map(|(code, _)| code.text.len()).sum();
        if self.n_read_bytes + n_bytes > MAX_KEPT_BYTES {
            self.read.clear();
            self.n_read_bytes = 0;
        }
        let mut richer = Vec::new();
        for (code, pieces) in codes {
            let Some(spans) = pieces.and_then(|pieces| spans_of(&code.text, &pieces)) else { continue };
            if let Some(place) = self.asked.iter().position(|(asked, _)| *asked == code) {
                let (_, shown_in) = self.asked.swap_remove(place);
                richer.extend(shown_in.into_iter().filter(|one| !richer.contains(one)).collect::<Vec<_>>());
            }
            self.n_read_bytes += code.text.len();
            self.read.push((code, spans));
        }
        richer
    }
}

/// Code that the highlighter may read: of a known language, not in pieces yet, and not too long.
fn readable_code(language: Option<&str>, spans: &[CodeSpan]) -> Option<Code> {
    let grammar = grammar_of(language?)?;
    let [CodeSpan { class: CodeClass::Plain, text }] = spans else { return None };
    let is_readable =
        !text.is_empty() && text.len() <= MAX_CODE_BYTES && text.split('\n').all(|line| line.len() <= MAX_LINE_BYTES);
    is_readable.then(|| Code { grammar, text: text.clone() })
}

fn grammar_of(language: &str) -> Option<&'static str> {
    // Some write more after the name: `rust,ignore`, `js{1,3}`.
    let name = language.split([',', '{', ':']).next()?.to_ascii_lowercase();
    LANGUAGES.iter().find(|(known, _)| *known == name).map(|(_, grammar)| *grammar)
}

#[cfg(test)]
mod tests {
    use shared_types::ids::{ScopeId, TurnId};

    use super::super::markdown::to_blocks;
    use super::*;

    const CHAT: ChatId = ScopeId([1; 16]);
    const ANSWER: MessageId = TurnId([2; 16]);
    const QUESTION: MessageId = TurnId([3; 16]);

    fn rust(text: &str) -> Code {
        Code { grammar: "Rust", text: text.to_owned() }
    }

    fn dressed(highlights: &mut Highlights, text: &str) -> Vec<Block> {
        let mut blocks = to_blocks(text);
        highlights.dress(CHAT, ANSWER, &mut blocks);
        blocks
    }

    #[test]
    fn code_is_plain_until_it_was_read_and_is_asked_for_once() {
        let mut highlights = Highlights::default();
        let text = "> ```rust\n> fn a\n> ```\n\n- ```RS\n  fn a\n  ```\n\n```\nx\n```\n";
        assert_eq!(dressed(&mut highlights, text), to_blocks(text));
        assert_eq!(highlights.poll_wanted(), Some(vec![rust("fn a\n")]));
        highlights.dress(CHAT, QUESTION, &mut to_blocks(text));
        assert_eq!(highlights.poll_wanted(), None, "it is being read");

        let richer = highlights.handle_read(vec![(rust("fn a\n"), Some(vec![1, 2, 0, 3]))]);
        assert_eq!(richer, [(CHAT, ANSWER), (CHAT, QUESTION)]);
        let spans = vec![
            CodeSpan { class: CodeClass::Keyword, text: "fn".into() },
            CodeSpan { class: CodeClass::Plain, text: " a\n".into() },
        ];
        let code = |language: &str| Block::Code { language: Some(language.into()), spans: spans.clone() };
        let blocks = dressed(&mut highlights, text);
        assert_eq!(blocks.first(), Some(&Block::Quote(vec![code("rust")])));
        assert_eq!(blocks.get(1), Some(&Block::List { start: None, items: vec![vec![code("RS")]] }));
        assert_eq!(highlights.poll_wanted(), None);
    }

    #[test]
    fn code_that_could_not_be_read_stays_plain_and_is_not_asked_for_again() {
        for unread in [None, Some(vec![1, 2]), Some(vec![1, 6, 0, 0]), Some(vec![99, 5]), Some(vec![1])] {
            let mut highlights = Highlights::default();
            let text = "```rust\nfn a\n```\n";
            dressed(&mut highlights, text);
            assert!(highlights.poll_wanted().is_some(), "{unread:?}");
            assert_eq!(highlights.handle_read(vec![(rust("fn a\n"), unread)]), []);
            assert_eq!(dressed(&mut highlights, text), to_blocks(text));
            assert_eq!(highlights.poll_wanted(), None);
        }
    }

    #[test]
    fn code_of_no_known_language_or_too_long_is_not_asked_for() {
        let mut highlights = Highlights::default();
        let long = format!("```rust\n{}```\n", "fn a\n".repeat(MAX_CODE_BYTES / 5 + 1));
        let wide = format!("```rust\n{}\n```\n", "a".repeat(MAX_LINE_BYTES + 1));
        for text in ["```\nfn a\n```", "```klingon\nfn a\n```", "    fn a\n", "```rust\n```", &long, &wide] {
            dressed(&mut highlights, text);
            assert_eq!(highlights.poll_wanted(), None, "{text}");
        }
        assert_eq!(grammar_of("Rust,ignore"), Some("Rust"));
    }

    #[test]
    fn what_is_kept_has_an_end_and_the_newest_is_there() {
        let mut highlights = Highlights::default();
        let code = |number: usize| rust(&format!("{number:<MAX_CODE_BYTES$}"));
        for number in 0..=MAX_KEPT_BYTES / MAX_CODE_BYTES {
            let length = u32::try_from(MAX_CODE_BYTES).unwrap();
            highlights.handle_read(vec![(code(number), Some(vec![0, length]))]);
        }
        assert_eq!(
            highlights.read.iter().map(|(code, _)| code).collect::<Vec<_>>(),
            [&code(MAX_KEPT_BYTES / MAX_CODE_BYTES)]
        );
        assert_eq!(highlights.n_read_bytes, MAX_CODE_BYTES);
    }
}
