//! Colours stand in one file, `web-app/styles/tokens.css`; everything else uses its properties.

use crate::tree::{Breach, Tree};

const TOKENS: &str = "web-app/styles/tokens.css";
const FUNCTIONS: [&str; 10] = ["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(", "color("];
const NAMES: [&str; 27] = [
    "aqua", "azure", "beige", "black", "blue", "brown", "coral", "crimson", "cyan", "fuchsia", "gold", "gray", "green",
    "grey", "indigo", "lime", "magenta", "maroon", "navy", "olive", "orange", "pink", "purple", "red", "silver",
    "white", "yellow",
];

fn colours(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in &tree.files {
        if !file.path.starts_with("web-app/") || file.path == TOKENS {
            continue;
        }
        let lines = if file.has_extension(".css") {
            coloured_declarations(&file.text)
        } else if file.has_extension(".rs") || file.has_extension(".html") {
            coloured_strings(&file.text)
        } else {
            continue;
        };
        for line in lines {
            breaches.push(Breach::at(
                &file.path,
                line,
                "a colour stands in styles/tokens.css only: use its custom property",
            ));
        }
    }
    breaches
}

/// Finds the lines of a style sheet on which a declaration's value is a colour.
fn coloured_declarations(text: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    let text = without_comments(text);
    let mut line = 1;
    for part in text.split_inclusive(['{', '}', ';']) {
        let value = part.split_once(':').map(|(_, value)| value);
        let is_declaration = !part.ends_with('{');
        let leading = part.len() - part.trim_start().len();
        let begin = line + newlines(part.split_at(leading).0);
        if is_declaration && value.is_some_and(has_colour) {
            lines.push(begin);
        }
        line += newlines(part);
    }
    lines
}

/// Finds the lines of Rust or HTML with a quoted raw colour. A browser reads no custom property
/// in `theme-color`, so that one element may have one.
fn coloured_strings(text: &str) -> Vec<usize> {
    let is_coloured = |line: &str| {
        let quoted = line.split('"').skip(1).step_by(2);
        quoted
            .into_iter()
            .any(|quoted| is_hex_colour(quoted) || FUNCTIONS.iter().any(|function| quoted.starts_with(function)))
    };
    text.lines()
        .enumerate()
        .filter(|(_, line)| is_coloured(line) && !line.contains("theme-color"))
        .map(|(index, _)| index + 1)
        .collect()
}

fn has_colour(value: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "-_#".contains(character);
    let value = value.to_ascii_lowercase();
    let has_name =
        value.split(|character| !is_part(character)).any(|word| NAMES.contains(&word) || is_hex_colour(word));
    let has_function = FUNCTIONS.iter().any(|function| {
        value.match_indices(function).any(|(start, _)| {
            let before = value.split_at(start).0;
            !before.ends_with(is_part)
        })
    });
    has_name || has_function
}

fn is_hex_colour(word: &str) -> bool {
    let digits = word.strip_prefix('#').unwrap_or_default();
    [3, 4, 6, 8].contains(&digits.len()) && digits.chars().all(|digit| digit.is_ascii_hexdigit())
}

/// Blanks comments, keeping the lines.
fn without_comments(text: &str) -> String {
    let mut parts = text.split("/*");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (comment, rest) = part.split_once("*/").unwrap_or((part, ""));
        plain.push_str(&"\n".repeat(newlines(comment)));
        plain.push_str(rest);
    }
    plain
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    #[test]
    fn colours_stand_in_one_file() {
        assert_tidy(colours);
    }

    #[test]
    fn tidy_refuses_a_colour_outside_the_tokens() {
        for value in ["#fff", "#23224A", "rgb(0 0 0 / 40%)", "1px solid white", "oklch(1 0 0)"] {
            let text = format!("/* a\n*/ .a {{\n  border: {value};\n}}\n");
            let planted = [("web-app/styles/chat.css", text.as_str())];
            assert_refused(colours, &planted, "web-app/styles/chat.css:3");
            let planted = [("web-app/styles/tokens.css", text.as_str())];
            assert_accepted(colours, &planted);
        }
        let text = "//! A.\nconst A: &str = \"#5BC6E8\";\n";
        assert_refused(colours, &[("web-app/src/ui/a.rs", text)], "web-app/src/ui/a.rs:2");
    }

    #[test]
    fn properties_selectors_and_words_are_no_colours() {
        let text = "#face .white:hover { color: var(--red); white-space: pre; fill: currentColor; }\n\
            @media (prefers-color-scheme: dark) { a { background: var(--bg) } }\n";
        assert_accepted(colours, &[("web-app/styles/chat.css", text)]);
        let text = "<meta name=\"theme-color\" content=\"#F7F9FB\">\n";
        assert_accepted(colours, &[("web-app/index.html", text)]);
    }
}
