//! From the scopes of a grammar to the few classes that code is drawn in.

use syntect::parsing::Scope;

/// How a piece of code is drawn; its number means the same in the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    Plain,
    Keyword,
    Text,
    Number,
    Comment,
    Function,
    Type,
    Name,
    Mark,
}

/// Beginnings of scopes with their class; of two that fit the longer one stands first.
const TABLE: [(&str, Class); 33] = [
    ("comment", Class::Comment),
    ("string", Class::Text),
    ("constant.character.escape", Class::Text),
    ("constant", Class::Number),
    ("keyword.operator.word", Class::Keyword),
    ("keyword.operator", Class::Mark),
    ("keyword", Class::Keyword),
    ("storage", Class::Keyword),
    ("entity.name.function", Class::Function),
    ("entity.name.tag", Class::Keyword),
    ("entity.name.section", Class::Keyword),
    ("entity.name.constant", Class::Number),
    ("entity.name.label", Class::Name),
    ("entity.name", Class::Type),
    ("entity.other.inherited-class", Class::Type),
    ("entity.other", Class::Name),
    ("support.function", Class::Function),
    ("support.type.property-name", Class::Name),
    ("support.constant", Class::Number),
    ("support.type", Class::Type),
    ("support.class", Class::Type),
    ("support", Class::Name),
    ("variable.function", Class::Function),
    ("variable.language", Class::Keyword),
    ("variable.parameter", Class::Name),
    ("variable.other.member", Class::Name),
    ("variable.other.constant", Class::Number),
    ("markup.inserted", Class::Text),
    ("markup.deleted", Class::Keyword),
    ("meta.diff.header", Class::Function),
    ("meta.diff.range", Class::Number),
    // What is embedded in a string is no string, and what a file is made of has no class.
    ("meta.interpolation", Class::Plain),
    ("source", Class::Plain),
];

/// Keys of a mapping, which grammars call strings.
const KEYS: [&str; 2] = ["meta.mapping.key", "meta.structure.dictionary.key"];

/// The table, ready to compare.
#[derive(Debug)]
pub(crate) struct Classes {
    table: Vec<(Scope, Class)>,
    keys: Vec<Scope>,
    punctuation: Scope,
}

impl Classes {
    pub(crate) fn new() -> Self {
        let scope = |name: &str| Scope::new(name).expect("the table's scopes have few, short parts");
        Self {
            table: TABLE.iter().map(|(name, class)| (scope(name), *class)).collect(),
            keys: KEYS.iter().map(|name| scope(name)).collect(),
            punctuation: scope("punctuation"),
        }
    }

    /// The class of what stands in these scopes, the innermost last: the first from within that says something.
    pub(crate) fn class_of(&self, scopes: &[Scope]) -> Class {
        let innermost = scopes.iter().rev().find(|scope| !self.punctuation.is_prefix_of(**scope));
        let has_mark = innermost != scopes.last();
        let named = scopes.iter().rev().find_map(|scope| self.named(*scope)).unwrap_or(Class::Plain);
        if named == Class::Text && self.is_key(scopes) {
            return Class::Name;
        }
        // Quotes belong to their string, and slashes to their comment.
        let takes_marks = matches!(named, Class::Text | Class::Comment);
        if has_mark && !takes_marks { Class::Mark } else { named }
    }

    fn named(&self, scope: Scope) -> Option<Class> {
        self.table.iter().find(|(prefix, _)| prefix.is_prefix_of(scope)).map(|(_, class)| *class)
    }

    fn is_key(&self, scopes: &[Scope]) -> bool {
        scopes.iter().any(|scope| self.keys.iter().any(|key| key.is_prefix_of(*scope)))
    }
}
