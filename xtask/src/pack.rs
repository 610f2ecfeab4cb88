//! Makes a module and its JavaScript smaller to send, and changes nothing of what they do: short names for what they
//! hand each other, no comments and indentation, and functions in an order that compresses well.

mod module;
mod order;

use std::collections::{HashMap, HashSet};
use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};

use crate::tools::{Tools, run};
use module::Module;

/// The modules of the bundle, each `NAME_bg.wasm` with its `NAME.js`.
const MODULES: [&str; 5] = ["sotto-core", "sotto-highlight", "sotto-page", "sotto-password", "sotto-reader"];
/// How the names that wasm-bindgen makes begin; all others may be called by hand.
const MADE: [&str; 3] = ["__wbg_", "__wbindgen_", "wasm_bindgen__"];

/// Packs every module in `folder`.
pub(crate) fn pack(tools: &Tools, root: &Path, folder: &Path) -> Result<()> {
    for name in MODULES {
        let (script, path) = (folder.join(format!("{name}.js")), folder.join(format!("{name}_bg.wasm")));
        let mut names = Names::default();
        let read = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let module = shorten(&read, &mut names)?;
        fs::write(&path, module)?;
        let mut sort = tools.command("wasm-opt", root)?;
        sort.args(["--reorder-functions-by-name", "--strip-debug", "--strip-producers", "--optimize-stack-ir"]);
        sort.arg(&path).arg("-o").arg(&path);
        run(sort)?;
        let text = fs::read_to_string(&script)?;
        fs::write(&script, names.write_into(&without_comments(&text))?)?;
    }
    Ok(())
}

/// The module with short names, and each function named by its place in the order.
fn shorten(bytes: &[u8], names: &mut Names) -> Result<Vec<u8>> {
    let mut module = Module::parse(bytes)?;
    let n_imports = module.rename(|name| names.shorten(name))?;
    let order = order::order(&module.functions()?);
    let mut by_function = vec![String::new(); order.len()];
    for (place, function) in order.into_iter().enumerate() {
        by_function[function] = format!("{place:06}");
    }
    let functions: Vec<_> = by_function.into_iter().enumerate().map(|(at, name)| (n_imports + at, name)).collect();
    module.name_functions(&functions);
    Ok(module.to_bytes())
}

/// Short names for those that wasm-bindgen makes, with a hash in each.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn shorten(&mut self, name: &str) -> Option<String> {
        if !MADE.iter().any(|made| name.starts_with(made)) {
            return None;
        }
        let n_known = self.0.len();
        Some(self.0.entry(name.to_owned()).or_insert_with(|| format!("w{n_known}")).clone())
    }

    /// The script with the short names, word by word.
    fn write_into(&self, script: &str) -> Result<String> {
        let short: HashSet<_> = self.0.values().map(String::as_str).collect();
        let mut written = String::new();
        for word in script.split_inclusive(|letter: char| !is_of_word(letter)) {
            let name = word.trim_end_matches(|letter| !is_of_word(letter));
            ensure!(!short.contains(name), "the script has a {name} of its own");
            written.push_str(self.0.get(name).map_or(name, String::as_str));
            written.push_str(word.strip_prefix(name).unwrap_or_default());
        }
        Ok(written)
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$')
}

/// The lines of a script that wasm-bindgen wrote, without their comments and indentation.
fn without_comments(script: &str) -> String {
    let (mut kept, mut is_comment) = (String::new(), false);
    for line in script.lines().map(str::trim_start) {
        is_comment |= line.starts_with("/*");
        if !is_comment && !line.is_empty() && !line.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Imports `__wbg_now_1234` and `log`, has three functions of which the first is exported as `__wbindgen_start`.
    const MODULE: &[u8] = b"\0asm\x01\0\0\0\
        \x01\x04\x01\x60\0\0\
        \x02\x22\x02\x04glue\x0e__wbg_now_1234\0\0\x04glue\x03log\0\0\
        \x03\x04\x03\0\0\0\
        \x07\x14\x01\x10__wbindgen_start\0\x02\
        \x0a\x0f\x03\x02\0\x0b\x07\0\x10\0\x10\0\x01\x0b\x02\0\x0b\
        \0\x06\x04nameX";

    fn has(bytes: &[u8], wanted: &[u8]) -> bool {
        bytes.windows(wanted.len()).any(|found| found == wanted)
    }

    #[test]
    fn made_names_become_the_same_short_ones_in_module_and_script_and_others_stay() {
        let mut names = Names::default();
        let module = shorten(MODULE, &mut names).unwrap();
        assert!(has(&module, b"\x04glue\x02w0\0\0\x04glue\x03log\0\0"), "{module:?}");
        assert!(has(&module, b"\x01\x02w1\0\x02"), "{module:?}");
        let script = "__wbg_now_1234: now,\nlog: write_log(),\nwasm.__wbindgen_start(); __wbg_now_12345";
        let written = names.write_into(script).unwrap();
        assert_eq!(written, "w0: now,\nlog: write_log(),\nwasm.w1(); __wbg_now_12345");
        assert!(names.write_into("let w1 = 3;").is_err());
    }

    #[test]
    fn every_function_is_named_by_its_place_the_largest_first_and_the_code_stays() {
        let module = shorten(MODULE, &mut Names::default()).unwrap();
        // Behind two imports: the functions 2 to 4.
        assert!(module.ends_with(b"\x04name\x01\x19\x03\x02\x06000001\x03\x06000000\x04\x06000002"), "{module:?}");
        assert!(!has(&module, b"nameX"));
        assert!(has(&module, b"\x0a\x0f\x03\x02\0\x0b\x07\0\x10\0\x10\0\x01\x0b\x02\0\x0b"));
        assert!(shorten(MODULE.split_last().unwrap().1, &mut Names::default()).is_err(), "cut off");
    }

    #[test]
    fn a_script_loses_comments_and_indentation_and_nothing_else() {
        let script = "/* one */\nlet a = 1; // why\n\n/**\n * let b = 2;\n */\n    let c = `http://x`;\n    // no\n}\n";
        assert_eq!(without_comments(script), "let a = 1; // why\nlet c = `http://x`;\n}\n");
    }
}
