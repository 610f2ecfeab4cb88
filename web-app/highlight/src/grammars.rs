//! Which grammars there are, and the file that carries them: chosen from those that syntect brings.

use serde_json::Value;
use syntect::parsing::{SyntaxDefinition, SyntaxSet, SyntaxSetBuilder};

/// The grammars of the file, by their names.
pub const GRAMMARS: [&str; 22] = [
    "Bourne Again Shell (bash)",
    "C",
    "C#",
    "C++",
    "CSS",
    "Diff",
    "Go",
    "HTML",
    "Haskell",
    "JSON",
    "Java",
    "JavaScript",
    "Lua",
    "Makefile",
    "PHP",
    "Python",
    "R",
    "Ruby",
    "Rust",
    "SQL",
    "XML",
    "YAML",
];

/// What some of them are made of besides.
const PARTS: [&str; 1] = ["PHP Source"];

/// What stands for a grammar that is not in the file.
const NO_GRAMMAR: &str = "Plain Text";

/// Makes the file of grammars; the same bytes each time.
pub fn pack() -> Vec<u8> {
    let all = SyntaxSet::load_defaults_newlines().into_builder();
    let links = Links::of(all.syntaxes());
    let mut chosen = SyntaxSetBuilder::new();
    for grammar in all.syntaxes().iter().filter(|grammar| is_chosen(grammar)) {
        let mut json = serde_json::to_value(grammar).expect("a grammar has string keys only");
        links.renew(&mut json);
        chosen.add(serde_json::from_value(json).expect("only numbers of places were changed"));
    }
    syntect::dumps::dump_binary(&chosen.build())
}

fn is_chosen(grammar: &SyntaxDefinition) -> bool {
    let name = grammar.name.as_str();
    GRAMMARS.contains(&name) || PARTS.contains(&name) || name == NO_GRAMMAR
}

/// Where the contexts of the chosen grammars are: others name them by two numbers, the grammar's and their own.
struct Links {
    /// By a grammar's old place its new one, if it is chosen.
    places: Vec<Option<usize>>,
    /// Where a link to a grammar that is not chosen leads.
    plain: (usize, usize),
}

impl Links {
    fn of(grammars: &[SyntaxDefinition]) -> Self {
        let mut n_chosen = 0;
        let mut plain = (0, 0);
        let places = grammars.iter().map(|grammar| {
            let place = is_chosen(grammar).then_some(n_chosen)?;
            n_chosen += 1;
            if grammar.name == NO_GRAMMAR {
                let n_before = grammar.contexts.keys().filter(|name| name.as_str() < "main").count();
                plain = (place, n_before);
            }
            Some(place)
        });
        Self { places: places.collect(), plain }
    }

    fn renew(&self, json: &mut Value) {
        match json {
            Value::Array(values) => values.iter_mut().for_each(|value| self.renew(value)),
            Value::Object(fields) => {
                let number =
                    |name: &str| fields.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
                let Some((grammar, context)) = number("syntax_index").zip(number("context_index")) else {
                    return fields.values_mut().for_each(|value| self.renew(value));
                };
                let place = self.places.get(grammar).copied().flatten();
                let (grammar, context) = place.map_or(self.plain, |grammar| (grammar, context));
                fields.insert("syntax_index".to_owned(), grammar.into());
                fields.insert("context_index".to_owned(), context.into());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_the_named_grammars_and_is_the_same_each_time() {
        let file = pack();
        let set: SyntaxSet = syntect::dumps::from_reader(file.as_slice()).unwrap();
        for name in GRAMMARS {
            assert!(set.find_syntax_by_name(name).is_some(), "{name}");
        }
        assert_eq!(set.syntaxes().len(), GRAMMARS.len() + PARTS.len() + 1);
        assert_eq!(file, pack());
    }
}
